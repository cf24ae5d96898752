/* SPDX-License-Identifier: BSD-2-Clause */
/* The other half of test_dns_read.c: dns_read_ttl() and dns_read_is_negative(). */
#include "shared/dns_read.h"

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define FLAGS_OK       (DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA)
#define FLAGS_NXDOMAIN (FLAGS_OK | DNS_RCODE_NXDOMAIN)
#define TO_QUESTION    DNS_BUILDER_TO_QUESTION

static struct dns_builder builder;

static void alias(uint32_t ttl_s)
{
	dns_builder_record(
		&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_CNAME, ttl_s, "\1b\300\14", 4);
}

/* Read what was built and check what dns_read_is_negative() and dns_read_ttl() make of it. */
static void assert_negative_and_ttl(bool is_negative, int outcome, uint32_t ttl_s)
{
	struct dns_message view;
	uint32_t actual_ttl_s = 4711;

	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	ck_assert_int_eq(dns_read_is_negative(builder.bytes, &view), is_negative);
	ck_assert_int_eq(dns_read_ttl(builder.bytes, &view, &actual_ttl_s), outcome);
	ck_assert_uint_eq(actual_ttl_s, outcome == DNS_READ_NO_RECORD ? 4711 : ttl_s);
}

START_TEST(positive_answer_lives_as_long_as_its_shortest_record)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	alias(300);
	dns_builder_a(&builder, 60);
	dns_builder_opt(&builder, 1232, 0, NULL, 0); /* its TTL field is 0 and does not count */
	assert_negative_and_ttl(false, DNS_READ_OK, 60);

	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "x", DNS_TYPE_A, 20, "1234", 4);
	assert_negative_and_ttl(false, DNS_READ_OK, 20);
}
END_TEST

START_TEST(authority_counts_in_a_positive_answer)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 60);
	dns_builder_record(&builder, DNS_SECTION_AUTHORITY, TO_QUESTION, DNS_TYPE_NS, 40, "\0", 1);
	assert_negative_and_ttl(false, DNS_READ_OK, 40);

	/* The MINIMUM of an SOA that only came along says nothing about a positive answer. */
	dns_builder_soa(&builder, 50, 10);
	assert_negative_and_ttl(false, DNS_READ_OK, 40);
}
END_TEST

START_TEST(ttl_with_the_top_bit_set_is_zero)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 0x7fffffff);
	assert_negative_and_ttl(false, DNS_READ_OK, 0x7fffffff);
	dns_builder_a(&builder, 0x80000000);
	assert_negative_and_ttl(false, DNS_READ_OK, 0);

	dns_builder_start(&builder, FLAGS_NXDOMAIN, "example", DNS_TYPE_A);
	dns_builder_soa(&builder, 30, 0xffffffff);
	assert_negative_and_ttl(true, DNS_READ_OK, 0);
}
END_TEST

START_TEST(negative_answer_lives_by_its_soa)
{
	dns_builder_start(&builder, FLAGS_NXDOMAIN, "example", DNS_TYPE_A);
	dns_builder_soa(&builder, 900, 300);
	assert_negative_and_ttl(true, DNS_READ_OK, 300);

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_AAAA);
	dns_builder_soa(&builder, 200, 300);
	assert_negative_and_ttl(true, DNS_READ_OK, 200);
}
END_TEST

START_TEST(smallest_soa_counts)
{
	dns_builder_start(&builder, FLAGS_NXDOMAIN, "example", DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_AUTHORITY, "", DNS_TYPE_SOA, 900,
		"\0\0SSSSRRRRYYYYEEEE\0\0\0\7", 22);
	assert_negative_and_ttl(true, DNS_READ_OK, 7);
}
END_TEST

START_TEST(negative_answer_without_soa_is_said_so)
{
	dns_builder_start(&builder, FLAGS_NXDOMAIN, "example", DNS_TYPE_A);
	assert_negative_and_ttl(true, DNS_READ_NO_SOA, UINT32_MAX);

	/* A referral. */
	dns_builder_start(&builder, DNS_FLAG_QR, "example", DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_AUTHORITY, TO_QUESTION, DNS_TYPE_NS, 40, "\0", 1);
	assert_negative_and_ttl(true, DNS_READ_NO_SOA, 40);
}
END_TEST

START_TEST(chain_that_ends_without_the_type_is_negative)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_AAAA);
	alias(20);
	assert_negative_and_ttl(true, DNS_READ_NO_SOA, 20);
	dns_builder_soa(&builder, 900, 300);
	assert_negative_and_ttl(true, DNS_READ_OK, 20);

	/* NXDOMAIN of the last name, although the alias is there. */
	dns_write_flags(builder.bytes, FLAGS_NXDOMAIN);
	assert_negative_and_ttl(true, DNS_READ_OK, 20);
}
END_TEST

START_TEST(alias_asked_for_is_positive)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_CNAME);
	alias(20);
	assert_negative_and_ttl(false, DNS_READ_OK, 20);
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_ANY);
	alias(20);
	assert_negative_and_ttl(false, DNS_READ_OK, 20);
}
END_TEST

START_TEST(asked_type_elsewhere_does_not_make_it_positive)
{
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_SOA);
	dns_builder_soa(&builder, 900, 300);
	assert_negative_and_ttl(true, DNS_READ_OK, 300);

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_TXT);
	dns_builder_record_of_class(
		&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_TXT, DNS_CLASS_CH, 5, "\1a", 2);
	assert_negative_and_ttl(true, DNS_READ_NO_SOA, 5);
}
END_TEST

START_TEST(failures_are_not_negative_answers)
{
	dns_builder_start(&builder, FLAGS_OK | DNS_RCODE_SERVFAIL, "example", DNS_TYPE_A);
	assert_negative_and_ttl(false, DNS_READ_NO_RECORD, 0);

	/* BADVERS: NOERROR in the header, the rest in OPT. */
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, 0x01000000, NULL, 0);
	assert_negative_and_ttl(false, DNS_READ_NO_RECORD, 0);
}
END_TEST

static Suite *test_dns_read_ttl_suite(void)
{
	Suite *suite = suite_create("dns_read_ttl");
	TCase *ttl = tcase_create("ttl");

	tcase_add_test(ttl, positive_answer_lives_as_long_as_its_shortest_record);
	tcase_add_test(ttl, authority_counts_in_a_positive_answer);
	tcase_add_test(ttl, ttl_with_the_top_bit_set_is_zero);
	tcase_add_test(ttl, negative_answer_lives_by_its_soa);
	tcase_add_test(ttl, smallest_soa_counts);
	tcase_add_test(ttl, negative_answer_without_soa_is_said_so);
	tcase_add_test(ttl, chain_that_ends_without_the_type_is_negative);
	tcase_add_test(ttl, alias_asked_for_is_positive);
	tcase_add_test(ttl, asked_type_elsewhere_does_not_make_it_positive);
	tcase_add_test(ttl, failures_are_not_negative_answers);
	suite_add_tcase(suite, ttl);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_read_ttl_suite());
}
