/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Orders: what the injector gets, and the reply in it as the client will see it. */

#define NAME "www.example.com"

static struct dns_message view;

/* Learned, and then the resolver fell silent, so that queries are answered at once. */
static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_fall_silent();
}

static const struct lab_order *order_for(const struct lab_query *query)
{
	const unsigned int before = lab.order_count;

	lab_ask(query);
	ck_assert_uint_eq(lab.order_count, before + 1);
	return lab_last_order(&view);
}

START_TEST(order_leads_back_to_the_client)
{
	struct lab_query query = lab_from(7, NAME);
	const struct message_order *order = &order_for(&query)->head;
	uint8_t ip[16];

	ck_assert_uint_eq(order->if_index, 7);
	ck_assert_uint_eq(order->ip_version, 4);
	ck_assert_uint_eq(order->client_port_be, htons(query.port));
	ck_assert_uint_eq(order->server_port_be, htons(53));
	lab_ip(ip, 4, 7);
	ck_assert_mem_eq(order->client_ip, ip, 16);
	lab_ip(ip, 4, LAB_RESOLVER);
	ck_assert_mem_eq(order->server_ip, ip, 16);
	ck_assert_mem_eq(order->client_mac, "client", 6);
	ck_assert_mem_eq(order->server_mac, "server", 6);
	ck_assert_uint_eq(order->reserved0, 0);
	ck_assert_uint_eq(order->reserved1, 0);
}
END_TEST

START_TEST(order_over_ipv6_says_so)
{
	struct lab_query query = lab_a("silent1.example");
	uint8_t ip[16];

	query.ip_version = 6;
	lab_resolve(&query);
	lab_pass(1);
	query.id++;
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
	ck_assert_uint_eq(lab.orders[0].head.ip_version, 6);
	lab_ip(ip, 6, 1);
	ck_assert_mem_eq(lab.orders[0].head.client_ip, ip, 16);
}
END_TEST

START_TEST(order_is_good_until_the_query_times_out)
{
	const struct lab_query query = lab_a(NAME);
	const struct message_order *order = &order_for(&query)->head;

	ck_assert_uint_eq(order->query_ns, lab.now_ns);
	ck_assert_uint_eq(order->ordered_ns, lab.now_ns);
	ck_assert_uint_eq(order->deadline_ns, lab.now_ns + lab.config.matching_timeout_ns);
}
END_TEST

START_TEST(order_at_once_says_failing)
{
	const struct lab_query query = lab_a(NAME);
	const struct message_order *order = &order_for(&query)->head;

	ck_assert_uint_eq(order->trigger, MESSAGE_TRIGGER_FAILING);
	ck_assert_uint_eq(order->freshness, MESSAGE_FRESHNESS_FRESH);
}
END_TEST

START_TEST(order_at_answer_after_says_timeout)
{
	const struct lab_query query = lab_a(NAME);

	lab_teach("other.example"); /* healthy again */
	lab_pass(1);
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_TIMEOUT);
	ck_assert_uint_eq(lab.orders[0].head.ordered_ns - lab.orders[0].head.query_ns,
		255 * NS_PER_MS); /* 250 and the steps of lab and wheel */
}
END_TEST

/* message_layout.h: failing is for replies at once; this one waited for answer_after. */
START_TEST(order_at_answer_after_says_timeout_though_something_fails_by_then)
{
	const struct lab_query query = lab_a(NAME);
	const struct lab_query other = lab_a(NAME);

	lab_teach("other.example");
	lab_pass(1);
	lab_ask(&query);
	lab_pass(10);
	lab_ask(&other);
	lab_answer_failed(&other, DNS_RCODE_SERVFAIL, -1); /* now the name is failing */
	lab_pass(260);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_TIMEOUT);
}
END_TEST

START_TEST(orders_are_numbered_from_one)
{
	for (uint64_t number = 1; number <= 5; number++) {
		const struct lab_query query = lab_a(NAME);

		ck_assert_uint_eq(order_for(&query)->head.order_id, number);
	}
}
END_TEST

