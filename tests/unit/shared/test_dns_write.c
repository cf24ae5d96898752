/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_write.h"

#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define OPT_TTL_FIELD 0x01008000u

static struct dns_builder builder;
static struct dns_message view;

/* A message with TTLs of 300, 60 and 0xffffffff, and an OPT between the last two. */
static void build_with_ttls(void)
{
	dns_builder_start(&builder, DNS_FLAG_QR, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 300);
	dns_builder_soa(&builder, 60, 10);
	dns_builder_opt(&builder, 1232, OPT_TTL_FIELD, NULL, 0);
	dns_builder_record(
		&builder, DNS_SECTION_ADDITIONAL, "x", DNS_TYPE_A, 0xffffffff, "1234", 4);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
}

/* Look at the TTL fields themselves, not through what reading makes of them. */
static void assert_ttls(uint32_t first_s, uint32_t second_s, uint32_t last_s)
{
	const uint32_t expected[] = { first_s, second_s, OPT_TTL_FIELD, last_s };
	struct dns_record record;
	size_t i = 0;

	for (uint16_t at = view.answer_at; dns_read_record(builder.bytes, &view, at, &record) == 0;
		at = record.next_at)
		ck_assert_uint_eq(dns_read_u32(builder.bytes + record.ttl_at), expected[i++]);
	ck_assert_uint_eq(i, 4);
}

/* Everything but the TTL fields is as it was built. */
static void assert_rest_untouched(void)
{
	struct dns_builder written = builder;
	struct dns_record record;

	build_with_ttls();
	for (uint16_t at = view.answer_at; dns_read_record(builder.bytes, &view, at, &record) == 0;
		at = record.next_at)
		memcpy(written.bytes + record.ttl_at, builder.bytes + record.ttl_at, 4);
	ck_assert_mem_eq(written.bytes, builder.bytes, builder.size_bytes);
}

START_TEST(numbers_are_big_endian_at_any_address)
{
	uint8_t bytes[7] = { 0 };

	dns_write_u16(bytes + 1, 0xa1b2);
	dns_write_u32(bytes + 3, 0xc3d4e5f6);
	ck_assert_mem_eq(bytes, "\0\xa1\xb2\xc3\xd4\xe5\xf6", 7);
	ck_assert_uint_eq(dns_read_u16(bytes + 1), 0xa1b2);
	ck_assert_uint_eq(dns_read_u32(bytes + 3), 0xc3d4e5f6);
}
END_TEST

START_TEST(header_fields_land_where_they_belong)
{
	uint8_t message[DNS_HEADER_BYTES];

	memset(message, 0, sizeof(message));
	dns_write_id(message, 0x0102);
	dns_write_flags(message, 0x0304);
	dns_write_counts(message, (const uint16_t[]){ 0x0506, 0x0708, 0x090a, 0x0b0c });
	ck_assert_mem_eq(message, "\1\2\3\4\5\6\7\10\11\12\13\14", sizeof(message));
	dns_write_count(message, DNS_SECTION_ADDITIONAL, 0);
	ck_assert_mem_eq(message, "\1\2\3\4\5\6\7\10\11\12\0\0", sizeof(message));
}
END_TEST

START_TEST(aged_ttls_lose_what_has_passed)
{
	build_with_ttls();
	dns_write_ttls_aged(builder.bytes, &view, 59);
	assert_ttls(241, 1, 0);
	assert_rest_untouched();
}
END_TEST

START_TEST(aged_ttls_stop_at_zero)
{
	build_with_ttls();
	dns_write_ttls_aged(builder.bytes, &view, 60);
	assert_ttls(240, 0, 0);
	dns_write_ttls_aged(builder.bytes, &view, UINT32_MAX);
	assert_ttls(0, 0, 0);
	assert_rest_untouched();
}
END_TEST

START_TEST(capped_ttls_are_only_ever_lowered)
{
	build_with_ttls();
	dns_write_ttls_capped(builder.bytes, &view, 100);
	assert_ttls(100, 60, 0);
	assert_rest_untouched();

	dns_write_ttls_capped(builder.bytes, &view, 0);
	assert_ttls(0, 0, 0);
}
END_TEST

START_TEST(ttls_of_names_that_lie_in_them_are_still_found)
{
	struct dns_record record;
	size_t first_at;

	/* The second owner is the first one's TTL, 0x01780000 or "x", and 0 once aged. */
	dns_builder_start(&builder, DNS_FLAG_QR, "example", DNS_TYPE_A);
	first_at = dns_builder_a(&builder, 0x01780000);
	dns_builder_a(&builder, 100);
	builder.bytes[first_at + 16 + 1] = (uint8_t)(first_at + 6);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	dns_write_u32(builder.bytes + first_at + 6, 0xffffffff);
	dns_write_ttls_aged(builder.bytes, &view, 10);
	ck_assert_int_eq(dns_read_record(builder.bytes, &view, (uint16_t)(first_at + 16), &record),
		DNS_READ_OK);
	ck_assert_uint_eq(record.ttl_s, 90);
}
END_TEST

