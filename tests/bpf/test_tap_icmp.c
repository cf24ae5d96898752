/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps of both kinds and ICMP errors that quote a DNS query, over IPv4 (RFC 792) and
 * IPv6 (RFC 4443).
 */

#include "tests/support/tap_lab.h"

#define UNREACHABLE4      3 /* types */
#define UNREACHABLE6      1
#define PORT_UNREACHABLE4 3 /* codes */
#define PORT_UNREACHABLE6 4
#define TOO_LONG4         4

#define UNIT4_BYTES 4
#define UNIT6_BYTES 8

static const struct tap_packet_plan quote4 = { .payload_bytes = 60, .udp_checksum = 0x1234 };
static const struct tap_packet_plan quote6 = { 6, .payload_bytes = 60, .udp_checksum = 0x1234 };

static struct tap_packet_plan error_about(const struct tap_packet_plan *quote)
{
	bool is_ip6 = quote->ip_version == 6;

	return (struct tap_packet_plan){ .ip_version = is_ip6 ? 6 : 4,
		.quote = quote,
		.icmp_type = is_ip6 ? UNREACHABLE6 : UNREACHABLE4,
		.icmp_code = is_ip6 ? PORT_UNREACHABLE6 : PORT_UNREACHABLE4 };
}

static void run_error_about(const struct tap_packet_plan *quote)
{
	struct tap_packet_plan plan = error_about(quote);

	tap_lab_run(&plan);
}

START_TEST(error_is_an_event_with_the_quoted_query)
{
	bool is_ip6 = _i == 1;
	const struct dns_event *event;

	run_error_about(is_ip6 ? &quote6 : &quote4);
	event = tap_lab_event();
	ck_assert_uint_eq(event->kind, DNS_EVENT_UNREACHABLE);
	ck_assert_uint_eq(event->ip_version, is_ip6 ? 6 : 4);
	ck_assert_uint_eq(event->flags, 0);
	ck_assert_uint_eq(ntohs(event->source_port_be), 40000);
	ck_assert_uint_eq(ntohs(event->destination_port_be), 53);
	ck_assert_uint_eq(event->udp_bytes, 68);
	ck_assert_uint_eq(event->udp_checksum_be, 0);
	ck_assert_uint_eq(event->payload_bytes, 60);
	ck_assert_uint_eq(event->payload_bytes_sent, 60);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	ck_assert_uint_eq(tap_lab_counts().unreachable, 1);
	ck_assert_uint_eq(tap_lab_counts().seen, 1);
	ck_assert_uint_eq(tap_lab_counts().cut, 0);
}
END_TEST

/* Where both headers differ: TTL and tags are the error's, addresses the quote's. */
START_TEST(addresses_are_the_quotes_and_ttl_the_errors)
{
	bool is_ip6 = _i == 1;
	struct tap_packet_plan plan = error_about(is_ip6 ? &quote6 : &quote4);
	size_t ip_at = ETH_HLEN + 4;
	struct tap_packet packet;
	const struct dns_event *event;

	plan.tags[0] = (struct tap_packet_tag){ 0x8100, 9 };
	tap_packet_build(&packet, &plan);
	packet.bytes[ip_at + (is_ip6 ? 7 : 8)] = 33;
	memset(packet.bytes + ip_at + (is_ip6 ? 8 : 12), 0xab, is_ip6 ? 32 : 8);
	tap_lab_run_packet(&packet);
	event = tap_lab_event();
	ck_assert_uint_eq(event->ip_ttl, 33);
	ck_assert_uint_eq(ntohs(event->vlans[0].tci_be), 9);
	if (is_ip6) {
		ck_assert_mem_eq(event->source_ip, tap_packet_source_ip6, 16);
		ck_assert_mem_eq(event->destination_ip, tap_packet_destination_ip6, 16);
	} else {
		ck_assert_mem_eq(event->source_ip + 12, tap_packet_source_ip4, 4);
		ck_assert_mem_eq(event->destination_ip + 12, tap_packet_destination_ip4, 4);
	}
}
END_TEST

