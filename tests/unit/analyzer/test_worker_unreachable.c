/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* ICMP errors that quote a query, on their way to its client. */

#define NAME "www.example.com"

static struct message_packet *error_packet(const struct lab_query *query)
{
	struct message_packet *packet = lab_query_packet(query);

	packet->kind = MESSAGE_PACKET_UNREACHABLE;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->ingress_if_index = 200;
	packet->checksum = MESSAGE_CHECKSUM_NONE;
	return packet;
}

static void refuse(const struct lab_query *query)
{
	lab_feed(error_packet(query));
}

/* A query for a learned name, and its error a moment later. */
static struct lab_query ask_and_refuse(void)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(1);
	refuse(&query);
	return query;
}

static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_pass(1);
}

START_TEST(query_that_draws_an_error_is_answered_at_once)
{
	(void)ask_and_refuse();
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_UNREACHABLE);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 1);
}
END_TEST

START_TEST(next_query_of_that_client_does_not_wait_for_its_error)
{
	(void)ask_and_refuse();
	ck_assert(lab_is_answered_at_once(NAME));
	ck_assert_uint_eq(lab.orders[1].head.trigger, MESSAGE_TRIGGER_FAILING);
}
END_TEST

START_TEST(error_counts_once_and_not_as_a_timeout_too)
{
	const struct lab_query query = ask_and_refuse();

	refuse(&query);
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

static void count_one(const struct transaction *transaction, void *count)
{
	(void)transaction;
	++*(uint64_t *)count;
}

static uint64_t listed_unmatched(void)
{
	uint64_t count = 0;

	rcu_read_lock();
	query_match_walk(lab.worker.match, QUERY_MATCH_UNMATCHED, count_one, &count);
	rcu_read_unlock();
	return count;
}

static uint64_t requests(void)
{
	return lab.worker.counters.requests_ipv4_a + lab.worker.counters.requests_ipv4_aaaa;
}

START_TEST(query_that_drew_an_error_is_unmatched_once_it_got_no_response)
{
	const struct lab_query answered = lab_a("answered.example");

	(void)ask_and_refuse();
	lab_ask(&answered);
	refuse(&answered);
	lab_answer(&answered);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 2);
	ck_assert_uint_eq(lab.worker.counters.queries_unmatched, 0);
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.queries_unmatched, 1);
	ck_assert_uint_eq(listed_unmatched(), 1);
}
END_TEST

/* What the exporter's readers may add up: each query ends in one way. */
START_TEST(queries_are_matched_unmatched_or_voided_with_errors_and_without)
{
	const struct analyzer_counters *counters = &lab.worker.counters;
	struct lab_query mixed = lab_a("mixed.example");
	const struct lab_query silent = lab_a("silent.example");
	const struct lab_query lost = lab_a("lost.example");

	lab_ask(&mixed);
	mixed.flags ^= DNS_FLAG_RD; /* another query with the port and id of one that waits */
	lab_ask(&mixed);
	lab_answer(&mixed);
	(void)ask_and_refuse();
	lab_ask(&silent);
	lab_pass(6000);
	lab_ask(&lost);
	refuse(&lost);
	lab_lose(1);
	lab_pass(6000);
	ck_assert_uint_eq(counters->queries_matched, 2); /* one of them at the start */
	ck_assert_uint_eq(counters->queries_unmatched, 2);
	ck_assert_uint_eq(counters->queries_voided, 2);
	ck_assert_uint_eq(requests(), 6);
}
END_TEST

START_TEST(error_is_no_response_of_the_resolver)
{
	const struct lab_query query = lab_a("other.example");

	lab_fall_silent();
	lab_ask(&query);
	refuse(&query);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 1);
}
END_TEST

START_TEST(response_to_a_query_that_drew_an_error_teaches_nothing)
{
	const struct lab_query query = lab_a("new.example");

	lab_ask(&query);
	refuse(&query);
	lab_answer(&query); /* from an accomplice, while the resolver had said no */
	ck_assert_uint_eq(lab.worker.counters.drops_not_eligible, 1);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once("new.example"));
}
END_TEST

START_TEST(error_from_a_neighbour_is_not_believed)
{
	const struct lab_query query = lab_a(NAME);
	struct message_packet *packet;

	lab_ask(&query);
	packet = error_packet(&query);
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = 9;
	lab_feed(packet);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.errors_wrong_entry, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 0);
}
END_TEST

START_TEST(error_that_quotes_nobodys_query_is_not_believed)
{
	const struct lab_query asked = lab_a(NAME);
	const struct lab_query other = lab_a(NAME);

	lab_ask(&asked);
	refuse(&other);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.errors_unsolicited, 1);
}
END_TEST

/* A client whose port is closed by now says so to its resolver. */
START_TEST(error_from_a_client_says_nothing)
{
	const struct lab_query query = lab_a(NAME);
	struct message_packet *packet;

	lab_ask(&query);
	packet = error_packet(&query);
	packet->direction = MESSAGE_DIRECTION_INBOUND;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 0);
	ck_assert_uint_eq(lab.worker.counters.errors_unsolicited, 0);
}
END_TEST

static void start_without_icmp(void)
{
	lab_configure();
	lab.config.conditions &= ~(uint64_t)CONFIG_CONDITION_ICMP;
	lab_open();
	lab_teach(NAME);
	lab_pass(1);
}

START_TEST(without_the_condition_the_error_is_counted_and_the_query_waits)
{
	(void)ask_and_refuse();
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 1);
	lab_pass(1000);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_TIMEOUT);
}
END_TEST

/* The client has taken a response that came by a wrong way: a reply would come after it. */
START_TEST(query_that_was_sent_a_forged_response_is_not_answered_at_its_error)
{
	const struct lab_query query = lab_a(NAME);
	struct message_packet *packet;

	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = 9;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.responses_wrong_entry, 1);
	refuse(&query);
	lab_pass(2000);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 1);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert(!lab_is_answered_at_once(NAME)); /* and nothing is failing for it */
}
END_TEST

static Suite *test_worker_unreachable_suite(void)
{
	Suite *suite = suite_create("worker_unreachable");
	TCase *all = tcase_create("worker_unreachable");
	TCase *off = tcase_create("condition off");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, query_that_draws_an_error_is_answered_at_once);
	tcase_add_test(all, next_query_of_that_client_does_not_wait_for_its_error);
	tcase_add_test(all, error_counts_once_and_not_as_a_timeout_too);
	tcase_add_test(all, query_that_drew_an_error_is_unmatched_once_it_got_no_response);
	tcase_add_test(all, queries_are_matched_unmatched_or_voided_with_errors_and_without);
	tcase_add_test(all, error_is_no_response_of_the_resolver);
	tcase_add_test(all, response_to_a_query_that_drew_an_error_teaches_nothing);
	tcase_add_test(all, error_from_a_neighbour_is_not_believed);
	tcase_add_test(all, error_that_quotes_nobodys_query_is_not_believed);
	tcase_add_test(all, error_from_a_client_says_nothing);
	tcase_add_test(all, query_that_was_sent_a_forged_response_is_not_answered_at_its_error);
	suite_add_tcase(suite, all);
	tcase_add_checked_fixture(off, start_without_icmp, lab_end);
	tcase_add_test(off, without_the_condition_the_error_is_counted_and_the_query_waits);
	suite_add_tcase(suite, off);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_unreachable_suite());
}
