/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The taps under BPF_PROG_TEST_RUN with crafted packets, and on the loopback of a network
 * namespace of our own for what only real packets can show.
 *
 * The identity seen = submitted + ring_full + oversized is checked after every test.
 */

#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bpf/dns_event.h"
#include "capture/event_intake.h"
#include "capture/packet_message.h"
#include "capture/tap_program.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "tap.skel.h"
#include "tests/support/check_main.h"
#include "tests/support/tap_packet.h"

#define RING_BYTES     65536u
#define RUN_BYTES_MAX  3520 /* BPF_PROG_TEST_RUN takes one page, less its own needs */
#define INGRESS_INDEX  1    /* lo: the only index that BPF_PROG_TEST_RUN is sure to know */
#define FRAME_BYTES    16384u
#define MORE_FRAGMENTS 0x2000

static struct tap_program program;
static struct event_intake intake;

static struct dns_event_counts counts_now(void)
{
	struct dns_event_counts counts;

	tap_program_counts(&program, &counts);
	return counts;
}

static void open_taps(void)
{
	tap_program_init(&program);
	event_intake_init(&intake);
	ck_assert_int_eq(tap_program_open(&program, RING_BYTES), 0);
	ck_assert_int_eq(event_intake_open(&intake, tap_program_ring_fd(&program), RING_BYTES), 0);
}

static void close_taps(void)
{
	struct dns_event_counts counts = counts_now();

	ck_assert_uint_eq(counts.seen, counts.submitted + counts.ring_full + counts.oversized);
	event_intake_close(&intake);
	tap_program_close(&program);
}

static void run_marked(const struct tap_packet *packet, bool is_egress, uint32_t mark)
{
	struct __sk_buff context = { .mark = mark, .ifindex = INGRESS_INDEX };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->bytes,
		.data_size_in = (uint32_t)packet->size_bytes, .ctx_in = &context,
		.ctx_size_in = sizeof(context), .repeat = 1);
	int fd = bpf_program__fd(is_egress ? program.skeleton->progs.dns_tap_egress
					   : program.skeleton->progs.dns_tap_ingress);

	ck_assert_int_eq(bpf_prog_test_run_opts(fd, &options), 0);
	ck_assert_int_eq((int)options.retval, -1);
}

static void run_plan(const struct tap_packet_plan *plan)
{
	struct tap_packet packet;

	tap_packet_build(&packet, plan);
	run_marked(&packet, false, 0);
}

/* The one event in the ring; its payload must count up as built. */
static const struct dns_event *only_event(void)
{
	const struct dns_event *event;
	const void *record;
	const void *none;
	uint32_t record_bytes;

	ck_assert_int_eq(event_intake_next(&intake, &record, &record_bytes), EVENT_INTAKE_OK);
	ck_assert(packet_message_is_event(record, record_bytes));
	event = record;
	for (size_t i = 0; i < event->payload_bytes; i++)
		ck_assert_uint_eq(event->payload[i], (uint8_t)i);
	ck_assert_int_eq(event_intake_next(&intake, &none, &record_bytes), EVENT_INTAKE_EMPTY);
	return event;
}

static void no_event(void)
{
	const void *record;
	uint32_t record_bytes;

	ck_assert_int_eq(event_intake_next(&intake, &record, &record_bytes), EVENT_INTAKE_EMPTY);
}

