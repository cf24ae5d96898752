/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include "tests/support/failure_lab.h"

/*
 * Names, answer_after and voiding. test_failure_silent.c: resolvers;
 * test_failure_one_sided.c: what is never judged.
 */

static void start(void)
{
	failure_lab_start();
	failure_lab_good("healthy.example", 0, 1);
}

START_TEST(nothing_fails_at_a_resolver_that_answers)
{
	ck_assert_int_eq(failure_lab_look("healthy.example", 2), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("a.example", 2), FAILURE_NONE);
}
END_TEST

START_TEST(name_fails_for_thirty_seconds_after_one_failure)
{
	failure_lab_failed("a.example", 10, 20);
	ck_assert_int_eq(failure_lab_look("a.example", 20), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 30019), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 30020), FAILURE_NONE);
}
END_TEST

START_TEST(failing_name_is_one_name_in_any_case)
{
	failure_lab_failed("A.Example", 10, 20);
	ck_assert_int_eq(failure_lab_look("a.eXAMPLE", 30), FAILURE_NAME);
	failure_lab_good("a.example", 30, 40);
	ck_assert_int_eq(failure_lab_look("A.Example", 50), FAILURE_NONE);
}
END_TEST

START_TEST(other_names_do_not_fail_with_it)
{
	failure_lab_failed("a.example", 10, 20);
	ck_assert_int_eq(failure_lab_look("b.example", 30), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("example", 30), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("www.a.example", 30), FAILURE_NONE);
}
END_TEST

START_TEST(one_failure_counts_for_its_client_only)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NONE);
}
END_TEST

START_TEST(second_client_confirms_a_failing_name_for_all)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_from(2, 2);
	failure_lab_failed("a.example", 15, 25);
	failure_lab_from(3, 3);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NAME);
}
END_TEST

START_TEST(second_failure_of_one_client_confirms_it_too)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_failed("a.example", 1000, 1010);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 1020), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 31009), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 31010), FAILURE_NONE);
}
END_TEST

START_TEST(both_types_of_one_look_up_are_one_failure)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_failed("a.example", 10, 21);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NONE);
}
END_TEST

START_TEST(confirmation_does_not_outlive_the_failing)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_failed("a.example", 1000, 1010);
	failure_lab_failed("a.example", 60000, 60010);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 60020), FAILURE_NONE);
}
END_TEST

START_TEST(success_ends_the_failing_of_its_name)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_failed("b.example", 10, 20);
	failure_lab_good("a.example", 30, 40);
	ck_assert_int_eq(failure_lab_look("a.example", 50), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("b.example", 50), FAILURE_NAME);
}
END_TEST

START_TEST(response_that_says_nothing_leaves_its_name_as_it_was)
{
	failure_lab_respond("a.example", FAILURE_RESPONSE_OTHER, 10, 20);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NONE);
	failure_lab_failed("a.example", 30, 40);
	failure_lab_respond("a.example", FAILURE_RESPONSE_OTHER, 50, 60);
	ck_assert_int_eq(failure_lab_look("a.example", 70), FAILURE_NAME);
}
END_TEST

START_TEST(name_fails_at_its_resolver_only)
{
	failure_lab_to("bridge:br0", 54);
	failure_lab_good("healthy.example", 0, 1);
	failure_lab_to("bridge:br0", 53);
	failure_lab_failed("a.example", 10, 20);
	failure_lab_to("bridge:br0", 54);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NONE);
}
END_TEST

START_TEST(same_address_in_another_scope_is_another_resolver)
{
	failure_lab_to("bridge:br1", 53);
	failure_lab_good("healthy.example", 0, 1);
	failure_lab_to("bridge:br0", 53);
	failure_lab_failed("a.example", 10, 20);
	failure_lab_to("bridge:br1", 53);
	ck_assert_int_eq(failure_lab_look("a.example", 30), FAILURE_NONE);
}
END_TEST

START_TEST(name_that_times_out_fails_for_its_client)
{
	failure_lab_time_out("a.example", 100);
	ck_assert_int_eq(failure_lab_look("a.example", 1900), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 31899), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 31900), FAILURE_NONE);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 1900), FAILURE_NONE);
}
END_TEST

START_TEST(response_takes_earlier_timeouts_back_and_no_servfail)
{
	failure_lab_failed("b.example", 10, 20);
	failure_lab_time_out("a.example", 100);
	failure_lab_good("c.example", 5000, 5001);
	ck_assert_int_eq(failure_lab_look("a.example", 5001), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("b.example", 5001), FAILURE_NAME);
}
END_TEST

START_TEST(response_takes_back_what_a_timeout_added_to_a_servfail)
{
	failure_lab_failed("a.example", 10, 20); /* client 1's, until 30020 */
	failure_lab_from(2, 2);
	failure_lab_time_out("a.example", 20000); /* confirms, prolongs */
	failure_lab_good("c.example", 25000, 25001);

	ck_assert_int_eq(failure_lab_look("a.example", 25002), FAILURE_NONE);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("a.example", 25002), FAILURE_NAME);
	ck_assert_int_eq(failure_lab_look("a.example", 30020), FAILURE_NONE);
}
END_TEST