START_TEST(names_lie_in_no_ttl)
{
	static uint8_t scratch[512];

	build_with_ttls();
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	ck_assert(dns_write_names_avoid_ttls(builder.bytes, &view, scratch));
}
END_TEST

/*
 * Where in the first record, of this class and TTL, the second one's owner or rdata begins, so
 * that it is a name.
 */
static const struct {
	uint8_t at;
	uint8_t class;
	uint32_t ttl_s;
} names_in_ttls[] = {
	{ 6, 1, 0x01780000 },   /* "x" */
	{ 6, 1, 0 },            /* the root */
	{ 5, 1, 0 },            /* behind the class: a label of a zero byte */
	{ 5, 1, 0xff000000 },   /* of one of all ones */
	{ 5, 2, 0x61620000 },   /* of the first two */
	{ 5, 0xc0, 12u << 24 }, /* a pointer to the question, whose second byte is the first */
	{ 6, 1, 0xc00c0000 },   /* the same, all in the TTL */
	{ 6, 1, 0x0061c00c },   /* behind a zero: the root */
};

START_TEST(names_that_lie_in_ttls_are_found)
{
	static uint8_t scratch[512];
	size_t first_at;

	for (unsigned int i = 0; i < 2 * ARRAY_COUNT(names_in_ttls); i++) {
		const uint8_t at = names_in_ttls[i / 2].at;
		bool is_first_byte_alone;

		dns_builder_start(&builder, DNS_FLAG_QR, "example", DNS_TYPE_A);
		first_at = dns_builder_a(&builder, names_in_ttls[i / 2].ttl_s);
		dns_builder_record(&builder, DNS_SECTION_AUTHORITY, DNS_BUILDER_TO_QUESTION,
			DNS_TYPE_NS, 100, "\300\14", 2);
		builder.bytes[first_at + 5] = names_in_ttls[i / 2].class;
		builder.bytes[first_at + 16 + (i % 2 ? 13 : 1)] = (uint8_t)(first_at + at);
		ck_assert_int_eq(
			dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
		/* A name that only reads the first byte, which is 0, stays. */
		is_first_byte_alone = at == 6 && names_in_ttls[i / 2].ttl_s < 1u << 24;
		ck_assert_msg(dns_write_names_avoid_ttls(builder.bytes, &view, scratch) ==
				      is_first_byte_alone,
			"case %u", i);
	}
}
END_TEST

START_TEST(message_cut_at_a_section_is_whole)
{
	struct dns_message cut;

	build_with_ttls();
	dns_write_count(builder.bytes, DNS_SECTION_ADDITIONAL, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, view.additional_at, &cut), DNS_READ_OK);
	dns_write_count(builder.bytes, DNS_SECTION_AUTHORITY, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, view.authority_at, &cut), DNS_READ_OK);
}
END_TEST

START_TEST(opt_is_eleven_bytes_without_options)
{
	uint8_t out[16];

	memset(out, 0xee, sizeof(out));
	ck_assert_int_eq(
		dns_write_opt(out, sizeof(out), &(struct dns_opt){ 1232, false, NULL }), 11);
	ck_assert_mem_eq(out, "\0\0\51\4\320\0\0\0\0\0\0\xee", 12);
	ck_assert_int_eq(
		dns_write_opt(out, sizeof(out), &(struct dns_opt){ 4096, true, NULL }), 11);
	ck_assert_mem_eq(out, "\0\0\51\20\0\0\0\200\0\0\0\xee", 12);
}
END_TEST

START_TEST(opt_carries_an_extended_error)
{
	const struct dns_extended_error stale = { DNS_EXTENDED_ERROR_STALE_ANSWER, "old" };
	const struct dns_extended_error bare = { DNS_EXTENDED_ERROR_STALE_NXDOMAIN, NULL };
	uint8_t out[32];

	ck_assert_int_eq(
		dns_write_opt(out, sizeof(out), &(struct dns_opt){ 1232, true, &stale }), 20);
	ck_assert_mem_eq(out, "\0\0\51\4\320\0\0\200\0\0\11\0\17\0\5\0\3old", 20);
	ck_assert_int_eq(
		dns_write_opt(out, sizeof(out), &(struct dns_opt){ 1232, true, &bare }), 17);
	ck_assert_mem_eq(out + 9, "\0\6\0\17\0\2\0\23", 8);
}
END_TEST