START_TEST(query_over_ip4_becomes_an_event)
{
	static const uint8_t source_ip[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
	static const uint8_t destination_ip[16] = { [10] = 0xff, 0xff, 10, 9, 8, 7 };
	uint64_t before_ns = clock_ns();
	const struct dns_event *event;

	run_plan(&(struct tap_packet_plan){ .payload_bytes = 33 });
	event = only_event();
	ck_assert_uint_eq(event->direction, DNS_EVENT_INGRESS);
	ck_assert_uint_eq(event->ip_version, 4);
	ck_assert_uint_eq(event->ip_ttl, 61);
	ck_assert_uint_eq(event->payload_bytes, 33);
	ck_assert_uint_eq(event->payload_bytes_sent, 33);
	ck_assert_uint_ge(event->seen_ns, before_ns);
	ck_assert_uint_le(event->seen_ns, clock_ns());
	ck_assert_uint_eq(event->if_index, INGRESS_INDEX);
	ck_assert_uint_eq(event->ingress_if_index, 0);
	ck_assert_uint_eq(event->udp_checksum_be, 0);
	ck_assert_uint_eq(ntohs(event->source_port_be), 40000);
	ck_assert_uint_eq(ntohs(event->destination_port_be), 53);
	ck_assert_uint_eq(event->udp_bytes, 41);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	ck_assert_mem_eq(event->destination_mac, tap_packet_destination_mac, ETH_ALEN);
	ck_assert_mem_eq(event->source_ip, source_ip, sizeof(source_ip));
	ck_assert_mem_eq(event->destination_ip, destination_ip, sizeof(destination_ip));
	ck_assert_uint_eq(counts_now().seen, 1);
	ck_assert_uint_eq(counts_now().submitted, 1);
	ck_assert_uint_eq(counts_now().cut, 0);
}
END_TEST

START_TEST(response_over_ip6_becomes_an_event)
{
	const struct dns_event *event;
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .ip_version = 6,
					  .source_port = 53,
					  .destination_port = 40000,
					  .payload_bytes = 77 });
	run_marked(&packet, true, 0);
	event = only_event();
	ck_assert_uint_eq(event->direction, DNS_EVENT_EGRESS);
	ck_assert_uint_eq(event->ip_version, 6);
	ck_assert_uint_eq(event->ip_ttl, 62);
	ck_assert_uint_eq(event->payload_bytes, 77);
	ck_assert_uint_eq(ntohs(event->source_port_be), 53);
	ck_assert_uint_eq(ntohs(event->destination_port_be), 40000);
	ck_assert_mem_eq(event->source_ip, tap_packet_source_ip6, 16);
	ck_assert_mem_eq(event->destination_ip, tap_packet_destination_ip6, 16);
	ck_assert_mem_eq(event->source_mac, tap_packet_source_mac, ETH_ALEN);
	ck_assert_mem_eq(event->destination_mac, tap_packet_destination_mac, ETH_ALEN);
}
END_TEST

START_TEST(ip4_options_are_stepped_over)
{
	run_plan(&(struct tap_packet_plan){
		.option_bytes = 4 * (size_t)(_i + 1), .payload_bytes = 50 });
	ck_assert_uint_eq(only_event()->payload_bytes, 50);
}
END_TEST

START_TEST(other_packets_are_left_alone)
{
	static const struct tap_packet_plan plans[] = {
		{ .destination_port = 443, .payload_bytes = 100 },
		{ 6, .destination_port = 5353, .payload_bytes = 100 },
		{ .protocol = IPPROTO_TCP, .payload_bytes = 100 },
		{ 6, .protocol = IPPROTO_TCP, .payload_bytes = 100 },
		{ 6, .protocol = IPPROTO_DSTOPTS, .payload_bytes = 100 },
	};

	run_plan(&plans[_i]);
	no_event();
	ck_assert_uint_eq(counts_now().seen, 0);
	ck_assert_uint_eq(counts_now().fragments, 0);
}
END_TEST

START_TEST(frames_that_are_not_what_they_say_are_left_alone)
{
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .payload_bytes = 33 });
	switch (_i) {
	case 0: /* an IP header shorter than a header */
		packet.bytes[ETH_HLEN] = 0x44;
		break;
	case 1: /* version 6 in an IPv4 frame */
		packet.bytes[ETH_HLEN] = 0x65;
		break;
	case 2: /* ends within the UDP header */
		packet.size_bytes = ETH_HLEN + sizeof(struct iphdr) + 7;
		break;
	case 3: /* options longer than the frame */
		packet.bytes[ETH_HLEN] = 0x4f;
		packet.size_bytes = ETH_HLEN + 24;
		break;
	case 4: /* tagged */
		packet.bytes[12] = 0x81;
		packet.bytes[13] = 0x00;
		break;
	}
	run_marked(&packet, false, 0);
	no_event();
	ck_assert_uint_eq(counts_now().seen, 0);
}
END_TEST

