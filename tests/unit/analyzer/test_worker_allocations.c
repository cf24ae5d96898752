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

static void look_up_all(void)
{
	for (int i = 0; i < NAMES; i++) {
		char name[32];
		struct lab_query query;

		(void)snprintf(name, sizeof(name), "name%d.example.com", i);
		query = lab_a(name);
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

START_TEST(lookups_of_known_names_take_no_memory)
{
	small_lists();
	for (int i = 0; i < 24; i++) {
		is_counting = i >= 4;
		look_up_all();
		lab_pass(i < 4 ? 2100 : 100);
		is_counting = false;
		rcu_barrier(); /* as time would pass, for those that have ended */
	}
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 24 * NAMES);
	ck_assert_uint_eq(allocation_count, 0);
}
END_TEST

START_TEST(new_names_do)
{
	small_lists();
	is_counting = true;
	look_up_all();
	is_counting = false;
	if (IS_COUNTED)
		ck_assert_uint_ge(allocation_count, NAMES);
}
END_TEST

static Suite *test_worker_allocations_suite(void)
{
	Suite *suite = suite_create("worker_allocations");
	TCase *all = tcase_create("worker_allocations");

	tcase_add_checked_fixture(all, NULL, lab_end);
	tcase_add_test(all, lookups_of_known_names_take_no_memory);
	tcase_add_test(all, new_names_do);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_allocations_suite());
}
