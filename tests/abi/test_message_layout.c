/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/layout/message_layout.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/abi/layout_field.h"
#include "tests/support/check_main.h"

/*
 * The bodies as of ring layout version 3, byte for byte, little-endian. A red test
 * here means that stages of different versions no longer understand each other: add
 * a message type instead, and keep these bytes as they are.
 */

START_TEST(numbers_are_those_of_version_3)
{
	ck_assert_int_eq(MESSAGE_PACKET, 1);
	ck_assert_int_eq(MESSAGE_ORDER, 2);
	ck_assert_int_eq(MESSAGE_CANCEL, 3);
	ck_assert_int_eq(MESSAGE_TABLE_REQUEST, 4);
	ck_assert_int_eq(MESSAGE_TABLE_ROW, 5);
	ck_assert_int_eq(MESSAGE_TABLE_END, 6);
	ck_assert_int_eq(MESSAGE_RELEASE, 7);
	ck_assert_int_eq(MESSAGE_DIRECTION_INBOUND, 1);
	ck_assert_int_eq(MESSAGE_DIRECTION_OUTBOUND, 2);
	ck_assert_int_eq(MESSAGE_ENTRY_UNKNOWN, 1);
	ck_assert_int_eq(MESSAGE_ENTRY_LOCAL, 2);
	ck_assert_int_eq(MESSAGE_ENTRY_UPLINK, 3);
	ck_assert_int_eq(MESSAGE_ENTRY_EDGE, 4);
	ck_assert_int_eq(MESSAGE_CHECKSUM_RIGHT, 1);
	ck_assert_int_eq(MESSAGE_CHECKSUM_PENDING, 2);
	ck_assert_int_eq(MESSAGE_CHECKSUM_NONE, 3);
	ck_assert_int_eq(MESSAGE_CHECKSUM_WRONG, 4);
	ck_assert_int_eq(MESSAGE_CHECKSUM_UNKNOWN, 5);
	ck_assert_int_eq(MESSAGE_PACKET_DATAGRAM, 1);
	ck_assert_int_eq(MESSAGE_PACKET_UNREACHABLE, 2);
	ck_assert_int_eq(MESSAGE_PACKET_TO_SERVER, 1);
	ck_assert_int_eq(MESSAGE_PACKET_FROM_SERVER, 2);
	ck_assert_int_eq(MESSAGE_PACKET_CLIENT_SERVES, 4);
	ck_assert_int_eq(MESSAGE_PACKET_FIRST_FRAGMENT, 8);
	ck_assert_int_eq(MESSAGE_PACKET_HELD, 16);
	ck_assert_uint_eq(MESSAGE_HOST_IF_INDEX, UINT32_MAX);
	ck_assert_int_eq(MESSAGE_TRIGGER_TIMEOUT, 1);
	ck_assert_int_eq(MESSAGE_TRIGGER_FAILING, 2);
	ck_assert_int_eq(MESSAGE_TRIGGER_UNREACHABLE, 3);
	ck_assert_int_eq(MESSAGE_TRIGGER_SERVFAIL, 4);
	ck_assert_int_eq(MESSAGE_TRIGGER_REFUSED, 5);
	ck_assert_int_eq(MESSAGE_FRESHNESS_FRESH, 1);
	ck_assert_int_eq(MESSAGE_FRESHNESS_STALE, 2);
	ck_assert_int_eq(MESSAGE_TABLE_CACHE, 1);
	ck_assert_int_eq(MESSAGE_TABLE_MATCHING, 2);
	ck_assert_int_eq(MESSAGE_TABLE_MATCHED, 3);
	ck_assert_int_eq(MESSAGE_TABLE_UNMATCHED, 4);
	ck_assert_int_eq(MESSAGE_ROW_STALE, 1);
	ck_assert_int_eq(MESSAGE_ROW_NEGATIVE, 2);
	ck_assert_int_eq(MESSAGE_ROW_RESCUED, 4);
	ck_assert_uint_eq(MESSAGE_DNS_BYTES_MAX, 4096);
	ck_assert_uint_eq(MESSAGE_FRAME_BYTES_MAX, 1514);
}
END_TEST