START_TEST(answer_after_is_longest_while_nothing_is_known)
{
	failure_lab_to("bridge:br9", 9);
	ck_assert_uint_eq(
		failure_answer_after_ns(failure_lab.state, &failure_lab.path), 1800 * NS_PER_MS);
}
END_TEST

static uint64_t answer_after_ms(uint16_t resolver, uint64_t took_ms)
{
	failure_lab_to("bridge:br0", resolver);
	for (uint64_t i = 0; i < 200; i++)
		failure_lab_good("a.example", 10 * i, 10 * i + took_ms);
	return failure_answer_after_ns(failure_lab.state, &failure_lab.path) / NS_PER_MS;
}

START_TEST(answer_after_is_four_times_p99_within_its_limits)
{
	ck_assert_uint_eq(answer_after_ms(60, 1), 250);
	ck_assert_uint_eq(answer_after_ms(61, 20), 250);
	ck_assert_uint_eq(answer_after_ms(62, 1000), 1800);
	ck_assert_uint_eq(answer_after_ms(63, 1790), 1800);
	/* p99 is known to a power of two */
	ck_assert_uint_ge(answer_after_ms(64, 100), 400);
	ck_assert_uint_lt(answer_after_ms(64, 100), 800);
}
END_TEST

START_TEST(late_responses_do_not_make_the_wait_longer)
{
	for (uint64_t i = 0; i < 200; i++)
		failure_lab_good("a.example", 10 * i, 10 * i + 4000);
	ck_assert_uint_eq(
		failure_answer_after_ns(failure_lab.state, &failure_lab.path), 250 * NS_PER_MS);
}
END_TEST

START_TEST(what_was_missed_ends_all_failing)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_time_out("b.example", 100);
	failure_lab_miss(1950);
	ck_assert_int_eq(failure_lab_look("a.example", 2000), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("b.example", 2000), FAILURE_NONE);
}
END_TEST

START_TEST(failure_before_what_was_missed_confirms_nothing_after)
{
	failure_lab_failed("a.example", 10, 20);
	failure_lab_miss(30);
	failure_lab_failed("a.example", 1000, 1010);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 1020), FAILURE_NONE);
}
END_TEST

START_TEST(what_answered_once_is_still_known_after_a_miss)
{
	failure_lab_miss(1);
	ck_assert_int_eq(failure_lab_look("a.example", 10), FAILURE_NONE);
	ck_assert_uint_eq(
		failure_answer_after_ns(failure_lab.state, &failure_lab.path), 250 * NS_PER_MS);
}
END_TEST

START_TEST(no_state_is_freed_without_harm)
{
	failure_state_free(NULL);
}
END_TEST

static Suite *test_failure_state_suite(void)
{
	Suite *suite = suite_create("failure_state");
	TCase *names = tcase_create("names");
	TCase *others = tcase_create("others");

	tcase_add_checked_fixture(names, start, failure_lab_end);
	tcase_add_test(names, nothing_fails_at_a_resolver_that_answers);
	tcase_add_test(names, name_fails_for_thirty_seconds_after_one_failure);
	tcase_add_test(names, failing_name_is_one_name_in_any_case);
	tcase_add_test(names, other_names_do_not_fail_with_it);
	tcase_add_test(names, one_failure_counts_for_its_client_only);
	tcase_add_test(names, second_client_confirms_a_failing_name_for_all);
	tcase_add_test(names, second_failure_of_one_client_confirms_it_too);
	tcase_add_test(names, both_types_of_one_look_up_are_one_failure);
	tcase_add_test(names, confirmation_does_not_outlive_the_failing);
	tcase_add_test(names, success_ends_the_failing_of_its_name);
	tcase_add_test(names, response_that_says_nothing_leaves_its_name_as_it_was);
	tcase_add_test(names, name_fails_at_its_resolver_only);
	tcase_add_test(names, same_address_in_another_scope_is_another_resolver);
	tcase_add_test(names, name_that_times_out_fails_for_its_client);
	tcase_add_test(names, response_takes_earlier_timeouts_back_and_no_servfail);
	tcase_add_test(names, response_takes_back_what_a_timeout_added_to_a_servfail);
	suite_add_tcase(suite, names);

	tcase_add_checked_fixture(others, start, failure_lab_end);
	tcase_add_test(others, answer_after_is_longest_while_nothing_is_known);
	tcase_add_test(others, answer_after_is_four_times_p99_within_its_limits);
	tcase_add_test(others, late_responses_do_not_make_the_wait_longer);
	tcase_add_test(others, what_was_missed_ends_all_failing);
	tcase_add_test(others, failure_before_what_was_missed_confirms_nothing_after);
	tcase_add_test(others, what_answered_once_is_still_known_after_a_miss);
	tcase_add_test(others, no_state_is_freed_without_harm);
	suite_add_tcase(suite, others);
	return suite;
}

int main(void)
{
	return check_main_run(test_failure_state_suite());
}
