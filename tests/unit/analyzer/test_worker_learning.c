/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* What a response teaches: seen in what is answered once the resolver is silent. */

#define NAME "www.example.com"

/* Ask, and leave the response for lab_builder. */
static struct lab_query ask(void)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_begin_good(&query);
	return query;
}

static bool is_learned(void)
{
	lab_teach("other.example"); /* so that the resolver is one that answers */
	lab_fall_silent();
	return lab_is_answered_at_once(NAME);
}

START_TEST(good_response_is_learned)
{
	const struct lab_query query = ask();

	lab_respond(&query);
	ck_assert(is_learned());
}
END_TEST

/* What it is answered with: the rcode, and records in the answer. */
static void check_learned_negative(uint16_t rcode)
{
	struct dns_message view;

	ck_assert(is_learned());
	(void)lab_last_order(&view);
	ck_assert_uint_eq(dns_read_rcode(&view), rcode);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ANSWER], 0);
	ck_assert_uint_eq(lab.worker.counters.cache_hits_denial, 1);
}

static void respond_with_ttl(uint32_t ttl_s)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_begin(&query, 0);
	dns_builder_a(&lab_builder, ttl_s);
	lab_respond(&query);
}

START_TEST(response_that_says_the_same_makes_the_answer_as_old_as_itself)
{
	const union lab_order *order;
	struct dns_message view;
	struct dns_record record;

	respond_with_ttl(300);
	respond_with_ttl(200);
	ck_assert_uint_eq(lab.worker.counters.cache_renewals, 1);
	ck_assert(is_learned());
	order = lab_last_order(&view);
	ck_assert_int_eq(dns_read_record(order->head.dns, &view, view.answer_at, &record), 0);
	ck_assert_uint_le(record.ttl_s, 200);
	ck_assert_uint_ge(record.ttl_s, 190);
}
END_TEST

/* Nothing that could be forgotten hangs on such a query (TRUST.md): its place is free again. */
START_TEST(other_response_after_one_that_only_renewed_is_unsolicited)
{
	struct lab_query query;

	lab_teach(NAME);
	query = ask();
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.cache_renewals, 1);
	lab_answer_negative(&query, DNS_RCODE_NXDOMAIN);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_conflict, 0);
	ck_assert(is_learned());
}
END_TEST

START_TEST(nxdomain_is_learned_and_rescued)
{
	const struct lab_query query = ask();

	lab_answer_negative(&query, DNS_RCODE_NXDOMAIN);
	check_learned_negative(DNS_RCODE_NXDOMAIN);
}
END_TEST

START_TEST(nodata_is_learned_and_rescued)
{
	const struct lab_query query = ask();

	lab_answer_negative(&query, DNS_RCODE_NOERROR);
	check_learned_negative(DNS_RCODE_NOERROR);
}
END_TEST

START_TEST(nodata_without_a_soa_is_learned_and_rescued)
{
	const struct lab_query query = ask();

	lab_begin(&query, DNS_RCODE_NOERROR);
	lab_respond(&query);
	check_learned_negative(DNS_RCODE_NOERROR);
}
END_TEST

START_TEST(truncated_response_matches_and_teaches_nothing)
{
	const struct lab_query query = ask();

	lab_begin(&query, DNS_FLAG_TC);
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_no_answer, 1);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(ttl_of_zero_matches_and_teaches_nothing)
{
	const struct lab_query query = ask();

	lab_begin(&query, 0);
	dns_builder_a(&lab_builder, 0);
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_no_ttl, 1);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(signed_response_matches_and_teaches_nothing)
{
	static const uint8_t rdata[17] = { 0 };
	const struct lab_query query = ask();

	dns_builder_record_of_class(&lab_builder, DNS_SECTION_ADDITIONAL, "key", DNS_TYPE_TSIG,
		DNS_CLASS_ANY, 0, rdata, sizeof(rdata));
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_signed, 1);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(malformed_response_teaches_nothing)
{
	const struct lab_query query = ask();

	dns_builder_bytes(&lab_builder, "x", 1); /* behind the last record */
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.drops_malformed, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_malformed, 1);
	ck_assert(!is_learned());
}
END_TEST

/* Its TTLs could not be told without saying something else: dns_read.h. */
START_TEST(response_whose_names_lie_in_its_ttls_teaches_nothing)
{
	const struct lab_query query = lab_a(NAME);
	size_t first_at;

	lab_ask(&query);
	lab_begin(&query, 0);
	first_at = dns_builder_a(&lab_builder, 0x01780000); /* more than [cache] ttl */
	dns_builder_a(&lab_builder, 300);
	lab_builder.bytes[first_at + 16 + 1] = (uint8_t)(first_at + 6);
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_malformed, 1);
	ck_assert(!is_learned());
}
END_TEST

/* The client has it all the same, and may take it: no reply of ours comes after it. */
START_TEST(response_cut_short_anywhere_teaches_nothing)
{
	size_t bytes;

	(void)ask();
	for (bytes = lab_builder.size_bytes - 1; bytes > 0; bytes--) {
		const struct lab_query query = ask();

		lab_builder.size_bytes = bytes;
		lab_respond(&query);
	}
	ck_assert_uint_gt(lab.worker.counters.drops_malformed, 0);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert(!is_learned());
}
END_TEST