START_TEST(first_fragment_is_taken_as_cut)
{
	const struct dns_event *event;

	run_plan(&(struct tap_packet_plan){
		.payload_bytes = 1400, .udp_bytes = 3008, .fragment = MORE_FRAGMENTS });
	event = only_event();
	ck_assert_uint_eq(event->payload_bytes, 1400);
	ck_assert_uint_eq(event->payload_bytes_sent, 3000);
	ck_assert_uint_eq(counts_now().cut, 1);
	ck_assert_uint_eq(counts_now().fragments, 0);
}
END_TEST

START_TEST(later_fragment_is_counted_and_not_parsed)
{
	run_plan(&(struct tap_packet_plan){
		.payload_bytes = 100, .fragment = (uint16_t)(_i ? MORE_FRAGMENTS | 1 : 185) });
	no_event();
	ck_assert_uint_eq(counts_now().seen, 0);
	ck_assert_uint_eq(counts_now().fragments, 1);
}
END_TEST

START_TEST(own_reply_is_counted_and_makes_no_event)
{
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .ip_version = _i ? 6 : 4,
					  .source_port = 53,
					  .destination_port = 40000,
					  .payload_bytes = 60 });
	run_marked(&packet, true, DNS_EVENT_OWN_MARK);
	no_event();
	ck_assert_uint_eq(counts_now().own, 1);
	ck_assert_uint_eq(counts_now().seen, 0);
	run_marked(&packet, true, DNS_EVENT_OWN_MARK + 1);
	ck_assert_uint_eq(only_event()->payload_bytes, 60);
}
END_TEST

START_TEST(every_length_arrives_whole)
{
	static const size_t edges[] = { 0, 8, 16, 128, 256, 512, 1472, 3000 };

	for (size_t edge = 0; edge < ARRAY_COUNT(edges); edge++) {
		for (size_t bytes = edges[edge] < 9 ? 0 : edges[edge] - 9; bytes < edges[edge] + 10;
			bytes++) {
			run_plan(&(struct tap_packet_plan){
				.ip_version = _i ? 6 : 4, .payload_bytes = bytes });
			ck_assert_uint_eq(only_event()->payload_bytes, bytes);
			event_intake_release(&intake);
		}
	}
	ck_assert_uint_eq(counts_now().cut, 0);
}
END_TEST

START_TEST(record_takes_the_smallest_class_that_holds_it)
{
	static const size_t classes[] = { 128, 256, 512, 1472, 4096 };
	size_t bytes = _i == 0 ? 1 : classes[_i - 1] + 1;
	const void *record;
	uint32_t record_bytes;

	run_plan(&(struct tap_packet_plan){ .payload_bytes = bytes });
	ck_assert_int_eq(event_intake_next(&intake, &record, &record_bytes), EVENT_INTAKE_OK);
	ck_assert_uint_eq(record_bytes, sizeof(struct dns_event) + classes[_i]);
}
END_TEST

START_TEST(datagram_without_payload_is_an_event)
{
	const struct dns_event *event;

	/* The second is not even a right UDP length. */
	run_plan(&(struct tap_packet_plan){ .udp_bytes = _i ? 3 : 0 });
	event = only_event();
	ck_assert_uint_eq(event->payload_bytes, 0);
	ck_assert_uint_eq(event->payload_bytes_sent, 0);
	ck_assert_uint_eq(counts_now().cut, 0);
}
END_TEST

START_TEST(udp_length_beyond_the_packet_takes_what_is_there)
{
	const struct dns_event *event;

	run_plan(&(struct tap_packet_plan){
		.ip_version = _i ? 6 : 4, .payload_bytes = 90, .udp_bytes = 508 });
	event = only_event();
	ck_assert_uint_eq(event->payload_bytes, 90);
	ck_assert_uint_eq(event->payload_bytes_sent, 500);
	ck_assert_uint_eq(event->udp_bytes, 508);
	ck_assert_uint_eq(counts_now().cut, 1);
}
END_TEST

START_TEST(bytes_behind_the_ip_packet_are_no_payload)
{
	const struct dns_event *event;

	run_plan(&(struct tap_packet_plan){
		.ip_version = _i ? 6 : 4, .payload_bytes = 90, .ip_bytes_less = 20 });
	event = only_event();
	ck_assert_uint_eq(event->payload_bytes, 70);
	ck_assert_uint_eq(event->payload_bytes_sent, 90);
}
END_TEST

