/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failing_names.h"

#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

/* Causes side by side; test_failure_state.c has names as their resolver sees them. */

static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:br0";
static const struct dns_name name = { 9, "\7example" };
static uint8_t resolver_ip[16], client_ip[16];
static const struct failure_path path = { scope, resolver_ip, client_ip, 1 };
static struct failing_names_validity validity;
static struct failing_names *names;

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(failing_names_new(&names, 1), 0);
	validity = (struct failing_names_validity){ .generation = 1 };
	client_ip[15] = 1;
}

static void end(void)
{
	failing_names_free(names);
	rcu_unregister_thread();
}

/* A query sent and failed within one second, in seconds from 1000. */
static bool fail_by(enum failing_names_cause cause, uint64_t sent_s)
{
	const uint64_t sent_ns = (1000 + sent_s) * NS_PER_S;

	return failing_names_failed(
		names, &path, &name, &validity, cause, sent_ns, sent_ns + NS_PER_S);
}

static bool is_failing_for(uint8_t client, uint64_t now_s)
{
	client_ip[15] = client;
	return failing_names_look(names, &path, &name, &validity, (1000 + now_s) * NS_PER_S);
}

static bool succeed(uint64_t now_s)
{
	return failing_names_succeeded(names, &path, &name, &validity, (1000 + now_s) * NS_PER_S);
}

static void respond(uint64_t now_s)
{
	validity.last_response_ns = (1000 + now_s) * NS_PER_S;
}

START_TEST(either_cause_makes_a_name_fail)
{
	fail_by(FAILING_NAMES_UNANSWERED, 10);
	ck_assert(is_failing_for(1, 11));
	ck_assert(succeed(11));
	ck_assert(!is_failing_for(1, 11));
	ck_assert(!succeed(12)); /* it was not */
	fail_by(FAILING_NAMES_RESPONSE, 20);
	ck_assert(is_failing_for(1, 21));
}
END_TEST

START_TEST(one_cause_confirms_the_other)
{
	fail_by(FAILING_NAMES_RESPONSE, 10);
	client_ip[15] = 2;
	fail_by(FAILING_NAMES_UNANSWERED, 12);
	ck_assert(is_failing_for(3, 14));
}
END_TEST

START_TEST(response_takes_back_what_was_unanswered_only)
{
	fail_by(FAILING_NAMES_RESPONSE, 10);
	client_ip[15] = 2;
	fail_by(FAILING_NAMES_UNANSWERED, 12);
	respond(13);
	ck_assert(is_failing_for(1, 14));
	ck_assert(!is_failing_for(2, 14));
	ck_assert(!is_failing_for(3, 14));
	ck_assert(!is_failing_for(1, 41));
}
END_TEST

START_TEST(timeout_taken_back_confirms_nothing_after)
{
	fail_by(FAILING_NAMES_UNANSWERED, 10);
	respond(13);
	client_ip[15] = 2;
	fail_by(FAILING_NAMES_UNANSWERED, 14);
	ck_assert(is_failing_for(2, 16));
	ck_assert(!is_failing_for(1, 16));
}
END_TEST

START_TEST(timeout_after_the_last_response_counts)
{
	respond(10);
	fail_by(FAILING_NAMES_UNANSWERED, 11);
	ck_assert(is_failing_for(1, 13));
}
END_TEST

START_TEST(another_generation_voids_both)
{
	fail_by(FAILING_NAMES_RESPONSE, 10);
	fail_by(FAILING_NAMES_UNANSWERED, 10);
	validity.generation++;
	ck_assert(!is_failing_for(1, 12));
	fail_by(FAILING_NAMES_RESPONSE, 12);
	ck_assert(is_failing_for(1, 14));
	ck_assert(!is_failing_for(2, 14));
}
END_TEST

