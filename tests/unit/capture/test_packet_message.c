/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_message.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

#define RECORD_BYTES (sizeof(struct dns_event) + 128)

/* Of the datagrams of make_event(), worked out by another program. */
#define KNOWN_CHECKSUM_IP4 0xc9c2
#define KNOWN_CHECKSUM_IP6 0xedc0

static const uint8_t payload_odd[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
				     "a\x03lab\x00\x00\x01\x00\x01";

static union {
	struct dns_event event;
	uint8_t bytes[RECORD_BYTES];
} record;

static union {
	struct message_packet packet;
	uint8_t bytes[sizeof(struct message_packet) + 128];
} message;

static const char no_scope[MESSAGE_SCOPE_BYTES] = "";

static void make_event(int ip_version)
{
	struct dns_event *event = &record.event;

	memset(&record, 0xa5, sizeof(record));
	*event = (struct dns_event){
		.version = DNS_EVENT_VERSION,
		.direction = DNS_EVENT_EGRESS,
		.ip_version = (uint8_t)ip_version,
		.ip_ttl = 63,
		.payload_bytes = sizeof(payload_odd) - 1,
		.payload_bytes_sent = sizeof(payload_odd) - 1,
		.seen_ns = 123456789012345,
		.if_index = 7,
		.ingress_if_index = 9,
		.source_port_be = htons(53),
		.destination_port_be = htons(40000),
		.udp_bytes = sizeof(payload_odd) - 1 + 8,
		.kind = DNS_EVENT_DATAGRAM,
		.source_mac = { 2, 0, 0, 0, 0, 1 },
		.destination_mac = { 2, 0, 0, 0, 0, 2 },
	};
	if (ip_version == 4) {
		ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:10.9.8.7", event->source_ip), 1);
		ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:10.1.2.3", event->destination_ip), 1);
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, "fd09::7", event->source_ip), 1);
		ck_assert_int_eq(inet_pton(AF_INET6, "fd01::3", event->destination_ip), 1);
	}
	memcpy(event->payload, payload_odd, sizeof(payload_odd) - 1);
}

