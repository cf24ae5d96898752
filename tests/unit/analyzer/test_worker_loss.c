/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Many losses while the resolver is healthy: never an order. See test_worker_blindness.c. */

#define NAME "www.example.com"

static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_pass(1);
}

/* A healthy resolver whose responses are lost on the way to us, three of four. */
static void lose_responses(void (*lose)(void))
{
	for (int i = 0; i < 2000; i++) {
		const struct lab_query query = lab_from((uint8_t)(1 + i % 5), NAME);

		lab_ask(&query);
		lab_pass(1);
		if (i % 4 == 0)
			lab_answer(&query);
		else
			lose();
		lab_pass(9);
	}
}

static void lose_in_ring(void)
{
	lab_lose(1);
}

static void lose_upstream(void)
{
	lab.producer.lost_upstream++;
}

START_TEST(losing_most_records_of_a_healthy_resolver_never_orders)
{
	lose_responses(lose_in_ring);
	lose_responses(lose_upstream);
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
}
END_TEST

START_TEST(losing_one_record_now_and_then_never_orders)
{
	for (int i = 0; i < 300; i++) {
		const struct lab_query query = lab_a(NAME);

		lab_ask(&query);
		lab_pass(1);
		if (i % 100 == 50)
			lab_lose(1);
		else
			lab_answer(&query);
		lab_pass(99);
	}
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 3);
}
END_TEST

static Suite *test_worker_loss_suite(void)
{
	Suite *suite = suite_create("worker_loss");
	TCase *all = tcase_create("worker_loss");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, losing_most_records_of_a_healthy_resolver_never_orders);
	tcase_add_test(all, losing_one_record_now_and_then_never_orders);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_loss_suite());
}
