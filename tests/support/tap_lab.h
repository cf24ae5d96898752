/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap lab -- loaded taps of one kind and what they write, for tests by crafted packets.
 *
 * BPF_PROG_TEST_RUN hands a sched_cls program the frame as it is, and a socket filter the
 * frame without its Ethernet header; in front of what a socket filter shall see as frame
 * stands another header, therefore. Each test file runs its tests for both kinds.
 */

#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/dns_event.h"
#include "capture/event_intake.h"
#include "capture/packet_message.h"
#include "capture/tap_program.h"
#include "shared/compiler.h"
#include "tap.skel.h"
#include "tests/support/check_main.h"
#include "tests/support/tap_packet.h"

#define TAP_LAB_RING_BYTES 65536u
#define TAP_LAB_IF_INDEX   1 /* lo: the only index that BPF_PROG_TEST_RUN is sure to know */
#define TAP_LAB_TCX_NEXT   (-1)

struct tap_lab {
	struct tap_program program;
	struct event_intake intake;
};

static struct tap_lab tap_lab;

static inline struct dns_event_counts tap_lab_counts(void)
{
	struct dns_event_counts counts;

	tap_program_counts(&tap_lab.program, &counts);
	return counts;
}

static inline void tap_lab_open_ports(
	struct tap_lab *lab, enum config_tap kind, const struct config_ports *ports)
{
	tap_program_init(&lab->program);
	event_intake_init(&lab->intake);
	ck_assert_int_eq(
		tap_program_open(&lab->program, kind, TAP_LAB_RING_BYTES, ports, CONFIG_HOLD_AUTO),
		0);
	ck_assert_int_eq(event_intake_open(&lab->intake, tap_program_ring_fd(&lab->program),
				 TAP_LAB_RING_BYTES),
		0);
}

static inline void tap_lab_open(struct tap_lab *lab, enum config_tap kind)
{
	static const struct config_ports ports = { .count = 1, .ports = { 53 } };

	tap_lab_open_ports(lab, kind, &ports);
}

/* The identity of dns_event.h holds after every test. */
static inline void tap_lab_close(struct tap_lab *lab)
{
	struct dns_event_counts counts;

	tap_program_counts(&lab->program, &counts);
	ck_assert_uint_eq(counts.seen, counts.submitted + counts.ring_full + counts.oversized);
	ck_assert_uint_le(counts.unreachable, counts.seen);
	event_intake_close(&lab->intake);
	tap_program_close(&lab->program);
}

static inline void tap_lab_open_tcx(void)
{
	tap_lab_open(&tap_lab, CONFIG_TAP_TCX);
}

static inline void tap_lab_open_socket(void)
{
	tap_lab_open(&tap_lab, CONFIG_TAP_SOCKET);
}

static inline void tap_lab_close_one(void)
{
	tap_lab_close(&tap_lab);
}

/* A socket filter takes every packet of a test run for one that came in. */
static inline void tap_lab_run_marked(
	const struct tap_packet *packet, bool is_egress, uint32_t mark)
{
	const struct tap *skeleton = tap_lab.program.skeleton;
	bool is_tcx = tap_lab.program.kind == CONFIG_TAP_TCX;
	struct __sk_buff context = { .mark = mark, .ifindex = TAP_LAB_IF_INDEX };
	uint8_t frame[ETH_HLEN + TAP_PACKET_BYTES_MAX] = { 0 };
	size_t skipped = is_tcx ? ETH_HLEN : 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame + skipped,
		.data_size_in = (uint32_t)(packet->size_bytes + ETH_HLEN - skipped),
		.ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	int fd = bpf_program__fd(skeleton->progs.dns_tap_socket);

	if (is_tcx)
		fd = bpf_program__fd(is_egress ? skeleton->progs.dns_tap_egress
					       : skeleton->progs.dns_tap_ingress);
	memcpy(frame + ETH_HLEN, packet->bytes, packet->size_bytes);
	ck_assert_int_eq(bpf_prog_test_run_opts(fd, &options), 0);
	ck_assert_int_eq((int)options.retval, is_tcx ? TAP_LAB_TCX_NEXT : 0);
}

