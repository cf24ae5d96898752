/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include <arpa/inet.h>

#include "tests/support/failure_lab.h"

/* When a resolver is silent, and when no longer. Its last response came at 1 ms. */

static void start(void)
{
	failure_lab_start();
	failure_lab_good("healthy.example", 0, 1);
}

static void fall_silent(void)
{
	failure_lab_time_out("a.example", 100);
	ck_assert(failure_lab_time_out("b.example", 200).became_silent);
}

START_TEST(one_unanswered_name_of_one_client_proves_nothing)
{
	ck_assert(!failure_lab_time_out("a.example", 100).became_silent);
	ck_assert_int_eq(failure_lab_look("c.example", 2000), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_silent_count(), 0);
}
END_TEST

START_TEST(two_unanswered_names_make_a_resolver_silent)
{
	struct failure_change change;

	failure_lab_time_out("a.example", 100);
	change = failure_lab_time_out("b.example", 200);
	ck_assert(change.became_silent);
	ck_assert_uint_eq(change.since_ns, failure_lab_ns(1));
	ck_assert_int_eq(failure_lab_look("c.example", 2000), FAILURE_SILENT);
	ck_assert_uint_eq(failure_lab_silent_count(), 1);
}
END_TEST

/* A stub and what it forwards to may share an address. */
START_TEST(another_port_is_another_resolver)
{
	failure_lab.path.resolver_port_be = htons(5300);
	failure_lab_good("healthy.example", 0, 1);
	fall_silent();
	ck_assert_int_eq(failure_lab_look("c.example", 2000), FAILURE_SILENT);
	failure_lab.path.resolver_port_be = 0;
	ck_assert_int_eq(failure_lab_look("c.example", 2000), FAILURE_NONE);
	failure_lab_good("healthy.example", 2000, 2001);
	failure_lab.path.resolver_port_be = htons(5300);
	ck_assert_int_eq(failure_lab_look("c.example", 2002), FAILURE_SILENT);
}
END_TEST

START_TEST(all_types_and_retries_of_a_name_are_one)
{
	failure_lab_time_out("a.example", 100);
	failure_lab_time_out("A.EXAMPLE", 100);
	failure_lab_time_out("a.example", 3000);
	ck_assert_int_eq(failure_lab_look("c.example", 5000), FAILURE_NONE);
}
END_TEST

START_TEST(two_clients_of_one_name_make_a_resolver_silent)
{
	failure_lab_time_out("a.example", 100);
	failure_lab_from(2, 2);
	ck_assert(failure_lab_time_out("a.example", 150).became_silent);
}
END_TEST

START_TEST(order_of_the_timeouts_does_not_matter)
{
	failure_lab_time_out("b.example", 200);
	ck_assert(failure_lab_time_out("a.example", 100).became_silent);
}
END_TEST

START_TEST(silence_is_told_once)
{
	fall_silent();
	ck_assert(!failure_lab_time_out("c.example", 300).became_silent);
	ck_assert_uint_eq(failure_lab_silent_count(), 1);
}
END_TEST

START_TEST(silence_is_for_every_client_and_lasts)
{
	fall_silent();
	failure_lab_from(9, 9);
	ck_assert_int_eq(failure_lab_look("never.asked.example", 2001), FAILURE_SILENT);
	ck_assert_int_eq(failure_lab_look("never.asked.example", 86400000), FAILURE_SILENT);
}
END_TEST

START_TEST(response_between_two_unanswered_queries_is_no_silence)
{
	failure_lab_time_out("a.example", 100);
	failure_lab_good("c.example", 2000, 2001);
	ck_assert(!failure_lab_time_out("b.example", 3000).became_silent);
	ck_assert_int_eq(failure_lab_look("d.example", 4900), FAILURE_NONE);
}
END_TEST

START_TEST(response_after_both_were_sent_is_no_silence)
{
	failure_lab_good("c.example", 150, 250); /* the queries of 100 and 200 met a living one */
	failure_lab_time_out("a.example", 100);
	ck_assert(!failure_lab_time_out("b.example", 200).became_silent);
	ck_assert_int_eq(failure_lab_look("a.example", 2000), FAILURE_NONE);
}
END_TEST