START_TEST(packet_fields_stand_where_version_3_has_them)
{
	ck_assert_uint_eq(sizeof(struct message_packet), 128);
	LAYOUT_FIELD_IS(struct message_packet, seen_ns, 0, 8);
	LAYOUT_FIELD_IS(struct message_packet, if_index, 8, 4);
	LAYOUT_FIELD_IS(struct message_packet, ingress_if_index, 12, 4);
	LAYOUT_FIELD_IS(struct message_packet, direction, 16, 1);
	LAYOUT_FIELD_IS(struct message_packet, entry, 17, 1);
	LAYOUT_FIELD_IS(struct message_packet, checksum, 18, 1);
	LAYOUT_FIELD_IS(struct message_packet, ip_version, 19, 1);
	LAYOUT_FIELD_IS(struct message_packet, ip_ttl, 20, 1);
	LAYOUT_FIELD_IS(struct message_packet, kind, 21, 1);
	LAYOUT_FIELD_IS(struct message_packet, flags, 22, 2);
	LAYOUT_FIELD_IS(struct message_packet, source_mac, 24, 6);
	LAYOUT_FIELD_IS(struct message_packet, destination_mac, 30, 6);
	LAYOUT_FIELD_IS(struct message_packet, source_port_be, 36, 2);
	LAYOUT_FIELD_IS(struct message_packet, destination_port_be, 38, 2);
	LAYOUT_FIELD_IS(struct message_packet, source_ip, 40, 16);
	LAYOUT_FIELD_IS(struct message_packet, destination_ip, 56, 16);
	LAYOUT_FIELD_IS(struct message_packet, vlans, 72, 8);
	LAYOUT_FIELD_IS(struct message_packet, scope, 80, 40);
	LAYOUT_FIELD_IS(struct message_packet, dns_bytes, 120, 4);
	LAYOUT_FIELD_IS(struct message_packet, dns_bytes_sent, 124, 2);
	LAYOUT_FIELD_IS(struct message_packet, head_bytes, 126, 2);
	ck_assert_uint_eq(offsetof(struct message_packet, dns), 128);
	LAYOUT_FIELD_IS(struct message_vlan, protocol_be, 0, 2);
	LAYOUT_FIELD_IS(struct message_vlan, tci_be, 2, 2);
}
END_TEST

START_TEST(order_fields_stand_where_version_3_has_them)
{
	ck_assert_uint_eq(sizeof(struct message_order), 104);
	LAYOUT_FIELD_IS(struct message_order, order_id, 0, 8);
	LAYOUT_FIELD_IS(struct message_order, ordered_ns, 8, 8);
	LAYOUT_FIELD_IS(struct message_order, deadline_ns, 16, 8);
	LAYOUT_FIELD_IS(struct message_order, query_ns, 24, 8);
	LAYOUT_FIELD_IS(struct message_order, if_index, 32, 4);
	LAYOUT_FIELD_IS(struct message_order, ip_version, 36, 1);
	LAYOUT_FIELD_IS(struct message_order, trigger, 37, 1);
	LAYOUT_FIELD_IS(struct message_order, freshness, 38, 1);
	LAYOUT_FIELD_IS(struct message_order, reserved0, 39, 1);
	LAYOUT_FIELD_IS(struct message_order, client_mac, 40, 6);
	LAYOUT_FIELD_IS(struct message_order, server_mac, 46, 6);
	LAYOUT_FIELD_IS(struct message_order, client_port_be, 52, 2);
	LAYOUT_FIELD_IS(struct message_order, server_port_be, 54, 2);
	LAYOUT_FIELD_IS(struct message_order, client_ip, 56, 16);
	LAYOUT_FIELD_IS(struct message_order, server_ip, 72, 16);
	LAYOUT_FIELD_IS(struct message_order, vlans, 88, 8);
	LAYOUT_FIELD_IS(struct message_order, dns_bytes, 96, 4);
	LAYOUT_FIELD_IS(struct message_order, reserved1, 100, 4);
	ck_assert_uint_eq(offsetof(struct message_order, dns), 104);
	ck_assert_uint_eq(sizeof(struct message_cancel), 8);
	LAYOUT_FIELD_IS(struct message_cancel, order_id, 0, 8);
	ck_assert_uint_eq(sizeof(struct message_release), 32);
	LAYOUT_FIELD_IS(struct message_release, held_ns, 0, 8);
	LAYOUT_FIELD_IS(struct message_release, deadline_ns, 8, 8);
	LAYOUT_FIELD_IS(struct message_release, if_index, 16, 4);
	LAYOUT_FIELD_IS(struct message_release, frame_bytes, 20, 2);
	LAYOUT_FIELD_IS(struct message_release, dns_at, 22, 2);
	LAYOUT_FIELD_IS(struct message_release, checksum, 24, 1);
	LAYOUT_FIELD_IS(struct message_release, reserved, 25, 7);
	ck_assert_uint_eq(offsetof(struct message_release, frame), 32);
}
END_TEST