/* The later failure is the other client's, and not confirmed by what is past. */
START_TEST(failing_is_not_lost_by_a_later_failure)
{
	fail_by(FAILING_NAMES_RESPONSE, 10);
	client_ip[15] = 2;
	fail_by(FAILING_NAMES_RESPONSE, 39);
	ck_assert(is_failing_for(1, 40));
	ck_assert(is_failing_for(2, 69));
	ck_assert(!is_failing_for(2, 70));
}
END_TEST

START_TEST(more_names_than_there_is_room_for_forget_the_oldest)
{
	struct dns_name other = { 6, "\4abcd" };

	fail_by(FAILING_NAMES_RESPONSE, 10);
	for (uint32_t i = 0; i < FAILING_NAMES_MAX; i++) {
		for (uint32_t letter = 0; letter < 4; letter++)
			other.bytes[1 + letter] = (uint8_t)('a' + (i >> 4 * letter & 15));
		failing_names_failed(names, &path, &other, &validity, FAILING_NAMES_RESPONSE,
			1010 * NS_PER_S, 1011 * NS_PER_S);
	}
	ck_assert(!is_failing_for(1, 12));
}
END_TEST

START_TEST(no_names_are_freed_without_harm)
{
	failing_names_free(NULL);
}
END_TEST

static bool resolver_now(const struct failure_resolver_key *resolver,
	struct failing_names_validity *out_validity, void *argument)
{
	const bool *is_known = argument;

	ck_assert_mem_eq(resolver->ip, resolver_ip, sizeof(resolver_ip));
	*out_validity = validity;
	return *is_known;
}

static uint64_t count(bool is_resolver_known, uint64_t now_s)
{
	return failing_names_count(
		names, resolver_now, &is_resolver_known, (1000 + now_s) * NS_PER_S);
}

START_TEST(failing_names_are_counted_as_long_as_they_fail)
{
	ck_assert_uint_eq(count(true, 0), 0);
	fail_by(FAILING_NAMES_UNANSWERED, 10);
	fail_by(FAILING_NAMES_RESPONSE, 10); /* one name */
	ck_assert_uint_eq(count(true, 12), 1);
	respond(15);
	ck_assert_uint_eq(count(true, 16), 1);
	ck_assert_uint_eq(count(true, 41), 0);
}
END_TEST

START_TEST(names_taken_back_are_not_counted)
{
	fail_by(FAILING_NAMES_UNANSWERED, 10);
	respond(15);
	ck_assert_uint_eq(count(true, 16), 0);
	fail_by(FAILING_NAMES_UNANSWERED, 16);
	validity.generation++;
	ck_assert_uint_eq(count(true, 17), 0);
}
END_TEST

START_TEST(names_of_a_forgotten_resolver_are_forgotten)
{
	fail_by(FAILING_NAMES_RESPONSE, 10);
	ck_assert_uint_eq(count(false, 12), 0);
	ck_assert(!is_failing_for(1, 12));
}
END_TEST

static Suite *test_failing_names_suite(void)
{
	Suite *suite = suite_create("failing_names");
	TCase *all = tcase_create("failing_names");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, either_cause_makes_a_name_fail);
	tcase_add_test(all, one_cause_confirms_the_other);
	tcase_add_test(all, response_takes_back_what_was_unanswered_only);
	tcase_add_test(all, timeout_taken_back_confirms_nothing_after);
	tcase_add_test(all, timeout_after_the_last_response_counts);
	tcase_add_test(all, another_generation_voids_both);
	tcase_add_test(all, failing_is_not_lost_by_a_later_failure);
	tcase_add_test(all, more_names_than_there_is_room_for_forget_the_oldest);
	tcase_add_test(all, no_names_are_freed_without_harm);
	tcase_add_test(all, failing_names_are_counted_as_long_as_they_fail);
	tcase_add_test(all, names_taken_back_are_not_counted);
	tcase_add_test(all, names_of_a_forgotten_resolver_are_forgotten);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_failing_names_suite());
}
