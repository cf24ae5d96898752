/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/reply_message.h"

#include "tests/support/reply_lab.h"

/* Records and their TTLs, and what becomes of a message larger than its client accepts. */

static void add(enum dns_section section, uint16_t type, uint32_t ttl_s, uint16_t rdata_bytes)
{
	static const uint8_t rdata[1024] = { 0 };

	dns_builder_record(&reply_lab.stored, section, DNS_BUILDER_TO_QUESTION, type, ttl_s, rdata,
		rdata_bytes);
}

START_TEST(records_come_whole_and_in_their_order)
{
	const size_t answer_at = reply_lab.stored.size_bytes;

	dns_builder_record(&reply_lab.stored, DNS_SECTION_ANSWER, "Other.Example", 65280, 300,
		"\0anything\377", 10);
	dns_builder_a(&reply_lab.stored, 300);
	add(DNS_SECTION_AUTHORITY, DNS_TYPE_HINFO, 300, 2);
	add(DNS_SECTION_ADDITIONAL, DNS_TYPE_A, 300, 4);
	reply_lab_make();
	ck_assert_uint_eq(reply_lab.reply_bytes, reply_lab.stored.size_bytes);
	ck_assert_mem_eq(reply_lab.reply + answer_at, reply_lab.stored.bytes + answer_at,
		reply_lab.stored.size_bytes - answer_at);
}
END_TEST

START_TEST(ttls_are_what_is_left)
{
	dns_builder_a(&reply_lab.stored, 300);
	add(DNS_SECTION_AUTHORITY, DNS_TYPE_HINFO, 4000, 2);
	reply_lab_pass(100);
	reply_lab.now_ns += NS_PER_S - 1; /* begun seconds do not count */
	reply_lab_make();
	ck_assert_uint_eq(reply_lab_ttl(0), 200);
	ck_assert_uint_eq(reply_lab_ttl(1), 3900);
}
END_TEST

START_TEST(last_fresh_second_has_a_ttl)
{
	dns_builder_a(&reply_lab.stored, 300);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab.now_ns--;
	reply_lab_make();
	ck_assert_uint_eq(reply_lab_ttl(0), 1);
}
END_TEST

START_TEST(stale_ttls_are_short_and_no_longer_than_the_original)
{
	dns_builder_a(&reply_lab.stored, 300);
	dns_builder_a(&reply_lab.stored, 30);
	dns_builder_a(&reply_lab.stored, 7);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab_make();
	ck_assert_uint_eq(reply_lab_ttl(0), 30);
	ck_assert_uint_eq(reply_lab_ttl(1), 30);
	ck_assert_uint_eq(reply_lab_ttl(2), 7);
}
END_TEST

START_TEST(ttls_in_the_stored_message_stay_as_they_are)
{
	static uint8_t before[512];

	dns_builder_a(&reply_lab.stored, 300);
	memcpy(before, reply_lab.stored.bytes, reply_lab.stored.size_bytes);
	reply_lab_pass(100);
	reply_lab_make();
	ck_assert_mem_eq(before, reply_lab.stored.bytes, reply_lab.stored.size_bytes);
}
END_TEST

/* 33 bytes of question, 116 of answer, 212 of authority, 312 of additional. */
static void build_large(void)
{
	add(DNS_SECTION_ANSWER, 65280, 300, 104);
	add(DNS_SECTION_AUTHORITY, 65281, 300, 200);
	add(DNS_SECTION_ADDITIONAL, 65282, 300, 300);
	ck_assert_uint_eq(reply_lab.stored.size_bytes, 33 + 116 + 212 + 312);
}

static void check_sections(unsigned int answer, unsigned int authority, unsigned int additional)
{
	reply_lab_make();
	ck_assert_uint_eq(reply_lab_count(DNS_SECTION_ANSWER), answer);
	ck_assert_uint_eq(reply_lab_count(DNS_SECTION_AUTHORITY), authority);
	ck_assert_uint_eq(reply_lab_count(DNS_SECTION_ADDITIONAL), additional);
	ck_assert_uint_le(reply_lab.reply_bytes, reply_lab.query.udp_payload_bytes);
	ck_assert(!dns_head_is_truncated(&reply_lab.view.head));
}