START_TEST(reply_fits_its_query)
{
	struct lab_query query = lab_a("wWw.EXAMPLE.cOm");
	const struct lab_order *order;

	query.flags |= DNS_FLAG_AD;
	order = order_for(&query);
	ck_assert_uint_eq(view.head.id, query.id);
	ck_assert_uint_eq(view.head.flags, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA);
	ck_assert_mem_eq(order->dns + DNS_HEADER_BYTES, "\3wWw\7EXAMPLE\3cOm", 17);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ANSWER], 1);
	ck_assert_mem_eq(order->dns + view.end_at - 4, "0123", 4);
}
END_TEST

static uint32_t first_ttl_s(const struct lab_order *order)
{
	struct dns_record record;

	ck_assert_int_eq(dns_read_record(order->dns, &view, view.answer_at, &record), DNS_READ_OK);
	return record.ttl_s;
}

START_TEST(fresh_reply_has_what_is_left_of_its_ttl)
{
	struct lab_query query = lab_a(NAME);

	query.has_opt = true;
	lab_pass(98000); /* and almost two seconds until silent */
	ck_assert_uint_eq(first_ttl_s(order_for(&query)), LAB_TTL_S - 99);
	ck_assert(view.edns.is_present);
	ck_assert(!view.edns.has_extended_error);
}
END_TEST

START_TEST(stale_reply_has_a_short_ttl_and_says_why)
{
	struct lab_query query = lab_a(NAME);
	const struct lab_order *order;

	query.has_opt = true;
	lab_pass(LAB_TTL_S * 1000);
	order = order_for(&query);
	ck_assert_uint_eq(first_ttl_s(order), 30);
	ck_assert_uint_eq(order->head.freshness, MESSAGE_FRESHNESS_STALE);
	ck_assert_uint_eq(view.edns.extended_error, DNS_EXTENDED_ERROR_STALE_ANSWER);
	ck_assert_uint_eq(lab.worker.counters.cache_served_stale, 1);
}
END_TEST

START_TEST(opt_of_another_client_is_never_replayed)
{
	struct lab_query query = lab_a("b.example");

	query.has_opt = true;
	query.options = "\0\12\0\10cookie!!";
	query.options_bytes = 12;
	lab_ask(&query);
	lab_begin_good(&query);
	dns_builder_opt(&lab_builder, 4000, 0, "\0\12\0\30cookie!!server cookie !!", 28);
	lab_respond(&query);
	lab_fall_silent();

	query.id += 100;
	query.options = "\0\12\0\10another!";
	(void)order_for(&query);
	ck_assert(view.edns.is_present);
	ck_assert(!view.edns.has_cookie);
	ck_assert_uint_eq(view.edns.record_bytes, DNS_WRITE_OPT_BYTES_MIN);
	query.id++;
	query.has_opt = false;
	(void)order_for(&query);
	ck_assert(!view.edns.is_present);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ADDITIONAL], 0);
}
END_TEST

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

static Suite *test_worker_reply_suite(void)
{
	Suite *suite = suite_create("worker_reply");
	TCase *all = tcase_create("worker_reply");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, order_leads_back_to_the_client);
	tcase_add_test(all, order_over_ipv6_says_so);
	tcase_add_test(all, order_is_good_until_the_query_times_out);
	tcase_add_test(all, order_at_once_says_failing);
	tcase_add_test(all, order_at_answer_after_says_timeout);
	tcase_add_test(all, order_at_answer_after_says_timeout_though_something_fails_by_then);
	tcase_add_test(all, orders_are_numbered_from_one);
	tcase_add_test(all, reply_fits_its_query);
	tcase_add_test(all, fresh_reply_has_what_is_left_of_its_ttl);
	tcase_add_test(all, stale_reply_has_a_short_ttl_and_says_why);
	tcase_add_test(all, opt_of_another_client_is_never_replayed);
	tcase_add_test(all, reply_too_large_for_its_client_is_trimmed);
	tcase_add_test(all, reply_that_cannot_be_made_small_enough_is_not_sent);
	tcase_add_test(all, reply_that_fits_no_frame_is_not_sent);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_reply_suite());
}
