/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Capacities, and the lists of what matched and what did not. */

#define MATCHING_MAX 16

static struct transaction seen; /* a copy of the last one walked, without its bytes */
static unsigned int seen_count;

static void start(void)
{
	lab_configure();
	lab.config.matching_capacity = MATCHING_MAX;
	lab.config.matched_capacity = 4;
	lab.config.unmatched_capacity = 4;
	lab.config.matched_ttl_ns = 60 * NS_PER_S;
	lab.config.unmatched_ttl_ns = 60 * NS_PER_S;
	lab_open();
	lab_teach("www.example.com");
}

static void see(const struct transaction *transaction, void *argument)
{
	(void)argument;
	memcpy(&seen, transaction, sizeof(seen));
	seen_count++;
}

static unsigned int count(enum query_match_table table)
{
	seen_count = 0;
	rcu_read_lock();
	query_match_walk(lab.worker.match, table, see, NULL);
	rcu_read_unlock();
	return seen_count;
}

START_TEST(matched_query_is_listed_with_its_answer)
{
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 1);
	ck_assert_uint_eq(seen.finished_ns - seen.seen_ns, NS_PER_MS);
	ck_assert_uint_eq(seen.rcode, DNS_RCODE_NOERROR);
	ck_assert_uint_eq(seen.address_count, 1);
	ck_assert_mem_eq(seen.addresses[0] + 12, "0123", 4);
	ck_assert(!seen.is_rescued);
}
END_TEST

START_TEST(unanswered_query_is_listed_at_its_timeout)
{
	const struct lab_query query = lab_a("b.example");

	lab_ask(&query);
	lab_pass(4990);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 1);
	lab_pass(20);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	ck_assert(!seen.is_rescued);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 0);
	ck_assert_uint_eq(lab.worker.counters.queries_unmatched, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 1);
}
END_TEST

START_TEST(timeout_is_as_configured)
{
	const struct lab_query query = lab_a("b.example");

	lab.config.matching_timeout_ns = 2 * NS_PER_S;
	lab_ask(&query);
	lab_pass(2010);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
}
END_TEST

START_TEST(rescued_query_is_listed_as_that)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_pass(1);
	lab_ask(&query);
	lab_pass(5010);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	ck_assert(seen.is_rescued);
}
END_TEST

START_TEST(our_reply_is_no_success_of_the_resolver)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_pass(1);
	lab_ask(&query);
	lab_pass(5010);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1); /* what was learned */
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 1);
}
END_TEST

START_TEST(late_response_leaves_its_query_unmatched)
{
	const struct lab_query query = lab_a("b.example");

	lab_ask(&query);
	lab_pass(6000);
	lab_answer(&query);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
}
END_TEST

START_TEST(lists_keep_to_their_capacity)
{
	for (int i = 0; i < 10; i++) {
		const struct lab_query query = lab_a("b.example");

		lab_teach("www.example.com");
		lab_ask(&query);
	}
	lab_pass(6000);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 4);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 4);
}
END_TEST

START_TEST(lists_keep_to_their_ttl)
{
	const struct lab_query query = lab_a("b.example");

	lab_ask(&query);
	lab_pass(6000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	lab.now_ns += 60 * NS_PER_S;
	lab_beat();
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 0);
}
END_TEST

START_TEST(full_table_follows_no_more_and_counts_them)
{
	struct lab_query query = lab_a("b.example");

	for (int i = 0; i < MATCHING_MAX + 3; i++) {
		query = lab_a("b.example");
		lab_ask(&query);
	}
	ck_assert_uint_eq(lab.worker.counters.queries_unfollowed, 3);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), MATCHING_MAX);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
	lab_pass(6000); /* given up: they make room */
	query = lab_a("b.example");
	lab_ask(&query);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 2);
}
END_TEST

START_TEST(flood_of_one_client_leaves_another_its_rescue)
{
	struct lab_query other = lab_from(2, "b.example");

	lab_resolve(&other); /* its edge shows responses */
	lab_settle();        /* others may have what client 1 asked for */
	other = lab_from(2, "www.example.com");
	for (int i = 0; i < 40; i++) {
		const struct lab_query flood = lab_a("flood.example");

		if (i == 20)
			lab_ask(&other);
		lab_ask(&flood);
	}
	ck_assert_uint_eq(lab.worker.counters.queries_unfollowed, 41 - MATCHING_MAX);
	lab_pass(1810);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.client_port_be, htons(other.port));
	lab_pass(30000);
	ck_assert_uint_eq(lab.worker.timers.count, 0);
}
END_TEST

START_TEST(timers_of_what_made_room_do_no_harm)
{
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < MATCHING_MAX; i++) {
			const struct lab_query query = lab_a("b.example");

			lab_ask(&query);
		}
		lab_pass(5500);
	}
	lab_pass(30000);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 8 * MATCHING_MAX);
	ck_assert_uint_eq(lab.worker.timers.count, 0);
}
END_TEST

START_TEST(nothing_is_kept_once_all_is_over)
{
	const struct lab_query query = lab_a("b.example");

	lab_ask(&query);
	lab_pass(19990);
	ck_assert_uint_eq(lab.worker.timers.count, 1);
	lab_pass(20);
	ck_assert_uint_eq(lab.worker.timers.count, 0);
}
END_TEST

static Suite *test_worker_tables_suite(void)
{
	Suite *suite = suite_create("worker_tables");
	TCase *all = tcase_create("worker_tables");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, matched_query_is_listed_with_its_answer);
	tcase_add_test(all, unanswered_query_is_listed_at_its_timeout);
	tcase_add_test(all, timeout_is_as_configured);
	tcase_add_test(all, rescued_query_is_listed_as_that);
	tcase_add_test(all, our_reply_is_no_success_of_the_resolver);
	tcase_add_test(all, late_response_leaves_its_query_unmatched);
	tcase_add_test(all, lists_keep_to_their_capacity);
	tcase_add_test(all, lists_keep_to_their_ttl);
	tcase_add_test(all, full_table_follows_no_more_and_counts_them);
	tcase_add_test(all, flood_of_one_client_leaves_another_its_rescue);
	tcase_add_test(all, timers_of_what_made_room_do_no_harm);
	tcase_add_test(all, nothing_is_kept_once_all_is_over);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_tables_suite());
}
