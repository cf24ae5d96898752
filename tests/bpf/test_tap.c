/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps of both kinds under BPF_PROG_TEST_RUN: plain IPv4 and IPv6 packets, what is no
 * DNS, lengths, fragments, marks, ports, and a full ring.
 */

#include "shared/clock.h"
#include "tests/support/tap_lab.h"

#define MORE_FRAGMENTS 0x2000

START_TEST(query_over_ip4_becomes_an_event)
{
	static const uint8_t source_ip[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	static const uint8_t destination_ip[16] = { [10] = 0xff, 0xff, 10, 9, 8, 7 };
	uint64_t before_ns = clock_ns();
	const struct dns_event *event;

	tap_lab_run(&(struct tap_packet_plan){ .payload_bytes = 33, .udp_checksum = 0x1234 });
	event = tap_lab_event();
	ck_assert_uint_eq(event->kind, DNS_EVENT_DATAGRAM);
	ck_assert_uint_eq(event->flags, 0);
	ck_assert_uint_eq(event->vlans[0].protocol_be, 0);
	ck_assert_uint_eq(event->vlans[1].protocol_be, 0);
	ck_assert_uint_eq(event->direction, DNS_EVENT_INGRESS);
	ck_assert_uint_eq(event->ip_version, 4);
	ck_assert_uint_eq(event->ip_ttl, 61);
	ck_assert_uint_eq(event->payload_bytes, 33);
	ck_assert_uint_eq(event->payload_bytes_sent, 33);
	ck_assert_uint_ge(event->seen_ns, before_ns);
	ck_assert_uint_le(event->seen_ns, clock_ns());
	ck_assert_uint_eq(event->if_index, TAP_LAB_IF_INDEX);
	ck_assert_uint_eq(event->ingress_if_index, 0);
	ck_assert_uint_eq(ntohs(event->udp_checksum_be), 0x1234);
	ck_assert_uint_eq(ntohs(event->source_port_be), 40000);
	ck_assert_uint_eq(ntohs(event->destination_port_be), 53);
	ck_assert_uint_eq(event->udp_bytes, 41);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	ck_assert_mem_eq(event->destination_mac, tap_packet_destination_mac, ETH_ALEN);
	ck_assert_mem_eq(event->source_ip, source_ip, sizeof(source_ip));
	ck_assert_mem_eq(event->destination_ip, destination_ip, sizeof(destination_ip));
	ck_assert_uint_eq(tap_lab_counts().seen, 1);
	ck_assert_uint_eq(tap_lab_counts().submitted, 1);
	ck_assert_uint_eq(tap_lab_counts().cut, 0);
}
END_TEST

START_TEST(response_over_ip6_becomes_an_event)
{
	const struct dns_event *event;
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .ip_version = 6,
					  .source_port = 53,
					  .destination_port = 40000,
					  .payload_bytes = 77 });
	tap_lab_run_marked(&packet, true, 0);
	event = tap_lab_event();
	ck_assert_uint_eq(event->direction,
		tap_lab.program.kind == CONFIG_TAP_TCX ? DNS_EVENT_EGRESS : DNS_EVENT_INGRESS);
	ck_assert_uint_eq(event->ip_version, 6);
	ck_assert_uint_eq(event->ip_ttl, 62);
	ck_assert_uint_eq(event->payload_bytes, 77);
	ck_assert_uint_eq(ntohs(event->source_port_be), 53);
	ck_assert_uint_eq(ntohs(event->destination_port_be), 40000);
	ck_assert_mem_eq(event->source_ip, tap_packet_source_ip6, 16);
	ck_assert_mem_eq(event->destination_ip, tap_packet_destination_ip6, 16);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	ck_assert_mem_eq(event->destination_mac, tap_packet_destination_mac, ETH_ALEN);
}
END_TEST

START_TEST(ip4_options_are_stepped_over)
{
	tap_lab_run(&(struct tap_packet_plan){
		.option_bytes = 4 * (size_t)(_i + 1), .payload_bytes = 50 });
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 50);
}
END_TEST

START_TEST(other_packets_are_left_alone)
{
	static const struct tap_packet_plan plans[] = {
		{ .destination_port = 443, .payload_bytes = 100 },
		{ 6, .destination_port = 5353, .payload_bytes = 100 },
		{ .protocol = IPPROTO_TCP, .payload_bytes = 100 },
		{ 6, .protocol = IPPROTO_TCP, .payload_bytes = 100 },
		{ 6, .protocol = IPPROTO_DSTOPTS, .payload_bytes = 100 },
	};

	tap_lab_run(&plans[_i]);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

START_TEST(frames_that_are_not_what_they_say_are_left_alone)
{
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .payload_bytes = 33 });
	switch (_i) {
	case 0: /* an IP header shorter than a header */
		packet.bytes[ETH_HLEN] = 0x44;
		break;
	case 1: /* version 6 in an IPv4 frame */
		packet.bytes[ETH_HLEN] = 0x65;
		break;
	case 2: /* ends within the UDP header */
		packet.size_bytes = ETH_HLEN + sizeof(struct iphdr) + 7;
		break;
	case 3: /* options longer than the frame */
		packet.bytes[ETH_HLEN] = 0x4f;
		packet.size_bytes = ETH_HLEN + 24;
		break;
	}
	tap_lab_run_marked(&packet, false, 0);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
}
END_TEST

