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

static const union lab_order *order_for(const struct lab_query *query)
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
	const union lab_order *order;

	query.flags |= DNS_FLAG_AD;
	order = order_for(&query);
	ck_assert_uint_eq(view.head.id, query.id);
	ck_assert_uint_eq(view.head.flags, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA);
	ck_assert_mem_eq(order->head.dns + DNS_HEADER_BYTES, "\3wWw\7EXAMPLE\3cOm", 17);
	ck_assert_uint_eq(view.head.counts[DNS_SECTION_ANSWER], 1);
	ck_assert_mem_eq(order->head.dns + view.end_at - 4, "0123", 4);
}
END_TEST

static uint32_t first_ttl_s(const union lab_order *order)
{
	struct dns_record record;

	ck_assert_int_eq(
		dns_read_record(order->head.dns, &view, view.answer_at, &record), DNS_READ_OK);
	return record.ttl_s;
}

START_TEST(fresh_reply_has_what_is_left_of_its_ttl)
{
	struct lab_query query = lab_a(NAME);

	query.has_opt = true;
	lab_pass(98000); /* and almost two seconds until silent */
	ck_assert_uint_eq(first_ttl_s(order_for(&query)), LAB_TTL_S - 101);
	ck_assert(view.edns.is_present);
	ck_assert_uint_eq(view.edns.extended_error_bits, 0);
}
END_TEST

START_TEST(stale_reply_has_a_short_ttl_and_says_why)
{
	struct lab_query query = lab_a(NAME);
	const union lab_order *order;

	query.has_opt = true;
	lab_pass(LAB_TTL_S * 1000);
	order = order_for(&query);
	ck_assert_uint_eq(first_ttl_s(order), 30);
	ck_assert_uint_eq(order->head.freshness, MESSAGE_FRESHNESS_STALE);
	ck_assert_uint_eq(view.edns.extended_error_bits, 1u << DNS_EXTENDED_ERROR_STALE_ANSWER);
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

START_TEST(cookie_with_a_servers_part_comes_back_as_sent)
{
	static const char cookie[] = "\0\12\0\20cookie!!serverx!";
	struct lab_query query = lab_a(NAME);
	const union lab_order *order;

	query.has_opt = true;
	query.options = cookie;
	query.options_bytes = sizeof(cookie) - 1;
	order = order_for(&query);
	(void)lab_last_order(&view);
	ck_assert(view.edns.has_cookie);
	ck_assert_uint_eq(view.edns.cookie_bytes, 16);
	ck_assert_mem_eq(order->head.dns + view.edns.cookie_at, "cookie!!serverx!", 16);
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
	tcase_add_test(all, cookie_with_a_servers_part_comes_back_as_sent);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_reply_suite());
}
