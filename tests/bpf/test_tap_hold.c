/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds failures: which packets it keeps, what it writes of them, and that it lets pass
 * whatever it must not keep. A frame that passes has its event as from any tap.
 */

#include "tests/support/tap_lab.h"

#include "shared/clock.h"

#define DROPPED    2 /* TCX_DROP */
#define FRESH_NS   (100 * NS_PER_MS)
#define SERVFAIL   2
#define REFUSED    5
#define RCODES     16
#define FRAMES_MAX 200 /* more than the ring has room for */

static const struct tap_packet_plan response4 = {
	.source_port = 53, .destination_port = 40000, .payload_bytes = 60, .udp_checksum = 0x1234
};
static const struct tap_packet_plan response6 = { 6, .source_port = 53, .destination_port = 40000,
	.payload_bytes = 61, .udp_checksum = 0x1234 };
static const struct tap_packet_plan query4 = { .payload_bytes = 30 };
static const struct tap_packet_plan query6 = { 6, .payload_bytes = 31 };
static const struct tap_packet_plan error4 = { .quote = &query4, .icmp_type = 3, .icmp_code = 3 };
static const struct tap_packet_plan error6 = { 6, .quote = &query6, .icmp_type = 1,
	.icmp_code = 4 };
static const struct tap_packet_plan *const failures[] = { &response4, &response6, &error4,
	&error6 };

#define FAILURES 4

static void start(void)
{
	tap_lab_open_tcx();
	ck_assert(tap_lab.program.can_hold);
	tap_program_guard(&tap_lab.program, clock_ns());
}

static int run_program(const struct bpf_program *program, const struct tap_packet *packet,
	const struct __sk_buff *context)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		.data_size_in = (uint32_t)packet->size_bytes, .ctx_in = context,
		.ctx_size_in = sizeof(*context), .repeat = 1);

	ck_assert_int_eq(bpf_prog_test_run_opts(bpf_program__fd(program), &options), 0);
	return (int)options.retval;
}

static int run_packet(const struct tap_packet *packet)
{
	const struct __sk_buff context = { .ifindex = TAP_LAB_IF_INDEX };

	return run_program(tap_lab.program.skeleton->progs.dns_tap_hold, packet, &context);
}

/* The message of a datagram, or of the one an error quotes, becomes a response of this RCODE. */
static void say(struct tap_packet *packet, uint8_t rcode)
{
	packet->bytes[packet->payload_at + 2] = 0x85;
	packet->bytes[packet->payload_at + 3] = 0x80 | rcode;
}

static void build(struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	tap_packet_build(packet, plan);
	if (!plan->quote)
		say(packet, SERVFAIL);
}

static const struct dns_event *next_event(void)
{
	const void *record;
	uint32_t record_bytes;

	ck_assert_int_eq(
		event_intake_next(&tap_lab.intake, &record, &record_bytes), EVENT_INTAKE_OK);
	ck_assert(packet_message_is_event(record, record_bytes));
	event_intake_release(&tap_lab.intake);
	return record;
}

static void expect_held(const struct tap_packet *packet)
{
	const struct dns_event *event;

	ck_assert_int_eq(run_packet(packet), DROPPED);
	event = next_event();
	ck_assert_uint_eq(event->flags, DNS_EVENT_HELD);
	ck_assert_uint_eq(event->payload_bytes, packet->size_bytes);
	ck_assert_uint_eq(event->head_bytes, packet->payload_at);
	ck_assert_mem_eq(event->payload, packet->bytes, packet->size_bytes);
	tap_lab_no_event();
}

/* It passes, and its event is a tap's. */
static void expect_passed(const struct tap_packet *packet)
{
	const struct dns_event *event;

	ck_assert_int_eq(run_packet(packet), TAP_LAB_TCX_NEXT);
	event = next_event();
	ck_assert(!(event->flags & DNS_EVENT_HELD));
	ck_assert_uint_eq(event->head_bytes, 0);
	tap_lab_no_event();
}

