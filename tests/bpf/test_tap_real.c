/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps of both kinds attached to real interfaces: lo and a veth pair in a network
 * namespace of our own. Directions, tags that the kernel took out of the bytes, page
 * fragments, marks, and that nothing is left behind.
 */

#include "tests/support/tap_namespace.h"

static const enum dns_event_direction both_ways[] = { DNS_EVENT_EGRESS, DNS_EVENT_INGRESS };

/* Events of one datagram on lo: once out, once in. */
static void both_events(size_t payload_bytes, size_t payload_bytes_sent)
{
	struct tap_namespace_event room;

	for (size_t i = 0; i < ARRAY_COUNT(both_ways); i++) {
		const struct dns_event *event = tap_namespace_next(&tap_lab, &room);

		ck_assert_uint_eq(event->direction, both_ways[i]);
		ck_assert_uint_eq(event->kind, DNS_EVENT_DATAGRAM);
		ck_assert_uint_eq(event->payload_bytes, payload_bytes);
		ck_assert_uint_eq(event->payload_bytes_sent, payload_bytes_sent);
		for (size_t at = 0; at < payload_bytes; at++)
			ck_assert_uint_eq(event->payload[at], (uint8_t)at);
	}
}

/* A datagram to port 53 of 127.0.0.1, where @receiver_fd keeps it from being refused. */
static void send_to_self(int receiver_fd, const void *payload, size_t bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (receiver_fd >= 0)
		ck_assert_int_eq(bind(receiver_fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(
		sendto(fd, payload, bytes, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)bytes);
}

START_TEST(long_payload_is_cut_at_the_limit)
{
	static const size_t lengths[] = { 3600, 4095, 4096, 4097, 5000, 9000 };
	uint8_t payload[9000];
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_attach(&tap_lab, "lo", TAP_SIDE_BOTH, &pair);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		size_t kept = lengths[i] < 4096 ? lengths[i] : 4096;
		cleanup_close int receiver_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		send_to_self(receiver_fd, payload, lengths[i]);
		both_events(kept, lengths[i]);
	}
	tap_namespace_no_more(&tap_lab, "lo", 2);
	ck_assert_uint_eq(tap_lab_counts().cut, 6);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(refused_query_is_seen_with_its_error)
{
	struct tap_namespace_event room;
	const struct dns_event *event;
	uint64_t errors = 0;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_attach(&tap_lab, "lo", TAP_SIDE_EGRESS, &pair);
	send_to_self(-1, "0123456789abcdef", 16);
	for (int i = 0; i < 2; i++) {
		event = tap_namespace_next(&tap_lab, &room);
		ck_assert_uint_eq(ntohs(event->destination_port_be), 53);
		ck_assert_uint_eq(event->payload_bytes, 16);
		ck_assert_mem_eq(event->payload, "0123456789abcdef", 16);
		errors += event->kind == DNS_EVENT_UNREACHABLE;
	}
	ck_assert_uint_eq(errors, 1);
	ck_assert_uint_eq(tap_lab_counts().unreachable, 1);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(headers_in_page_fragments_are_seen)
{
	static const size_t lengths[] = { 0, 5, 33, 200, 1232, 4096 };
	static const struct tap_packet_plan quote = { .payload_bytes = 44 };
	struct tap_packet_plan plans[] = {
		{ .payload_bytes = 0 },
		{ 6, .payload_bytes = 0 },
		{ .option_bytes = 12 },
		{ 6, .extensions = { IPPROTO_DSTOPTS, IPPROTO_FRAGMENT }, .extension_count = 2 },
	};
	struct tap_namespace_event room;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_attach(&tap_lab, "lo", TAP_SIDE_BOTH, &pair);
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		plans[_i].payload_bytes = lengths[i];
		tap_namespace_send_in_fragments("lo", &plans[_i]);
		both_events(lengths[i], lengths[i]);
	}
	tap_namespace_send_in_fragments(
		"lo", &(struct tap_packet_plan){ .quote = &quote, .icmp_type = 3, .icmp_code = 3 });
	for (size_t i = 0; i < ARRAY_COUNT(both_ways); i++)
		ck_assert_uint_eq(tap_namespace_next(&tap_lab, &room)->kind, DNS_EVENT_UNREACHABLE);
	tap_namespace_send_in_fragments(
		"lo", &(struct tap_packet_plan){ .protocol = IPPROTO_TCP, .payload_bytes = 99 });
	tap_namespace_no_more(&tap_lab, "lo", 2);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(lo_is_seen_once_on_its_egress_side)
{
	struct tap_namespace_event room;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_attach(&tap_lab, "lo", TAP_SIDE_EGRESS, &pair);
	for (size_t bytes = 10; bytes < 20; bytes++) {
		tap_namespace_send("lo", &(struct tap_packet_plan){ .payload_bytes = bytes }, 0);
		ck_assert_uint_eq(tap_namespace_next(&tap_lab, &room)->direction, DNS_EVENT_EGRESS);
		ck_assert_uint_eq(room.event.payload_bytes, bytes);
	}
	tap_namespace_no_more(&tap_lab, "lo", 1);
	ck_assert_uint_eq(tap_lab_counts().seen, 11);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(edge_sees_both_directions)
{
	static const char *const senders[] = { "edge", "inner" };
	struct tap_namespace_event room;
	const struct dns_event *event;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_BOTH, &pair);
	for (size_t i = 0; i < ARRAY_COUNT(senders); i++) {
		bool is_ingress = both_ways[i] == DNS_EVENT_INGRESS;
		uint32_t edge_index = if_nametoindex("edge");

		tap_namespace_send(senders[i],
			&(struct tap_packet_plan){ .ip_version = _i ? 6 : 4, .payload_bytes = 70 },
			0);
		event = tap_namespace_next(&tap_lab, &room);
		ck_assert_uint_eq(event->direction, both_ways[i]);
		ck_assert_uint_eq(event->if_index, edge_index);
		ck_assert_uint_eq(event->ingress_if_index, is_ingress ? edge_index : 0);
		ck_assert_uint_eq(event->payload_bytes, 70);
		ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	}
	tap_namespace_no_more(&tap_lab, "inner", 1);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(own_replies_are_counted_on_their_way_out)
{
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_BOTH, &pair);
	tap_namespace_send("edge",
		&(struct tap_packet_plan){ .source_port = 53, .payload_bytes = 70 },
		DNS_EVENT_OWN_MARK);
	tap_namespace_no_more(&tap_lab, "edge", 1);
	ck_assert_uint_eq(tap_lab_counts().own, 1);
	ck_assert_uint_eq(tap_lab_counts().seen, 1);
	tap_program_detach(&pair);
}
END_TEST

static void expect_tags(const struct dns_event *event, const struct tap_packet_tag tags[2])
{
	for (size_t i = 0; i < DNS_EVENT_VLANS_MAX; i++) {
		ck_assert_uint_eq(ntohs(event->vlans[i].protocol_be), tags[i].protocol);
		ck_assert_uint_eq(ntohs(event->vlans[i].tci_be), tags[i].tci);
	}
	ck_assert_uint_eq(event->payload_bytes, 80);
}

/* The kernel takes the outermost tag of what comes in out of the bytes. */
START_TEST(tags_are_seen_in_both_directions)
{
	static const struct tap_packet_plan plans[] = {
		{ .payload_bytes = 80, .tags = { { 0x8100, 0xe005 } } },
		{ .payload_bytes = 80, .tags = { { 0x88a8, 6 } } },
		{ .payload_bytes = 80, .tags = { { 0x8100, 7 }, { 0x8100, 8 } } },
		{ 6, .payload_bytes = 80, .tags = { { 0x88a8, 9 }, { 0x8100, 10 } } },
		{ .payload_bytes = 80, .tags = { { 0x9100, 11 }, { 0x8100, 12 } } },
	};
	static const struct tap_packet_plan too_many = { .payload_bytes = 80,
		.tags = { { 0x8100, 1 }, { 0x8100, 2 }, { 0x8100, 3 } } };
	struct tap_namespace_event room;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_BOTH, &pair);
	for (size_t i = 0; i < ARRAY_COUNT(plans); i++) {
		tap_namespace_send("edge", &plans[i], 0);
		expect_tags(tap_namespace_next(&tap_lab, &room), plans[i].tags);
		tap_namespace_send("inner", &plans[i], 0);
		expect_tags(tap_namespace_next(&tap_lab, &room), plans[i].tags);
		ck_assert_uint_eq(room.event.direction, DNS_EVENT_INGRESS);
	}
	tap_namespace_send("edge", &too_many, 0);
	tap_namespace_send("inner", &too_many, 0);
	tap_namespace_no_more(&tap_lab, "inner", 1);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(tags_outside_of_the_bytes_are_seen_on_the_way_out)
{
	static const struct tap_packet_tag one[2] = { { 0x8100, 5 } };
	static const struct tap_packet_tag two[2] = { { 0x88a8, 5 }, { 0x8100, 6 } };
	struct tap_namespace_event room;
	struct tap_pair pair;
	int adder_fd;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_BOTH, &pair);
	adder_fd = tap_namespace_attach_tag_adder(0x8100, 5);
	if (adder_fd < 0) { /* no TCX to do it with */
		tap_program_detach(&pair);
		return;
	}
	tap_namespace_send("edge", &(struct tap_packet_plan){ .payload_bytes = 80 }, 0);
	expect_tags(tap_namespace_next(&tap_lab, &room), one);
	(void)close(adder_fd);
	adder_fd = tap_namespace_attach_tag_adder(0x88a8, 5);
	tap_namespace_send("edge",
		&(struct tap_packet_plan){ .payload_bytes = 80, .tags = { { 0x8100, 6 } } }, 0);
	expect_tags(tap_namespace_next(&tap_lab, &room), two);
	(void)close(adder_fd);
	tap_program_detach(&pair);
}
END_TEST

START_TEST(detached_taps_see_nothing)
{
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_attach(&tap_lab, "lo", TAP_SIDE_BOTH, &pair);
	tap_program_detach(&pair);
	ck_assert_int_eq(pair.ingress_fd, -1);
	ck_assert_int_eq(pair.egress_fd, -1);
	ck_assert_int_eq(pair.socket_fd, -1);
	tap_namespace_send("lo", &(struct tap_packet_plan){ .payload_bytes = 5 }, 0);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
}
END_TEST

START_TEST(interface_that_is_not_there_is_gone)
{
	struct tap_pair pair;

	ck_assert_int_eq(tap_program_attach(&tap_lab.program, 0x7ffffff0, TAP_SIDE_BOTH, &pair),
		TAP_PROGRAM_GONE);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, long_payload_is_cut_at_the_limit);
	tcase_add_test(tests, refused_query_is_seen_with_its_error);
	tcase_add_loop_test(tests, headers_in_page_fragments_are_seen, 0, 4);
	tcase_add_test(tests, lo_is_seen_once_on_its_egress_side);
	tcase_add_loop_test(tests, edge_sees_both_directions, 0, 2);
	tcase_add_test(tests, own_replies_are_counted_on_their_way_out);
	tcase_add_test(tests, tags_are_seen_in_both_directions);
	tcase_add_test(tests, tags_outside_of_the_bytes_are_seen_on_the_way_out);
	tcase_add_test(tests, detached_taps_see_nothing);
	tcase_add_test(tests, interface_that_is_not_there_is_gone);
}

int main(void)
{
	return tap_lab_main("tap_real", add_tests);
}