START_TEST(bytes_behind_the_udp_datagram_are_no_payload)
{
	const struct dns_event *event;

	run_plan(&(struct tap_packet_plan){ .payload_bytes = 90, .udp_bytes = 48 });
	event = only_event();
	ck_assert_uint_eq(event->payload_bytes, 40);
	ck_assert_uint_eq(event->payload_bytes_sent, 40);
	ck_assert_uint_eq(counts_now().cut, 0);
}
END_TEST

START_TEST(full_ring_refuses_and_counts)
{
	const unsigned int record_bytes = sizeof(struct dns_event) + 128 + BPF_RINGBUF_HDR_SZ;
	unsigned int room_count = (RING_BYTES - 1) / record_bytes;
	const void *record;
	uint32_t bytes;

	for (unsigned int i = 0; i < room_count + 10; i++)
		run_plan(&(struct tap_packet_plan){ .payload_bytes = 33 });
	ck_assert_uint_eq(counts_now().seen, room_count + 10);
	ck_assert_uint_eq(counts_now().submitted, room_count);
	ck_assert_uint_eq(counts_now().ring_full, 10);

	while (event_intake_next(&intake, &record, &bytes) == EVENT_INTAKE_OK)
		;
	ck_assert_uint_eq(event_intake_position(&intake), event_intake_produced(&intake));
	event_intake_release(&intake);
	run_plan(&(struct tap_packet_plan){ .payload_bytes = 44 });
	ck_assert_uint_eq(only_event()->payload_bytes, 44);
}
END_TEST

/* A network namespace with nothing but its loopback, both taps on it. */
static void enter_namespace(struct tap_pair *out_pair)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	cleanup_close int fd = -1;

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	ck_assert_int_eq(
		tap_program_attach(&program, if_nametoindex("lo"), out_pair), TAP_PROGRAM_OK);
}

/* Events of one datagram on lo: once out, once in. */
static void both_events(size_t payload_bytes, size_t payload_bytes_sent)
{
	for (int i = 0; i < 2; i++) {
		const struct dns_event *event;
		const void *record;
		uint32_t record_bytes;

		ck_assert_int_eq(
			event_intake_next(&intake, &record, &record_bytes), EVENT_INTAKE_OK);
		ck_assert(packet_message_is_event(record, record_bytes));
		event = record;
		ck_assert_uint_eq(event->direction, i == 0 ? DNS_EVENT_EGRESS : DNS_EVENT_INGRESS);
		ck_assert_uint_eq(event->payload_bytes, payload_bytes);
		ck_assert_uint_eq(event->payload_bytes_sent, payload_bytes_sent);
		for (size_t at = 0; at < payload_bytes; at++)
			ck_assert_uint_eq(event->payload[at], (uint8_t)at);
	}
	no_event();
	event_intake_release(&intake);
}

START_TEST(long_payload_is_cut_at_the_limit)
{
	static const size_t lengths[] = { 3600, 4095, 4096, 4097, 5000, 9000 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t payload[9000];
	struct tap_pair pair;
	cleanup_close int fd = -1;

	enter_namespace(&pair);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		size_t kept = lengths[i] < 4096 ? lengths[i] : 4096;

		ck_assert_int_eq(
			sendto(fd, payload, lengths[i], 0, (struct sockaddr *)&to, sizeof(to)),
			(ssize_t)lengths[i]);
		both_events(kept, lengths[i]);
	}
	ck_assert_uint_eq(counts_now().cut, 6);
	tap_program_detach(&pair);
}
END_TEST

/* Send @packet so that all but its Ethernet header lies in page fragments. */
static void send_in_fragments(const struct tap_packet *packet)
{
	struct tpacket_req ring = { .tp_block_size = FRAME_BYTES,
		.tp_block_nr = 1,
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = 1 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex("lo") };
	int version = TPACKET_V2;
	cleanup_close int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct tpacket2_hdr *frame;

	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)), 0);
	frame = mmap(NULL, FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(frame, MAP_FAILED);
	memcpy((uint8_t *)frame + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), packet->bytes,
		packet->size_bytes);
	frame->tp_len = (uint32_t)packet->size_bytes;
	frame->tp_status = TP_STATUS_SEND_REQUEST;
	ck_assert_int_eq(sendto(fd, NULL, 0, 0, (struct sockaddr *)&to, sizeof(to)),
		(ssize_t)packet->size_bytes);
	(void)munmap(frame, FRAME_BYTES);
}