START_TEST(message_says_what_the_event_says)
{
	static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:docker0";
	const struct packet_side side = {
		.if_index = 70, /* not the event's: a side says which edge it is */
		.direction = MESSAGE_DIRECTION_OUTBOUND,
		.entry = MESSAGE_ENTRY_UPLINK,
		.flags = MESSAGE_PACKET_FROM_SERVER,
		.scope = scope,
	};
	const struct message_packet *packet = &message.packet;

	make_event(4);
	memset(&message, 0xa5, sizeof(message));
	ck_assert_uint_eq(packet_message_bytes(&record.event), sizeof(*packet) + 23);
	packet_message_fill(&message.packet, &record.event, &side);
	ck_assert_uint_eq(packet->seen_ns, 123456789012345);
	ck_assert_uint_eq(packet->if_index, 70);
	ck_assert_uint_eq(packet->ingress_if_index, 9);
	ck_assert_uint_eq(packet->direction, MESSAGE_DIRECTION_OUTBOUND);
	ck_assert_uint_eq(packet->entry, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(packet->checksum, MESSAGE_CHECKSUM_NONE);
	ck_assert_uint_eq(packet->ip_version, 4);
	ck_assert_uint_eq(packet->ip_ttl, 63);
	ck_assert_uint_eq(packet->kind, MESSAGE_PACKET_DATAGRAM);
	ck_assert_uint_eq(packet->flags, MESSAGE_PACKET_FROM_SERVER);
	ck_assert_uint_eq(packet->source_port_be, htons(53));
	ck_assert_uint_eq(packet->destination_port_be, htons(40000));
	ck_assert_uint_eq(packet->dns_bytes, 23);
	ck_assert_uint_eq(packet->dns_bytes_sent, 23);
	ck_assert_mem_eq(packet->source_mac, record.event.source_mac, 6);
	ck_assert_mem_eq(packet->destination_mac, record.event.destination_mac, 6);
	ck_assert_mem_eq(packet->source_ip, record.event.source_ip, 16);
	ck_assert_mem_eq(packet->destination_ip, record.event.destination_ip, 16);
	ck_assert_mem_eq(packet->scope, scope, sizeof(scope));
	ck_assert_mem_eq(packet->dns, payload_odd, 23);
	ck_assert_uint_eq(message.bytes[sizeof(*packet) + 23], 0xa5);
}
END_TEST

static const char *scope_of(const char *scope, const struct dns_event_vlan vlans[2])
{
	char padded[MESSAGE_SCOPE_BYTES] = "";
	const struct packet_side side = { .scope = padded };

	make_event(4);
	memcpy(record.event.vlans, vlans, sizeof(record.event.vlans));
	memcpy(padded, scope, strlen(scope));
	memset(&message, 0xa5, sizeof(message));
	packet_message_fill(&message.packet, &record.event, &side);
	ck_assert_mem_eq(message.packet.vlans, vlans, sizeof(message.packet.vlans));
	return message.packet.scope;
}

START_TEST(each_vlan_is_a_scope_of_its_own)
{
	const struct dns_event_vlan none[2] = { 0 };
	const struct dns_event_vlan one[2] = { { htons(0x8100), htons(0xe00a) } };
	const struct dns_event_vlan priority[2] = { { htons(0x8100), htons(0xe000) } };
	const struct dns_event_vlan inner[2] = { { htons(0x8100), 0 },
		{ htons(0x8100), htons(7) } };
	const struct dns_event_vlan two[2] = { { htons(0x88a8), htons(4094) },
		{ htons(0x8100), htons(4093) } };

	ck_assert_str_eq(scope_of("", none), "");
	ck_assert_str_eq(scope_of("routed", none), "routed");
	ck_assert_str_eq(scope_of("routed", one), "routed.10"); /* without its priority */
	ck_assert_str_eq(scope_of("routed", priority), "routed");
	ck_assert_str_eq(scope_of("routed", inner), "routed.7");
	ck_assert_str_eq(
		scope_of("bridge:abcdefghijklmno", two), "bridge:abcdefghijklmno.4094.4093");
}
END_TEST

START_TEST(cut_payload_is_marked)
{
	const struct packet_side side = { .scope = no_scope };

	make_event(4);
	record.event.payload_bytes_sent = 500;
	record.event.udp_bytes = 508;
	record.event.udp_checksum_be = htons(0x1234);
	packet_message_fill(&message.packet, &record.event, &side);
	ck_assert_uint_eq(message.packet.dns_bytes, 23);
	ck_assert_uint_eq(message.packet.dns_bytes_sent, 500);
	ck_assert_uint_eq(message.packet.checksum, MESSAGE_CHECKSUM_UNKNOWN);
}
END_TEST

/* Sum of everything but the checksum field, in network order, the slow and obvious way. */
static uint32_t slow_sum(const struct dns_event *event, bool with_payload)
{
	uint8_t bytes[64 + 128] = { 0 };
	size_t size_bytes = 0;
	uint32_t sum = 0;

	if (event->ip_version == 4) {
		memcpy(bytes, event->source_ip + 12, 4);
		memcpy(bytes + 4, event->destination_ip + 12, 4);
		size_bytes = 8;
	} else {
		memcpy(bytes, event->source_ip, 16);
		memcpy(bytes + 16, event->destination_ip, 16);
		size_bytes = 32;
	}
	bytes[size_bytes + 1] = 17;
	memcpy(bytes + size_bytes + 2, &(uint16_t){ htons(event->udp_bytes) }, 2);
	size_bytes += 4;
	if (with_payload) {
		memcpy(bytes + size_bytes, &event->source_port_be, 2);
		memcpy(bytes + size_bytes + 2, &event->destination_port_be, 2);
		memcpy(bytes + size_bytes + 4, &(uint16_t){ htons(event->udp_bytes) }, 2);
		size_bytes += 6;
		memcpy(bytes + size_bytes, event->payload, event->payload_bytes);
		size_bytes += event->payload_bytes;
	}
	for (size_t i = 0; i < size_bytes; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

START_TEST(right_checksum_is_right_and_any_other_wrong)
{
	struct dns_event *event = &record.event;

	for (uint16_t bytes = 0; bytes <= 23; bytes++) {
		uint16_t right;

		make_event(_i ? 6 : 4);
		event->payload_bytes = bytes;
		event->payload_bytes_sent = bytes;
		event->udp_bytes = (uint16_t)(bytes + 8);
		right = (uint16_t)~slow_sum(event, true);
		event->udp_checksum_be = htons(right);
		ck_assert_int_eq(packet_message_checksum(event), MESSAGE_CHECKSUM_RIGHT);
		event->udp_checksum_be = htons((uint16_t)(right ^ 0x0100));
		ck_assert_int_eq(packet_message_checksum(event), MESSAGE_CHECKSUM_WRONG);
		event->udp_checksum_be = htons(right);
		event->source_ip[15] ^= 1;
		ck_assert_int_eq(packet_message_checksum(event), MESSAGE_CHECKSUM_WRONG);
	}
}
END_TEST

START_TEST(known_datagram_has_its_known_checksum)
{
	make_event(_i ? 6 : 4);
	record.event.udp_checksum_be = htons(_i ? KNOWN_CHECKSUM_IP6 : KNOWN_CHECKSUM_IP4);
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_RIGHT);
}
END_TEST

START_TEST(checksum_that_comes_out_as_zero_is_sent_as_all_ones)
{
	struct dns_event *event = &record.event;

	make_event(_i ? 6 : 4);
	event->payload_bytes = 22;
	event->payload_bytes_sent = 22;
	event->udp_bytes = 30;
	memset(event->payload, 0, 2);
	/* What makes the sum 0xffff: the id. */
	memcpy(event->payload, &(uint16_t){ htons((uint16_t)(0xffff - slow_sum(event, true))) }, 2);
	ck_assert_uint_eq(slow_sum(event, true), 0xffff);
	event->udp_checksum_be = 0xffff;
	ck_assert_int_eq(packet_message_checksum(event), MESSAGE_CHECKSUM_RIGHT);
}
END_TEST

START_TEST(sum_of_the_pseudo_header_alone_is_pending)
{
	make_event(_i ? 6 : 4);
	record.event.udp_checksum_be = htons((uint16_t)slow_sum(&record.event, false));
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_PENDING);
}
END_TEST

START_TEST(no_checksum_is_allowed_over_ip4_only)
{
	make_event(4);
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_NONE);
	make_event(6);
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_WRONG);
}
END_TEST

