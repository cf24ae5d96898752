/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/release_intake.h"

#include <arpa/inet.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check_main.h"

#define NOW_NS       1000000000000ull
#define SERVFAIL     2
#define REFUSED      5
#define UDP_CHECK_AT 6 /* in a UDP header */

static union {
	struct message_release release;
	uint8_t bytes[sizeof(struct message_release) + MESSAGE_FRAME_BYTES_MAX + 8];
} given;

static struct release_intake intake;

static void fill(size_t frame_bytes)
{
	memset(&given, 0, sizeof(given));
	given.release.held_ns = NOW_NS;
	given.release.deadline_ns = NOW_NS + 1000;
	given.release.if_index = 3;
	given.release.frame_bytes = (uint16_t)frame_bytes;
	given.release.checksum = MESSAGE_CHECKSUM_RIGHT;
	memcpy(given.release.frame, "\x02\x00\x00\x00\x00\xc1\x02\x00\x00\x00\x00\x53", 12);
}

/* An IP header, 10.0.0.53 to 10.0.0.2 or fd00::53 to fd00::2. Return: where it ends. */
static size_t put_ip(int ip_version, uint8_t protocol, size_t inner_bytes)
{
	uint8_t *frame = given.release.frame;
	const struct iphdr ip4 = { .version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)(sizeof(ip4) + inner_bytes)),
		.protocol = protocol,
		.saddr = htonl(0x0a000035),
		.daddr = htonl(0x0a000002) };
	struct ipv6hdr ip6 = {
		.version = 6, .payload_len = htons((uint16_t)inner_bytes), .nexthdr = protocol
	};

	ip6.saddr.s6_addr[0] = ip6.daddr.s6_addr[0] = 0xfd;
	ip6.saddr.s6_addr[15] = 0x53;
	ip6.daddr.s6_addr[15] = 2;
	frame[12] = ip_version == 4 ? 0x08 : 0x86;
	frame[13] = ip_version == 4 ? 0x00 : 0xdd;
	if (ip_version == 4)
		memcpy(frame + ETH_HLEN, &ip4, sizeof(ip4));
	else
		memcpy(frame + ETH_HLEN, &ip6, sizeof(ip6));
	return ETH_HLEN + (ip_version == 4 ? sizeof(ip4) : sizeof(ip6));
}

/* A response of @dns_bytes bytes that only has a header worth the name. */
static void fill_response(int ip_version, uint8_t rcode, size_t dns_bytes)
{
	const size_t udp_at = ETH_HLEN + (ip_version == 4 ? 20 : 40);
	const struct udphdr udp = { .source = htons(53),
		.dest = htons(40001),
		.len = htons((uint16_t)(sizeof(udp) + dns_bytes)) };
	uint8_t *dns = given.release.frame + udp_at + sizeof(udp);

	fill(udp_at + sizeof(udp) + dns_bytes);
	ck_assert_uint_eq(put_ip(ip_version, IPPROTO_UDP, sizeof(udp) + dns_bytes), udp_at);
	memcpy(given.release.frame + udp_at, &udp, sizeof(udp));
	for (size_t i = 0; i < dns_bytes; i++)
		dns[i] = (uint8_t)(i * 7);
	dns[2] = 0x81;
	dns[3] = 0x80 | rcode;
	given.release.dns_at = (uint16_t)(udp_at + sizeof(udp));
}

static void fill_error(int ip_version, uint8_t type)
{
	const size_t inner_at = ETH_HLEN + (ip_version == 4 ? 20 : 40);

	const size_t quote_bytes = (ip_version == 4 ? 20 : 40) + 8 + 30;

	fill(inner_at + 8 + quote_bytes);
	(void)put_ip(ip_version, ip_version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, 8 + quote_bytes);
	given.release.frame[inner_at] = type;
	given.release.frame[inner_at + 8] = ip_version == 4 ? 0x45 : 0x60;
	given.release.frame[inner_at + 8 + (ip_version == 4 ? 9 : 6)] = IPPROTO_UDP;
	given.release.checksum = MESSAGE_CHECKSUM_NONE; /* as the quote has none */
	given.release.dns_at = (uint16_t)(inner_at + 8 + quote_bytes - 30);
}

static int add_cut(uint32_t body_bytes)
{
	/* An exact copy on the heap, so that the sanitizer sees a read past its end. */
	void *body = malloc(body_bytes ? body_bytes : 1);
	const struct ring_record record = {
		.type = MESSAGE_RELEASE, .body = body, .body_bytes = body_bytes
	};
	int r;

	memcpy(body, &given, body_bytes);
	r = release_intake_add(&intake, &record);
	free(body);
	return r;
}

static int add(void)
{
	return add_cut((uint32_t)sizeof(given.release) + given.release.frame_bytes);
}

static void setup(void)
{
	release_intake_clear(&intake);
	fill_response(4, SERVFAIL, 40);
}

