/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/reply_frame.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/check_main.h"

#define IPV4_AT     14
#define IPV4_UDP_AT (14 + 20)
#define IPV6_AT     14
#define IPV6_UDP_AT (14 + 40)
#define UDP_BYTES   8
#define TAGS_BYTES  8 /* two */
#define CHECKSUM_AT 6 /* in the UDP header */

static const uint8_t client_mac[6] = { 0x02, 0, 0, 0, 0, 0xc1 };
static const uint8_t server_mac[6] = { 0x02, 0, 0, 0, 0, 0x53 };

static union {
	struct message_order order;
	uint8_t bytes[sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX + 1];
} given;

static uint8_t frame[REPLY_FRAME_BYTES_MAX + 64];

static void fill_order(
	uint8_t ip_version, const char *client, const char *server, uint32_t dns_bytes)
{
	struct message_order *order = &given.order;
	int family = ip_version == 4 ? AF_INET : AF_INET6;
	size_t at = ip_version == 4 ? 12 : 0;

	memset(&given, 0, sizeof(given));
	order->order_id = 7;
	order->if_index = 7;
	order->ip_version = ip_version;
	memcpy(order->client_mac, client_mac, 6);
	memcpy(order->server_mac, server_mac, 6);
	order->client_port_be = htons(40001);
	order->server_port_be = htons(53);
	if (ip_version == 4) {
		order->client_ip[10] = order->client_ip[11] = 0xff;
		order->server_ip[10] = order->server_ip[11] = 0xff;
	}
	ck_assert_int_eq(inet_pton(family, client, order->client_ip + at), 1);
	ck_assert_int_eq(inet_pton(family, server, order->server_ip + at), 1);
	order->dns_bytes = dns_bytes;
	for (uint32_t i = 0; i < dns_bytes; i++)
		order->dns[i] = (uint8_t)(i * 31 + 7);
}

/* Big-endian words one by one, as RFC 1071 section 1 says it; an odd last byte is the high one. */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static bool is_whole_sum(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static bool is_udp_right(size_t ip_at, size_t address_at, size_t address_bytes, size_t udp_at)
{
	size_t udp_bytes = (size_t)frame[udp_at + 4] << 8 | frame[udp_at + 5];
	uint32_t sum = sum_words(0, frame + ip_at + address_at, 2 * address_bytes);

	sum += 17 + (uint32_t)udp_bytes;
	return is_whole_sum(sum_words(sum, frame + udp_at, udp_bytes));
}

START_TEST(ipv4_reply_goes_back_where_the_query_came_from)
{
	static const uint8_t headers[] = {
		0x02, 0, 0, 0, 0, 0xc1, 0x02, 0, 0, 0, 0, 0x53, 0x08, 0x00,   /* Ethernet */
		0x45, 0, 0, 68, 0, 8, 0, 0, 64, 17, 0, 0,                     /* IPv4 */
		172, 17, 0, 1, 172, 17, 0, 3, 0, 53, 0x9c, 0x41, 0, 48, 0, 0, /* UDP */
	};
	const size_t before_sum_bytes = sizeof(headers) - 2;

	fill_order(4, "172.17.0.3", "172.17.0.1", 40);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 14 + 20 + 8 + 40);
	/* The header checksum is verified by its own test. */
	memcpy(frame + IPV4_AT + 10, headers + IPV4_AT + 10, 2);
	ck_assert_mem_eq(frame, headers, before_sum_bytes);
	ck_assert_mem_eq(frame + IPV4_UDP_AT + UDP_BYTES, given.order.dns, 40);
}
END_TEST

/* What filters against forged responses drop: id 0, or DF alone (W18 in tests/ancestor.md). */
START_TEST(ipv4_reply_has_an_id_and_may_be_fragmented)
{
	uint16_t last_id = 0;

	fill_order(4, "10.0.0.2", "10.0.0.1", 40);
	for (uint64_t order_id = 1; order_id < 200000; order_id++) {
		uint16_t id;

		given.order.order_id = 1ull << 56 | order_id;
		ck_assert_uint_gt(reply_frame_build(&given.order, frame, sizeof(frame)), 0);
		id = (uint16_t)(frame[IPV4_AT + 4] << 8 | frame[IPV4_AT + 5]);
		ck_assert_uint_ne(id, 0);
		ck_assert_uint_ne(id, last_id);
		ck_assert_mem_eq(frame + IPV4_AT + 6, "\0\0", 2);
		last_id = id;
	}
}
END_TEST

