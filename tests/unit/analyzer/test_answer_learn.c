/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_learn.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define NOW_NS (1000 * NS_PER_S)

static const struct learn_limits limits = {
	.fresh_max_ns = 86400 * NS_PER_S,
	.stale_max_ns = 3600 * NS_PER_S,
	.negative_ns = 30 * NS_PER_S,
};
static struct dns_builder builder;
static struct dns_message view;
static struct answer_facts facts;

static void start_response(uint16_t flags, uint16_t type)
{
	dns_builder_start(&builder, DNS_FLAG_QR | flags, "www.example.com", type);
}

static void start(void)
{
	start_response(DNS_FLAG_RD | DNS_FLAG_RA, DNS_TYPE_A);
	memset(&facts, 0xff, sizeof(facts));
}

static enum learn_outcome learn_within(const struct learn_limits *within)
{
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	return answer_learn_facts(builder.bytes, &view, within, NOW_NS, &facts);
}

static enum learn_outcome learn(void)
{
	return learn_within(&limits);
}

static uint64_t fresh_s(void)
{
	ck_assert_uint_eq(facts.learned_ns, NOW_NS);
	return (facts.fresh_until_ns - NOW_NS) / NS_PER_S;
}

START_TEST(answer_is_fresh_for_its_ttl_and_stale_for_a_while_more)
{
	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 300);
	ck_assert_uint_eq(facts.stale_until_ns, NOW_NS + 3900 * NS_PER_S);
	ck_assert_uint_eq(facts.flags, 0);
	ck_assert_uint_eq(facts.rcode, DNS_RCODE_NOERROR);
}
END_TEST

/* The address, and its signature that runs out @left_s from now. */
static enum learn_outcome learn_signed(uint32_t wall_s, int32_t left_s)
{
	struct learn_limits now = limits;
	uint8_t rdata[18 + 1 + 4] = { 0, DNS_TYPE_A, 8, 2 };

	now.wall_s = wall_s;
	dns_write_u32(rdata + 8, wall_s + (uint32_t)left_s);
	dns_builder_a(&builder, 300);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_RRSIG,
		300, rdata, sizeof(rdata));
	return learn_within(&now);
}

START_TEST(answer_is_forgotten_when_its_signature_runs_out)
{
	ck_assert_int_eq(learn_signed(1700000000, 1000), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 300);
	ck_assert_uint_eq(facts.stale_until_ns, NOW_NS + 1000 * NS_PER_S);
}
END_TEST

START_TEST(answer_is_fresh_no_longer_than_its_signature)
{
	ck_assert_int_eq(learn_signed(1700000000, 100), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 100);
	ck_assert_uint_eq(facts.stale_until_ns, facts.fresh_until_ns);
}
END_TEST

START_TEST(signature_that_has_run_out_teaches_nothing)
{
	ck_assert_int_eq(learn_signed(1700000000, 0), LEARN_NO_TTL);
	start();
	ck_assert_int_eq(learn_signed(1700000000, -5), LEARN_NO_TTL);
}
END_TEST

START_TEST(signatures_outlive_the_year_2106)
{
	ck_assert_int_eq(learn_signed(UINT32_MAX - 10, 1000), LEARN_OK);
	ck_assert_uint_eq(facts.stale_until_ns, NOW_NS + 1000 * NS_PER_S);
}
END_TEST

START_TEST(smallest_ttl_counts)
{
	dns_builder_a(&builder, 300);
	dns_builder_a(&builder, 7);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "ns", DNS_TYPE_A, 60, "\1\2\3\4", 4);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 7);
}
END_TEST

START_TEST(no_answer_is_fresh_for_longer_than_the_limit)
{
	const struct learn_limits tight = { .fresh_max_ns = 5 * NS_PER_S };

	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn_within(&tight), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 5);
	ck_assert_uint_eq(facts.stale_until_ns, facts.fresh_until_ns);
}
END_TEST

START_TEST(ttl_of_zero_teaches_nothing)
{
	dns_builder_a(&builder, 300);
	dns_builder_a(&builder, 0);
	ck_assert_int_eq(learn(), LEARN_NO_TTL);
}
END_TEST

START_TEST(ttl_beyond_its_range_is_zero)
{
	dns_builder_a(&builder, 0x80000000u);
	ck_assert_int_eq(learn(), LEARN_NO_TTL);
}
END_TEST