START_TEST(whole_event_is_an_event)
{
	make_event(4);
	ck_assert(packet_message_is_event(&record, RECORD_BYTES));
	ck_assert(packet_message_is_event(&record, sizeof(struct dns_event) + 23));
	record.event.payload_bytes = 0;
	ck_assert(packet_message_is_event(&record, sizeof(struct dns_event)));
}
END_TEST

START_TEST(event_whose_lengths_do_not_hold_is_refused)
{
	make_event(4);
	ck_assert(!packet_message_is_event(&record, 0));
	ck_assert(!packet_message_is_event(&record, sizeof(struct dns_event) - 1));
	ck_assert(!packet_message_is_event(&record, sizeof(struct dns_event) + 22));
	record.event.payload_bytes_sent = 22;
	ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
	record.event.payload_bytes = DNS_EVENT_PAYLOAD_BYTES_MAX + 1;
	record.event.payload_bytes_sent = DNS_EVENT_PAYLOAD_BYTES_MAX + 1;
	ck_assert(!packet_message_is_event(&record, sizeof(struct dns_event) + 9000));
}
END_TEST

START_TEST(event_of_unknown_kind_is_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} mistakes[] = {
		{ offsetof(struct dns_event, version), 0 },
		{ offsetof(struct dns_event, version), DNS_EVENT_VERSION + 1 },
		{ offsetof(struct dns_event, direction), 0 },
		{ offsetof(struct dns_event, direction), 3 },
		{ offsetof(struct dns_event, ip_version), 5 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
		make_event(4);
		record.bytes[mistakes[i].at] = mistakes[i].value;
		ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
	}
}
END_TEST

/* The event of a held frame: 42 bytes of headers before the payload of make_event(). */
#define HEAD_BYTES 42

