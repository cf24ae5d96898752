/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap namespace -- real interfaces for tests of the taps, in a network namespace of our own.
 *
 * lo, and on request a veth pair, "edge" and "inner". What is sent on inner comes in at
 * edge, what is sent on edge goes out there. Frames are addressed to nobody, so that the
 * kernel answers none. What came in may be seen a little later: events are waited for.
 */

#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/clock.h"
#include "tests/support/tap_lab.h"

#define TAP_NAMESPACE_FRAME_BYTES 16384u
#define TAP_NAMESPACE_WAIT_NS     (5 * NS_PER_S)
#define TAP_NAMESPACE_TCX_EGRESS  47 /* <linux/bpf.h> has it from 6.6 on */
#define TAP_NAMESPACE_BEFORE      (1u << 3)

static inline void tap_namespace_set_up(const char *if_name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", if_name);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

static inline void tap_namespace_enter(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	tap_namespace_set_up("lo");
}

/* A packet socket on an interface that hears @protocol (0 = nothing) and marks what it sends. */
static inline int tap_namespace_socket(const char *if_name, uint16_t protocol, uint32_t mark)
{
	struct sockaddr_ll interface = { .sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)if_nametoindex(if_name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&interface, sizeof(interface)), 0);
	return fd;
}

/* A new interface drops what it shall send until the kernel has seen that it has a carrier. */
static inline void tap_namespace_wait_for_carrier(const char *from, const char *to)
{
	static const uint8_t frame[ETH_ZLEN] = { [12] = ETH_P_802_EX1 >> 8, ETH_P_802_EX1 & 0xff };
	uint64_t until_ns = clock_ns() + TAP_NAMESPACE_WAIT_NS;
	cleanup_close int sender_fd = tap_namespace_socket(from, 0, 0);
	cleanup_close int receiver_fd = tap_namespace_socket(to, ETH_P_802_EX1, 0);
	struct pollfd receiver = { .fd = receiver_fd, .events = POLLIN };

	do {
		ck_assert_msg(clock_ns() < until_ns, "nothing gets from %s to %s", from, to);
		(void)send(sender_fd, frame, sizeof(frame), 0);
	} while (poll(&receiver, 1, 10) == 0);
}

static inline void tap_namespace_add_veth(void)
{
	ck_assert_int_eq(system("ip link add edge type veth peer name inner"), 0);
	tap_namespace_set_up("edge");
	tap_namespace_set_up("inner");
	tap_namespace_wait_for_carrier("edge", "inner");
	tap_namespace_wait_for_carrier("inner", "edge");
}

static inline void tap_namespace_attach(const struct tap_lab *lab, const char *if_name,
	enum tap_side side, struct tap_pair *out_pair)
{
	ck_assert_int_eq(tap_program_attach(&lab->program, if_nametoindex(if_name), side, out_pair),
		TAP_PROGRAM_OK);
}

/* What a program drops, its sender is told about as of a full queue. */
static inline void tap_namespace_expect_sent(ssize_t sent_bytes, size_t bytes)
{
	ck_assert(sent_bytes == (ssize_t)bytes || (sent_bytes < 0 && errno == ENOBUFS));
}

static inline void tap_namespace_send(
	const char *if_name, const struct tap_packet_plan *plan, uint32_t mark)
{
	cleanup_close int fd = tap_namespace_socket(if_name, 0, mark);
	struct tap_packet packet;

	tap_packet_build(&packet, plan);
	ck_assert_int_eq(send(fd, packet.bytes, packet.size_bytes, 0), (ssize_t)packet.size_bytes);
}

/* Send so that all but the Ethernet header lies in page fragments. */
static inline void tap_namespace_send_in_fragments(
	const char *if_name, const struct tap_packet_plan *plan)
{
	struct tpacket_req ring = { .tp_block_size = TAP_NAMESPACE_FRAME_BYTES,
		.tp_block_nr = 1,
		.tp_frame_size = TAP_NAMESPACE_FRAME_BYTES,
		.tp_frame_nr = 1 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(if_name) };
	int version = TPACKET_V2;
	cleanup_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct tpacket2_hdr *frame;
	struct tap_packet packet;

	tap_packet_build(&packet, plan);
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)), 0);
	frame = mmap(NULL, TAP_NAMESPACE_FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(frame, MAP_FAILED);
	memcpy((uint8_t *)frame + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), packet.bytes,
		packet.size_bytes);
	frame->tp_len = (uint32_t)packet.size_bytes;
	frame->tp_status = TP_STATUS_SEND_REQUEST;
	tap_namespace_expect_sent(
		sendto(fd, NULL, 0, 0, (struct sockaddr *)&to, sizeof(to)), packet.size_bytes);
	(void)munmap(frame, TAP_NAMESPACE_FRAME_BYTES);
}

/* A program on edge, in front of the tap, that adds a tag as a VLAN device does: not in the bytes. */
static inline int tap_namespace_attach_tag_adder(uint16_t protocol, uint16_t tci)
{
	const struct bpf_insn add_tag[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
			.dst_reg = BPF_REG_2,
			.imm = htons(protocol) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = tci },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_vlan_push },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
			.dst_reg = BPF_REG_0,
			.imm = TAP_LAB_TCX_NEXT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TAP_NAMESPACE_BEFORE);
	cleanup_close int fd = bpf_prog_load(
		BPF_PROG_TYPE_SCHED_CLS, "add_tag", "GPL", add_tag, ARRAY_COUNT(add_tag), NULL);

	ck_assert_int_ge(fd, 0);
	return bpf_link_create(fd, (int)if_nametoindex("edge"),
		(enum bpf_attach_type)TAP_NAMESPACE_TCX_EGRESS, &options);
}

/* An event out of the ring, with room for the largest payload. */
struct tap_namespace_event {
	union {
		struct dns_event event;
		uint8_t bytes[sizeof(struct dns_event) + DNS_EVENT_PAYLOAD_BYTES_MAX];
	};
};

/* The next event, waited for. */
static inline const struct dns_event *tap_namespace_next(
	struct tap_lab *lab, struct tap_namespace_event *out_event)
{
	struct pollfd ring = { .fd = lab->intake.ring_fd, .events = POLLIN };
	uint64_t until_ns = clock_ns() + TAP_NAMESPACE_WAIT_NS;
	const struct dns_event *event;
	const void *record;
	uint32_t record_bytes;

	while (event_intake_next(&lab->intake, &record, &record_bytes) != EVENT_INTAKE_OK) {
		ck_assert_msg(clock_ns() < until_ns, "no event came");
		(void)poll(&ring, 1, 100);
	}
	ck_assert(packet_message_is_event(record, record_bytes));
	event = record;
	memcpy(out_event->bytes, event, sizeof(*event) + event->payload_bytes);
	event_intake_release(&lab->intake);
	return &out_event->event;
}

/*
 * Nothing but what was taken: one more datagram is sent on the interface, and its event is
 * the next one. Of an interface that shows each packet twice (lo, both sides) it takes both.
 */
static inline void tap_namespace_no_more(struct tap_lab *lab, const char *if_name, int times)
{
	struct tap_namespace_event event;

	tap_namespace_send(
		if_name, &(struct tap_packet_plan){ .source_port = 4242, .payload_bytes = 1 }, 0);
	for (int i = 0; i < times; i++)
		ck_assert_uint_eq(ntohs(tap_namespace_next(lab, &event)->source_port_be), 4242);
}