START_TEST(frame_cut_anywhere_is_safe)
{
	static const struct tap_packet_plan plans[] = {
		{ .payload_bytes = 40 },
		{ .option_bytes = 40, .payload_bytes = 40 },
		{ 6, .payload_bytes = 40 },
	};

	tap_lab_run_every_cut(&plans[_i]);
}
END_TEST

START_TEST(first_fragment_is_taken_as_cut)
{
	const struct dns_event *event;

	tap_lab_run(&(struct tap_packet_plan){
		.payload_bytes = 1400, .udp_bytes = 3008, .fragment = MORE_FRAGMENTS });
	event = tap_lab_event();
	ck_assert_uint_eq(event->flags, DNS_EVENT_FIRST_FRAGMENT);
	ck_assert_uint_eq(event->payload_bytes, 1400);
	ck_assert_uint_eq(event->payload_bytes_sent, 3000);
	ck_assert_uint_eq(tap_lab_counts().cut, 1);
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

START_TEST(later_fragment_is_counted_and_not_parsed)
{
	tap_lab_run(&(struct tap_packet_plan){
		.payload_bytes = 100, .fragment = (uint16_t)(_i ? MORE_FRAGMENTS | 1 : 185) });
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
	ck_assert_uint_eq(tap_lab_counts().fragments, 1);
}
END_TEST

START_TEST(later_fragment_of_something_else_is_left_alone)
{
	tap_lab_run(&(struct tap_packet_plan){
		.protocol = IPPROTO_ICMP, .payload_bytes = 100, .fragment = 185 });
	tap_lab_run(&(struct tap_packet_plan){
		.protocol = IPPROTO_TCP, .payload_bytes = 100, .fragment = 185 });
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

START_TEST(own_reply_is_counted_and_makes_no_event)
{
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .ip_version = _i ? 6 : 4,
					  .source_port = 53,
					  .destination_port = 40000,
					  .payload_bytes = 60 });
	tap_lab_run_marked(&packet, true, DNS_EVENT_OWN_MARK);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().own, 1);
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
	tap_lab_run_marked(&packet, true, DNS_EVENT_OWN_MARK + 1);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 60);
}
END_TEST

START_TEST(every_length_arrives_whole)
{
	static const size_t edges[] = { 0, 8, 16, 128, 256, 512, 1472, 3000 };

	for (size_t edge = 0; edge < ARRAY_COUNT(edges); edge++) {
		for (size_t bytes = edges[edge] < 9 ? 0 : edges[edge] - 9; bytes < edges[edge] + 10;
			bytes++) {
			tap_lab_run(&(struct tap_packet_plan){
				.ip_version = _i ? 6 : 4, .payload_bytes = bytes });
			ck_assert_uint_eq(tap_lab_event()->payload_bytes, bytes);
		}
	}
	ck_assert_uint_eq(tap_lab_counts().cut, 0);
}
END_TEST

START_TEST(record_takes_the_smallest_class_that_holds_it)
{
	static const size_t classes[] = { 128, 256, 512, 1472, 4096 };
	size_t bytes = _i == 0 ? 1 : classes[_i - 1] + 1;
	const void *record;
	uint32_t record_bytes;

	tap_lab_run(&(struct tap_packet_plan){ .payload_bytes = bytes });
	ck_assert_int_eq(
		event_intake_next(&tap_lab.intake, &record, &record_bytes), EVENT_INTAKE_OK);
	ck_assert_uint_eq(record_bytes, sizeof(struct dns_event) + classes[_i]);
}
END_TEST

START_TEST(datagram_without_payload_is_an_event)
{
	const struct dns_event *event;

	/* The second is not even a right UDP length. */
	tap_lab_run(&(struct tap_packet_plan){ .udp_bytes = _i ? 3 : 0 });
	event = tap_lab_event();
	ck_assert_uint_eq(event->payload_bytes, 0);
	ck_assert_uint_eq(event->payload_bytes_sent, 0);
	ck_assert_uint_eq(tap_lab_counts().cut, 0);
}
END_TEST

START_TEST(udp_length_beyond_the_packet_takes_what_is_there)
{
	const struct dns_event *event;

	tap_lab_run(&(struct tap_packet_plan){
		.ip_version = _i ? 6 : 4, .payload_bytes = 90, .udp_bytes = 508 });
	event = tap_lab_event();
	ck_assert_uint_eq(event->payload_bytes, 90);
	ck_assert_uint_eq(event->payload_bytes_sent, 500);
	ck_assert_uint_eq(event->udp_bytes, 508);
	ck_assert_uint_eq(tap_lab_counts().cut, 1);
}
END_TEST

