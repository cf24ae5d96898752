/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds failures, at a veth: what is held does not get to the other end, all else does.
 *
 * Behind each packet goes a sentinel that no tap looks at: what came to inner before it is all
 * that came.
 */

#include "tests/support/tap_namespace.h"

#define SENTINEL_PORT 9
#define SERVFAIL      2

static const struct tap_packet_plan response = {
	.source_port = 53, .destination_port = 40000, .payload_bytes = 60
};
static const struct tap_packet_plan query = { .payload_bytes = 30 };
static const struct tap_packet_plan error = { .quote = &query, .icmp_type = 3, .icmp_code = 3 };
static const struct tap_packet_plan sentinel = {
	.source_port = SENTINEL_PORT, .destination_port = SENTINEL_PORT, .payload_bytes = 1
};

static struct tap_pair pair;
static int inner_fd;

static void start(void)
{
	tap_lab_open_tcx();
	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_HOLD, &pair);
	inner_fd = tap_namespace_socket("inner", ETH_P_ALL, 0);
	tap_program_guard(&tap_lab.program, clock_ns());
}

static void end(void)
{
	(void)close(inner_fd);
	tap_program_detach(&pair);
	tap_lab_close_one();
}

static void build_response(struct tap_packet *packet, uint8_t rcode)
{
	tap_packet_build(packet, &response);
	packet->bytes[packet->payload_at + 2] = 0x81;
	packet->bytes[packet->payload_at + 3] = 0x80 | rcode;
}

static void send_packet(const char *if_name, const struct tap_packet *packet, uint32_t mark)
{
	cleanup_close int fd = tap_namespace_socket(if_name, 0, mark);

	tap_namespace_expect_sent(
		send(fd, packet->bytes, packet->size_bytes, 0), packet->size_bytes);
}

/* UDP packets that came to inner before the sentinel; what else a kernel sends is passed over. */
static unsigned int arrived_count(void)
{
	const size_t source_port_at = ETH_HLEN + sizeof(struct iphdr);
	unsigned int count = 0;

	tap_namespace_send("edge", &sentinel, 0);
	for (;;) {
		struct pollfd inner = { .fd = inner_fd, .events = POLLIN };
		uint8_t frame[2048];
		ssize_t bytes;

		ck_assert_int_eq(poll(&inner, 1, (int)(TAP_NAMESPACE_WAIT_NS / NS_PER_MS)), 1);
		bytes = recv(inner_fd, frame, sizeof(frame), 0);
		if (bytes < (ssize_t)source_port_at + 2 ||
			memcmp(frame, tap_packet_destination_mac, ETH_ALEN) != 0)
			continue;
		if (frame[source_port_at] == 0 && frame[source_port_at + 1] == SENTINEL_PORT)
			return count;
		count++;
	}
}

static void expect_held(const struct tap_packet *packet)
{
	struct tap_namespace_event room;
	const struct dns_event *event = tap_namespace_next(&tap_lab, &room);

	ck_assert_uint_eq(event->flags, DNS_EVENT_HELD);
	ck_assert_uint_eq(event->direction, DNS_EVENT_EGRESS);
	ck_assert_uint_eq(event->if_index, if_nametoindex("edge"));
	ck_assert_uint_eq(event->payload_bytes, packet->size_bytes);
	ck_assert_uint_eq(event->head_bytes, packet->payload_at);
	ck_assert_mem_eq(event->payload, packet->bytes, packet->size_bytes);
	ck_assert_uint_eq(arrived_count(), 0);
}

static void expect_passed(void)
{
	struct tap_namespace_event room;

	ck_assert_uint_eq(tap_namespace_next(&tap_lab, &room)->flags & DNS_EVENT_HELD, 0);
	ck_assert_uint_eq(arrived_count(), 1);
}

START_TEST(failure_does_not_get_to_the_container)
{
	struct tap_packet packet;

	build_response(&packet, SERVFAIL);
	send_packet("edge", &packet, 0);
	expect_held(&packet);
	tap_packet_build(&packet, &error);
	send_packet("edge", &packet, 0);
	expect_held(&packet);
}
END_TEST

START_TEST(success_does)
{
	struct tap_packet packet;

	build_response(&packet, 0);
	send_packet("edge", &packet, 0);
	expect_passed();
}
END_TEST

/* As the injector sends on what was held. */
START_TEST(what_carries_our_mark_does)
{
	struct tap_packet packet;

	build_response(&packet, SERVFAIL);
	send_packet("edge", &packet, DNS_EVENT_OWN_MARK);
	ck_assert_uint_eq(arrived_count(), 1);
	ck_assert_uint_eq(tap_lab_counts().own, 1);
}
END_TEST

START_TEST(failure_does_once_nobody_is_there_to_decide)
{
	struct tap_packet packet;

	tap_program_guard(&tap_lab.program, 0);
	build_response(&packet, SERVFAIL);
	send_packet("edge", &packet, 0);
	expect_passed();
}
END_TEST

START_TEST(failure_in_page_fragments_is_held_whole)
{
	struct tap_packet packet;

	tap_packet_build(&packet, &error);
	tap_namespace_send_in_fragments("edge", &error);
	expect_held(&packet);
}
END_TEST

START_TEST(failure_whose_tag_is_not_in_its_bytes_passes)
{
	struct tap_packet packet;
	cleanup_close int adder_fd = tap_namespace_attach_tag_adder(0x8100, 5);

	ck_assert_int_ge(adder_fd, 0);
	build_response(&packet, SERVFAIL);
	send_packet("edge", &packet, 0);
	expect_passed();
	ck_assert_uint_eq(tap_lab_counts().hold_unfit, 1);
}
END_TEST

START_TEST(failure_that_a_container_sends_passes)
{
	struct tap_namespace_event room;
	struct tap_packet packet;

	build_response(&packet, SERVFAIL);
	send_packet("inner", &packet, 0);
	ck_assert_uint_eq(tap_namespace_next(&tap_lab, &room)->direction, DNS_EVENT_INGRESS);
	ck_assert_uint_eq(room.event.flags & DNS_EVENT_HELD, 0);
}
END_TEST

START_TEST(side_that_is_no_edge_holds_nothing)
{
	struct tap_packet packet;

	tap_program_detach(&pair);
	tap_namespace_attach(&tap_lab, "edge", TAP_SIDE_BOTH, &pair);
	build_response(&packet, SERVFAIL);
	send_packet("edge", &packet, 0);
	expect_passed();
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *all;

	if (!tap_lab_has_rights())
		return EXIT_SUCCESS;
	suite = suite_create("tap_hold_real");
	all = tcase_create("veth");
	tcase_set_timeout(all, 30);
	suite_add_tcase(suite, all);
	if (!tap_lab_has_tcx()) /* nothing can hold there: test_tap_hold.c */
		return check_main_run(suite);
	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, failure_does_not_get_to_the_container);
	tcase_add_test(all, success_does);
	tcase_add_test(all, what_carries_our_mark_does);
	tcase_add_test(all, failure_does_once_nobody_is_there_to_decide);
	tcase_add_test(all, failure_in_page_fragments_is_held_whole);
	tcase_add_test(all, failure_whose_tag_is_not_in_its_bytes_passes);
	tcase_add_test(all, failure_that_a_container_sends_passes);
	tcase_add_test(all, side_that_is_no_edge_holds_nothing);
	return check_main_run(suite);
}
