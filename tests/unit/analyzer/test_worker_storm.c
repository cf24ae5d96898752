/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "analyzer/message_intake.h"
#include "tests/support/worker_lab.h"

/*
 * Everything at once, by a fixed seed: clients, neighbours, losses, outages and mutated
 * messages. Nothing may crash, leak or be forgotten, and every reply must be whole.
 */

#define STEPS 30000

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % limit;
}

static bool is_one_in(uint32_t count)
{
	return random_below(count) == 0;
}

static struct lab_query random_query(void)
{
	static const char *const names[] = { "", "a.example", "A.Example", "b.example",
		"www.example.com", "a.b.c.d.e.f.g.h.example" };
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT, DNS_TYPE_ANY };
	struct lab_query query = lab_a(names[random_below(6)]);

	query.client = (uint8_t)(1 + random_below(4));
	query.resolver = (uint8_t)(LAB_RESOLVER + random_below(2));
	query.type = types[random_below(4)];
	query.id = (uint16_t)random_below(8);
	query.port = (uint16_t)(5000 + random_below(4));
	query.has_opt = is_one_in(2);
	query.udp_payload_bytes = (uint16_t)random_below(2000);
	query.opt_ttl_field = is_one_in(4) ? DNS_EDNS_FLAG_DO : 0;
	if (is_one_in(20))
		query.flags = (uint16_t)random_below(65536);
	return query;
}

static struct message_packet *random_response(const struct lab_query *query)
{
	struct message_packet *packet;

	lab_begin(query, (uint16_t)(is_one_in(4) ? random_below(16) : 0));
	for (uint32_t i = random_below(4); i > 0; i--)
		dns_builder_a(&lab_builder, random_below(400));
	if (is_one_in(2))
		dns_builder_soa(&lab_builder, random_below(400), random_below(400));
	if (is_one_in(2))
		dns_builder_opt(&lab_builder, 1232, 0, NULL, 0);
	packet = lab_response_packet(query);
	if (is_one_in(10))
		packet->direction = MESSAGE_DIRECTION_INBOUND;
	if (is_one_in(10))
		packet->entry = (uint8_t)(MESSAGE_ENTRY_UNKNOWN + random_below(4));
	if (is_one_in(10))
		packet->checksum = (uint8_t)(MESSAGE_CHECKSUM_RIGHT + random_below(5));
	return packet;
}

static void mutate(struct message_packet *packet)
{
	for (uint32_t i = random_below(4); i > 0; i--)
		packet->dns[random_below(packet->dns_bytes)] = (uint8_t)random_below(256);
	if (is_one_in(4))
		packet->dns_bytes = packet->dns_bytes_sent = random_below(packet->dns_bytes + 1);
	if (is_one_in(10))
		packet->dns_bytes_sent++;
}

static void feed(struct message_packet *packet)
{
	const struct ring_record record = { .type = MESSAGE_PACKET,
		.body_bytes = (uint32_t)sizeof(*packet) + packet->dns_bytes,
		.body = packet };

	ck_assert_ptr_nonnull(message_intake_packet(&record));
	lab_feed(packet);
}

static void random_packet(void)
{
	const struct lab_query query = random_query();
	struct message_packet *packet;

	switch (random_below(5)) {
	case 0:
	case 1:
		packet = lab_query_packet(&query);
		break;
	case 2:
		packet = lab_leaving_packet(&query, 1 + random_below(4));
		break;
	default:
		packet = random_response(&query);
	}
	if (is_one_in(5) && packet->dns_bytes > 0)
		mutate(packet);
	feed(packet);
}

static void check_orders(void)
{
	struct dns_message view;

	for (unsigned int i = 0; i < lab.order_count && i < LAB_ORDERS_MAX; i++) {
		const union lab_order *order = &lab.orders[i];

		ck_assert_int_eq(dns_read_message(order->head.dns, order->head.dns_bytes, &view),
			DNS_READ_OK);
		ck_assert(dns_head_is_response(&view.head));
		ck_assert(!dns_head_is_truncated(&view.head));
		ck_assert_uint_gt(order->head.deadline_ns, order->head.ordered_ns);
	}
	lab.order_count = lab.cancel_count = 0;
}

START_TEST(storm_leaves_nothing_behind)
{
	const struct analyzer_counters *counters = &lab.worker.counters;
	uint64_t orders = 0;
	uint64_t fed = 0;

	random_state = 0x9e3779b97f4a7c15u + (uint64_t)_i;
	for (int step = 0; step < STEPS; step++) {
		random_packet();
		fed++;
		if (is_one_in(4))
			lab_pass(random_below(40));
		if (is_one_in(3000))
			lab_lose(1 + random_below(5));
		if (is_one_in(3000))
			lab.producer.lost_upstream++;
		if (is_one_in(5000))
			lab.producer.epoch++;
		if (is_one_in(2000))
			lab_pass_blind(random_below(3000));
		if (is_one_in(500))
			lab_pass(4000);
		lab.is_injector_full = is_one_in(50);
		if (is_one_in(100))
			worker_housekeep(&lab.worker, lab.now_ns);
		orders += lab.order_count;
		check_orders();
	}
	ck_assert_uint_gt(orders, 0);
	ck_assert_uint_eq(counters->packets_inbound + counters->packets_outbound, fed);
	ck_assert_uint_eq(counters->orders_sent, orders);

	lab_pass(21000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.timers.count, 0);
	ck_assert_uint_eq(counters->queries_inflight, 0);
}
END_TEST

static Suite *test_worker_storm_suite(void)
{
	Suite *suite = suite_create("worker_storm");
	TCase *all = tcase_create("worker_storm");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_set_timeout(all, 60);
	tcase_add_loop_test(all, storm_leaves_nothing_behind, 0, 4);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_storm_suite());
}