static void expect_unfit(const struct tap_packet_plan *plan)
{
	const uint64_t unfit = tap_lab_counts().hold_unfit;
	struct tap_packet packet;

	build(&packet, plan);
	expect_passed(&packet);
	ck_assert_uint_eq(tap_lab_counts().hold_unfit, unfit + 1);
	ck_assert_uint_eq(tap_lab_counts().held, 0);
}

START_TEST(failure_is_held_with_its_whole_frame)
{
	struct dns_event_counts counts;
	struct tap_packet packet;

	build(&packet, failures[_i]);
	expect_held(&packet);
	counts = tap_lab_counts();
	ck_assert_uint_eq(counts.held, 1);
	ck_assert_uint_eq(counts.seen, 1);
	ck_assert_uint_eq(counts.submitted, 1);
	ck_assert_uint_eq(counts.unreachable, failures[_i]->quote != NULL);
	ck_assert_uint_eq(counts.hold_stale + counts.hold_unfit + counts.cut, 0);
}
END_TEST

START_TEST(event_of_a_held_failure_says_what_a_taps_would)
{
	const struct tap *skeleton = tap_lab.program.skeleton;
	const struct __sk_buff context = { .ifindex = TAP_LAB_IF_INDEX };
	struct tap_packet packet;
	struct dns_event held;
	struct dns_event seen;

	build(&packet, failures[_i]);
	ck_assert_int_eq(run_packet(&packet), DROPPED);
	held = *next_event();
	ck_assert_int_eq(
		run_program(skeleton->progs.dns_tap_egress, &packet, &context), TAP_LAB_TCX_NEXT);
	seen = *next_event();
	ck_assert_uint_ge(seen.seen_ns, held.seen_ns);
	ck_assert_uint_eq(held.payload_bytes - held.head_bytes, seen.payload_bytes);
	held.seen_ns = seen.seen_ns;
	held.flags = seen.flags;
	held.payload_bytes = seen.payload_bytes;
	held.head_bytes = 0;
	ck_assert_mem_eq(&held, &seen, sizeof(seen));
}
END_TEST

START_TEST(only_servfail_and_refused_are_failures)
{
	struct tap_packet packet;

	tap_packet_build(&packet, failures[_i % 2]);
	for (uint8_t rcode = 0; rcode < RCODES; rcode++) {
		say(&packet, rcode);
		if (rcode == SERVFAIL || rcode == REFUSED)
			expect_held(&packet);
		else
			expect_passed(&packet);
	}
	ck_assert_uint_eq(tap_lab_counts().held, 2);
	ck_assert_uint_eq(tap_lab_counts().hold_unfit + tap_lab_counts().hold_stale, 0);
}
END_TEST

/* QR, opcode and TC are in that byte; AA and RD may be as they like. */
START_TEST(only_a_whole_response_is_a_failure)
{
	struct tap_packet packet;

	build(&packet, failures[_i % 2]);
	for (int what = 0; what < 256; what++) {
		packet.bytes[packet.payload_at + 2] = (uint8_t)what;
		if ((what & ~0x05) == 0x80)
			expect_held(&packet);
		else
			expect_passed(&packet);
	}
}
END_TEST

START_TEST(what_is_shorter_than_a_header_passes)
{
	for (size_t bytes = 4; bytes < 12; bytes++) {
		const struct tap_packet_plan plan = {
			.source_port = 53, .destination_port = 40000, .payload_bytes = bytes
		};
		struct tap_packet packet;

		build(&packet, &plan);
		expect_passed(&packet);
	}
}
END_TEST

START_TEST(query_passes_whatever_its_code)
{
	struct tap_packet packet;

	build(&packet, &query4);
	packet.bytes[packet.payload_at + 2] = 0x01;
	expect_passed(&packet);
	ck_assert_uint_eq(tap_lab_counts().hold_unfit + tap_lab_counts().hold_stale, 0);
}
END_TEST

START_TEST(other_ports_are_left_alone)
{
	static const struct tap_packet_plan plan = {
		.source_port = 54, .destination_port = 40000, .payload_bytes = 60
	};
	struct tap_packet packet;

	build(&packet, &plan);
	ck_assert_int_eq(run_packet(&packet), TAP_LAB_TCX_NEXT);
	tap_lab_no_event();
}
END_TEST