START_TEST(headers_in_page_fragments_are_seen)
{
	static const size_t lengths[] = { 0, 5, 33, 200, 1232, 4096 };
	struct tap_packet packet;
	struct tap_pair pair;

	enter_namespace(&pair);
	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
		tap_packet_build(&packet, &(struct tap_packet_plan){ .ip_version = _i == 1 ? 6 : 4,
						  .option_bytes = _i == 2 ? 12 : 0,
						  .payload_bytes = lengths[i] });
		send_in_fragments(&packet);
		both_events(lengths[i], lengths[i]);
	}
	tap_packet_build(
		&packet, &(struct tap_packet_plan){ .protocol = IPPROTO_TCP, .payload_bytes = 99 });
	send_in_fragments(&packet);
	no_event();
	tap_program_detach(&pair);
}
END_TEST

START_TEST(detached_taps_see_nothing)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct tap_pair pair;
	cleanup_close int fd = -1;

	enter_namespace(&pair);
	tap_program_detach(&pair);
	ck_assert_int_eq(pair.ingress_fd, -1);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	no_event();
	ck_assert_uint_eq(counts_now().seen, 0);
}
END_TEST

START_TEST(interface_that_is_not_there_is_gone)
{
	struct tap_pair pair;

	ck_assert_int_eq(tap_program_attach(&program, 0x7ffffff0, &pair), TAP_PROGRAM_GONE);
}
END_TEST

/* True if this process may load programs; if not, the plan that says why not. */
static bool has_rights(void)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	cleanup_close int fd = bpf_prog_load(
		BPF_PROG_TYPE_SCHED_CLS, "probe", "GPL", pass, ARRAY_COUNT(pass), NULL);

	if (fd >= 0)
		return true;
	(void)printf("1..0 # SKIP needs CAP_BPF and CAP_NET_ADMIN (%s)\n", strerror(errno));
	return false;
}

static TCase *crafted_packets(void)
{
	TCase *tests = tcase_create("crafted packets");

	tcase_add_checked_fixture(tests, open_taps, close_taps);
	tcase_add_test(tests, query_over_ip4_becomes_an_event);
	tcase_add_test(tests, response_over_ip6_becomes_an_event);
	tcase_add_loop_test(tests, ip4_options_are_stepped_over, 0, 10);
	tcase_add_loop_test(tests, other_packets_are_left_alone, 0, 5);
	tcase_add_loop_test(tests, frames_that_are_not_what_they_say_are_left_alone, 0, 5);
	tcase_add_test(tests, first_fragment_is_taken_as_cut);
	tcase_add_loop_test(tests, later_fragment_is_counted_and_not_parsed, 0, 2);
	tcase_add_loop_test(tests, own_reply_is_counted_and_makes_no_event, 0, 2);
	tcase_add_loop_test(tests, every_length_arrives_whole, 0, 2);
	tcase_add_loop_test(tests, record_takes_the_smallest_class_that_holds_it, 0, 5);
	tcase_add_loop_test(tests, datagram_without_payload_is_an_event, 0, 2);
	tcase_add_loop_test(tests, udp_length_beyond_the_packet_takes_what_is_there, 0, 2);
	tcase_add_loop_test(tests, bytes_behind_the_ip_packet_are_no_payload, 0, 2);
	tcase_add_test(tests, bytes_behind_the_udp_datagram_are_no_payload);
	tcase_add_test(tests, full_ring_refuses_and_counts);
	return tests;
}

static TCase *real_packets(void)
{
	TCase *tests = tcase_create("real packets");

	tcase_add_checked_fixture(tests, open_taps, close_taps);
	tcase_add_test(tests, long_payload_is_cut_at_the_limit);
	tcase_add_loop_test(tests, headers_in_page_fragments_are_seen, 0, 3);
	tcase_add_test(tests, detached_taps_see_nothing);
	tcase_add_test(tests, interface_that_is_not_there_is_gone);
	return tests;
}

int main(void)
{
	Suite *suite;

	if (!has_rights())
		return EXIT_SUCCESS;
	suite = suite_create("tap");
	suite_add_tcase(suite, crafted_packets());
	suite_add_tcase(suite, real_packets());
	return check_main_run(suite);
}
