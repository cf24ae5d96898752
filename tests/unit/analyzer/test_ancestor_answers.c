/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * What the ancestor of this project could not read, did not learn or counted wrongly, under
 * the numbers of its weaknesses (tests/ancestor.md): W4, W7, W9, W16, W32.
 */

#define CLIENTS 4
#define Z_BIT   0x0040u /* of the header, reserved (RFC 1035 section 4.1.1) */

/* It learned nothing from responses that came while it was injecting. */
START_TEST(W4_response_to_a_query_that_was_answered_from_memory_is_learned)
{
	const struct lab_query rescued = lab_a("www.example.com");
	struct lab_query later;
	struct dns_message view;

	lab_teach("www.example.com");
	lab_fall_silent();
	lab_ask(&rescued);
	ck_assert_uint_eq(lab.order_count, 1);
	lab_begin(&rescued, 0);
	(void)dns_builder_a(&lab_builder, LAB_TTL_S); /* another address than before */
	lab_respond(&rescued);

	lab_fall_silent();
	later = lab_a("www.example.com");
	lab_ask(&later);
	ck_assert_uint_eq(lab.order_count, 2);
	(void)lab_last_order(&view);
	ck_assert_mem_eq(
		lab.orders[1].head.dns + lab.orders[1].head.dns_bytes - 4, "\300\0\2\1", 4);
}
END_TEST

/* 100 queries a second, every fourth unanswered. */
static uint32_t loss_ppm_after_a_window(void)
{
	for (int i = 0; i < 1200; i++) {
		char text[32];
		struct lab_query query;

		(void)snprintf(text, sizeof(text), "n%d.example", i % 100);
		query = lab_from((uint8_t)(1 + i % CLIENTS), text);
		lab_ask(&query);
		lab_pass(5);
		if (i % 4 != 0 || i < 100)
			lab_answer(&query);
		lab_pass(5);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	return (uint32_t)lab.worker.counters.loss_ratio_ppm;
}

/* Its tables were its window: full ones shortened it, and one more than the other. */
START_TEST(W7_capacities_of_the_lists_change_nothing_about_the_loss)
{
	const uint32_t wide_ppm = loss_ppm_after_a_window();

	lab_end();
	lab_configure();
	lab.config.matched_capacity = 4;
	lab.config.unmatched_capacity = 64;
	lab_open();
	ck_assert_uint_gt(wide_ppm, 100000);
	ck_assert_uint_eq(loss_ppm_after_a_window(), wide_ppm);
}
END_TEST

static void resolve_and_see_no_failure(
	const struct lab_query *query, uint16_t flags, uint16_t bytes)
{
	static const uint8_t rdata[4000] = { 0 };
	const uint64_t matched = lab.worker.counters.queries_matched;

	lab_ask(query);
	lab_pass(1);
	lab_begin(query, flags);
	(void)dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION,
		query->type, LAB_TTL_S, rdata, bytes);
	lab_respond(query);
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, matched + 1);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_malformed, 0);
	ck_assert_uint_eq(lab.order_count, 0);
}

/* RRSIG, DS, SVCB, HTTPS, CAA, NAPTR and a type of nobody's. */
START_TEST(W9_types_it_did_not_know_are_no_failures)
{
	static const uint16_t types[] = { 46, 43, 64, 65, 257, 35, 65280 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct lab_query query = lab_a("www.example.com");

		query.type = types[i];
		resolve_and_see_no_failure(&query, 0, 24);
	}
}
END_TEST

START_TEST(W9_large_responses_edns_and_odd_names_are_no_failures)
{
	struct lab_query query = lab_a("www.example.com");

	query.has_opt = true;
	query.udp_payload_bytes = 4096;
	query.opt_ttl_field = 0x8000; /* DO */
	resolve_and_see_no_failure(&query, 0, 4000);
	query = lab_a("b\303\274cher.\1\377.example");
	resolve_and_see_no_failure(&query, 0, 4);
	query = lab_a("z.example");
	query.flags |= Z_BIT;
	resolve_and_see_no_failure(&query, Z_BIT, 4);
}
END_TEST

/* It made one name's addresses of a chain, in an order of its own. */
START_TEST(W16_chain_of_aliases_is_replayed_whole)
{
	static const uint16_t types[] = { DNS_TYPE_CNAME, DNS_TYPE_CNAME, DNS_TYPE_A, DNS_TYPE_A };
	const struct lab_query query = lab_a("www.example.com");
	struct dns_message view;
	struct dns_record record;
	const union lab_order *order;
	uint16_t at;

	lab_ask(&query);
	lab_begin(&query, 0);
	(void)dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION,
		DNS_TYPE_CNAME, LAB_TTL_S, "\3one\7example", 13);
	(void)dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, "one.example", DNS_TYPE_CNAME,
		LAB_TTL_S, "\3two\7example", 13);
	(void)dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, "two.example", DNS_TYPE_A,
		LAB_TTL_S, "\300\0\2\2", 4);
	(void)dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, "two.example", DNS_TYPE_A,
		LAB_TTL_S, "\300\0\2\1", 4);
	lab_respond(&query);

	lab_fall_silent();
	ck_assert(lab_is_answered_at_once("www.example.com"));
	order = lab_last_order(&view);
	ck_assert_uint_eq(order->head.dns_bytes, lab_builder.size_bytes);
	at = view.answer_at;
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(dns_read_record(order->head.dns, &view, at, &record), DNS_READ_OK);
		ck_assert_uint_eq(record.type, types[i]);
		at = record.next_at;
	}
	ck_assert_mem_eq(order->head.dns + order->head.dns_bytes - 4, "\300\0\2\1", 4);
}
END_TEST

/* It counted whole milliseconds, and its own replies among the resolver's. */
START_TEST(W32_durations_are_the_resolvers_and_finer_than_milliseconds)
{
	const struct lab_query quick = lab_a("www.example.com");

	lab_ask(&quick);
	lab.now_ns += 300000;
	lab_answer(&quick);
	ck_assert_uint_eq(lab.worker.counters.duration_sum_ns, 300000);

	lab_fall_silent();
	ck_assert(lab_is_answered_at_once("www.example.com"));
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.duration_sum_ns, 300000);
}
END_TEST

static Suite *test_ancestor_answers_suite(void)
{
	Suite *suite = suite_create("ancestor_answers");
	TCase *all = tcase_create("ancestor_answers");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, W4_response_to_a_query_that_was_answered_from_memory_is_learned);
	tcase_add_test(all, W7_capacities_of_the_lists_change_nothing_about_the_loss);
	tcase_add_test(all, W9_types_it_did_not_know_are_no_failures);
	tcase_add_test(all, W9_large_responses_edns_and_odd_names_are_no_failures);
	tcase_add_test(all, W16_chain_of_aliases_is_replayed_whole);
	tcase_add_test(all, W32_durations_are_the_resolvers_and_finer_than_milliseconds);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_ancestor_answers_suite());
}