START_TEST(table_fields_stand_where_version_3_has_them)
{
	ck_assert_uint_eq(sizeof(struct message_table_request), 32);
	LAYOUT_FIELD_IS(struct message_table_request, request_id, 0, 8);
	LAYOUT_FIELD_IS(struct message_table_request, table, 8, 4);
	LAYOUT_FIELD_IS(struct message_table_request, reserved, 12, 4);
	LAYOUT_FIELD_IS(struct message_table_request, offset_rows, 16, 8);
	LAYOUT_FIELD_IS(struct message_table_request, limit_rows, 24, 8);
	ck_assert_uint_eq(sizeof(struct message_table_row), 504);
	LAYOUT_FIELD_IS(struct message_table_row, request_id, 0, 8);
	LAYOUT_FIELD_IS(struct message_table_row, at_ns, 8, 8);
	LAYOUT_FIELD_IS(struct message_table_row, took_ns, 16, 8);
	LAYOUT_FIELD_IS(struct message_table_row, table, 24, 4);
	LAYOUT_FIELD_IS(struct message_table_row, ttl_s, 28, 4);
	LAYOUT_FIELD_IS(struct message_table_row, dns_id, 32, 2);
	LAYOUT_FIELD_IS(struct message_table_row, type, 34, 2);
	LAYOUT_FIELD_IS(struct message_table_row, class, 36, 2);
	LAYOUT_FIELD_IS(struct message_table_row, rcode, 38, 2);
	LAYOUT_FIELD_IS(struct message_table_row, client_port_be, 40, 2);
	LAYOUT_FIELD_IS(struct message_table_row, server_port_be, 42, 2);
	LAYOUT_FIELD_IS(struct message_table_row, client_ip, 44, 16);
	LAYOUT_FIELD_IS(struct message_table_row, server_ip, 60, 16);
	LAYOUT_FIELD_IS(struct message_table_row, scope, 76, 40);
	LAYOUT_FIELD_IS(struct message_table_row, flags, 116, 1);
	LAYOUT_FIELD_IS(struct message_table_row, address_count, 117, 1);
	LAYOUT_FIELD_IS(struct message_table_row, name_bytes, 118, 1);
	LAYOUT_FIELD_IS(struct message_table_row, reserved, 119, 1);
	LAYOUT_FIELD_IS(struct message_table_row, addresses, 120, 128);
	LAYOUT_FIELD_IS(struct message_table_row, name, 248, 256);
	ck_assert_uint_eq(sizeof(struct message_table_end), 16);
	LAYOUT_FIELD_IS(struct message_table_end, request_id, 0, 8);
	LAYOUT_FIELD_IS(struct message_table_end, row_count, 8, 8);
}
END_TEST

/* Golden bytes: an 8-byte aligned body as a ring hands it out. */
#define GOLDEN(name, size_bytes) static const _Alignas(8) uint8_t name[size_bytes]

GOLDEN(golden_packet, 133) = {
	"\x08\x07\x06\x05\x04\x03\x02\x01"                                 /* 0 */
	"\x07\x00\x00\x00\x00\x01\x00\x00"                                 /* 8 */
	"\x02\x03\x01\x04\x3f\x01\x1a\x00"                                 /* 16 */
	"\x02\x00\x00\x00\x00\x53"                                         /* 24 */
	"\x02\x00\x00\x00\x00\xc1"                                         /* 30 */
	"\x00\x35\x9c\x41"                                                 /* 36 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x35" /* 40 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x02" /* 56 */
	"\x81\x00\x00\x0a\x00\x00\x00\x00"                                 /* 72 */
	"bridge:docker0.10"                                                /* 80 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" /* 97 */
	"\x00\x00\x00\x00\x00\x00\x00"                                     /* 113 */
	"\x02\x00\x00\x00\x00\x20\x03\x00"                                 /* 120 */
	"\xab\xcd\x01\x02\x03"                                             /* 128 */
};

