/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_shared.h"

#include "tests/support/check_main.h"
#include "tests/support/worker_lab.h"

/*
 * Two workers over the same tables: worker 0 is the lab's, worker 1 has clients of its
 * own and a ring that stands where the test puts it.
 */

#define NAME "www.example.com"

static struct worker other;
static unsigned int other_orders;

static bool take_order(void *argument, const struct message_order *order, const uint8_t *dns)
{
	(void)argument;
	(void)dns;
	ck_assert_uint_ne(order->order_id >> 56, 0); /* never one of worker 0's */
	other_orders++;
	return true;
}

static void take_cancel(void *argument, uint64_t order_id)
{
	(void)argument;
	(void)order_id;
}

static void start(void)
{
	const struct worker_output lab_output = { lab_take_order, lab_take_cancel, lab_take_release,
		&lab };
	const struct worker_output output = { take_order, take_cancel, NULL, NULL };

	lab_configure();
	lab.now_ns = LAB_START_NS;
	lab.producer.epoch = 1;
	lab.producer.complete_until_ns = lab.now_ns;
	other_orders = 0;
	worker_shared_init(&lab.shared);
	worker_init(&lab.worker);
	worker_init(&other);
	ck_assert_int_eq(worker_shared_open(&lab.shared, 2, &lab.config, 1, lab.now_ns), 0);
	ck_assert_int_eq(
		worker_open(&lab.worker, &lab.shared, 0, &lab.config, &lab_output, 1, lab.now_ns),
		0);
	ck_assert_int_eq(
		worker_open(&other, &lab.shared, 1, &lab.config, &output, 1, lab.now_ns), 0);
	lab_read(NULL, 0);
}

static void end(void)
{
	worker_close(&other);
	lab_end();
}

/* Worker 1 has seen everything until now. */
static void other_sees(void)
{
	other.blindness.is_attached = true;
	other.blindness.complete_until_ns = lab.now_ns;
	worker_advance(&other, lab.now_ns);
}

START_TEST(answers_learned_by_one_are_given_by_the_other)
{
	const struct lab_query query = lab_from(2, NAME);

	lab_teach(NAME);
	lab_pass(1);
	worker_packet(&other, lab_query_packet(&query), lab.now_ns);
	lab_pass(1000);
	other_sees();
	ck_assert_uint_eq(other_orders, 1);
}
END_TEST

START_TEST(nothing_is_judged_before_both_have_seen_it)
{
	const struct lab_query query = lab_a(NAME);

	lab_teach(NAME);
	other_sees();
	lab_pass(1);
	lab_ask(&query);
	lab_pass(3000);
	ck_assert_uint_eq(lab.order_count, 0); /* the other may hold a sign of life */
	other_sees();
	lab_beat();
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(worker_without_a_ring_is_not_waited_for)
{
	const struct lab_query query = lab_a(NAME);

	lab_teach(NAME);
	other_sees();
	lab_pass(1);
	worker_detached(&other);
	lab_ask(&query);
	lab_pass(3000);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(worker_that_has_yet_to_read_its_ring_is_waited_for)
{
	const struct lab_query query = lab_a(NAME);

	lab_teach(NAME);
	worker_attached(&other);
	lab_pass(1);
	lab_ask(&query);
	lab_pass(3000);
	ck_assert_uint_eq(lab.order_count, 0);
	other_sees();
	lab_beat();
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

/* The analyzer was dead for a second; worker 0's ring was empty and is read. */
START_TEST(query_whose_response_stands_unread_behind_it_is_not_answered)
{
	const struct lab_query query = lab_from(2, NAME);
	const struct message_packet *packet;

	lab_teach(NAME);
	worker_attached(&other);
	packet = lab_query_packet(&query);
	lab_pass(1000);
	worker_packet(&other, packet, lab.now_ns);
	worker_advance(&other, lab.now_ns);
	ck_assert_uint_eq(other_orders, 0);
	lab_begin_good(&query);
	worker_packet(&other, lab_response_packet(&query), lab.now_ns);
	other_sees();
	ck_assert_uint_eq(other_orders, 0);
}
END_TEST

START_TEST(response_that_one_sees_ends_the_silence_for_both)
{
	const struct lab_query query = lab_from(2, "other.example");

	worker_detached(&other);
	lab_teach(NAME);
	lab_fall_silent();
	worker_packet(&other, lab_query_packet(&query), lab.now_ns);
	lab_begin_good(&query);
	worker_packet(&other, lab_response_packet(&query), lab.now_ns);
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(what_one_missed_is_void_for_both)
{
	worker_detached(&other);
	lab_teach(NAME);
	lab_fall_silent();
	worker_missed(&other, BLINDNESS_GAP, lab.now_ns);
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(queries_before_what_the_other_missed_prove_no_silence)
{
	const struct lab_query first = lab_a("silent1.example");
	const struct lab_query second = lab_a("silent2.example");

	worker_detached(&other);
	lab_teach(NAME);
	lab_pass(1);
	lab_ask(&first);
	lab_ask(&second);
	lab_pass(500);
	worker_missed(&other, BLINDNESS_GAP, lab.now_ns); /* perhaps a response to its client */
	lab_pass(2000);
	ck_assert(!lab_is_answered_at_once(NAME));
	lab_fall_silent();
	ck_assert(lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(nobody_judges_while_no_ring_is_there)
{
	ck_assert_uint_ne(worker_shared_complete_until_ns(&lab.shared), WORKER_SHARED_NO_RING);
	worker_detached(&lab.worker);
	worker_detached(&other);
	ck_assert_uint_eq(worker_shared_complete_until_ns(&lab.shared), WORKER_SHARED_NO_RING);
	ck_assert_int_eq(worker_advance(&other, lab.now_ns), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker_shared");
	TCase *tests = tcase_create("worker_shared");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, answers_learned_by_one_are_given_by_the_other);
	tcase_add_test(tests, nothing_is_judged_before_both_have_seen_it);
	tcase_add_test(tests, worker_without_a_ring_is_not_waited_for);
	tcase_add_test(tests, worker_that_has_yet_to_read_its_ring_is_waited_for);
	tcase_add_test(tests, query_whose_response_stands_unread_behind_it_is_not_answered);
	tcase_add_test(tests, response_that_one_sees_ends_the_silence_for_both);
	tcase_add_test(tests, what_one_missed_is_void_for_both);
	tcase_add_test(tests, queries_before_what_the_other_missed_prove_no_silence);
	tcase_add_test(tests, nobody_judges_while_no_ring_is_there);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