START_TEST(failures_and_odd_answers_teach_nothing)
{
	for (uint16_t rcode = 0; rcode < 16; rcode++) {
		start_response(rcode, DNS_TYPE_A);
		dns_builder_a(&builder, 300);
		dns_builder_soa(&builder, 300, 300);
		ck_assert_int_eq(learn(), rcode == DNS_RCODE_NOERROR || rcode == DNS_RCODE_NXDOMAIN
						  ? LEARN_OK
						  : LEARN_NO_ANSWER);
	}
}
END_TEST

START_TEST(upper_bits_of_the_rcode_count)
{
	dns_builder_a(&builder, 300);
	dns_builder_opt(&builder, 1232, 1u << 24, NULL, 0); /* BADVERS */
	ck_assert_int_eq(learn(), LEARN_NO_ANSWER);
}
END_TEST

START_TEST(truncated_answer_teaches_nothing)
{
	start_response(DNS_FLAG_TC, DNS_TYPE_A);
	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_NO_ANSWER);
}
END_TEST

START_TEST(other_opcodes_and_queries_teach_nothing)
{
	start_response(DNS_OPCODE_NOTIFY << DNS_FLAG_OPCODE_SHIFT, DNS_TYPE_A);
	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_NO_ANSWER);
	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_A);
	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_NO_ANSWER);
}
END_TEST

START_TEST(nxdomain_is_learned_with_the_time_of_its_soa)
{
	start_response(DNS_RCODE_NXDOMAIN, DNS_TYPE_A);
	dns_builder_soa(&builder, 900, 60);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 60);
	ck_assert_uint_eq(facts.flags, ANSWER_NEGATIVE);
	ck_assert_uint_eq(facts.rcode, DNS_RCODE_NXDOMAIN);
}
END_TEST

START_TEST(nodata_is_learned_with_the_time_of_its_soa)
{
	start_response(0, DNS_TYPE_AAAA);
	dns_builder_soa(&builder, 20, 60);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 20);
	ck_assert_uint_eq(facts.flags, ANSWER_NEGATIVE);
	ck_assert_uint_eq(facts.rcode, DNS_RCODE_NOERROR);
}
END_TEST

START_TEST(nodata_without_a_soa_is_learned_for_a_short_time)
{
	start_response(0, DNS_TYPE_AAAA);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(fresh_s(), 30);
	ck_assert_uint_eq(facts.flags, ANSWER_NEGATIVE);
}
END_TEST

START_TEST(alias_without_a_soa_is_fresh_for_no_longer_than_its_ttl)
{
	start_response(0, DNS_TYPE_AAAA);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_CNAME, 5,
		"\1x\300\20", 4);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(facts.flags, ANSWER_NEGATIVE);
	ck_assert_uint_eq(fresh_s(), 5);
}
END_TEST

START_TEST(alias_of_ttl_zero_without_a_soa_teaches_nothing)
{
	start_response(0, DNS_TYPE_AAAA);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_CNAME, 0,
		"\1x\300\20", 4);
	ck_assert_int_eq(learn(), LEARN_NO_TTL);
}
END_TEST

START_TEST(signed_answer_teaches_nothing)
{
	static const uint8_t rdata[17] = { 0 }; /* root, time, fudge, no MAC, ids, no other data */

	dns_builder_a(&builder, 300);
	dns_builder_record_of_class(&builder, DNS_SECTION_ADDITIONAL, "key", DNS_TYPE_TSIG,
		DNS_CLASS_ANY, 0, rdata, sizeof(rdata));
	ck_assert_int_eq(learn(), LEARN_SIGNED);
}
END_TEST

START_TEST(opt_in_front_of_other_records_teaches_nothing)
{
	dns_builder_a(&builder, 300);
	dns_builder_opt(&builder, 1232, 0, NULL, 0);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "ns", DNS_TYPE_A, 60, "\1\2\3\4", 4);
	ck_assert_int_eq(learn(), LEARN_OPT_PLACE);
}
END_TEST

START_TEST(authentic_data_is_remembered)
{
	start_response(DNS_FLAG_AD, DNS_TYPE_A);
	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(facts.flags, ANSWER_AD);
}
END_TEST

