/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/reply_message.h"

#include "tests/support/reply_lab.h"

/* Header, question and OPT. test_reply_records.c: what comes between, and sizes. */

START_TEST(reply_carries_the_id_of_its_query)
{
	reply_lab_make();
	ck_assert_uint_eq(reply_lab.view.head.id, 0xabcd);
}
END_TEST

START_TEST(question_keeps_the_case_of_its_query)
{
	reply_lab_ask("wWw.eXample.COM");
	dns_builder_a(&reply_lab.stored, 300);
	reply_lab_make();
	ck_assert_mem_eq(reply_lab.reply + DNS_HEADER_BYTES, "\3wWw\7eXample\3COM", 17);
}
END_TEST

START_TEST(flags_are_those_of_a_resolver)
{
	dns_write_flags(reply_lab.stored.bytes,
		DNS_FLAG_QR | DNS_FLAG_AA | DNS_FLAG_RD | DNS_FLAG_AD | DNS_FLAG_CD);
	reply_lab_make();
	ck_assert_uint_eq(reply_lab.view.head.flags, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA);
}
END_TEST

START_TEST(cd_comes_from_the_query)
{
	reply_lab.query.flags |= DNS_FLAG_CD;
	reply_lab_make();
	ck_assert(dns_head_is_checking_disabled(&reply_lab.view.head));
}
END_TEST

START_TEST(no_other_flag_comes_from_the_query)
{
	reply_lab.query.flags = (uint16_t)(0xffff & ~DNS_FLAG_OPCODE_MASK & ~DNS_FLAG_AD);
	reply_lab_make();
	ck_assert_uint_eq(
		reply_lab.view.head.flags, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | DNS_FLAG_CD);
}
END_TEST

static bool is_ad(uint8_t facts_flags, uint16_t query_flags, bool dnssec_ok)
{
	reply_lab.facts.flags = facts_flags;
	reply_lab.query.flags = DNS_FLAG_RD | query_flags;
	reply_lab.query.has_opt = dnssec_ok;
	reply_lab.query.dnssec_ok = dnssec_ok;
	reply_lab_make();
	return dns_head_is_authentic(&reply_lab.view.head);
}

START_TEST(ad_needs_a_learned_one_and_a_client_that_asks)
{
	ck_assert(is_ad(ANSWER_AD, DNS_FLAG_AD, false));
	ck_assert(is_ad(ANSWER_AD, 0, true));
	ck_assert(!is_ad(ANSWER_AD, 0, false));
	ck_assert(!is_ad(0, DNS_FLAG_AD, false));
	ck_assert(!is_ad(0, DNS_FLAG_AD, true));
}
END_TEST

START_TEST(nxdomain_stays_nxdomain)
{
	dns_builder_soa(&reply_lab.stored, 300, 300);
	reply_lab.facts.rcode = DNS_RCODE_NXDOMAIN;
	reply_lab.facts.flags = ANSWER_NEGATIVE;
	reply_lab_make();
	ck_assert_uint_eq(dns_read_rcode(&reply_lab.view), DNS_RCODE_NXDOMAIN);
	ck_assert_uint_eq(reply_lab_count(DNS_SECTION_AUTHORITY), 1);
}
END_TEST

START_TEST(client_without_edns_gets_no_opt)
{
	dns_builder_a(&reply_lab.stored, 60);
	reply_lab_make();
	ck_assert(!reply_lab.view.edns.is_present);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab_make();
	ck_assert(!reply_lab.view.edns.is_present);
}
END_TEST

START_TEST(client_with_edns_gets_an_opt_of_its_own)
{
	dns_builder_a(&reply_lab.stored, 60);
	reply_lab_add_opt_to_query(1400);
	reply_lab_make();
	ck_assert(reply_lab.view.edns.is_present);
	ck_assert(!reply_lab.view.edns.dnssec_ok);
	ck_assert_uint_eq(reply_lab.view.edns.version, 0);
	ck_assert_uint_eq(reply_lab.view.edns.extended_rcode, 0);
	ck_assert_uint_ge(reply_lab.view.edns.udp_payload_bytes, DNS_UDP_BYTES_MIN);
	ck_assert_uint_eq(reply_lab.view.edns.record_bytes, DNS_WRITE_OPT_BYTES_MIN);
}
END_TEST

