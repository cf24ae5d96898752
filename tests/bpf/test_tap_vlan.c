/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps of both kinds and VLAN tags in the bytes of a frame. Tags that the kernel took
 * out of the bytes are in test_tap_real.c, since a test run cannot have them.
 */

#include "tests/support/tap_lab.h"

#define PRIORITY_7 0xe000

static void expect_tags(
	const struct dns_event *event, const struct tap_packet_tag tags[], size_t count)
{
	for (size_t i = 0; i < DNS_EVENT_VLANS_MAX; i++) {
		ck_assert_uint_eq(
			ntohs(event->vlans[i].protocol_be), i < count ? tags[i].protocol : 0);
		ck_assert_uint_eq(ntohs(event->vlans[i].tci_be), i < count ? tags[i].tci : 0);
	}
}

static const uint16_t outer_protocols[] = { 0x8100, 0x88a8, 0x9100 };

START_TEST(one_tag_is_stepped_over_and_kept)
{
	struct tap_packet_plan plan = { .ip_version = _i / 3 ? 6 : 4,
		.payload_bytes = 45,
		.tags = { { outer_protocols[_i % 3], PRIORITY_7 | 100 } } };
	const struct dns_event *event;

	tap_lab_run(&plan);
	event = tap_lab_event();
	ck_assert_uint_eq(event->payload_bytes, 45);
	ck_assert_uint_eq(event->payload_bytes_sent, 45);
	ck_assert_uint_eq(event->ip_version, (unsigned int)plan.ip_version);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	expect_tags(event, plan.tags, 1);
}
END_TEST

START_TEST(two_tags_are_kept_outermost_first)
{
	struct tap_packet_plan plan = { .ip_version = _i / 6 ? 6 : 4,
		.payload_bytes = 300,
		.tags = { { outer_protocols[_i % 3], 7 },
			{ outer_protocols[_i / 3 % 2], PRIORITY_7 | 4094 } } };

	tap_lab_run(&plan);
	expect_tags(tap_lab_event(), plan.tags, 2);
}
END_TEST

START_TEST(tag_without_id_is_a_tag)
{
	struct tap_packet_plan plan = { .payload_bytes = 10,
		.tags = { { 0x8100, 0 }, { 0x8100, 5 } } };

	tap_lab_run(&plan);
	expect_tags(tap_lab_event(), plan.tags, 2);
}
END_TEST

START_TEST(more_and_other_tags_are_left_alone)
{
	static const struct tap_packet_plan plans[] = {
		{ .tags = { { 0x8100, 1 }, { 0x8100, 2 }, { 0x8100, 3 } }, .payload_bytes = 20 },
		{ .tags = { { 0x88a8, 1 }, { 0x8100, 2 }, { 0x8100, 3 } }, .payload_bytes = 20 },
		{ .tags = { { 0x8100, 1 }, { 0x9100, 2 } }, .payload_bytes = 20 },
		{ .tags = { { 0x9100, 1 }, { 0x9100, 2 } }, .payload_bytes = 20 },
		{ .tags = { { 0x9200, 1 } }, .payload_bytes = 20 },
		{ .tags = { { 0x8100, 1 } }, .destination_port = 443, .payload_bytes = 20 },
		{ .tags = { { 0x8100, 1 } }, .protocol = IPPROTO_TCP, .payload_bytes = 20 },
	};

	tap_lab_run(&plans[_i]);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().seen, 0);
}
END_TEST

START_TEST(tagged_frame_cut_anywhere_is_safe)
{
	static const struct tap_packet_plan plans[] = {
		{ .tags = { { 0x8100, 1 } }, .payload_bytes = 40 },
		{ .tags = { { 0x88a8, 1 }, { 0x8100, 2 } },
			.option_bytes = 8,
			.payload_bytes = 40 },
		{ 6, .tags = { { 0x88a8, 1 }, { 0x8100, 2 } }, .payload_bytes = 40 },
	};

	tap_lab_run_every_cut(&plans[_i]);
}
END_TEST

START_TEST(tagged_frames_keep_marks_and_fragments)
{
	struct tap_packet packet;

	tap_packet_build(&packet,
		&(struct tap_packet_plan){ .tags = { { 0x8100, 1 } }, .payload_bytes = 40 });
	tap_lab_run_marked(&packet, false, DNS_EVENT_OWN_MARK);
	tap_lab_run(&(struct tap_packet_plan){
		.tags = { { 0x8100, 1 } }, .payload_bytes = 40, .fragment = 100 });
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().own, 1);
	ck_assert_uint_eq(tap_lab_counts().fragments, 1);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, one_tag_is_stepped_over_and_kept, 0, 6);
	tcase_add_loop_test(tests, two_tags_are_kept_outermost_first, 0, 12);
	tcase_add_test(tests, tag_without_id_is_a_tag);
	tcase_add_loop_test(tests, more_and_other_tags_are_left_alone, 0, 7);
	tcase_add_loop_test(tests, tagged_frame_cut_anywhere_is_safe, 0, 3);
	tcase_add_test(tests, tagged_frames_keep_marks_and_fragments);
}

int main(void)
{
	return tap_lab_main("tap_vlan", add_tests);
}