START_TEST(facts_stay_untouched_when_nothing_is_learned)
{
	static const uint8_t untouched[sizeof(facts)] = { [0 ... sizeof(facts) - 1] = 0xff };

	dns_builder_a(&builder, 0);
	ck_assert_int_eq(learn(), LEARN_NO_TTL);
	ck_assert_mem_eq(&facts, untouched, sizeof(facts));
}
END_TEST

START_TEST(stored_copy_has_no_opt)
{
	uint8_t copy[512];
	struct dns_message copied;
	size_t without_opt_bytes;
	uint16_t bytes;

	dns_builder_a(&builder, 300);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "ns", DNS_TYPE_A, 60, "\1\2\3\4", 4);
	without_opt_bytes = builder.size_bytes;
	dns_builder_opt(&builder, 1232, DNS_EDNS_FLAG_DO, "\0\12\0\10cookie!!", 12);
	ck_assert_int_eq(learn(), LEARN_OK);
	bytes = answer_learn_copy(builder.bytes, &view, 86400, copy);

	ck_assert_uint_eq(bytes, without_opt_bytes);
	ck_assert_int_eq(dns_read_message(copy, bytes, &copied), DNS_READ_OK);
	ck_assert(!copied.edns.is_present);
	ck_assert_uint_eq(copied.head.counts[DNS_SECTION_ADDITIONAL], 1);
	ck_assert_mem_eq(copy + DNS_HEADER_BYTES, builder.bytes + DNS_HEADER_BYTES,
		bytes - DNS_HEADER_BYTES);
}
END_TEST

START_TEST(message_without_opt_is_stored_whole)
{
	uint8_t copy[512];

	dns_builder_a(&builder, 300);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(answer_learn_copy(builder.bytes, &view, 86400, copy), builder.size_bytes);
	ck_assert_mem_eq(copy, builder.bytes, builder.size_bytes);
}
END_TEST

START_TEST(message_whose_names_change_with_its_ttls_is_not_stored)
{
	const size_t first_at = dns_builder_a(&builder, 0x01780000);
	uint8_t copy[512];

	dns_builder_a(&builder, 300);
	builder.bytes[first_at + 16 + 1] = (uint8_t)(first_at + 6);
	ck_assert_int_eq(learn(), LEARN_OK);
	ck_assert_uint_eq(answer_learn_copy(builder.bytes, &view, 86400, copy), 0);
}
END_TEST

static Suite *test_answer_learn_suite(void)
{
	Suite *suite = suite_create("answer_learn");
	TCase *all = tcase_create("answer_learn");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, answer_is_fresh_for_its_ttl_and_stale_for_a_while_more);
	tcase_add_test(all, answer_is_forgotten_when_its_signature_runs_out);
	tcase_add_test(all, answer_is_fresh_no_longer_than_its_signature);
	tcase_add_test(all, signature_that_has_run_out_teaches_nothing);
	tcase_add_test(all, signatures_outlive_the_year_2106);
	tcase_add_test(all, smallest_ttl_counts);
	tcase_add_test(all, no_answer_is_fresh_for_longer_than_the_limit);
	tcase_add_test(all, ttl_of_zero_teaches_nothing);
	tcase_add_test(all, ttl_beyond_its_range_is_zero);
	tcase_add_test(all, failures_and_odd_answers_teach_nothing);
	tcase_add_test(all, upper_bits_of_the_rcode_count);
	tcase_add_test(all, truncated_answer_teaches_nothing);
	tcase_add_test(all, other_opcodes_and_queries_teach_nothing);
	tcase_add_test(all, nxdomain_is_learned_with_the_time_of_its_soa);
	tcase_add_test(all, nodata_is_learned_with_the_time_of_its_soa);
	tcase_add_test(all, nodata_without_a_soa_is_learned_for_a_short_time);
	tcase_add_test(all, alias_without_a_soa_is_fresh_for_no_longer_than_its_ttl);
	tcase_add_test(all, alias_of_ttl_zero_without_a_soa_teaches_nothing);
	tcase_add_test(all, signed_answer_teaches_nothing);
	tcase_add_test(all, opt_in_front_of_other_records_teaches_nothing);
	tcase_add_test(all, authentic_data_is_remembered);
	tcase_add_test(all, facts_stay_untouched_when_nothing_is_learned);
	tcase_add_test(all, stored_copy_has_no_opt);
	tcase_add_test(all, message_without_opt_is_stored_whole);
	tcase_add_test(all, message_whose_names_change_with_its_ttls_is_not_stored);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_learn_suite());
}