START_TEST(do_of_the_query_stands_in_the_opt)
{
	reply_lab_add_opt_to_query(1400);
	reply_lab.query.dnssec_ok = true;
	reply_lab_make();
	ck_assert(reply_lab.view.edns.dnssec_ok);
}
END_TEST

START_TEST(stale_answer_says_so_where_there_is_an_opt)
{
	dns_builder_a(&reply_lab.stored, 60);
	reply_lab_add_opt_to_query(1400);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab_make();
	ck_assert_uint_eq(
		reply_lab.view.edns.extended_error_bits, 1u << DNS_EXTENDED_ERROR_STALE_ANSWER);
}
END_TEST

START_TEST(stale_nxdomain_says_that)
{
	dns_builder_soa(&reply_lab.stored, 300, 300);
	reply_lab.facts.rcode = DNS_RCODE_NXDOMAIN;
	reply_lab.facts.flags = ANSWER_NEGATIVE;
	reply_lab_add_opt_to_query(1400);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab_make();
	ck_assert_uint_eq(
		reply_lab.view.edns.extended_error_bits, 1u << DNS_EXTENDED_ERROR_STALE_NXDOMAIN);
}
END_TEST

START_TEST(stale_nodata_is_a_stale_answer)
{
	dns_builder_soa(&reply_lab.stored, 300, 300);
	reply_lab.facts.flags = ANSWER_NEGATIVE;
	reply_lab_add_opt_to_query(1400);
	reply_lab_pass(REPLY_LAB_FRESH_S);
	reply_lab_make();
	ck_assert_uint_eq(
		reply_lab.view.edns.extended_error_bits, 1u << DNS_EXTENDED_ERROR_STALE_ANSWER);
}
END_TEST

START_TEST(fresh_answer_carries_no_extended_error)
{
	reply_lab_add_opt_to_query(1400);
	reply_lab_pass(REPLY_LAB_FRESH_S - 1);
	reply_lab_make();
	ck_assert_uint_eq(reply_lab.view.edns.extended_error_bits, 0);
}
END_TEST

START_TEST(answer_to_another_question_is_not_used)
{
	reply_lab_ask("www.example.org");
	ck_assert_int_eq(reply_lab_try(), REPLY_UNUSABLE);
	reply_lab_ask("www.example.com");
	reply_lab.query.type = DNS_TYPE_AAAA;
	ck_assert_int_eq(reply_lab_try(), REPLY_UNUSABLE);
	reply_lab.query.type = DNS_TYPE_A;
	reply_lab.query.class = DNS_CLASS_CH;
	ck_assert_int_eq(reply_lab_try(), REPLY_UNUSABLE);
	reply_lab.query.class = DNS_CLASS_IN;
	reply_lab.name_bytes = 0;
	ck_assert_int_eq(reply_lab_try(), REPLY_UNUSABLE);
}
END_TEST

START_TEST(stored_message_that_is_damaged_is_not_used)
{
	dns_builder_a(&reply_lab.stored, 60);
	while (--reply_lab.stored.size_bytes > 0)
		ck_assert_int_eq(reply_lab_try(), REPLY_UNUSABLE);
}
END_TEST

static Suite *test_reply_message_suite(void)
{
	Suite *suite = suite_create("reply_message");
	TCase *all = tcase_create("reply_message");

	tcase_add_checked_fixture(all, reply_lab_start, NULL);
	tcase_add_test(all, reply_carries_the_id_of_its_query);
	tcase_add_test(all, question_keeps_the_case_of_its_query);
	tcase_add_test(all, flags_are_those_of_a_resolver);
	tcase_add_test(all, cd_comes_from_the_query);
	tcase_add_test(all, no_other_flag_comes_from_the_query);
	tcase_add_test(all, ad_needs_a_learned_one_and_a_client_that_asks);
	tcase_add_test(all, nxdomain_stays_nxdomain);
	tcase_add_test(all, client_without_edns_gets_no_opt);
	tcase_add_test(all, client_with_edns_gets_an_opt_of_its_own);
	tcase_add_test(all, do_of_the_query_stands_in_the_opt);
	tcase_add_test(all, stale_answer_says_so_where_there_is_an_opt);
	tcase_add_test(all, stale_nxdomain_says_that);
	tcase_add_test(all, stale_nodata_is_a_stale_answer);
	tcase_add_test(all, fresh_answer_carries_no_extended_error);
	tcase_add_test(all, answer_to_another_question_is_not_used);
	tcase_add_test(all, stored_message_that_is_damaged_is_not_used);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_reply_message_suite());
}
