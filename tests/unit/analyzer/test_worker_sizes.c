/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Replies that are too large for their client, or for a frame. */

#define NAME "www.example.com"

static struct dns_message view;

static const union lab_order *order_for(const struct lab_query *query)
{
	const unsigned int before = lab.order_count;

	lab_ask(query);
	ck_assert_uint_eq(lab.order_count, before + 1);
	return lab_last_order(&view);
}

/* 33 + 312 bytes of answer and 412 of additional, known to EDNS clients. */
static void teach_large(void)
{
	static const uint8_t rdata[1300] = { 0 };
	struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, 65280,
		LAB_TTL_S, rdata, 300);
	dns_builder_a(&lab_builder, LAB_TTL_S);
	dns_builder_record(&lab_builder, DNS_SECTION_ADDITIONAL, DNS_BUILDER_TO_QUESTION, 65280,
		LAB_TTL_S, rdata, 400);
	lab_respond(&query);
	query = lab_a("larger.example");
	lab_ask(&query);
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, 65280,
		LAB_TTL_S, rdata, 1300);
	dns_builder_a(&lab_builder, LAB_TTL_S);
	lab_respond(&query);
	lab_fall_silent();
	lab.order_count = 0;
}

START_TEST(reply_too_large_for_its_client_is_trimmed)
{
	struct lab_query query;

	teach_large();
	query = lab_a(NAME); /* no EDNS: 512 bytes */
	ck_assert_uint_le(order_for(&query)->head.dns_bytes, 512);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ANSWER], 2);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ADDITIONAL], 0);
	ck_assert(!dns_head_is_truncated(&view.head));

	query = lab_a(NAME);
	query.has_opt = true;
	ck_assert_uint_gt(order_for(&query)->head.dns_bytes, 512);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ADDITIONAL], 2);
}
END_TEST

START_TEST(reply_that_cannot_be_made_small_enough_is_not_sent)
{
	struct lab_query query;

	teach_large();
	query = lab_a("larger.example");
	query.has_opt = true; /* 1232 bytes */
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_ge(lab.worker.counters.suppressed_too_large, 1);
	query = lab_a("larger.example");
	query.has_opt = true;
	query.udp_payload_bytes = 4096;
	(void)order_for(&query);
	query = lab_a("larger.example");
	query.has_opt = true;
	query.udp_payload_bytes = 0; /* means 512 */
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

/* An answer that makes a reply of so many bytes, its OPT included. Is it sent? */
static bool is_sent(uint8_t ip_version, uint16_t reply_bytes)
{
	static const uint8_t rdata[2000] = { 0 };
	struct lab_query query = lab_a(NAME);
	unsigned int before;

	query.ip_version = ip_version;
	query.type = 65280;
	query.has_opt = true;
	query.udp_payload_bytes = 4096;
	lab_ask(&query);
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, 65280,
		LAB_TTL_S, rdata,
		(uint16_t)(reply_bytes - lab_builder.size_bytes - 12 - DNS_WRITE_OPT_BYTES_MIN));
	lab_respond(&query);
	lab_pass(1);
	query.id += 1000;
	before = lab.order_count;
	lab_ask(&query);
	lab_pass(260);
	return lab.order_count > before && lab_last_order(&view)->head.dns_bytes == reply_bytes;
}

/* Frames of 1,500 bytes, and the injector makes no fragments. */
START_TEST(reply_that_fits_no_frame_is_not_sent)
{
	ck_assert(is_sent(4, 1472));
	ck_assert(!is_sent(4, 1473));
	ck_assert(is_sent(6, 1452));
	ck_assert(!is_sent(6, 1453));
}
END_TEST

static Suite *test_worker_sizes_suite(void)
{
	Suite *suite = suite_create("worker_sizes");
	TCase *all = tcase_create("worker_sizes");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, reply_too_large_for_its_client_is_trimmed);
	tcase_add_test(all, reply_that_cannot_be_made_small_enough_is_not_sent);
	tcase_add_test(all, reply_that_fits_no_frame_is_not_sent);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_sizes_suite());
}