START_TEST(too_long_for_the_path_is_no_failure)
{
	static const struct tap_packet_plan plan = {
		.quote = &query4, .icmp_type = 3, .icmp_code = 4
	};
	struct tap_packet packet;

	build(&packet, &plan);
	ck_assert_int_eq(run_packet(&packet), TAP_LAB_TCX_NEXT);
	tap_lab_no_event();
}
END_TEST

START_TEST(short_quote_is_held_too)
{
	static const struct tap_packet_plan plan = {
		.quote = &query4, .quote_bytes = 28, .icmp_type = 3, .icmp_code = 3
	};
	struct tap_packet packet;

	build(&packet, &plan);
	expect_held(&packet);
	ck_assert_uint_eq(tap_lab_counts().cut, 1);
}
END_TEST

START_TEST(longest_frame_is_held_and_a_longer_one_passes)
{
	const size_t head_bytes = _i ? 62 : 42;
	struct tap_packet_plan plan = *failures[_i];
	struct tap_packet packet;

	plan.payload_bytes = DNS_EVENT_FRAME_BYTES_MAX - head_bytes;
	build(&packet, &plan);
	ck_assert_uint_eq(packet.size_bytes, DNS_EVENT_FRAME_BYTES_MAX);
	ck_assert_int_eq(run_packet(&packet), DROPPED);
	ck_assert_mem_eq(next_event()->payload, packet.bytes, packet.size_bytes);
	plan.payload_bytes++;
	build(&packet, &plan);
	expect_passed(&packet);
	ck_assert_uint_eq(tap_lab_counts().hold_unfit, 1);
}
END_TEST

/* Around the length that room is usually taken for. */
START_TEST(frame_of_any_length_is_held_whole)
{
	struct tap_packet_plan plan = response4;
	struct tap_packet packet;

	for (uint16_t bytes = 200; bytes < 400; bytes++) {
		plan.payload_bytes = bytes;
		build(&packet, &plan);
		ck_assert_int_eq(run_packet(&packet), DROPPED);
		ck_assert_mem_eq(next_event()->payload, packet.bytes, packet.size_bytes);
	}
}
END_TEST

/* Where not all of it is in one plain frame, it passes. */
static const struct tap_packet_plan extended_query6 = { 6, .extensions = { IPPROTO_DSTOPTS },
	.extension_count = 1, .payload_bytes = 31 };
static const struct tap_packet_plan unfit[] = {
	{ .source_port = 53, .payload_bytes = 60, .tags = { { 0x8100, 5 } } },
	{ 6, .source_port = 53, .payload_bytes = 60, .tags = { { 0x88a8, 5 }, { 0x8100, 6 } } },
	{ .quote = &query4, .icmp_type = 3, .icmp_code = 1, .tags = { { 0x8100, 5 } } },
	{ .source_port = 53, .payload_bytes = 60, .fragment = 0x2000, .udp_bytes = 2008 },
	{ .source_port = 53, .payload_bytes = 60, .fragment = 0x2000 },
	{ 6, .source_port = 53, .payload_bytes = 60, .extensions = { IPPROTO_FRAGMENT },
		.extension_count = 1, .fragment = 1 },
	{ .quote = &query4, .icmp_type = 3, .icmp_code = 1, .fragment = 0x2000 },
	{ .source_port = 53, .payload_bytes = 60, .udp_bytes = 108 },
	{ .source_port = 53, .payload_bytes = 60, .udp_bytes = 58 },
	{ .source_port = 53, .payload_bytes = 60, .trailing_bytes = 3 },
	{ .quote = &query4, .icmp_type = 3, .icmp_code = 1, .trailing_bytes = 3 },
	{ 6, .source_port = 53, .payload_bytes = 60, .extensions = { IPPROTO_HOPOPTS },
		.extension_count = 1 },
	{ 6, .quote = &query6, .icmp_type = 1, .extensions = { IPPROTO_DSTOPTS },
		.extension_count = 1 },
};

START_TEST(what_is_not_one_plain_frame_passes)
{
	expect_unfit(&unfit[_i]);
}
END_TEST

