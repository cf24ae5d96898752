/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/message_intake.h"

#include <string.h>

#include "tests/support/check_main.h"

#define DNS_BYTES 40

static union {
	struct message_packet packet;
	uint8_t bytes[sizeof(struct message_packet) + MESSAGE_DNS_BYTES_MAX + 8];
} body;
static struct ring_record record;

/* A record as capture writes them. */
static void start(void)
{
	memset(&body, 0, sizeof(body));
	body.packet.seen_ns = 1;
	body.packet.if_index = 7;
	body.packet.direction = MESSAGE_DIRECTION_INBOUND;
	body.packet.entry = MESSAGE_ENTRY_EDGE;
	body.packet.checksum = MESSAGE_CHECKSUM_RIGHT;
	body.packet.ip_version = 4;
	body.packet.kind = MESSAGE_PACKET_DATAGRAM;
	memcpy(body.packet.scope, "bridge:br0", sizeof("bridge:br0"));
	body.packet.dns_bytes = DNS_BYTES;
	body.packet.dns_bytes_sent = DNS_BYTES;
	record = (struct ring_record){
		.type = MESSAGE_PACKET,
		.body_bytes = sizeof(body.packet) + DNS_BYTES,
		.body = &body,
	};
}

static bool is_accepted(void)
{
	const struct message_packet *packet = message_intake_packet(&record);

	ck_assert(packet == NULL || packet == &body.packet);
	return packet != NULL;
}

START_TEST(packet_of_capture_is_accepted)
{
	ck_assert(is_accepted());
	body.packet.ip_version = 6;
	body.packet.direction = MESSAGE_DIRECTION_OUTBOUND;
	ck_assert(is_accepted());
}
END_TEST

START_TEST(padding_behind_the_message_does_no_harm)
{
	record.body_bytes += 7;
	ck_assert(is_accepted());
}
END_TEST

START_TEST(other_types_are_refused)
{
	for (uint16_t type = 0; type < 64; type++) {
		record.type = type;
		ck_assert_int_eq(is_accepted(), type == MESSAGE_PACKET);
	}
}
END_TEST

START_TEST(every_record_too_short_for_what_it_says_is_refused)
{
	const uint32_t whole_bytes = record.body_bytes;

	for (record.body_bytes = 0; record.body_bytes < whole_bytes; record.body_bytes++)
		ck_assert(!is_accepted());
}
END_TEST

START_TEST(length_that_only_fits_after_overflow_is_refused)
{
	body.packet.dns_bytes = UINT32_MAX - sizeof(body.packet) + 1;
	ck_assert(!is_accepted());
	body.packet.dns_bytes = UINT32_MAX;
	ck_assert(!is_accepted());
}
END_TEST

START_TEST(longest_message_is_accepted_and_longer_ones_are_refused)
{
	record.body_bytes = sizeof(body);
	body.packet.dns_bytes_sent = 65507;
	body.packet.dns_bytes = MESSAGE_DNS_BYTES_MAX;
	ck_assert(is_accepted());
	body.packet.dns_bytes = MESSAGE_DNS_BYTES_MAX + 1;
	ck_assert(!is_accepted());
}
END_TEST

START_TEST(more_bytes_than_were_sent_are_refused)
{
	body.packet.dns_bytes_sent = DNS_BYTES - 1;
	ck_assert(!is_accepted());
}
END_TEST

/* Which values of a byte are accepted: first to last. */
static void check_range(uint8_t *field, int first, int last)
{
	const uint8_t good = *field;

	for (int value = 0; value < 256; value++) {
		*field = (uint8_t)value;
		ck_assert_int_eq(is_accepted(), value >= first && value <= last);
	}
	*field = good;
}

START_TEST(numbers_without_a_meaning_are_refused)
{
	check_range(&body.packet.direction, MESSAGE_DIRECTION_INBOUND, MESSAGE_DIRECTION_OUTBOUND);
	check_range(&body.packet.entry, MESSAGE_ENTRY_UNKNOWN, MESSAGE_ENTRY_EDGE);
	check_range(&body.packet.checksum, MESSAGE_CHECKSUM_RIGHT, MESSAGE_CHECKSUM_UNKNOWN);
	check_range(&body.packet.kind, MESSAGE_PACKET_DATAGRAM, MESSAGE_PACKET_UNREACHABLE);
}
END_TEST

START_TEST(only_the_two_versions_of_ip_are_accepted)
{
	for (int version = 0; version < 256; version++) {
		body.packet.ip_version = (uint8_t)version;
		ck_assert_int_eq(is_accepted(), version == 4 || version == 6);
	}
}
END_TEST

START_TEST(packet_of_no_edge_is_refused)
{
	body.packet.if_index = 0;
	ck_assert(!is_accepted());
}
END_TEST

START_TEST(scope_without_an_end_is_refused)
{
	memset(body.packet.scope, 'x', sizeof(body.packet.scope) - 1);
	ck_assert(is_accepted());
	body.packet.scope[sizeof(body.packet.scope) - 1] = 'x';
	ck_assert(!is_accepted());
}
END_TEST

START_TEST(held_packet_has_its_frame)
{
	struct message_packet *packet = &body.packet;

	packet->flags = MESSAGE_PACKET_HELD;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->head_bytes = 42;
	record.body_bytes += 42;
	ck_assert(is_accepted());
	record.body_bytes--;
	ck_assert(!is_accepted());
	record.body_bytes++;
	packet->direction = MESSAGE_DIRECTION_INBOUND;
	ck_assert(!is_accepted());
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->if_index = MESSAGE_HOST_IF_INDEX;
	ck_assert(!is_accepted());
	packet->if_index = 7;
	packet->head_bytes = 41; /* no headers are so short */
	ck_assert(!is_accepted());
	packet->flags = 0;
	ck_assert(!is_accepted());
	packet->flags = MESSAGE_PACKET_HELD;
	record.body_bytes = sizeof(body);
	packet->head_bytes = MESSAGE_FRAME_BYTES_MAX - DNS_BYTES;
	ck_assert(is_accepted());
	packet->head_bytes++;
	ck_assert(!is_accepted());
	packet->head_bytes = UINT16_MAX;
	ck_assert(!is_accepted());
}
END_TEST

static Suite *test_message_intake_suite(void)
{
	Suite *suite = suite_create("message_intake");
	TCase *all = tcase_create("message_intake");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, packet_of_capture_is_accepted);
	tcase_add_test(all, padding_behind_the_message_does_no_harm);
	tcase_add_test(all, other_types_are_refused);
	tcase_add_test(all, every_record_too_short_for_what_it_says_is_refused);
	tcase_add_test(all, length_that_only_fits_after_overflow_is_refused);
	tcase_add_test(all, longest_message_is_accepted_and_longer_ones_are_refused);
	tcase_add_test(all, more_bytes_than_were_sent_are_refused);
	tcase_add_test(all, numbers_without_a_meaning_are_refused);
	tcase_add_test(all, only_the_two_versions_of_ip_are_accepted);
	tcase_add_test(all, packet_of_no_edge_is_refused);
	tcase_add_test(all, scope_without_an_end_is_refused);
	tcase_add_test(all, held_packet_has_its_frame);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_message_intake_suite());
}