START_TEST(every_code_but_too_long_is_taken)
{
	struct tap_packet_plan plan = error_about(&quote4);

	plan.icmp_code = (uint8_t)_i;
	tap_lab_run(&plan);
	if (_i == TOO_LONG4)
		tap_lab_no_event();
	else
		ck_assert_uint_eq(tap_lab_event()->kind, DNS_EVENT_UNREACHABLE);
	plan = error_about(&quote6);
	plan.icmp_code = (uint8_t)_i;
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->kind, DNS_EVENT_UNREACHABLE);
}
END_TEST

START_TEST(other_types_are_left_alone)
{
	struct tap_packet_plan plan4 = error_about(&quote4);
	struct tap_packet_plan plan6 = error_about(&quote6);

	for (unsigned int type = 0; type <= UINT8_MAX; type++) {
		plan4.icmp_type = (uint8_t)type;
		plan6.icmp_type = (uint8_t)type;
		if (type != UNREACHABLE4)
			tap_lab_run(&plan4);
		if (type != UNREACHABLE6)
			tap_lab_run(&plan6);
		tap_lab_no_event();
	}
	plan4 = error_about(&quote4);
	plan4.protocol = IPPROTO_ICMPV6;
	tap_lab_run(&plan4);
	plan6 = error_about(&quote6);
	plan6.protocol = IPPROTO_ICMP;
	tap_lab_run(&plan6);
	tap_lab_no_event();
}
END_TEST

START_TEST(errors_about_anything_else_are_left_alone)
{
	static const struct tap_packet_plan quotes[] = {
		{ .source_port = 53, .destination_port = 40000, .payload_bytes = 60 },
		{ 6, .source_port = 53, .destination_port = 40000, .payload_bytes = 60 },
		{ .destination_port = 443, .payload_bytes = 60 },
		{ .protocol = IPPROTO_TCP, .payload_bytes = 60 },
		{ 6, .protocol = IPPROTO_TCP, .payload_bytes = 60 },
		{ .protocol = IPPROTO_ICMP, .payload_bytes = 60 },
		{ .fragment = 100, .payload_bytes = 60 },
		{ 6, .extensions = { IPPROTO_FRAGMENT }, .extension_count = 1, .fragment = 8,
			.payload_bytes = 60 },
		{ 6, .extensions = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS }, .extension_count = 2,
			.payload_bytes = 60 },
	};
	struct tap_packet_plan plan = error_about(&quote4);

	run_error_about(&quotes[_i]);
	tap_lab_no_event();
	plan.quote = &quote6; /* a quote of the other version */
	tap_lab_run(&plan);
	plan = error_about(&quote6);
	plan.quote = &quote4;
	tap_lab_run(&plan);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

START_TEST(headers_of_both_packets_are_stepped_over)
{
	static const struct tap_packet_plan quotes[] = {
		{ .option_bytes = 40, .payload_bytes = 60 },
		{ 6, .extensions = { IPPROTO_HOPOPTS }, .extension_count = 1, .extension_units = 3,
			.payload_bytes = 60 },
		{ 6, .extensions = { IPPROTO_FRAGMENT }, .extension_count = 1,
			.payload_bytes = 60 },
	};
	struct tap_packet_plan plan = error_about(&quotes[_i]);

	plan.option_bytes = 12;
	plan.extensions[0] = IPPROTO_DSTOPTS;
	plan.extension_count = plan.ip_version == 6;
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 60);
	tap_lab_run_every_cut(&plan);
}
END_TEST

START_TEST(quote_of_a_first_fragment_is_marked)
{
	static const struct tap_packet_plan quotes[] = {
		{ .fragment = 0x2000, .payload_bytes = 60 },
		{ 6, .extensions = { IPPROTO_FRAGMENT }, .extension_count = 1, .fragment = 1,
			.payload_bytes = 60 },
	};

	run_error_about(&quotes[_i]);
	ck_assert_uint_eq(tap_lab_event()->flags, DNS_EVENT_FIRST_FRAGMENT);
}
END_TEST