START_TEST(ipv4_checksums_are_right_for_every_length)
{
	for (uint32_t dns_bytes = 12; dns_bytes < 300; dns_bytes++) {
		fill_order(4, "10.255.0.254", "192.0.2.53", dns_bytes);
		ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)),
			14 + 20 + 8 + dns_bytes);
		ck_assert(is_whole_sum(sum_words(0, frame + IPV4_AT, 20)));
		ck_assert(is_udp_right(IPV4_AT, 12, 4, IPV4_UDP_AT));
	}
}
END_TEST

START_TEST(ipv6_reply_goes_back_where_the_query_came_from)
{
	static const uint8_t headers[] = {
		0x02,
		0,
		0,
		0,
		0,
		0xc1,
		0x02,
		0,
		0,
		0,
		0,
		0x53,
		0x86,
		0xdd,
		0x60,
		0,
		0,
		0,
		0,
		49,
		17,
		64,
	};

	fill_order(6, "2001:db8::3", "2001:db8::53", 41);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 14 + 40 + 8 + 41);
	ck_assert_mem_eq(frame, headers, sizeof(headers));
	ck_assert_mem_eq(frame + IPV6_AT + 8, given.order.server_ip, 16);
	ck_assert_mem_eq(frame + IPV6_AT + 24, given.order.client_ip, 16);
	ck_assert_mem_eq(frame + IPV6_UDP_AT, "\x00\x35\x9c\x41\x00\x31", 6);
	ck_assert_mem_eq(frame + IPV6_UDP_AT + UDP_BYTES, given.order.dns, 41);
}
END_TEST

START_TEST(ipv6_checksum_is_right_for_every_length)
{
	for (uint32_t dns_bytes = 12; dns_bytes < 300; dns_bytes++) {
		fill_order(6, "fd00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1", dns_bytes);
		ck_assert_uint_gt(reply_frame_build(&given.order, frame, sizeof(frame)), 0);
		ck_assert(is_udp_right(IPV6_AT, 8, 16, IPV6_UDP_AT));
	}
}
END_TEST

/* Change the message's last two bytes until its checksum computes to 0. */
static void checksum_of_zero_becomes_ffff(uint8_t ip_version, size_t udp_at)
{
	uint32_t seen_ffff = 0;

	for (uint32_t word = 0; word <= 0xffff; word++) {
		given.order.dns[38] = (uint8_t)(word >> 8);
		given.order.dns[39] = (uint8_t)word;
		ck_assert_uint_gt(reply_frame_build(&given.order, frame, sizeof(frame)), 0);
		ck_assert(frame[udp_at + CHECKSUM_AT] != 0 || frame[udp_at + CHECKSUM_AT + 1] != 0);
		if (frame[udp_at + CHECKSUM_AT] == 0xff &&
			frame[udp_at + CHECKSUM_AT + 1] == 0xff) {
			seen_ffff++;
			ck_assert(ip_version == 4 ? is_udp_right(IPV4_AT, 12, 4, udp_at)
						  : is_udp_right(IPV6_AT, 8, 16, udp_at));
		}
	}
	ck_assert_uint_ge(seen_ffff, 1);
}

START_TEST(udp_checksum_of_zero_is_sent_as_ffff)
{
	fill_order(4, "10.0.0.2", "10.0.0.1", 40);
	checksum_of_zero_becomes_ffff(4, IPV4_UDP_AT);
	fill_order(6, "fd00::2", "fd00::1", 40);
	checksum_of_zero_becomes_ffff(6, IPV6_UDP_AT);
}
END_TEST