/* A response larger than a tap copies: it reached its client whole. */
static void respond_cut(const struct lab_query *query)
{
	static const uint8_t rdata[4200] = { 0 };

	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, 65280,
		LAB_TTL_S, rdata, sizeof(rdata));
	lab_respond(query);
}

START_TEST(response_larger_than_a_tap_copies_teaches_nothing)
{
	const struct lab_query query = ask();

	respond_cut(&query);
	ck_assert_uint_eq(lab.worker.counters.drops_cut, 1);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(response_larger_than_a_tap_copies_is_a_response)
{
	struct lab_query query;

	lab_teach(NAME); /* a smaller one, before */
	query = ask();
	respond_cut(&query);
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 2);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
}
END_TEST

/* Its UDP length fits in it, so that only the IP header says that something is missing. */
START_TEST(first_fragment_is_a_response_that_teaches_nothing)
{
	const struct lab_query query = ask();
	struct message_packet *packet = lab_response_packet(&query);

	packet->flags |= MESSAGE_PACKET_FIRST_FRAGMENT;
	lab_feed(packet);
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_noerror, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_cut, 1);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(failures_teach_nothing)
{
	static const uint16_t rcodes[] = { DNS_RCODE_SERVFAIL, DNS_RCODE_REFUSED, DNS_RCODE_FORMERR,
		DNS_RCODE_NOTIMP };

	for (int i = 0; i < 4; i++) {
		const struct lab_query query = ask();

		dns_write_flags(lab_builder.bytes, DNS_FLAG_QR | rcodes[i]); /* with a record */
		lab_respond(&query);
	}
	ck_assert_uint_eq(lab.worker.counters.drops_no_answer, 4);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(newer_answer_replaces_the_older_one)
{
	struct lab_query query = ask();
	struct dns_message view;

	lab_respond(&query);
	lab_pass(2100);
	query = ask();
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_A,
		LAB_TTL_S, "\1\2\3\4", 4);
	lab_respond(&query);
	lab_pass(2100);
	ck_assert(is_learned());
	ck_assert_mem_eq(lab_last_order(&view)->head.dns + view.end_at - 4, "\1\2\3\4", 4);
}
END_TEST

START_TEST(query_that_may_not_be_answered_teaches_nothing)
{
	struct lab_query query = lab_a(NAME);

	query.flags = 0; /* RD=0: the response may be a referral */
	lab_resolve(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_not_eligible, 1);
	ck_assert(!is_learned());
}
END_TEST

/* With an IP TTL of 1 it cannot have left this host, with few more its resolver may not have it; an accomplice answers. */
START_TEST(query_that_cannot_travel_teaches_nothing)
{
	for (uint8_t ip_ttl = 0; ip_ttl < 32; ip_ttl++) {
		struct lab_query query = lab_a(NAME);

		query.ip_ttl = ip_ttl;
		lab_resolve(&query);
	}
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 32);
	ck_assert(!is_learned());
}
END_TEST

START_TEST(query_that_can_travel_far_teaches)
{
	struct lab_query query = lab_a(NAME);

	query.ip_ttl = 32;
	lab_resolve(&query);
	ck_assert(is_learned());
}
END_TEST

static Suite *test_worker_learning_suite(void)
{
	Suite *suite = suite_create("worker_learning");
	TCase *all = tcase_create("worker_learning");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, good_response_is_learned);
	tcase_add_test(all, response_that_says_the_same_makes_the_answer_as_old_as_itself);
	tcase_add_test(all, other_response_after_one_that_only_renewed_is_unsolicited);
	tcase_add_test(all, nxdomain_is_learned_and_rescued);
	tcase_add_test(all, nodata_is_learned_and_rescued);
	tcase_add_test(all, nodata_without_a_soa_is_learned_and_rescued);
	tcase_add_test(all, truncated_response_matches_and_teaches_nothing);
	tcase_add_test(all, ttl_of_zero_matches_and_teaches_nothing);
	tcase_add_test(all, signed_response_matches_and_teaches_nothing);
	tcase_add_test(all, malformed_response_teaches_nothing);
	tcase_add_test(all, response_whose_names_lie_in_its_ttls_teaches_nothing);
	tcase_add_test(all, response_cut_short_anywhere_teaches_nothing);
	tcase_add_test(all, response_larger_than_a_tap_copies_teaches_nothing);
	tcase_add_test(all, response_larger_than_a_tap_copies_is_a_response);
	tcase_add_test(all, first_fragment_is_a_response_that_teaches_nothing);
	tcase_add_test(all, failures_teach_nothing);
	tcase_add_test(all, newer_answer_replaces_the_older_one);
	tcase_add_test(all, query_that_may_not_be_answered_teaches_nothing);
	tcase_add_test(all, query_that_cannot_travel_teaches_nothing);
	tcase_add_test(all, query_that_can_travel_far_teaches);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_learning_suite());
}
