/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/* Blindness is not failure: what may have been missed is never judged. */

#define NAME "www.example.com"

/* A learned name, and a query for it that stays unanswered. */
static struct lab_query waiting;

static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_pass(1);
	waiting = lab_a(NAME);
	lab_ask(&waiting);
	lab_pass(50);
}

/* The waiting query is void: nothing of it may count or be answered. */
static void check_void(void)
{
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_voided, 1);
	ck_assert(!lab_is_answered_at_once(NAME));
}

START_TEST(nothing_missed_is_judged)
{
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 1);
}
END_TEST

START_TEST(gap_in_the_ring_voids_what_waits)
{
	const struct lab_query next = lab_a("b.example");

	lab_lose(1);
	lab_ask(&next);
	lab_answer(&next);
	ck_assert_uint_gt(lab.worker.counters.blind_gap, 0);
	check_void();
}
END_TEST

START_TEST(loss_at_the_tail_of_the_ring_voids_what_waits)
{
	lab_lose(1);
	lab_beat();
	ck_assert_uint_gt(lab.worker.counters.blind_gap, 0);
	check_void();
}
END_TEST

START_TEST(loss_before_capture_voids_what_waits)
{
	lab.producer.lost_upstream++;
	lab_beat();
	ck_assert_uint_gt(lab.worker.counters.blind_loss, 0);
	check_void();
}
END_TEST

START_TEST(new_capture_voids_what_waits)
{
	lab.producer.epoch++;
	lab_beat();
	ck_assert_uint_gt(lab.worker.counters.blind_epoch, 0);
	check_void();
}
END_TEST

START_TEST(ring_that_went_and_came_voids_what_waits)
{
	blindness_detached(&lab.worker.blindness);
	lab_beat();
	check_void();
}
END_TEST

START_TEST(nothing_is_judged_while_capture_stands_still)
{
	lab_pass_blind(20000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 1);
}
END_TEST

START_TEST(nothing_is_judged_while_the_analyzer_reads_none)
{
	for (int i = 0; i < 2000; i++) {
		lab.now_ns += 10 * NS_PER_MS;
		ck_assert_int_eq(worker_advance(&lab.worker, lab.now_ns), 0);
	}
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(query_that_its_client_gave_up_meanwhile_is_not_answered)
{
	lab_pass_blind(5000);
	lab_beat();
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_expired, 1);
}
END_TEST

START_TEST(queries_after_what_was_missed_are_rescued)
{
	const struct lab_query next = lab_a(NAME);

	lab_lose(1);
	lab_beat();
	lab_pass(1);
	ck_assert_uint_eq(lab_orders_after(&next, 260), 1);
}
END_TEST

START_TEST(response_that_comes_after_all_matches_a_void_query)
{
	lab_lose(1);
	lab_beat();
	lab_answer(&waiting);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 2); /* with what was learned */
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 0);
}
END_TEST

START_TEST(response_to_a_void_query_is_recognised_as_late)
{
	lab_lose(1);
	lab_beat();
	lab_pass(6000);
	lab_answer(&waiting);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 0);
}
END_TEST

static void miss_by_gap(void)
{
	lab_lose(1);
	lab_beat();
}

static void miss_by_loss(void)
{
	lab.producer.lost_upstream++;
	lab_beat();
}

static void miss_by_epoch(void)
{
	lab.producer.epoch++;
	lab_beat();
}

static void (*const misses[])(void) = { miss_by_gap, miss_by_loss, miss_by_epoch };

START_TEST(silence_ends_with_whatever_was_missed)
{
	struct captured_stderr captured;

	lab_answer(&waiting);
	lab_fall_silent();
	captured_stderr_begin(&captured);
	misses[_i]();
	ck_assert(!lab_is_answered_at_once(NAME));
	misses[_i](); /* there is nothing more to tell */
	ck_assert_str_eq(captured_stderr_end(&captured),
		"packets were missed: nothing is known to be failing any more (1 silent and 0 "
		"lossy resolvers, 0 zones were)\n");
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 0);
}
END_TEST

START_TEST(silence_is_not_put_together_from_both_sides_of_a_miss)
{
	const struct lab_query after = lab_a("b.example");

	misses[_i]();
	lab_pass(1);
	lab_ask(&after);
	lab_pass(3000);
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(failing_names_end_with_whatever_was_missed)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(1);
	lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
	misses[_i]();
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(each_miss_is_counted_once)
{
	const struct analyzer_counters before = lab.worker.counters;
	const struct analyzer_counters *after = &lab.worker.counters;

	misses[_i]();
	lab_pass(100);
	lab_teach("b.example");
	ck_assert_uint_eq(after->blind_gap + after->blind_loss + after->blind_epoch,
		before.blind_gap + before.blind_loss + before.blind_epoch + 1);
}
END_TEST

static Suite *test_worker_blindness_suite(void)
{
	Suite *suite = suite_create("worker_blindness");
	TCase *queries = tcase_create("queries");
	TCase *states = tcase_create("states");

	tcase_add_checked_fixture(queries, start, lab_end);
	tcase_add_test(queries, nothing_missed_is_judged);
	tcase_add_test(queries, gap_in_the_ring_voids_what_waits);
	tcase_add_test(queries, loss_at_the_tail_of_the_ring_voids_what_waits);
	tcase_add_test(queries, loss_before_capture_voids_what_waits);
	tcase_add_test(queries, new_capture_voids_what_waits);
	tcase_add_test(queries, ring_that_went_and_came_voids_what_waits);
	tcase_add_test(queries, nothing_is_judged_while_capture_stands_still);
	tcase_add_test(queries, nothing_is_judged_while_the_analyzer_reads_none);
	tcase_add_test(queries, query_that_its_client_gave_up_meanwhile_is_not_answered);
	tcase_add_test(queries, queries_after_what_was_missed_are_rescued);
	tcase_add_test(queries, response_that_comes_after_all_matches_a_void_query);
	tcase_add_test(queries, response_to_a_void_query_is_recognised_as_late);
	suite_add_tcase(suite, queries);

	tcase_add_checked_fixture(states, start, lab_end);
	tcase_add_loop_test(states, silence_ends_with_whatever_was_missed, 0, 3);
	tcase_add_loop_test(states, silence_is_not_put_together_from_both_sides_of_a_miss, 0, 3);
	tcase_add_loop_test(states, failing_names_end_with_whatever_was_missed, 0, 3);
	tcase_add_loop_test(states, each_miss_is_counted_once, 0, 3);
	suite_add_tcase(suite, states);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_blindness_suite());
}