START_TEST(responses_count_by_when_they_were_seen_and_not_by_their_order)
{
	failure_lab_good("c.example", 0, 500);
	failure_lab_good("d.example", 0, 300);
	failure_lab_time_out("a.example", 400);
	ck_assert(!failure_lab_time_out("b.example", 400).became_silent);
}
END_TEST

START_TEST(any_response_ends_silence_at_once)
{
	static const enum failure_response kinds[] = { FAILURE_RESPONSE_GOOD,
		FAILURE_RESPONSE_SERVFAIL, FAILURE_RESPONSE_OTHER };
	struct failure_change change;

	for (uint16_t i = 0; i < 3; i++) {
		failure_lab_to("bridge:br0", (uint16_t)(100 + i));
		failure_lab_good("healthy.example", 0, 1);
		fall_silent();
		change = failure_lab_respond("c.example", kinds[i], 5000, 5010);
		ck_assert(change.ended_silence);
		ck_assert_uint_eq(change.since_ns, failure_lab_ns(2000));
		ck_assert_int_eq(failure_lab_look("d.example", 5010), FAILURE_NONE);
		ck_assert_uint_eq(failure_lab_silent_count(), 0);
	}
}
END_TEST

START_TEST(late_response_to_a_query_of_the_silence_ends_it)
{
	fall_silent();
	ck_assert(failure_lab_good("a.example", 100, 6000).ended_silence);
	ck_assert_int_eq(failure_lab_look("b.example", 6000), FAILURE_NONE);
}
END_TEST

START_TEST(end_of_silence_takes_the_timeouts_of_names_with_it)
{
	fall_silent();
	failure_lab_good("c.example", 5000, 5010);
	ck_assert_int_eq(failure_lab_look("a.example", 5011), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("b.example", 5011), FAILURE_NONE);
}
END_TEST

START_TEST(query_of_the_silence_that_times_out_after_it_counts_nowhere)
{
	fall_silent();
	failure_lab_good("c.example", 5000, 5010);
	failure_lab_time_out("d.example", 4900);
	failure_lab_time_out("e.example", 5009);
	ck_assert_int_eq(failure_lab_look("d.example", 7000), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("f.example", 7000), FAILURE_NONE);
}
END_TEST

START_TEST(resolver_can_fall_silent_again)
{
	fall_silent();
	failure_lab_good("c.example", 5000, 5010);
	ck_assert(!failure_lab_time_out("a.example", 6000).became_silent);
	ck_assert(failure_lab_time_out("b.example", 6000).became_silent);
	ck_assert_uint_eq(failure_lab_silent_count(), 1);
}
END_TEST

START_TEST(silence_of_one_resolver_is_not_that_of_another)
{
	failure_lab_to("bridge:br0", 54);
	failure_lab_good("healthy.example", 0, 1);
	failure_lab_to("bridge:br1", 53);
	failure_lab_good("healthy.example", 0, 1);
	failure_lab_to("bridge:br0", 53);
	fall_silent();

	failure_lab_to("bridge:br0", 54);
	ck_assert_int_eq(failure_lab_look("a.example", 2000), FAILURE_NONE);
	failure_lab_to("bridge:br1", 53);
	ck_assert_int_eq(failure_lab_look("a.example", 2000), FAILURE_NONE);
}
END_TEST

START_TEST(one_unanswered_query_at_each_of_two_resolvers_is_no_silence)
{
	failure_lab_to("bridge:br0", 54);
	failure_lab_good("healthy.example", 0, 1);
	failure_lab_time_out("a.example", 100);
	failure_lab_to("bridge:br0", 53);
	ck_assert(!failure_lab_time_out("b.example", 100).became_silent);
}
END_TEST

START_TEST(what_was_missed_ends_silence_and_what_led_to_it)
{
	fall_silent();
	failure_lab_miss(2500);
	ck_assert_int_eq(failure_lab_look("c.example", 3000), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_silent_count(), 0);

	/* One more is the first again. */
	ck_assert(!failure_lab_time_out("c.example", 3000).became_silent);
	ck_assert(failure_lab_time_out("d.example", 3000).became_silent);
	ck_assert_uint_eq(failure_lab_silent_count(), 1);
}
END_TEST