/* That one is about the error; what it quotes may be anything. */
START_TEST(error_about_an_extended_query_is_held)
{
	static const struct tap_packet_plan plan = { 6, .quote = &extended_query6, .icmp_type = 1,
		.icmp_code = 4 };
	struct tap_packet packet;

	build(&packet, &plan);
	expect_held(&packet);
}
END_TEST

START_TEST(ip_options_do_not_keep_it_from_being_held)
{
	struct tap_packet_plan plan = response4;
	struct tap_packet packet;

	plan.option_bytes = 8;
	build(&packet, &plan);
	expect_held(&packet);
}
END_TEST

START_TEST(what_an_offload_is_to_segment_passes)
{
	const struct __sk_buff context = {
		.ifindex = TAP_LAB_IF_INDEX, .gso_segs = 2, .gso_size = 1000
	};
	struct tap_packet packet;

	build(&packet, failures[_i]);
	ck_assert_int_eq(
		run_program(tap_lab.program.skeleton->progs.dns_tap_hold, &packet, &context),
		TAP_LAB_TCX_NEXT);
	ck_assert(!(next_event()->flags & DNS_EVENT_HELD));
	ck_assert_uint_eq(tap_lab_counts().hold_unfit, 1);
}
END_TEST

START_TEST(what_we_sent_ourselves_passes)
{
	const struct __sk_buff context = { .ifindex = TAP_LAB_IF_INDEX,
		.mark = DNS_EVENT_OWN_MARK };
	struct tap_packet packet;

	build(&packet, failures[_i]);
	ck_assert_int_eq(
		run_program(tap_lab.program.skeleton->progs.dns_tap_hold, &packet, &context),
		TAP_LAB_TCX_NEXT);
	tap_lab_no_event();
	ck_assert_uint_eq(tap_lab_counts().own, 1);
}
END_TEST

START_TEST(nothing_is_held_unless_all_were_well_a_moment_ago)
{
	const uint64_t now_ns = clock_ns();
	const uint64_t guards[] = { 0, now_ns - FRESH_NS, now_ns - 3600 * NS_PER_S };
	struct tap_packet packet;

	build(&packet, failures[_i]);
	for (size_t i = 0; i < ARRAY_COUNT(guards); i++) {
		tap_program_guard(&tap_lab.program, guards[i]);
		expect_passed(&packet);
	}
	ck_assert_uint_eq(tap_lab_counts().hold_stale, ARRAY_COUNT(guards));
	ck_assert_uint_eq(tap_lab_counts().hold_unfit, 0);
	/* Half of its time is left; and a clock that was read later elsewhere does no harm. */
	tap_program_guard(&tap_lab.program, clock_ns() - FRESH_NS / 2);
	expect_held(&packet);
	tap_program_guard(&tap_lab.program, clock_ns() + NS_PER_S);
	expect_held(&packet);
}
END_TEST

START_TEST(guard_runs_out_by_itself)
{
	const uint64_t until_ns = clock_ns() + FRESH_NS;
	struct tap_packet packet;

	build(&packet, &response4);
	expect_held(&packet);
	while (clock_ns() < until_ns)
		;
	expect_passed(&packet);
}
END_TEST

/* A storm of failures leaves room for others' events. */
START_TEST(short_failure_takes_little_room)
{
	struct tap_packet packet;
	int dropped = 0;

	build(&packet, failures[_i]);
	while (run_packet(&packet) == DROPPED)
		dropped++;
	ck_assert_int_gt(dropped, (int)TAP_LAB_RING_BYTES / 512);
}
END_TEST

START_TEST(what_finds_no_room_passes)
{
	struct dns_event_counts counts;
	struct tap_packet packet;
	int dropped = 0;

	build(&packet, failures[_i]);
	for (int i = 0; i < FRAMES_MAX; i++)
		dropped += run_packet(&packet) == DROPPED;
	counts = tap_lab_counts();
	ck_assert_int_gt(dropped, 0);
	ck_assert_int_lt(dropped, FRAMES_MAX);
	ck_assert_uint_eq(counts.held, (uint64_t)dropped);
	ck_assert_uint_eq(counts.hold_unfit, (uint64_t)(FRAMES_MAX - dropped));
	ck_assert_uint_gt(counts.ring_full, 0);
}
END_TEST

