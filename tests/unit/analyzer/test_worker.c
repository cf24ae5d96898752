/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * Matching: which packet belongs to what, and what is counted.
 *
 * The worker's other tests, by topic: test_worker_rescue.c, _silent, _names,
 * _blindness, _loss, _one_sided, _learning, _keys, _entry, _reply, _sizes, _orders, _tables,
 * _count, _storm.
 */

START_TEST(response_is_matched_to_its_query)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_ask(&query);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 1);
	lab_pass(3);
	lab_answer(&query);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 0);
	ck_assert_uint_eq(lab.worker.counters.requests_ipv4_a, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_noerror, 1);
	ck_assert_uint_eq(lab.worker.counters.duration_sum_ns, 3 * NS_PER_MS);
	ck_assert_uint_eq(lab.worker.counters.packets_inbound, 1);
	ck_assert_uint_eq(lab.worker.counters.packets_outbound, 1);
}
END_TEST

START_TEST(healthy_resolver_needs_no_orders)
{
	for (int i = 0; i < 50; i++) {
		lab_teach("a.example");
		lab_teach("b.example");
		lab_pass(200);
	}
	lab_pass(10000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 100);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
}
END_TEST

START_TEST(second_response_is_a_duplicate_and_later_unsolicited)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_resolve(&query);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_duplicate, 1);
	lab_settle();
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.responses_duplicate, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
}
END_TEST

static void check_unsolicited(struct lab_query response)
{
	const uint64_t before = lab.worker.counters.responses_unsolicited;

	lab_answer(&response);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, before + 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
}

START_TEST(response_that_differs_in_anything_is_unsolicited)
{
	const struct lab_query query = lab_a("www.example.com");
	struct lab_query other;

	lab_ask(&query);
	other = query;
	other.id++;
	check_unsolicited(other);
	other = query;
	other.port++;
	check_unsolicited(other);
	other = query;
	other.client++;
	check_unsolicited(other);
	other = query;
	other.resolver++;
	check_unsolicited(other);
	other = query;
	other.name = "www.example.org";
	check_unsolicited(other);
	other = query;
	other.type = DNS_TYPE_AAAA;
	check_unsolicited(other);
	other = query;
	other.class = DNS_CLASS_CH;
	check_unsolicited(other);
}
END_TEST

START_TEST(response_that_leaves_by_another_edge_is_unsolicited)
{
	const struct lab_query query = lab_a("www.example.com");
	struct message_packet *packet;

	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->if_index = 2;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
}
END_TEST

START_TEST(unsolicited_response_teaches_nothing)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_teach("a.example");
	lab_answer(&query);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once("www.example.com"));
	ck_assert(lab_is_answered_at_once("a.example"));
}
END_TEST

START_TEST(retransmit_belongs_to_its_transaction)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_ask(&query);
	lab_pass(100);
	lab_ask(&query);
	ck_assert_uint_eq(lab.worker.counters.retransmits, 1);
	ck_assert_uint_eq(lab.worker.counters.requests_ipv4_a, 1);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 1);
	lab_pass(100);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.duration_sum_ns, 200 * NS_PER_MS);
}
END_TEST

START_TEST(same_port_with_two_types_is_two_transactions)
{
	struct lab_query a = lab_a("www.example.com");
	struct lab_query aaaa = a; /* as glibc asks */

	aaaa.type = DNS_TYPE_AAAA;
	aaaa.id++;
	lab_ask(&a);
	lab_ask(&aaaa);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 2);
	lab_answer(&aaaa);
	lab_answer(&a);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 2);
	ck_assert_uint_eq(lab.worker.counters.requests_ipv4_aaaa, 1);
}
END_TEST

