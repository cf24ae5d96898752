/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Orders that meet a response, a retransmit or a full ring. */

#define NAME "www.example.com"

static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_fall_silent();
}

START_TEST(response_that_overtakes_an_order_cancels_it)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(2);
	lab_answer(&query);
	ck_assert_uint_eq(lab.cancel_count, 1);
	ck_assert_uint_eq(lab.cancelled_ids[0], lab.orders[0].head.order_id);
	ck_assert_uint_eq(lab.worker.counters.lost_races_same, 1);
	ck_assert_uint_eq(lab.worker.counters.orders_cancelled, 1);
	ck_assert_uint_eq(lab.worker.counters.orders_sent, 1);
}
END_TEST

/* Its batch began before it was seen: the injector refuses orders older than their query. */
START_TEST(order_is_never_older_than_its_query)
{
	const struct lab_query query = lab_a(NAME);
	struct message_packet *packet = lab_query_packet(&query);

	packet->seen_ns = lab.now_ns + 1000;
	lab_feed(packet);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.query_ns, packet->seen_ns);
	ck_assert_uint_ge(lab.orders[0].head.ordered_ns, lab.orders[0].head.query_ns);
}
END_TEST

START_TEST(response_without_an_order_cancels_nothing)
{
	lab_teach(NAME);
	lab_pass(1);
	lab_teach(NAME);
	ck_assert_uint_eq(lab.cancel_count, 1); /* the first was answered at once */
	ck_assert_uint_eq(lab.worker.counters.lost_races_same, 1);
}
END_TEST

START_TEST(retransmit_of_an_answered_query_is_answered_again)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(1000);
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 2);
	ck_assert_uint_ne(lab.orders[0].head.order_id, lab.orders[1].head.order_id);
}
END_TEST

START_TEST(retransmit_of_a_rescued_query_is_answered_again)
{
	struct lab_query query;

	lab_teach("other.example"); /* nothing failing */
	lab_pass(1);
	query = lab_a(NAME);
	lab_ask(&query);
	lab_pass(260);
	ck_assert_uint_eq(lab.order_count, 1);
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 2);
}
END_TEST

START_TEST(early_retransmit_waits_as_its_query_does)
{
	struct lab_query query;

	lab_teach("other.example");
	lab_pass(1);
	query = lab_a(NAME);
	lab_ask(&query);
	lab_pass(200);
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 0);
	lab_pass(60); /* answer_after from the first one */
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(order_the_injector_cannot_take_is_counted)
{
	const struct lab_query query = lab_a(NAME);

	lab.is_injector_full = true;
	lab_ask(&query);
	ck_assert_uint_eq(lab.worker.counters.suppressed_ring_full, 1);
	ck_assert_uint_eq(lab.worker.counters.orders_sent, 0);
}
END_TEST

START_TEST(order_the_injector_could_not_take_is_tried_at_answer_after)
{
	const struct lab_query query = lab_a(NAME);

	lab.is_injector_full = true;
	lab_ask(&query);
	lab.is_injector_full = false;
	lab_pass(260);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(order_the_injector_could_not_take_is_tried_with_the_retransmit)
{
	const struct lab_query query = lab_a(NAME);

	lab.is_injector_full = true;
	lab_ask(&query);
	lab_pass(4000);
	lab.is_injector_full = false;
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.order_id, 1);
}
END_TEST

/*
 * glibc sends the same query again after five seconds, which is [matching] timeout. What
 * capture vouches for is some milliseconds behind the clock, so the first one still waits.
 */
START_TEST(retransmit_at_the_timeout_itself_is_answered)
{
	const struct lab_query query = lab_a(NAME);

	lab.is_injector_full = true; /* say, it was restarting */
	lab_ask(&query);
	lab_pass(4990);
	lab.is_injector_full = false;
	lab_pass_blind(15);
	lab_ask(&query);
	lab_pass(100);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(query_sent_again_after_its_timeout_is_a_new_one)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(5020);
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 2);
	ck_assert_uint_eq(lab.worker.counters.retransmits, 0);
	ck_assert_uint_eq(lab.orders[1].head.query_ns, lab.now_ns);
	lab_answer(&query);
	ck_assert_uint_eq(lab.cancelled_ids[0], lab.orders[1].head.order_id);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 0);
}
END_TEST

START_TEST(order_of_a_retransmit_has_its_own_deadline)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(4980);
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 2);
	ck_assert_uint_eq(lab.orders[1].head.deadline_ns, lab.now_ns + 5 * NS_PER_S);
}
END_TEST

START_TEST(client_that_asks_too_often_is_answered_as_often_as_allowed)
{
	lab.config.client_rate = 5;
	for (int i = 0; i < 8; i++)
		(void)lab_is_answered_at_once(NAME);
	ck_assert_uint_eq(lab.order_count, 5);
	ck_assert_uint_eq(lab.worker.counters.suppressed_rate_limit, 3);
}
END_TEST

static Suite *test_worker_orders_suite(void)
{
	Suite *suite = suite_create("worker_orders");
	TCase *all = tcase_create("worker_orders");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, client_that_asks_too_often_is_answered_as_often_as_allowed);
	tcase_add_test(all, response_that_overtakes_an_order_cancels_it);
	tcase_add_test(all, order_is_never_older_than_its_query);
	tcase_add_test(all, response_without_an_order_cancels_nothing);
	tcase_add_test(all, retransmit_of_an_answered_query_is_answered_again);
	tcase_add_test(all, retransmit_of_a_rescued_query_is_answered_again);
	tcase_add_test(all, early_retransmit_waits_as_its_query_does);
	tcase_add_test(all, order_the_injector_cannot_take_is_counted);
	tcase_add_test(all, order_the_injector_could_not_take_is_tried_at_answer_after);
	tcase_add_test(all, order_the_injector_could_not_take_is_tried_with_the_retransmit);
	tcase_add_test(all, retransmit_at_the_timeout_itself_is_answered);
	tcase_add_test(all, query_sent_again_after_its_timeout_is_a_new_one);
	tcase_add_test(all, order_of_a_retransmit_has_its_own_deadline);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_orders_suite());
}