static inline void tap_lab_run_packet(const struct tap_packet *packet)
{
	tap_lab_run_marked(packet, false, 0);
}

static inline void tap_lab_run(const struct tap_packet_plan *plan)
{
	struct tap_packet packet;

	tap_packet_build(&packet, plan);
	tap_lab_run_packet(&packet);
}

/* The one event in the ring, whose room is given back; its payload must count up as built. */
static inline const struct dns_event *tap_lab_event(void)
{
	const struct dns_event *event;
	const void *record;
	const void *none;
	uint32_t record_bytes;

	ck_assert_int_eq(
		event_intake_next(&tap_lab.intake, &record, &record_bytes), EVENT_INTAKE_OK);
	ck_assert(packet_message_is_event(record, record_bytes));
	event = record;
	for (size_t i = 0; i < event->payload_bytes; i++)
		ck_assert_uint_eq(event->payload[i], (uint8_t)i);
	ck_assert_int_eq(
		event_intake_next(&tap_lab.intake, &none, &record_bytes), EVENT_INTAKE_EMPTY);
	event_intake_release(&tap_lab.intake);
	return event;
}

static inline void tap_lab_no_event(void)
{
	const void *record;
	uint32_t record_bytes;

	ck_assert_int_eq(
		event_intake_next(&tap_lab.intake, &record, &record_bytes), EVENT_INTAKE_EMPTY);
}

/*
 * The shortest frame of this plan that BPF_PROG_TEST_RUN takes: none without a byte behind
 * the Ethernet header, and none that says IP and has no IP header (tagged ones may).
 */
static inline size_t tap_lab_bytes_min(const struct tap_packet_plan *plan)
{
	if (tap_lab.program.kind == CONFIG_TAP_SOCKET)
		return 1;
	if (plan->tags[0].protocol)
		return ETH_HLEN + 1;
	return ETH_HLEN + (plan->ip_version == 6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
}

/* Run the start of a frame, of every length. Events only once all headers are there. */
static inline void tap_lab_run_every_cut(const struct tap_packet_plan *plan)
{
	struct tap_packet packet;
	size_t whole_bytes;

	tap_packet_build(&packet, plan);
	whole_bytes = packet.size_bytes;
	packet.size_bytes = tap_lab_bytes_min(plan);
	for (; packet.size_bytes <= whole_bytes; packet.size_bytes++) {
		tap_lab_run_packet(&packet);
		if (packet.size_bytes < packet.payload_at)
			tap_lab_no_event();
		else
			ck_assert_uint_eq(tap_lab_event()->payload_bytes,
				packet.size_bytes - packet.payload_at);
	}
}

/* Whether this kernel has TCX; tests of those taps run only there. */
static inline bool tap_lab_has_tcx(void)
{
	static const struct config_ports ports = { .count = 1, .ports = { 53 } };
	struct tap_program program;
	bool has_tcx;

	tap_program_init(&program);
	has_tcx = tap_program_open(&program, CONFIG_TAP_AUTO, TAP_LAB_RING_BYTES, &ports,
			  CONFIG_HOLD_AUTO) == 0 &&
		  program.kind == CONFIG_TAP_TCX;
	tap_program_close(&program);
	return has_tcx;
}

/* True if this process may load programs; if not, the plan that says why not. */
static inline bool tap_lab_has_rights(void)
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

/* main() of a test file: @add_tests to a case for each kind that this kernel can have. */
static inline int tap_lab_main(const char *name, void (*add_tests)(TCase *tests))
{
	Suite *suite;
	TCase *sockets;

	if (!tap_lab_has_rights())
		return EXIT_SUCCESS;
	suite = suite_create(name);
	if (tap_lab_has_tcx()) {
		TCase *links = tcase_create("TCX");

		tcase_add_checked_fixture(links, tap_lab_open_tcx, tap_lab_close_one);
		add_tests(links);
		suite_add_tcase(suite, links);
	}
	sockets = tcase_create("socket");
	tcase_add_checked_fixture(sockets, tap_lab_open_socket, tap_lab_close_one);
	add_tests(sockets);
	suite_add_tcase(suite, sockets);
	return check_main_run(suite);
}