START_TEST(failure_is_taken_byte_for_byte)
{
	static const struct {
		int ip_version;
		uint8_t rcode; /* 0: an ICMP error */
	} failures[] = { { 4, SERVFAIL }, { 4, REFUSED }, { 6, SERVFAIL }, { 6, REFUSED }, { 4, 0 },
		{ 6, 0 } };

	if (failures[_i].rcode)
		fill_response(failures[_i].ip_version, failures[_i].rcode, 41);
	else
		fill_error(failures[_i].ip_version, failures[_i].ip_version == 4 ? 3 : 1);
	ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
	ck_assert_uint_eq(intake.count, 1);
	ck_assert_mem_eq(
		&intake.slots[0], &given, sizeof(given.release) + given.release.frame_bytes);
}
END_TEST

/* The sum by the book: pseudo-header, UDP header, data, in 16-bit words. */
static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t pseudo_sum(int ip_version, size_t udp_bytes)
{
	const size_t addresses_at = ETH_HLEN + (ip_version == 4 ? 12 : 8);

	return sum_words((uint32_t)(IPPROTO_UDP + udp_bytes), given.release.frame + addresses_at,
		ip_version == 4 ? 8 : 32);
}

/* What stands in a frame whose checksum is left to an offload. */
static void leave_pending(int ip_version, size_t dns_bytes)
{
	uint8_t *udp = given.release.frame + given.release.dns_at - sizeof(struct udphdr);
	const uint16_t sum = fold(pseudo_sum(ip_version, sizeof(struct udphdr) + dns_bytes));

	udp[UDP_CHECK_AT] = (uint8_t)(sum >> 8);
	udp[UDP_CHECK_AT + 1] = (uint8_t)sum;
	given.release.checksum = MESSAGE_CHECKSUM_PENDING;
}

START_TEST(pending_checksum_is_completed)
{
	for (int ip_version = 4; ip_version <= 6; ip_version += 2) {
		for (size_t dns_bytes = 12; dns_bytes < 100; dns_bytes++) {
			const uint8_t *frame = intake.slots[0].release.frame;
			const size_t udp_bytes = sizeof(struct udphdr) + dns_bytes;
			size_t udp_at;

			release_intake_clear(&intake);
			fill_response(ip_version, SERVFAIL, dns_bytes);
			leave_pending(ip_version, dns_bytes);
			udp_at = given.release.dns_at - sizeof(struct udphdr);
			ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
			ck_assert_uint_eq(fold(sum_words(pseudo_sum(ip_version, udp_bytes),
						  frame + udp_at, udp_bytes)),
				0xffff);
			ck_assert_mem_eq(frame, given.release.frame, udp_at + UDP_CHECK_AT);
			ck_assert_mem_eq(frame + given.release.dns_at,
				given.release.frame + given.release.dns_at, dns_bytes);
		}
	}
}
END_TEST

START_TEST(completed_checksum_is_never_0)
{
	const int ip_version = _i ? 6 : 4;
	uint8_t *dns;
	const uint8_t *check;
	uint16_t rest;

	fill_response(ip_version, SERVFAIL, 40);
	leave_pending(ip_version, 40);
	dns = given.release.frame + given.release.dns_at;
	/* The id makes the sum 0xffff, whose complement is 0. */
	dns[0] = dns[1] = 0;
	rest = (uint16_t)(0xffff - fold(sum_words(0, dns - sizeof(struct udphdr), 48)));
	dns[0] = (uint8_t)(rest >> 8);
	dns[1] = (uint8_t)rest;
	ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
	check = intake.slots[0].release.frame + given.release.dns_at - 2;
	ck_assert_uint_eq(check[0], 0xff);
	ck_assert_uint_eq(check[1], 0xff);
}
END_TEST

START_TEST(cut_release_is_malformed_at_every_length)
{
	const uint32_t whole = (uint32_t)sizeof(given.release) + given.release.frame_bytes;

	for (uint32_t bytes = 0; bytes < whole; bytes++)
		ck_assert_int_eq(add_cut(bytes), RELEASE_INTAKE_MALFORMED);
	ck_assert_uint_eq(intake.count, 0);
}
END_TEST

/* Frames of every length that say they are whole: nothing is read past their end. */
START_TEST(short_frame_is_malformed)
{
	for (int kind = 0; kind < 4; kind++) {
		const size_t dns_header = 12;
		uint16_t whole;

		if (kind < 2)
			fill_response(kind ? 6 : 4, SERVFAIL, dns_header);
		else
			fill_error(kind == 2 ? 4 : 6, kind == 2 ? 3 : 1);
		whole = given.release.frame_bytes;
		for (given.release.frame_bytes = 0; given.release.frame_bytes < whole;
			given.release.frame_bytes++)
			ck_assert_int_eq(add(), RELEASE_INTAKE_MALFORMED);
		ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
	}
}
END_TEST

