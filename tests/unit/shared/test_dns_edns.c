/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_edns.h"

#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define READ(options, out_view) read_options(options, sizeof(options) - 1, out_view)

static struct dns_builder builder;

static int read_options(const char *options, size_t options_bytes, struct dns_message *out_view)
{
	dns_builder_start(&builder, 0, "example", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, DNS_EDNS_FLAG_DO, options, (uint16_t)options_bytes);
	return dns_read_message(builder.bytes, builder.size_bytes, out_view);
}

START_TEST(plain_opt_is_read)
{
	struct dns_message view;

	ck_assert_int_eq(READ("", &view), DNS_READ_OK);
	ck_assert(view.edns.is_present);
	ck_assert(view.edns.is_last_record);
	ck_assert(view.edns.dnssec_ok);
	ck_assert(!view.edns.has_cookie);
	ck_assert(!view.edns.has_client_subnet);
	ck_assert_uint_eq(view.edns.extended_error_bits, 0);
	ck_assert_uint_eq(view.edns.version, 0);
	ck_assert_uint_eq(view.edns.udp_payload_bytes, 1232);
	ck_assert_uint_eq(view.edns.record_at, view.additional_at);
	ck_assert_uint_eq(view.edns.record_bytes, 11);
}
END_TEST

START_TEST(ttl_field_is_rcode_version_and_flags)
{
	struct dns_message view;

	dns_builder_start(&builder, DNS_FLAG_QR | 7, "example", DNS_TYPE_A);
	dns_builder_opt(&builder, 100, 0xfe037fff, NULL, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	ck_assert_uint_eq(view.edns.extended_rcode, 0xfe);
	ck_assert_uint_eq(view.edns.version, 3);
	ck_assert(!view.edns.dnssec_ok);
	ck_assert_uint_eq(dns_read_rcode(&view), 0xfe7);
	ck_assert_uint_eq(view.edns.udp_payload_bytes, 512);
}
END_TEST

START_TEST(cookie_lengths_are_checked)
{
	static const char cookie[] = "\0\12\0\0cccccccc................................";
	char option[sizeof(cookie)];
	struct dns_message view;

	memcpy(option, cookie, sizeof(option));
	for (unsigned int bytes = 0; bytes <= 40; bytes++) {
		bool is_good = bytes == 8 || bytes >= 16;

		option[3] = (char)bytes;
		ck_assert_int_eq(read_options(option, 4 + bytes, &view),
			is_good ? DNS_READ_OK : DNS_READ_EDNS);
		if (!is_good)
			continue;
		ck_assert(view.edns.has_cookie);
		ck_assert_uint_eq(view.edns.cookie_bytes, bytes);
		ck_assert_mem_eq(builder.bytes + view.edns.cookie_at, "cccccccc", 8);
	}
	ck_assert_int_eq(
		READ("\0\12\0\51ccccccccsssssssssssssssssssssssssssssssss", &view), DNS_READ_EDNS);
}
END_TEST

START_TEST(client_subnet_is_as_long_as_its_prefix)
{
	struct dns_message view;

	ck_assert_int_eq(READ("\0\10\0\7\0\1\30\0\300\0\2", &view), DNS_READ_OK);
	ck_assert(view.edns.has_client_subnet);
	ck_assert_uint_eq(view.edns.client_subnet_bytes, 7);
	ck_assert_mem_eq(builder.bytes + view.edns.client_subnet_at, "\0\1\30\0\300\0\2", 7);

	ck_assert_int_eq(READ("\0\10\0\4\0\1\0\0", &view), DNS_READ_OK);
	ck_assert_int_eq(READ("\0\10\0\3\0\1\0", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\10\0\6\0\1\30\0\300\0", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\10\0\10\0\1\30\0\300\0\2\1", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\10\0\10\0\1\31\0\300\0\2\0", &view), DNS_READ_OK);
}
END_TEST

START_TEST(extended_errors_are_in_the_bits)
{
	struct dns_message view;

	ck_assert_int_eq(READ("\0\17\0\5\0\26net\0\17\0\2\0\6\0\17\0\2\1\6", &view), DNS_READ_OK);
	ck_assert_uint_eq(view.edns.extended_error_bits, 1u << 31 | 1u << 22 | 1u << 6);
	ck_assert_int_eq(READ("\0\17\0\2\0\37", &view), DNS_READ_OK);
	ck_assert_uint_eq(view.edns.extended_error_bits, 1u << 31);
	ck_assert_int_eq(READ("\0\17\0\2\0\40", &view), DNS_READ_OK);
	ck_assert_uint_eq(view.edns.extended_error_bits, 1u << 31);
	ck_assert_int_eq(READ("\0\17\0\2\377\377", &view), DNS_READ_OK);
	ck_assert_uint_eq(view.edns.extended_error_bits, 1u << 31);
	ck_assert_int_eq(READ("\0\17\0\1\0", &view), DNS_READ_EDNS);
}
END_TEST

START_TEST(first_of_an_option_sent_twice_counts)
{
	struct dns_message view;

	ck_assert_int_eq(READ("\0\12\0\10aaaaaaaa\0\12\0\10bbbbbbbb", &view), DNS_READ_OK);
	ck_assert_mem_eq(builder.bytes + view.edns.cookie_at, "aaaaaaaa", 8);
	ck_assert_int_eq(READ("\0\10\0\4\0\1\0\0\0\10\0\4\0\2\0\0", &view), DNS_READ_OK);
	ck_assert_uint_eq(builder.bytes[view.edns.client_subnet_at + 1], 1);
}
END_TEST

START_TEST(unknown_options_are_skipped)
{
	struct dns_message view;

	ck_assert_int_eq(READ("\0\3\0\0\376\376\0\2ab\0\14\0\1\0", &view), DNS_READ_OK);
	ck_assert_int_eq(READ("\0\3\0\0", &view), DNS_READ_OK);
}
END_TEST

START_TEST(option_that_leaves_the_rdata_is_refused)
{
	struct dns_message view;

	ck_assert_int_eq(READ("\0", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\3\0", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\3\0\1", &view), DNS_READ_EDNS);
	ck_assert_int_eq(READ("\0\3\0\0\0\3\377\377ab", &view), DNS_READ_EDNS);
}
END_TEST

START_TEST(owner_other_than_the_root_is_refused)
{
	struct dns_message view;

	dns_builder_start(&builder, 0, "example", DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "a", DNS_TYPE_OPT, 0, NULL, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_EDNS);

	/* Not even by a pointer to a root: RFC 6891 §6.1.2 wants the byte 0. */
	dns_builder_start(&builder, 0, "", DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, DNS_BUILDER_TO_QUESTION, DNS_TYPE_OPT,
		0, NULL, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_EDNS);
}
END_TEST

START_TEST(second_opt_is_refused)
{
	struct dns_message view;

	dns_builder_start(&builder, 0, "example", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, 0, NULL, 0);
	dns_builder_opt(&builder, 1232, 0, NULL, 0);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_EDNS);
}
END_TEST

START_TEST(opt_outside_of_additional_is_refused)
{
	struct dns_message view;

	for (int section = DNS_SECTION_ANSWER; section <= DNS_SECTION_AUTHORITY; section++) {
		dns_builder_start(&builder, 0, "example", DNS_TYPE_A);
		dns_builder_record(
			&builder, (enum dns_section)section, "", DNS_TYPE_OPT, 0, NULL, 0);
		ck_assert_int_eq(
			dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_EDNS);
	}
}
END_TEST

START_TEST(opt_before_another_record_is_not_the_last)
{
	struct dns_message view;

	dns_builder_start(&builder, 0, "example", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, 0, NULL, 0);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "a", DNS_TYPE_A, 0, "1234", 4);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	ck_assert(view.edns.is_present);
	ck_assert(!view.edns.is_last_record);
}
END_TEST

static Suite *test_dns_edns_suite(void)
{
	Suite *suite = suite_create("dns_edns");
	TCase *options = tcase_create("options");
	TCase *record = tcase_create("record");

	tcase_add_test(record, plain_opt_is_read);
	tcase_add_test(record, ttl_field_is_rcode_version_and_flags);
	tcase_add_test(record, owner_other_than_the_root_is_refused);
	tcase_add_test(record, second_opt_is_refused);
	tcase_add_test(record, opt_outside_of_additional_is_refused);
	tcase_add_test(record, opt_before_another_record_is_not_the_last);
	suite_add_tcase(suite, record);

	tcase_add_test(options, cookie_lengths_are_checked);
	tcase_add_test(options, client_subnet_is_as_long_as_its_prefix);
	tcase_add_test(options, extended_errors_are_in_the_bits);
	tcase_add_test(options, first_of_an_option_sent_twice_counts);
	tcase_add_test(options, unknown_options_are_skipped);
	tcase_add_test(options, option_that_leaves_the_rdata_is_refused);
	suite_add_tcase(suite, options);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_edns_suite());
}