/* Another worker's clients may have had a response meanwhile. */
START_TEST(queries_sent_before_a_miss_prove_no_silence)
{
	failure_lab_good("a.example", 0, 1);
	failure_lab_miss(500);
	failure_lab_time_out("b.example", 400);
	failure_lab_time_out("c.example", 410);
	ck_assert_uint_eq(failure_lab_silent_count(), 0);
	failure_lab_time_out("d.example", 500);
	failure_lab_time_out("e.example", 510);
	ck_assert_uint_eq(failure_lab_silent_count(), 1);
}
END_TEST

START_TEST(response_after_a_miss_does_not_end_a_silence_twice)
{
	fall_silent();
	failure_lab_miss(2500);
	ck_assert(!failure_lab_good("c.example", 3000, 3001).ended_silence);
	ck_assert_uint_eq(failure_lab_silent_count(), 0);
}
END_TEST

/* A resolver that was stopped answers what had queued up: late by the outage's length. */
START_TEST(responses_to_what_was_asked_in_the_silence_do_not_slow_the_next_rescue)
{
	failure_lab_time_out("a.example", 100);
	ck_assert(failure_lab_time_out("b.example", 200).became_silent);
	for (uint64_t i = 0; i < 50; i++)
		failure_lab_good("a.example", 2100 + i, 3500 + i);
	ck_assert_uint_eq(failure_answer_after_ns(failure_lab.state, &failure_lab.path),
		FAILURE_ANSWER_AFTER_MIN_NS);
}
END_TEST

START_TEST(forgotten_resolver_is_not_counted_as_silent)
{
	fall_silent();
	for (uint16_t resolver = 1000; resolver < 1000 + FAILURE_RESOLVERS_MAX; resolver++) {
		failure_lab_to("bridge:br0", resolver);
		failure_lab_good("a.example", 3000, 3001);
	}
	failure_lab_to("bridge:br0", 53);
	if (failure_lab_look("c.example", 4000) != FAILURE_SILENT)
		ck_assert_uint_eq(failure_lab_silent_count(), 0);
}
END_TEST

static Suite *test_failure_silent_suite(void)
{
	Suite *suite = suite_create("failure_silent");
	TCase *begins = tcase_create("begins");
	TCase *ends = tcase_create("ends");

	tcase_add_checked_fixture(begins, start, failure_lab_end);
	tcase_add_test(begins, one_unanswered_name_of_one_client_proves_nothing);
	tcase_add_test(begins, two_unanswered_names_make_a_resolver_silent);
	tcase_add_test(begins, another_port_is_another_resolver);
	tcase_add_test(begins, all_types_and_retries_of_a_name_are_one);
	tcase_add_test(begins, two_clients_of_one_name_make_a_resolver_silent);
	tcase_add_test(begins, order_of_the_timeouts_does_not_matter);
	tcase_add_test(begins, silence_is_told_once);
	tcase_add_test(begins, silence_is_for_every_client_and_lasts);
	tcase_add_test(begins, response_between_two_unanswered_queries_is_no_silence);
	tcase_add_test(begins, response_after_both_were_sent_is_no_silence);
	tcase_add_test(begins, silence_of_one_resolver_is_not_that_of_another);
	tcase_add_test(begins, one_unanswered_query_at_each_of_two_resolvers_is_no_silence);
	tcase_add_test(begins, responses_count_by_when_they_were_seen_and_not_by_their_order);
	suite_add_tcase(suite, begins);

	tcase_add_checked_fixture(ends, start, failure_lab_end);
	tcase_add_test(ends, any_response_ends_silence_at_once);
	tcase_add_test(ends, late_response_to_a_query_of_the_silence_ends_it);
	tcase_add_test(ends, end_of_silence_takes_the_timeouts_of_names_with_it);
	tcase_add_test(ends, query_of_the_silence_that_times_out_after_it_counts_nowhere);
	tcase_add_test(ends, resolver_can_fall_silent_again);
	tcase_add_test(ends, what_was_missed_ends_silence_and_what_led_to_it);
	tcase_add_test(ends, queries_sent_before_a_miss_prove_no_silence);
	tcase_add_test(ends, response_after_a_miss_does_not_end_a_silence_twice);
	tcase_add_test(
		ends, responses_to_what_was_asked_in_the_silence_do_not_slow_the_next_rescue);
	tcase_add_test(ends, forgotten_resolver_is_not_counted_as_silent);
	suite_add_tcase(suite, ends);
	return suite;
}

int main(void)
{
	return check_main_run(test_failure_silent_suite());
}