static void break_release(int how)
{
	struct message_release *release = &given.release;

	switch (how) {
	case 0:
		release->if_index = 0;
		break;
	case 1:
		release->if_index = (uint32_t)INT_MAX + 1;
		break;
	case 2:
		release->deadline_ns = release->held_ns - 1;
		break;
	case 3:
		release->deadline_ns = release->held_ns + RELEASE_INTAKE_LIFETIME_NS_MAX + 1;
		break;
	case 4:
		release->checksum = 0;
		break;
	case 5:
		release->checksum = MESSAGE_CHECKSUM_UNKNOWN + 1;
		break;
	case 6: /* a tag */
		release->frame[12] = 0x81;
		break;
	case 7: /* another version than the frame says */
		release->frame[14] = 0x65;
		break;
	case 8: /* a header shorter than any */
		release->frame[14] = 0x44;
		break;
	case 9:
		release->frame[23] = IPPROTO_TCP;
		break;
	case 10:
		release->dns_at++;
		break;
	case 11: /* a query */
		release->frame[release->dns_at + 2] = 0x01;
		break;
	case 12: /* NOERROR */
		release->frame[release->dns_at + 3] = 0x80;
		break;
	case 13: /* NXDOMAIN */
		release->frame[release->dns_at + 3] = 0x83;
		break;
	case 14:
		fill_error(4, 8);
		break;
	case 15:
		fill_error(6, 128);
		break;
	case 16: /* nothing of an error is pending */
		fill_error(4, 3);
		release->checksum = MESSAGE_CHECKSUM_PENDING;
		break;
	case 17: /* a fragment */
		release->frame[20] = 0x20;
		break;
	case 18: /* longer than its frame */
		release->frame[17]++;
		break;
	case 19: /* the datagram is shorter than its packet */
		release->frame[39]--;
		break;
	case 20: /* cut */
		release->frame[release->dns_at + 2] = 0x83;
		break;
	case 21: /* NOTIFY */
		release->frame[release->dns_at + 2] = 0xa1;
		break;
	case 22: /* from port 0 */
		memset(release->frame + 34, 0, 2);
		break;
	case 23: /* to everybody */
		release->frame[0] = 0xff;
		break;
	case 24: /* from nobody */
		memset(release->frame + 6, 0, 6);
		break;
	case 25: /* the path's MTU */
		fill_error(4, 3);
		release->frame[35] = 4;
		break;
	case 26: /* about TCP */
		fill_error(4, 3);
		release->frame[34 + 8 + 9] = IPPROTO_TCP;
		break;
	case 27:
		fill_error(6, 1);
		release->frame[54 + 8 + 6] = IPPROTO_TCP;
		break;
	case 28: /* ICMPv6 over IPv4 */
		fill_error(4, 1);
		release->frame[23] = IPPROTO_ICMPV6;
		break;
	case 29: /* what it quotes is behind its end */
		fill_error(4, 3);
		release->dns_at = (uint16_t)(release->frame_bytes + 1);
		break;
	default:
		ck_abort_msg("no such mistake");
	}
}

START_TEST(what_cannot_have_been_held_is_malformed)
{
	break_release(_i);
	ck_assert_int_eq(add(), RELEASE_INTAKE_MALFORMED);
	ck_assert_uint_eq(intake.count, 0);
}
END_TEST

START_TEST(longest_frame_is_taken_and_a_longer_one_is_not)
{
	fill_response(4, SERVFAIL, MESSAGE_FRAME_BYTES_MAX - 42);
	ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
	given.release.frame_bytes++;
	ck_assert_int_eq(add(), RELEASE_INTAKE_MALFORMED);
}
END_TEST

START_TEST(what_is_past_its_deadline_goes_and_the_rest_keeps_its_order)
{
	static const uint64_t deadlines[] = { 10, 30, 20, 40 };

	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		given.release.deadline_ns = NOW_NS + deadlines[i];
		ck_assert_int_eq(add(), RELEASE_INTAKE_TAKEN);
	}
	ck_assert_uint_eq(release_intake_expire(&intake, NOW_NS + 10), 0);
	ck_assert_uint_eq(release_intake_expire(&intake, NOW_NS + 21), 2);
	ck_assert_uint_eq(intake.count, 2);
	ck_assert_uint_eq(intake.slots[0].release.deadline_ns, NOW_NS + 30);
	ck_assert_uint_eq(intake.slots[1].release.deadline_ns, NOW_NS + 40);
	ck_assert_uint_eq(release_intake_expire(&intake, UINT64_MAX), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("release_intake");
	TCase *tests = tcase_create("release_intake");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_loop_test(tests, failure_is_taken_byte_for_byte, 0, 6);
	tcase_add_test(tests, pending_checksum_is_completed);
	tcase_add_loop_test(tests, completed_checksum_is_never_0, 0, 2);
	tcase_add_test(tests, cut_release_is_malformed_at_every_length);
	tcase_add_test(tests, short_frame_is_malformed);
	tcase_add_loop_test(tests, what_cannot_have_been_held_is_malformed, 0, 30);
	tcase_add_test(tests, longest_frame_is_taken_and_a_longer_one_is_not);
	tcase_add_test(tests, what_is_past_its_deadline_goes_and_the_rest_keeps_its_order);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