START_TEST(packet_of_version_3_is_read)
{
	const struct message_packet *packet = (const void *)golden_packet;

	ck_assert_uint_eq(packet->seen_ns, 0x0102030405060708);
	ck_assert_uint_eq(packet->if_index, 7);
	ck_assert_uint_eq(packet->ingress_if_index, 256);
	ck_assert_uint_eq(packet->direction, MESSAGE_DIRECTION_OUTBOUND);
	ck_assert_uint_eq(packet->entry, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(packet->checksum, MESSAGE_CHECKSUM_RIGHT);
	ck_assert_uint_eq(packet->ip_version, 4);
	ck_assert_uint_eq(packet->ip_ttl, 63);
	ck_assert_uint_eq(packet->kind, MESSAGE_PACKET_DATAGRAM);
	ck_assert_uint_eq(packet->flags,
		MESSAGE_PACKET_FROM_SERVER | MESSAGE_PACKET_FIRST_FRAGMENT | MESSAGE_PACKET_HELD);
	ck_assert_uint_eq(packet->vlans[0].protocol_be, htons(0x8100));
	ck_assert_uint_eq(packet->vlans[0].tci_be, htons(10));
	ck_assert_uint_eq(packet->vlans[1].protocol_be, 0);
	ck_assert_uint_eq(packet->source_mac[5], 0x53);
	ck_assert_uint_eq(packet->destination_mac[5], 0xc1);
	ck_assert_uint_eq(ntohs(packet->source_port_be), 53);
	ck_assert_uint_eq(ntohs(packet->destination_port_be), 40001);
	ck_assert_uint_eq(packet->source_ip[15], 53);
	ck_assert_uint_eq(packet->destination_ip[15], 2);
	ck_assert_str_eq(packet->scope, "bridge:docker0.10");
	ck_assert_uint_eq(packet->dns_bytes, 2);
	ck_assert_uint_eq(packet->dns_bytes_sent, 8192);
	ck_assert_uint_eq(packet->head_bytes, 3);
	ck_assert_mem_eq(packet->dns, "\xab\xcd\x01\x02\x03", 5);
}
END_TEST

GOLDEN(golden_order, 106) = {
	"\x01\x00\x00\x00\x00\x00\x00\x00"                                 /* 0 */
	"\x00\x01\x00\x00\x00\x00\x00\x00"                                 /* 8 */
	"\x00\x00\x01\x00\x00\x00\x00\x00"                                 /* 16 */
	"\x00\x00\x00\x01\x00\x00\x00\x00"                                 /* 24 */
	"\x07\x00\x00\x00\x06\x02\x01\x00"                                 /* 32 */
	"\x02\x00\x00\x00\x00\xc1"                                         /* 40 */
	"\x02\x00\x00\x00\x00\x53"                                         /* 46 */
	"\x9c\x41\x00\x35"                                                 /* 52 */
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" /* 56 */
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x53" /* 72 */
	"\x88\xa8\x00\x0a\x81\x00\x00\x0b"                                 /* 88 */
	"\x02\x00\x00\x00\x00\x00\x00\x00"                                 /* 96 */
	"\xab\xcd"                                                         /* 104 */
};

START_TEST(order_of_version_3_is_read)
{
	const struct message_order *order = (const void *)golden_order;

	ck_assert_uint_eq(order->order_id, 1);
	ck_assert_uint_eq(order->ordered_ns, 1 << 8);
	ck_assert_uint_eq(order->deadline_ns, 1 << 16);
	ck_assert_uint_eq(order->query_ns, 1 << 24);
	ck_assert_uint_eq(order->if_index, 7);
	ck_assert_uint_eq(order->ip_version, 6);
	ck_assert_uint_eq(order->trigger, MESSAGE_TRIGGER_FAILING);
	ck_assert_uint_eq(order->freshness, MESSAGE_FRESHNESS_FRESH);
	ck_assert_uint_eq(order->client_mac[5], 0xc1);
	ck_assert_uint_eq(order->server_mac[5], 0x53);
	ck_assert_uint_eq(ntohs(order->client_port_be), 40001);
	ck_assert_uint_eq(ntohs(order->server_port_be), 53);
	ck_assert_uint_eq(order->client_ip[15], 2);
	ck_assert_uint_eq(order->server_ip[15], 0x53);
	ck_assert_uint_eq(order->vlans[0].protocol_be, htons(0x88a8));
	ck_assert_uint_eq(order->vlans[1].tci_be, htons(11));
	ck_assert_uint_eq(order->dns_bytes, 2);
	ck_assert_uint_eq(order->dns[0], 0xab);
	ck_assert_uint_eq(order->dns[1], 0xcd);
}
END_TEST

GOLDEN(golden_row, 504) = {
	"\x09\x00\x00\x00\x00\x00\x00\x00"                                               /* 0 */
	"\x00\x01\x00\x00\x00\x00\x00\x00"                                               /* 8 */
	"\x00\x00\x01\x00\x00\x00\x00\x00"                                               /* 16 */
	"\x03\x00\x00\x00\x2c\x01\x00\x00"                                               /* 24 */
	"\x34\x12\x1c\x00\x01\x00\x03\x00"                                               /* 32 */
	"\x9c\x41\x00\x35"                                                               /* 40 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"               /* 44 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x35"               /* 60 */
	"routed\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" /* 76 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 100 */
	"\x05\x02\x04\x00"                                                               /* 116 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"               /* 120 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"               /* 136 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 152 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 168 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 184 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 200 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 216 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               /* 232 */
	"\x02"                                                                           /* 248 */
	"de\x00"
};

START_TEST(row_of_version_3_is_read)
{
	const struct message_table_row *row = (const void *)golden_row;

	ck_assert_uint_eq(row->request_id, 9);
	ck_assert_uint_eq(row->at_ns, 1 << 8);
	ck_assert_uint_eq(row->took_ns, 1 << 16);
	ck_assert_uint_eq(row->table, MESSAGE_TABLE_MATCHED);
	ck_assert_uint_eq(row->ttl_s, 300);
	ck_assert_uint_eq(row->dns_id, 0x1234);
	ck_assert_uint_eq(row->type, 28);
	ck_assert_uint_eq(row->class, 1);
	ck_assert_uint_eq(row->rcode, 3);
	ck_assert_uint_eq(ntohs(row->client_port_be), 40001);
	ck_assert_uint_eq(ntohs(row->server_port_be), 53);
	ck_assert_uint_eq(row->client_ip[15], 2);
	ck_assert_uint_eq(row->server_ip[15], 53);
	ck_assert_str_eq(row->scope, "routed");
	ck_assert_uint_eq(row->flags, MESSAGE_ROW_STALE | MESSAGE_ROW_RESCUED);
	ck_assert_uint_eq(row->address_count, 2);
	ck_assert_uint_eq(row->name_bytes, 4);
	ck_assert_uint_eq(row->addresses[0][15], 1);
	ck_assert_uint_eq(row->addresses[1][15], 2);
	ck_assert_mem_eq(row->name,
		"\x02"
		"de",
		4);
}
END_TEST

GOLDEN(golden_cancel, 8) = { 5, 0, 0, 0, 0, 0, 0, 0 };
GOLDEN(golden_request, 32) = { 9, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 0, 0, 0, 0 };
GOLDEN(golden_end, 16) = { 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0 };

GOLDEN(golden_release, 34) = { 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 42,
	0, 2, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd };

START_TEST(short_messages_of_version_3_are_read)
{
	const struct message_cancel *cancel = (const void *)golden_cancel;
	const struct message_table_request *request = (const void *)golden_request;
	const struct message_table_end *end = (const void *)golden_end;
	const struct message_release *release = (const void *)golden_release;

	ck_assert_uint_eq(cancel->order_id, 5);
	ck_assert_uint_eq(request->request_id, 9);
	ck_assert_uint_eq(request->table, MESSAGE_TABLE_UNMATCHED);
	ck_assert_uint_eq(request->offset_rows, 1 << 8);
	ck_assert_uint_eq(request->limit_rows, 1 << 16);
	ck_assert_uint_eq(end->request_id, 9);
	ck_assert_uint_eq(end->row_count, 256);
	ck_assert_uint_eq(release->held_ns, 0x0102030405060708);
	ck_assert_uint_eq(release->deadline_ns, 1 << 16);
	ck_assert_uint_eq(release->if_index, 7);
	ck_assert_uint_eq(release->frame_bytes, 2);
	ck_assert_uint_eq(release->dns_at, 42);
	ck_assert_uint_eq(release->checksum, MESSAGE_CHECKSUM_PENDING);
	ck_assert_mem_eq(release->frame, "\xab\xcd", 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message_layout");
	TCase *tcase = tcase_create("message_layout");

	tcase_add_test(tcase, numbers_are_those_of_version_3);
	tcase_add_test(tcase, packet_fields_stand_where_version_3_has_them);
	tcase_add_test(tcase, order_fields_stand_where_version_3_has_them);
	tcase_add_test(tcase, table_fields_stand_where_version_3_has_them);
	tcase_add_test(tcase, packet_of_version_3_is_read);
	tcase_add_test(tcase, order_of_version_3_is_read);
	tcase_add_test(tcase, row_of_version_3_is_read);
	tcase_add_test(tcase, short_messages_of_version_3_are_read);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