START_TEST(longest_message_fits_and_is_right)
{
	fill_order(6, "2001:db8::3", "2001:db8::53", MESSAGE_DNS_BYTES_MAX);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, REPLY_FRAME_BYTES_MAX),
		REPLY_FRAME_BYTES_MAX - TAGS_BYTES);
	ck_assert(is_udp_right(IPV6_AT, 8, 16, IPV6_UDP_AT));

	fill_order(4, "10.0.0.2", "10.0.0.1", MESSAGE_DNS_BYTES_MAX);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, REPLY_FRAME_BYTES_MAX),
		REPLY_FRAME_BYTES_MAX - TAGS_BYTES - 20);
	ck_assert(is_udp_right(IPV4_AT, 12, 4, IPV4_UDP_AT));
}
END_TEST

START_TEST(tags_of_the_query_stand_in_its_reply)
{
	static const uint8_t tagged[] = { 0x88, 0xa8, 0x00, 0x0a, 0x81, 0x00, 0xe0, 0x0b, 0x08, 0x00 };

	fill_order(4, "10.0.0.2", "10.0.0.1", 40);
	memcpy(given.order.vlans, tagged, TAGS_BYTES);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)),
		14 + TAGS_BYTES + 20 + 8 + 40);
	ck_assert_mem_eq(frame + 12, tagged, sizeof(tagged));
	ck_assert(is_udp_right(IPV4_AT + TAGS_BYTES, 12, 4, IPV4_UDP_AT + TAGS_BYTES));

	fill_order(6, "fd00::2", "fd00::1", 40);
	memcpy(given.order.vlans, tagged + 4, 4); /* one */
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)),
		14 + 4 + 40 + 8 + 40);
	ck_assert_mem_eq(frame + 12, "\x81\x00\xe0\x0b\x86\xdd", 6);
}
END_TEST

START_TEST(reply_to_the_host_itself_begins_with_its_ip_header)
{
	fill_order(4, "127.0.0.1", "127.0.0.53", 40);
	given.order.if_index = MESSAGE_HOST_IF_INDEX;
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 20 + 8 + 40);
	ck_assert_uint_eq(frame[0], 0x45);
	ck_assert(is_udp_right(0, 12, 4, 20));

	fill_order(6, "fd00::2", "fd00::53", 40);
	given.order.if_index = MESSAGE_HOST_IF_INDEX;
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 40 + 8 + 40);
	ck_assert_uint_eq(frame[0] >> 4, 6);
	ck_assert(is_udp_right(0, 8, 16, 40));
}
END_TEST

START_TEST(message_over_the_limit_is_refused)
{
	fill_order(4, "10.0.0.2", "10.0.0.1", MESSAGE_DNS_BYTES_MAX);
	given.order.dns_bytes = MESSAGE_DNS_BYTES_MAX + 1;
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 0);
	given.order.dns_bytes = UINT32_MAX;
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, sizeof(frame)), 0);
}
END_TEST

START_TEST(frame_that_does_not_fit_is_refused_unwritten)
{
	fill_order(4, "10.0.0.2", "10.0.0.1", 100);
	memset(frame, 0xee, sizeof(frame));
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, 100), 0);
	ck_assert_uint_eq(reply_frame_build(&given.order, frame, 0), 0);
	for (size_t i = 0; i < sizeof(frame); i++)
		ck_assert_uint_eq(frame[i], 0xee);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reply_frame");
	TCase *tcase = tcase_create("reply_frame");

	tcase_add_test(tcase, ipv4_reply_goes_back_where_the_query_came_from);
	tcase_add_test(tcase, ipv4_reply_has_an_id_and_may_be_fragmented);
	tcase_add_test(tcase, ipv4_checksums_are_right_for_every_length);
	tcase_add_test(tcase, ipv6_reply_goes_back_where_the_query_came_from);
	tcase_add_test(tcase, ipv6_checksum_is_right_for_every_length);
	tcase_add_test(tcase, udp_checksum_of_zero_is_sent_as_ffff);
	tcase_add_test(tcase, longest_message_fits_and_is_right);
	tcase_add_test(tcase, tags_of_the_query_stand_in_its_reply);
	tcase_add_test(tcase, reply_to_the_host_itself_begins_with_its_ip_header);
	tcase_add_test(tcase, message_over_the_limit_is_refused);
	tcase_add_test(tcase, frame_that_does_not_fit_is_refused_unwritten);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