START_TEST(bytes_behind_the_ip_packet_are_no_payload)
{
	const struct dns_event *event;

	tap_lab_run(&(struct tap_packet_plan){
		.ip_version = _i ? 6 : 4, .payload_bytes = 90, .ip_bytes_less = 20 });
	event = tap_lab_event();
	ck_assert_uint_eq(event->payload_bytes, 70);
	ck_assert_uint_eq(event->payload_bytes_sent, 90);
}
END_TEST

START_TEST(bytes_behind_the_udp_datagram_are_no_payload)
{
	const struct dns_event *event;

	tap_lab_run(&(struct tap_packet_plan){ .payload_bytes = 90, .udp_bytes = 48 });
	event = tap_lab_event();
	ck_assert_uint_eq(event->payload_bytes, 40);
	ck_assert_uint_eq(event->payload_bytes_sent, 40);
	ck_assert_uint_eq(tap_lab_counts().cut, 0);
}
END_TEST

START_TEST(full_ring_refuses_and_counts)
{
	const unsigned int record_bytes = sizeof(struct dns_event) + 128 + BPF_RINGBUF_HDR_SZ;
	unsigned int room_count = (TAP_LAB_RING_BYTES - 1) / record_bytes;
	const void *record;
	uint32_t bytes;

	for (unsigned int i = 0; i < room_count + 10; i++)
		tap_lab_run(&(struct tap_packet_plan){ .payload_bytes = 33 });
	ck_assert_uint_eq(tap_lab_counts().seen, room_count + 10);
	ck_assert_uint_eq(tap_lab_counts().submitted, room_count);
	ck_assert_uint_eq(tap_lab_counts().ring_full, 10);

	while (event_intake_next(&tap_lab.intake, &record, &bytes) == EVENT_INTAKE_OK)
		;
	ck_assert_uint_eq(
		event_intake_position(&tap_lab.intake), event_intake_produced(&tap_lab.intake));
	event_intake_release(&tap_lab.intake);
	tap_lab_run(&(struct tap_packet_plan){ .payload_bytes = 44 });
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 44);
}
END_TEST

START_TEST(ports_are_those_asked_for)
{
	struct config_ports ports = { .ports = { 53, 5353, 1, 2, 3, 4, 5, 65535 } };
	static const uint16_t others[] = { 52, 54, 6, 0x3500, 0xe914, 65534 };
	enum config_tap kind = tap_lab.program.kind;

	for (ports.count = 1; ports.count <= CONFIG_PORTS_MAX; ports.count++) {
		tap_lab_close(&tap_lab);
		tap_lab_open_ports(&tap_lab, kind, &ports);
		for (size_t i = 0; i < CONFIG_PORTS_MAX; i++) {
			tap_lab_run(
				&(struct tap_packet_plan){ .destination_port = ports.ports[i] });
			tap_lab_run(&(struct tap_packet_plan){
				6, .source_port = ports.ports[i], .destination_port = 40000 });
		}
		ck_assert_uint_eq(tap_lab_counts().seen, 2 * ports.count);
		for (size_t i = 0; i < ARRAY_COUNT(others); i++)
			tap_lab_run(&(struct tap_packet_plan){ .destination_port = others[i] });
		ck_assert_uint_eq(tap_lab_counts().seen, 2 * ports.count);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, query_over_ip4_becomes_an_event);
	tcase_add_test(tests, response_over_ip6_becomes_an_event);
	tcase_add_loop_test(tests, ip4_options_are_stepped_over, 0, 10);
	tcase_add_loop_test(tests, other_packets_are_left_alone, 0, 5);
	tcase_add_loop_test(tests, frames_that_are_not_what_they_say_are_left_alone, 0, 4);
	tcase_add_loop_test(tests, frame_cut_anywhere_is_safe, 0, 3);
	tcase_add_test(tests, first_fragment_is_taken_as_cut);
	tcase_add_loop_test(tests, later_fragment_is_counted_and_not_parsed, 0, 2);
	tcase_add_test(tests, later_fragment_of_something_else_is_left_alone);
	tcase_add_loop_test(tests, own_reply_is_counted_and_makes_no_event, 0, 2);
	tcase_add_loop_test(tests, every_length_arrives_whole, 0, 2);
	tcase_add_loop_test(tests, record_takes_the_smallest_class_that_holds_it, 0, 5);
	tcase_add_loop_test(tests, datagram_without_payload_is_an_event, 0, 2);
	tcase_add_loop_test(tests, udp_length_beyond_the_packet_takes_what_is_there, 0, 2);
	tcase_add_loop_test(tests, bytes_behind_the_ip_packet_are_no_payload, 0, 2);
	tcase_add_test(tests, bytes_behind_the_udp_datagram_are_no_payload);
	tcase_add_test(tests, full_ring_refuses_and_counts);
	tcase_add_test(tests, ports_are_those_asked_for);
}

int main(void)
{
	return tap_lab_main("tap", add_tests);
}