START_TEST(quote_of_any_length_gives_what_is_there)
{
	const struct tap_packet_plan *quote = _i ? &quote6 : &quote4;
	size_t headers_bytes = (_i ? 40 : 20) + 8;
	struct tap_packet_plan plan = error_about(quote);
	const struct dns_event *event;

	for (size_t bytes = 1; bytes <= headers_bytes + 60; bytes++) {
		plan.quote_bytes = bytes;
		tap_lab_run(&plan);
		if (bytes < headers_bytes) {
			tap_lab_no_event();
			continue;
		}
		event = tap_lab_event();
		ck_assert_uint_eq(event->payload_bytes, bytes - headers_bytes);
		ck_assert_uint_eq(event->payload_bytes_sent, 60);
	}
	ck_assert_uint_eq(tap_lab_counts().cut, 60);
}
END_TEST

/* RFC 4884: a length says where the quote ends; what follows tells of other things. */
START_TEST(what_follows_the_quote_is_no_payload)
{
	static const struct tap_packet_plan long4 = { .payload_bytes = 400 };
	static const struct tap_packet_plan long6 = { 6, .payload_bytes = 400 };
	struct tap_packet_plan plan = error_about(_i ? &long6 : &long4);
	size_t headers_bytes = (_i ? 40 : 20) + 8;

	plan.quote_bytes = 128;
	plan.icmp_units = 128 / (_i ? UNIT6_BYTES : UNIT4_BYTES);
	plan.trailing_bytes = 20;
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 128 - headers_bytes);
	plan.icmp_units = UINT8_MAX; /* more than there is */
	plan.trailing_bytes = 0;
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 128 - headers_bytes);
	plan.icmp_units = 1; /* ends in the quoted header: nothing of it is DNS */
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 0);
}
END_TEST

START_TEST(bytes_behind_the_errors_packet_are_no_payload)
{
	struct tap_packet_plan plan = error_about(_i ? &quote6 : &quote4);

	plan.ip_bytes_less = 20;
	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_event()->payload_bytes, 40);
}
END_TEST

START_TEST(error_cut_anywhere_is_safe)
{
	struct tap_packet_plan plan = error_about(_i ? &quote6 : &quote4);

	tap_lab_run_every_cut(&plan);
}
END_TEST

START_TEST(later_fragment_of_an_error_is_left_alone)
{
	struct tap_packet_plan plan = error_about(&quote4);

	plan.fragment = 100;
	tap_lab_run(&plan);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, error_is_an_event_with_the_quoted_query, 0, 2);
	tcase_add_loop_test(tests, addresses_are_the_quotes_and_ttl_the_errors, 0, 2);
	tcase_add_loop_test(tests, every_code_but_too_long_is_taken, 0, 16);
	tcase_add_test(tests, other_types_are_left_alone);
	tcase_add_loop_test(tests, errors_about_anything_else_are_left_alone, 0, 9);
	tcase_add_loop_test(tests, headers_of_both_packets_are_stepped_over, 0, 3);
	tcase_add_loop_test(tests, quote_of_a_first_fragment_is_marked, 0, 2);
	tcase_add_loop_test(tests, quote_of_any_length_gives_what_is_there, 0, 2);
	tcase_add_loop_test(tests, what_follows_the_quote_is_no_payload, 0, 2);
	tcase_add_loop_test(tests, bytes_behind_the_errors_packet_are_no_payload, 0, 2);
	tcase_add_loop_test(tests, error_cut_anywhere_is_safe, 0, 2);
	tcase_add_test(tests, later_fragment_of_an_error_is_left_alone);
}

int main(void)
{
	return tap_lab_main("tap_icmp", add_tests);
}
