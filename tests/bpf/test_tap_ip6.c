/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps of both kinds and IPv6 extension headers: which are stepped over, how many, and
 * fragments.
 */

#include <netinet/ip6.h>

#include "tests/support/tap_lab.h"

#define WALK_MAX       6
#define MORE_FRAGMENTS 1

static const uint8_t stepped_over[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
	IPPROTO_FRAGMENT };

/* @count extension headers of all types in turn. */
static struct tap_packet_plan plan_of(size_t count, uint8_t units)
{
	struct tap_packet_plan plan = { .ip_version = 6,
		.extension_count = count,
		.extension_units = units,
		.payload_bytes = 50 };

	for (size_t i = 0; i < count; i++)
		plan.extensions[i] = stepped_over[i % ARRAY_COUNT(stepped_over)];
	return plan;
}

START_TEST(extension_of_any_length_is_stepped_over)
{
	struct tap_packet_plan plan = {
		.ip_version = 6, .extension_count = 1, .payload_bytes = 50
	};
	const struct dns_event *event;

	plan.extensions[0] = stepped_over[_i];
	for (unsigned int units = 0; units <= UINT8_MAX; units++) {
		plan.extension_units = (uint8_t)units;
		tap_lab_run(&plan);
		event = tap_lab_event();
		ck_assert_uint_eq(event->payload_bytes, 50);
		ck_assert_uint_eq(event->payload_bytes_sent, 50);
		ck_assert_uint_eq(event->flags, 0);
		ck_assert_uint_eq(event->ip_ttl, 62);
		ck_assert_mem_eq(event->source_ip, tap_packet_source_ip6, 16);
		ck_assert_mem_eq(event->destination_ip, tap_packet_destination_ip6, 16);
	}
}
END_TEST

START_TEST(as_many_as_the_walk_allows_are_stepped_over)
{
	struct tap_packet_plan plan = plan_of((size_t)_i, 2);

	tap_lab_run(&plan);
	if (_i <= WALK_MAX)
		ck_assert_uint_eq(tap_lab_event()->payload_bytes, 50);
	else
		tap_lab_no_event();
}
END_TEST

START_TEST(tags_and_extensions_go_together)
{
	struct tap_packet_plan plan = plan_of(WALK_MAX, 1);

	plan.tags[0] = (struct tap_packet_tag){ 0x88a8, 10 };
	plan.tags[1] = (struct tap_packet_tag){ 0x8100, 20 };
	tap_lab_run(&plan);
	ck_assert_uint_eq(ntohs(tap_lab_event()->vlans[1].tci_be), 20);
	tap_lab_run_every_cut(&plan);
}
END_TEST

START_TEST(other_extensions_end_the_walk)
{
	static const uint8_t others[] = { IPPROTO_AH, IPPROTO_ESP, IPPROTO_NONE, IPPROTO_MH,
		IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_IPV6 };
	struct tap_packet_plan plan = plan_of(2, 0);

	plan.extensions[1] = others[_i];
	tap_lab_run(&plan);
	plan.extensions[0] = others[_i];
	plan.extensions[1] = IPPROTO_DSTOPTS;
	tap_lab_run(&plan);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
}
END_TEST

START_TEST(something_else_behind_extensions_is_left_alone)
{
	struct tap_packet_plan plan = plan_of(2, 0);

	plan.destination_port = 443;
	tap_lab_run(&plan);
	plan.destination_port = 53;
	plan.protocol = IPPROTO_TCP;
	tap_lab_run(&plan);
	tap_lab_no_event();
}
END_TEST

START_TEST(packet_cut_anywhere_is_safe)
{
	struct tap_packet_plan plan = plan_of((size_t)_i, 1);

	tap_lab_run_every_cut(&plan);
}
END_TEST

START_TEST(first_fragment_is_marked)
{
	struct tap_packet_plan plan = plan_of(4, 0);
	const struct dns_event *event;

	plan.fragment = MORE_FRAGMENTS;
	plan.udp_bytes = 3008;
	tap_lab_run(&plan);
	event = tap_lab_event();
	ck_assert_uint_eq(event->flags, DNS_EVENT_FIRST_FRAGMENT);
	ck_assert_uint_eq(event->payload_bytes, 50);
	ck_assert_uint_eq(event->payload_bytes_sent, 3000);
	ck_assert_uint_eq(tap_lab_counts().cut, 1);
	ck_assert_uint_eq(tap_lab_counts().fragments, 0);
}
END_TEST

START_TEST(later_fragment_is_counted_if_it_is_udp)
{
	struct tap_packet_plan plan = { .ip_version = 6,
		.extensions = { IPPROTO_FRAGMENT },
		.extension_count = 1,
		.fragment = (uint16_t)(_i ? 0xfff8 | MORE_FRAGMENTS : 8),
		.payload_bytes = 50 };

	tap_lab_run(&plan);
	ck_assert_uint_eq(tap_lab_counts().fragments, 1);
	plan.protocol = IPPROTO_TCP;
	tap_lab_run(&plan);
	plan.protocol = IPPROTO_ICMPV6;
	tap_lab_run(&plan);
	plan.protocol = IPPROTO_DSTOPTS; /* what it is of is in the first fragment only */
	tap_lab_run(&plan);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().fragments, 1);
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, extension_of_any_length_is_stepped_over, 0, 4);
	tcase_add_loop_test(tests, as_many_as_the_walk_allows_are_stepped_over, 0, WALK_MAX + 3);
	tcase_add_test(tests, tags_and_extensions_go_together);
	tcase_add_loop_test(tests, other_extensions_end_the_walk, 0, 7);
	tcase_add_test(tests, something_else_behind_extensions_is_left_alone);
	tcase_add_loop_test(tests, packet_cut_anywhere_is_safe, 0, WALK_MAX + 1);
	tcase_add_test(tests, first_fragment_is_marked);
	tcase_add_loop_test(tests, later_fragment_is_counted_if_it_is_udp, 0, 2);
}

int main(void)
{
	return tap_lab_main("tap_ip6", add_tests);
}