START_TEST(no_other_program_holds)
{
	const struct tap *skeleton = tap_lab.program.skeleton;
	const struct __sk_buff context = { .ifindex = TAP_LAB_IF_INDEX };
	struct tap_packet packet;

	build(&packet, failures[_i]);
	ck_assert_int_eq(
		run_program(skeleton->progs.dns_tap_egress, &packet, &context), TAP_LAB_TCX_NEXT);
	ck_assert(!(next_event()->flags & DNS_EVENT_HELD));
	ck_assert_int_eq(
		run_program(skeleton->progs.dns_tap_ingress, &packet, &context), TAP_LAB_TCX_NEXT);
	ck_assert(!(next_event()->flags & DNS_EVENT_HELD));
	ck_assert_uint_eq(tap_lab_counts().hold_unfit + tap_lab_counts().hold_stale, 0);
}
END_TEST

START_TEST(nothing_holds_where_it_is_off)
{
	static const struct config_ports ports = { .count = 1, .ports = { 53 } };
	struct tap_program program;

	tap_program_init(&program);
	ck_assert_int_eq(tap_program_open(&program, CONFIG_TAP_AUTO, TAP_LAB_RING_BYTES, &ports,
				 CONFIG_HOLD_OFF),
		0);
	ck_assert(!program.can_hold);
	ck_assert_int_lt(bpf_program__fd(program.skeleton->progs.dns_tap_hold), 0);
	tap_program_close(&program);
	ck_assert_int_eq(tap_program_open(&program, CONFIG_TAP_SOCKET, TAP_LAB_RING_BYTES, &ports,
				 CONFIG_HOLD_AUTO),
		0);
	ck_assert(!program.can_hold);
	tap_program_close(&program);
}
END_TEST

static Suite *test_tap_hold_suite(void)
{
	Suite *suite = suite_create("tap_hold");
	TCase *off = tcase_create("off");
	TCase *all = tcase_create("tap_hold");

	tcase_add_test(off, nothing_holds_where_it_is_off);
	suite_add_tcase(suite, off);
	if (!tap_lab_has_tcx())
		return suite;
	tcase_add_checked_fixture(all, start, tap_lab_close_one);
	tcase_add_loop_test(all, failure_is_held_with_its_whole_frame, 0, FAILURES);
	tcase_add_loop_test(all, event_of_a_held_failure_says_what_a_taps_would, 0, FAILURES);
	tcase_add_loop_test(all, only_servfail_and_refused_are_failures, 0, 2);
	tcase_add_loop_test(all, only_a_whole_response_is_a_failure, 0, 2);
	tcase_add_test(all, what_is_shorter_than_a_header_passes);
	tcase_add_test(all, query_passes_whatever_its_code);
	tcase_add_test(all, other_ports_are_left_alone);
	tcase_add_test(all, too_long_for_the_path_is_no_failure);
	tcase_add_test(all, short_quote_is_held_too);
	tcase_add_test(all, frame_of_any_length_is_held_whole);
	tcase_add_loop_test(all, longest_frame_is_held_and_a_longer_one_passes, 0, 2);
	tcase_add_loop_test(all, what_is_not_one_plain_frame_passes, 0, ARRAY_COUNT(unfit));
	tcase_add_test(all, error_about_an_extended_query_is_held);
	tcase_add_test(all, ip_options_do_not_keep_it_from_being_held);
	tcase_add_loop_test(all, what_an_offload_is_to_segment_passes, 0, FAILURES);
	tcase_add_loop_test(all, what_we_sent_ourselves_passes, 0, FAILURES);
	tcase_add_loop_test(all, nothing_is_held_unless_all_were_well_a_moment_ago, 0, FAILURES);
	tcase_add_test(all, guard_runs_out_by_itself);
	tcase_add_loop_test(all, short_failure_takes_little_room, 0, FAILURES);
	tcase_add_loop_test(all, what_finds_no_room_passes, 0, FAILURES);
	tcase_add_loop_test(all, no_other_program_holds, 0, FAILURES);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	if (!tap_lab_has_rights())
		return EXIT_SUCCESS;
	return check_main_run(test_tap_hold_suite());
}