START_TEST(opt_that_does_not_fit_writes_nothing)
{
	const struct dns_extended_error stale = { DNS_EXTENDED_ERROR_STALE_ANSWER, "old" };
	uint8_t out[32] = { 0 };
	static const uint8_t untouched[32];

	for (size_t bytes = 0; bytes < 20; bytes++)
		ck_assert_int_eq(
			dns_write_opt(out, bytes, &(struct dns_opt){ 1232, true, &stale }), 0);
	ck_assert_int_eq(dns_write_opt(out, 10, &(struct dns_opt){ 1232, true, NULL }), 0);
	ck_assert_mem_eq(out, untouched, sizeof(out));
	ck_assert_int_eq(dns_write_opt(out, 20, &(struct dns_opt){ 1232, true, &stale }), 20);
}
END_TEST

START_TEST(text_too_long_for_rdata_is_refused)
{
	static char text[UINT16_MAX];
	static uint8_t out[UINT16_MAX + 64];
	const struct dns_extended_error error = { 0, text };

	memset(text, 'x', UINT16_MAX - 5);
	ck_assert_int_eq(
		dns_write_opt(out, sizeof(out), &(struct dns_opt){ 1232, true, &error }), 0);
	text[UINT16_MAX - 6] = '\0';
	ck_assert_int_eq(dns_write_opt(out, sizeof(out), &(struct dns_opt){ 1232, true, &error }),
		11 + UINT16_MAX);
}
END_TEST

START_TEST(cookie_stands_before_the_error)
{
	const struct dns_extended_error stale = { DNS_EXTENDED_ERROR_STALE_ANSWER, NULL };
	const struct dns_opt opt = { 1232, false, &stale, (const uint8_t *)"clientclserverse", 16 };
	uint8_t out[64];

	ck_assert_int_eq(dns_write_opt(out, sizeof(out), &opt), 11 + 20 + 6);
	ck_assert_mem_eq(out + 9, "\0\32\0\12\0\20clientclserverse\0\17\0\2\0\3", 28);
	ck_assert_int_eq(dns_write_opt(out, 11 + 20 + 5, &opt), 0);
}
END_TEST

START_TEST(written_opt_is_read_back)
{
	const struct dns_extended_error stale = { DNS_EXTENDED_ERROR_STALE_ANSWER, "" };
	struct dns_message read;
	size_t at;

	dns_builder_start(&builder, DNS_FLAG_QR, "example", DNS_TYPE_A);
	at = builder.size_bytes;
	at += (size_t)dns_write_opt(builder.bytes + at, sizeof(builder.bytes) - at,
		&(struct dns_opt){ 1400, true, &stale });
	dns_write_count(builder.bytes, DNS_SECTION_ADDITIONAL, 1);
	ck_assert_int_eq(dns_read_message(builder.bytes, at, &read), DNS_READ_OK);
	ck_assert(read.edns.is_present && read.edns.is_last_record && read.edns.dnssec_ok);
	ck_assert_uint_eq(read.edns.udp_payload_bytes, 1400);
	ck_assert_uint_eq(read.edns.extended_error_bits, 1u << 3);
}
END_TEST

static Suite *test_dns_write_suite(void)
{
	Suite *suite = suite_create("dns_write");
	TCase *fields = tcase_create("fields");
	TCase *ttls = tcase_create("ttls");
	TCase *opt = tcase_create("opt");

	tcase_add_test(fields, numbers_are_big_endian_at_any_address);
	tcase_add_test(fields, header_fields_land_where_they_belong);
	tcase_add_test(fields, message_cut_at_a_section_is_whole);
	suite_add_tcase(suite, fields);

	tcase_add_test(ttls, aged_ttls_lose_what_has_passed);
	tcase_add_test(ttls, aged_ttls_stop_at_zero);
	tcase_add_test(ttls, capped_ttls_are_only_ever_lowered);
	tcase_add_test(ttls, ttls_of_names_that_lie_in_them_are_still_found);
	tcase_add_test(ttls, names_lie_in_no_ttl);
	tcase_add_test(ttls, names_that_lie_in_ttls_are_found);
	suite_add_tcase(suite, ttls);

	tcase_add_test(opt, opt_is_eleven_bytes_without_options);
	tcase_add_test(opt, opt_carries_an_extended_error);
	tcase_add_test(opt, opt_that_does_not_fit_writes_nothing);
	tcase_add_test(opt, text_too_long_for_rdata_is_refused);
	tcase_add_test(opt, cookie_stands_before_the_error);
	tcase_add_test(opt, written_opt_is_read_back);
	suite_add_tcase(suite, opt);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_write_suite());
}