START_TEST(too_large_a_reply_goes_without_additional_first)
{
	build_large();
	reply_lab.query.udp_payload_bytes = 673;
	check_sections(1, 1, 1);
	reply_lab.query.udp_payload_bytes = 672;
	check_sections(1, 1, 0);
	reply_lab.query.udp_payload_bytes = 361;
	check_sections(1, 1, 0);
}
END_TEST

START_TEST(then_without_authority)
{
	build_large();
	reply_lab.query.udp_payload_bytes = 360;
	check_sections(1, 0, 0);
	reply_lab.query.udp_payload_bytes = 149;
	check_sections(1, 0, 0);
}
END_TEST

START_TEST(then_there_is_none)
{
	build_large();
	reply_lab.query.udp_payload_bytes = 148;
	ck_assert_int_eq(reply_lab_try(), REPLY_TOO_LARGE);
}
END_TEST

START_TEST(opt_counts_and_is_never_cut_off)
{
	build_large();
	reply_lab_add_opt_to_query(673 + DNS_WRITE_OPT_BYTES_MIN);
	check_sections(1, 1, 1);
	reply_lab_add_opt_to_query(673 + DNS_WRITE_OPT_BYTES_MIN - 1);
	check_sections(1, 1, 0);
	ck_assert(reply_lab.view.edns.is_present);
	reply_lab_add_opt_to_query(149 + DNS_WRITE_OPT_BYTES_MIN - 1);
	ck_assert_int_eq(reply_lab_try(), REPLY_TOO_LARGE);
}
END_TEST

START_TEST(negative_answer_keeps_its_soa_or_is_not_sent)
{
	dns_builder_soa(&reply_lab.stored, 300, 300);
	add(DNS_SECTION_ADDITIONAL, 65280, 300, 300);
	reply_lab.facts.flags = ANSWER_NEGATIVE;
	reply_lab.query.udp_payload_bytes = 200;
	check_sections(0, 1, 0);
	reply_lab.query.udp_payload_bytes = 40;
	ck_assert_int_eq(reply_lab_try(), REPLY_TOO_LARGE);
}
END_TEST

START_TEST(no_reply_is_larger_than_its_room)
{
	build_large();
	reply_lab_add_opt_to_query(65535);
	reply_lab.room_bytes = reply_lab.stored.size_bytes; /* the OPT does not fit too */
	check_sections(1, 1, 0);
	reply_lab.room_bytes = reply_lab.stored.size_bytes - 1;
	ck_assert_int_eq(reply_lab_try(), REPLY_TOO_LARGE);
}
END_TEST

START_TEST(every_size_a_client_may_accept_is_kept)
{
	build_large();
	for (uint16_t bytes = 0; bytes < 800; bytes++) {
		reply_lab_add_opt_to_query(bytes);
		reply_lab_pass(bytes == 400 ? REPLY_LAB_FRESH_S : 0);
		if (reply_lab_try() == REPLY_OK)
			ck_assert_uint_le(reply_lab.reply_bytes, bytes);
	}
}
END_TEST

static Suite *test_reply_records_suite(void)
{
	Suite *suite = suite_create("reply_records");
	TCase *all = tcase_create("reply_records");

	tcase_add_checked_fixture(all, reply_lab_start, NULL);
	tcase_add_test(all, records_come_whole_and_in_their_order);
	tcase_add_test(all, ttls_are_what_is_left);
	tcase_add_test(all, last_fresh_second_has_a_ttl);
	tcase_add_test(all, stale_ttls_are_short_and_no_longer_than_the_original);
	tcase_add_test(all, ttls_in_the_stored_message_stay_as_they_are);
	tcase_add_test(all, too_large_a_reply_goes_without_additional_first);
	tcase_add_test(all, then_without_authority);
	tcase_add_test(all, then_there_is_none);
	tcase_add_test(all, opt_counts_and_is_never_cut_off);
	tcase_add_test(all, negative_answer_keeps_its_soa_or_is_not_sent);
	tcase_add_test(all, no_reply_is_larger_than_its_room);
	tcase_add_test(all, every_size_a_client_may_accept_is_kept);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_reply_records_suite());
}