static void hold_event(int ip_version)
{
	struct dns_event *event = &record.event;

	make_event(ip_version);
	event->flags = DNS_EVENT_HELD;
	event->head_bytes = HEAD_BYTES;
	event->payload_bytes = HEAD_BYTES + sizeof(payload_odd) - 1;
	memset(event->payload, 0xee, HEAD_BYTES);
	event->payload[0] = 1;
	event->payload[HEAD_BYTES - 1] = 2;
	memcpy(event->payload + HEAD_BYTES, payload_odd, sizeof(payload_odd) - 1);
}

START_TEST(head_of_a_held_frame_stands_behind_its_message)
{
	const struct packet_side side = { .flags = MESSAGE_PACKET_HELD, .scope = no_scope };
	const struct message_packet *packet = &message.packet;

	hold_event(4);
	memset(&message, 0xa5, sizeof(message));
	ck_assert(packet_message_is_event(&record, RECORD_BYTES));
	ck_assert(packet_message_is_held(&record.event));
	ck_assert_uint_eq(packet_message_bytes(&record.event), sizeof(*packet) + 23 + HEAD_BYTES);
	packet_message_fill(&message.packet, &record.event, &side);
	ck_assert_uint_eq(packet->dns_bytes, 23);
	ck_assert_uint_eq(packet->dns_bytes_sent, 23);
	ck_assert_uint_eq(packet->head_bytes, HEAD_BYTES);
	ck_assert_mem_eq(packet->dns, payload_odd, 23);
	ck_assert_mem_eq(packet->dns + 23, record.event.payload, HEAD_BYTES);
	ck_assert_uint_eq(message.bytes[sizeof(*packet) + 23 + HEAD_BYTES], 0xa5);
}
END_TEST

START_TEST(checksum_of_a_held_datagram_is_of_its_message_only)
{
	hold_event(_i ? 6 : 4);
	record.event.udp_checksum_be = htons(_i ? KNOWN_CHECKSUM_IP6 : KNOWN_CHECKSUM_IP4);
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_RIGHT);
	record.event.payload_bytes_sent++;
	ck_assert_int_eq(packet_message_checksum(&record.event), MESSAGE_CHECKSUM_UNKNOWN);
}
END_TEST

START_TEST(held_event_whose_lengths_do_not_hold_is_refused)
{
	hold_event(4);
	record.event.payload_bytes_sent = 22; /* less than there is */
	ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
	hold_event(4);
	record.event.head_bytes = record.event.payload_bytes + 1;
	ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
	hold_event(4);
	record.event.direction = DNS_EVENT_INGRESS;
	ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
	hold_event(4);
	ck_assert(!packet_message_is_event(&record, sizeof(struct dns_event) + HEAD_BYTES + 22));
	record.event.payload_bytes = record.event.payload_bytes_sent =
		DNS_EVENT_FRAME_BYTES_MAX + 1;
	ck_assert(!packet_message_is_event(&record, sizeof(struct dns_event) + 9000));
	make_event(4);
	record.event.head_bytes = 1; /* and not held */
	ck_assert(!packet_message_is_event(&record, RECORD_BYTES));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packet_message");
	TCase *tests = tcase_create("packet_message");

	tcase_add_test(tests, message_says_what_the_event_says);
	tcase_add_test(tests, each_vlan_is_a_scope_of_its_own);
	tcase_add_test(tests, cut_payload_is_marked);
	tcase_add_loop_test(tests, right_checksum_is_right_and_any_other_wrong, 0, 2);
	tcase_add_loop_test(tests, known_datagram_has_its_known_checksum, 0, 2);
	tcase_add_loop_test(tests, checksum_that_comes_out_as_zero_is_sent_as_all_ones, 0, 2);
	tcase_add_loop_test(tests, sum_of_the_pseudo_header_alone_is_pending, 0, 2);
	tcase_add_test(tests, no_checksum_is_allowed_over_ip4_only);
	tcase_add_test(tests, whole_event_is_an_event);
	tcase_add_test(tests, event_whose_lengths_do_not_hold_is_refused);
	tcase_add_test(tests, event_of_unknown_kind_is_refused);
	tcase_add_test(tests, head_of_a_held_frame_stands_behind_its_message);
	tcase_add_loop_test(tests, checksum_of_a_held_datagram_is_of_its_message_only, 0, 2);
	tcase_add_test(tests, held_event_whose_lengths_do_not_hold_is_refused);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