START_TEST(packets_over_ipv6_are_matched_alike)
{
	struct lab_query query = lab_a("www.example.com");

	query.ip_version = 6;
	lab_resolve(&query);
	ck_assert_uint_eq(lab.worker.counters.requests_ipv6_a, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(packets_of_other_ports_are_passed_over)
{
	const struct lab_query query = lab_a("www.example.com");
	struct message_packet *packet = lab_query_packet(&query);

	packet->destination_port_be = htons(5353);
	packet->flags = 0;
	lab_feed(packet);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 0);

	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->source_port_be = htons(5353);
	packet->flags = 0;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 0);
}
END_TEST

START_TEST(query_larger_than_a_tap_copies_is_passed_over)
{
	const struct lab_query query = lab_a("www.example.com");
	struct message_packet *packet = lab_query_packet(&query);

	packet->dns_bytes_sent++;
	lab_feed(packet);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 0);
	ck_assert_uint_eq(lab.worker.counters.queries_malformed, 1);
}
END_TEST

START_TEST(query_the_reader_refuses_is_counted_and_passed_over)
{
	const struct lab_query query = lab_a("www.example.com");
	uint32_t bytes = lab_query_packet(&query)->dns_bytes;

	while (bytes-- > 0) {
		struct message_packet *packet = lab_query_packet(&query);

		packet->dns_bytes = packet->dns_bytes_sent = bytes;
		lab_feed(packet);
	}
	ck_assert_uint_eq(lab.worker.counters.queries_malformed, lab.producer.next_sequence);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 0);
}
END_TEST

START_TEST(each_response_code_is_counted)
{
	static const uint16_t rcodes[] = { DNS_RCODE_FORMERR, DNS_RCODE_SERVFAIL,
		DNS_RCODE_NXDOMAIN, DNS_RCODE_NOTIMP, DNS_RCODE_REFUSED, 15 };

	for (int i = 0; i < 6; i++) {
		const struct lab_query query = lab_a("www.example.com");

		lab_ask(&query);
		lab_answer_failed(&query, rcodes[i], -1);
	}
	ck_assert_uint_eq(lab.worker.counters.responses_formerr, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_servfail, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_nxdomain, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_notimp, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_refused, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_other, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_servfail, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_refused, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 6);
}
END_TEST

START_TEST(housekeeping_sets_the_levels)
{
	const struct lab_query query = lab_a("b.example");

	lab_teach("a.example");
	lab_ask(&query);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.queries_inflight, 1);
	ck_assert_uint_eq(lab.worker.counters.cache_entries_success, 1);
	ck_assert_uint_eq(lab.worker.counters.cache_entries_denial, 0);
	ck_assert_uint_eq(lab.worker.counters.cache_insertions, 1);
	ck_assert_uint_eq(lab.worker.counters.cache_capacity_entries, lab.config.cache_capacity);
}
END_TEST

START_TEST(worker_that_was_never_opened_closes)
{
	struct worker worker;

	worker_init(&worker);
	worker_close(&worker);
}
END_TEST

static Suite *test_worker_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *all = tcase_create("worker");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, response_is_matched_to_its_query);
	tcase_add_test(all, healthy_resolver_needs_no_orders);
	tcase_add_test(all, second_response_is_a_duplicate_and_later_unsolicited);
	tcase_add_test(all, response_that_differs_in_anything_is_unsolicited);
	tcase_add_test(all, response_that_leaves_by_another_edge_is_unsolicited);
	tcase_add_test(all, unsolicited_response_teaches_nothing);
	tcase_add_test(all, retransmit_belongs_to_its_transaction);
	tcase_add_test(all, same_port_with_two_types_is_two_transactions);
	tcase_add_test(all, packets_over_ipv6_are_matched_alike);
	tcase_add_test(all, packets_of_other_ports_are_passed_over);
	tcase_add_test(all, query_larger_than_a_tap_copies_is_passed_over);
	tcase_add_test(all, query_the_reader_refuses_is_counted_and_passed_over);
	tcase_add_test(all, each_response_code_is_counted);
	tcase_add_test(all, housekeeping_sets_the_levels);
	tcase_add_test(all, worker_that_was_never_opened_closes);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_suite());
}
