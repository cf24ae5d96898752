/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Configurations that change between two batches. */

static void reload(void)
{
	worker_reload(&lab.worker);
	worker_shared_reload(&lab.shared, &lab.config);
	lab_beat();
}

static void count_one(const struct transaction *transaction, void *argument)
{
	(void)transaction;
	++*(unsigned int *)argument;
}

static unsigned int count(enum query_match_table table)
{
	unsigned int seen = 0;

	rcu_read_lock();
	query_match_walk(lab.worker.match, table, count_one, &seen);
	rcu_read_unlock();
	return seen;
}

START_TEST(mode_is_that_of_the_moment)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_teach("www.example.com");
	lab.config.mode = CONFIG_MODE_OBSERVE;
	reload();
	lab_ask(&query);
	lab_pass(3000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_gt(lab.worker.counters.suppressed_disabled, 0);
}
END_TEST

START_TEST(slow_response_tells_how_slow_a_resolver_is_once_it_is_no_failure)
{
	const struct lab_query slow = lab_a("slow.example");
	const struct lab_query query = lab_a("www.example.com");

	lab_teach("www.example.com");
	lab.config.failed_after_ns = 4 * NS_PER_S;
	reload();
	lab_ask(&slow);
	lab_pass(3000);
	lab_answer(&slow);
	lab_ask(&query);
	lab_pass(1700); /* not the 250 ms of a fast one */
	ck_assert_uint_eq(lab.order_count, 0);
	lab_pass(200);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(lists_forget_by_the_new_ttl)
{
	lab_teach("www.example.com");
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 1);
	lab.config.matched_ttl_ns = NS_PER_S;
	reload();
	lab_pass(1100);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
}
END_TEST

START_TEST(query_that_waits_by_a_longer_timeout_is_given_up_once)
{
	const struct lab_query taught = lab_a("www.example.com");
	const struct lab_query query = lab_a("www.example.com");

	lab_resolve(&taught);
	lab.config.matching_timeout_ns = 20 * NS_PER_S;
	lab.config.answer_after_ns = 6 * NS_PER_S;
	reload();
	lab_ask(&query);
	lab_pass(4000);
	lab_ask(&query); /* again: a reply now would still be in time */
	lab.config.matching_timeout_ns = 3 * NS_PER_S;
	lab.config.answer_after_ns = 0;
	reload();
	lab_pass(30000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 1);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.queries_inflight, 0);
}
END_TEST

START_TEST(query_that_waits_by_a_shorter_timeout_is_given_up_once)
{
	const struct lab_query query = lab_a("b.example");

	lab_ask(&query);
	lab_pass(1000);
	lab.config.matching_timeout_ns = 30 * NS_PER_S;
	lab.config.failed_after_ns = 10 * NS_PER_S;
	reload();
	lab_pass(60000);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 1);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.queries_inflight, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker_reload");
	TCase *tcase = tcase_create("worker_reload");

	tcase_add_checked_fixture(tcase, lab_start, lab_end);
	tcase_add_test(tcase, mode_is_that_of_the_moment);
	tcase_add_test(tcase, slow_response_tells_how_slow_a_resolver_is_once_it_is_no_failure);
	tcase_add_test(tcase, lists_forget_by_the_new_ttl);
	tcase_add_test(tcase, query_that_waits_by_a_longer_timeout_is_given_up_once);
	tcase_add_test(tcase, query_that_waits_by_a_shorter_timeout_is_given_up_once);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
