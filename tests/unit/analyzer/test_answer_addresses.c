/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_addresses.h"

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

static struct dns_builder builder;
static uint8_t addresses[MESSAGE_ROW_ADDRESSES_MAX][16];

static void start(void)
{
	dns_builder_start(&builder, DNS_FLAG_QR, "www.example.com", DNS_TYPE_A);
}

static void add(enum dns_section section, uint16_t type, const char *rdata, uint16_t rdata_bytes)
{
	dns_builder_record(
		&builder, section, DNS_BUILDER_TO_QUESTION, type, 60, rdata, rdata_bytes);
}

static uint8_t count(void)
{
	struct dns_message view;

	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	return answer_addresses(builder.bytes, &view, addresses);
}

START_TEST(answer_without_records_has_no_address)
{
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(addresses_come_in_the_order_of_the_answer)
{
	add(DNS_SECTION_ANSWER, DNS_TYPE_CNAME, "\300\14", 2);
	add(DNS_SECTION_ANSWER, DNS_TYPE_A, "\300\0\2\2", 4);
	add(DNS_SECTION_ANSWER, DNS_TYPE_AAAA, "0123456789abcdef", 16);
	add(DNS_SECTION_ANSWER, DNS_TYPE_A, "\300\0\2\1", 4);

	ck_assert_uint_eq(count(), 3);
	ck_assert_mem_eq(addresses[0], "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\2", 16);
	ck_assert_mem_eq(addresses[1], "0123456789abcdef", 16);
	ck_assert_mem_eq(addresses[2], "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1", 16);
}
END_TEST

START_TEST(addresses_of_other_sections_do_not_count)
{
	dns_builder_soa(&builder, 60, 60);
	add(DNS_SECTION_ADDITIONAL, DNS_TYPE_A, "\300\0\2\2", 4);
	ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(more_addresses_than_there_is_room_for_are_left_out)
{
	for (int i = 0; i < 20; i++)
		add(DNS_SECTION_ANSWER, DNS_TYPE_A, "\300\0\2\1", 4);
	ck_assert_uint_eq(count(), MESSAGE_ROW_ADDRESSES_MAX);
}
END_TEST

static Suite *test_answer_addresses_suite(void)
{
	Suite *suite = suite_create("answer_addresses");
	TCase *all = tcase_create("answer_addresses");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, answer_without_records_has_no_address);
	tcase_add_test(all, addresses_come_in_the_order_of_the_answer);
	tcase_add_test(all, addresses_of_other_sections_do_not_count);
	tcase_add_test(all, more_addresses_than_there_is_room_for_are_left_out);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_addresses_suite());
}
