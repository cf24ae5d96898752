/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/support/worker_lab.h"

/* Once it has seen its names, a worker asks for no memory. */

#define NAMES 50

#if defined(__SANITIZE_ADDRESS__)
#define IS_COUNTED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_COUNTED false
#else
#define IS_COUNTED true
#endif
#else
#define IS_COUNTED true
#endif

static bool is_counting;
static unsigned int allocation_count;

#if IS_COUNTED
/* glibc's own, under the names it gives to those who put something in front. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);

void *malloc(size_t bytes)
{
	allocation_count += is_counting;
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	allocation_count += is_counting;
	return __libc_calloc(count, bytes);
}
#endif

/* Of every length that a name may have, up to 253 letters and dots: one for each number. */
static const char *long_name(int number)
{
	static char name[254];
	const size_t length = 20 + (size_t)number * (sizeof(name) - 1 - 20) / (NAMES - 1);

	(void)snprintf(name, sizeof(name), "name%02d", number);
	for (size_t i = strlen(name); i < length; i++)
		name[i] = i % 50 == 10 ? '.' : 'x';
	name[length - 1] = 'x';
	name[length] = '\0';
	return name;
}

static const char *short_name(int number)
{
	static char name[32];

	(void)snprintf(name, sizeof(name), "name%d.example.com", number);
	return name;
}

static void look_up_all(const char *(*name)(int number))
{
	for (int i = 0; i < NAMES; i++) {
		const struct lab_query query = lab_a(name(i));

		lab_resolve(&query);
	}
}

/* The lists are full by then, so that each new one drops one. */
static void small_lists(void)
{
	lab_configure();
	lab.config.matched_capacity = 16;
	lab_open();
}

static void check_no_memory_is_taken(const char *(*name)(int number))
{
	small_lists();
	for (int i = 0; i < 24; i++) {
		is_counting = i >= 4;
		look_up_all(name);
		lab_pass(i < 4 ? 2100 : 100);
		is_counting = false;
		rcu_barrier(); /* as time would pass, for those that have ended */
	}
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 24 * NAMES);
	ck_assert_uint_eq(allocation_count, 0);
}

START_TEST(lookups_of_known_names_take_no_memory)
{
	check_no_memory_is_taken(short_name);
}
END_TEST

START_TEST(lookups_of_known_long_names_take_no_memory)
{
	ck_assert_uint_eq(strlen(long_name(NAMES - 1)), 253);
	check_no_memory_is_taken(long_name);
}
END_TEST

START_TEST(new_names_do)
{
	small_lists();
	is_counting = true;
	look_up_all(short_name);
	is_counting = false;
	if (IS_COUNTED)
		ck_assert_uint_ge(allocation_count, NAMES);
}
END_TEST

static void look_up_changed(uint32_t address)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_ask(&query);
	lab_pass(1);
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_A,
		LAB_TTL_S, &address, sizeof(address));
	lab_respond(&query);
}

/* When it is learned, and when it has settled: not with each response that says it. */
START_TEST(answer_that_changes_takes_memory_twice)
{
	small_lists();
	for (uint32_t i = 0; i < 24; i++) {
		is_counting = i >= 4;
		for (int again = 0; again < 5; again++)
			look_up_changed(i);
		lab_settle();
		for (int again = 0; again < 5; again++)
			look_up_changed(i);
		is_counting = false;
		rcu_barrier();
	}
	if (IS_COUNTED)
		ck_assert_uint_eq(allocation_count, 20 * 2);
}
END_TEST

static Suite *test_worker_allocations_suite(void)
{
	Suite *suite = suite_create("worker_allocations");
	TCase *all = tcase_create("worker_allocations");

	tcase_add_checked_fixture(all, NULL, lab_end);
	tcase_add_test(all, lookups_of_known_names_take_no_memory);
	tcase_add_test(all, lookups_of_known_long_names_take_no_memory);
	tcase_add_test(all, new_names_do);
	tcase_add_test(all, answer_that_changes_takes_memory_twice);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_allocations_suite());
}
