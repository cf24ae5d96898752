/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two kinds of taps: how one is chosen, that both write the same events, that a socket
 * tap keeps no packet, and what their programs cost the verifier.
 *
 * bpf_link_create() is this program's own, so that a test can be on a kernel without TCX; and
 * what loads programs, so that it can be on one that refuses some.
 */

#include <dlfcn.h>
#include <linux/sockios.h>
#include <sys/wait.h>

#include "tests/support/tap_namespace.h"

#define VERIFIED_MAX     100000u /* of 1,000,000: other kernels count otherwise */
#define ATTACHMENTS      20
#define SENDER_FRAMES    64
#define BUFFER_BYTES_MAX 8192 /* the kernel's least, some 2,300, on any machine */

static int link_errnum; /* what every link is refused with; 0 = the kernel decides */

int bpf_link_create(int program_fd, int target_fd, enum bpf_attach_type type,
	const struct bpf_link_create_opts *options)
{
	int (*create)(int, int, enum bpf_attach_type, const struct bpf_link_create_opts *);

	if (link_errnum) {
		errno = link_errnum;
		return -link_errnum;
	}
	*(void **)&create = dlsym(RTLD_NEXT, "bpf_link_create");
	return create(program_fd, target_fd, type, options);
}

static unsigned int loads_to_refuse;

int bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton)
{
	int (*load)(struct bpf_object_skeleton *);

	if (loads_to_refuse > 0) {
		loads_to_refuse--;
		errno = E2BIG; /* as a verifier that has looked long enough */
		return -E2BIG;
	}
	*(void **)&load = dlsym(RTLD_NEXT, "bpf_object__load_skeleton");
	return load(skeleton);
}

static int open_kind(struct tap_program *program, enum config_tap kind)
{
	static const struct config_ports ports = { .count = 1, .ports = { 53 } };

	tap_program_init(program);
	return tap_program_open(program, kind, TAP_LAB_RING_BYTES, &ports, CONFIG_HOLD_AUTO);
}

START_TEST(without_tcx_taps_are_sockets)
{
	static const int errnums[] = { EINVAL, EOPNOTSUPP };
	struct tap_program program;

	link_errnum = errnums[_i];
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_AUTO), 0);
	ck_assert_int_eq(program.kind, CONFIG_TAP_SOCKET);
	tap_program_close(&program);
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_TCX), -EOPNOTSUPP);
	tap_program_close(&program);
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_SOCKET), 0);
	tap_program_close(&program);
}
END_TEST

/* A refusal for another reason says nothing about TCX; attaching will tell. */
START_TEST(with_tcx_taps_are_links_unless_asked_otherwise)
{
	struct tap_program program;
	struct tap_pair pair;

	link_errnum = _i ? EPERM : ENODEV;
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_AUTO), 0);
	ck_assert_int_eq(program.kind, CONFIG_TAP_TCX);
	ck_assert_int_eq(tap_program_attach(&program, 1, TAP_SIDE_BOTH, &pair),
		_i ? TAP_PROGRAM_REFUSED : TAP_PROGRAM_GONE);
	tap_program_close(&program);
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_SOCKET), 0);
	ck_assert_int_eq(program.kind, CONFIG_TAP_SOCKET);
	tap_program_close(&program);
}
END_TEST

START_TEST(kernel_that_does_not_load_what_holds_has_taps_all_the_same)
{
	struct tap_program program;

	loads_to_refuse = 1;
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_AUTO), 0);
	ck_assert_int_eq(program.kind, CONFIG_TAP_TCX);
	ck_assert(!program.can_hold);
	ck_assert_int_ge(bpf_program__fd(program.skeleton->progs.dns_tap_egress), 0);
	ck_assert_int_lt(bpf_program__fd(program.skeleton->progs.dns_tap_hold), 0);
	tap_program_close(&program);
	loads_to_refuse = 2;
	ck_assert_int_eq(open_kind(&program, CONFIG_TAP_AUTO), -E2BIG);
	tap_program_close(&program);
}
END_TEST

static void expect_verified(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t info_bytes = sizeof(info);

	ck_assert_int_ge(bpf_program__fd(program), 0);
	ck_assert_int_eq(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes), 0);
	ck_assert_uint_gt(info.verified_insns, 0);
	ck_assert_uint_lt(info.verified_insns, VERIFIED_MAX);
}

START_TEST(programs_keep_to_the_verifiers_budget)
{
	static const struct config_ports ports = { 8, { 53, 5353, 1, 2, 3, 4, 5, 6 } };
	static struct tap_lab lab;

	tap_lab_open_ports(&lab, _i, &ports);
	if (_i == CONFIG_TAP_TCX) {
		expect_verified(lab.program.skeleton->progs.dns_tap_ingress);
		expect_verified(lab.program.skeleton->progs.dns_tap_egress);
		expect_verified(lab.program.skeleton->progs.dns_tap_hold);
	} else {
		expect_verified(lab.program.skeleton->progs.dns_tap_socket);
		expect_verified(lab.program.skeleton->progs.dns_tap_socket_egress);
	}
	tap_lab_close(&lab);
}
END_TEST

/* One of each shape that the taps know, and some that they leave alone. */
static const struct tap_packet_plan quote4 = { .option_bytes = 8, .payload_bytes = 60 };
static const struct tap_packet_plan quote6 = { 6, .payload_bytes = 60 };
static const struct tap_packet_plan shapes[] = {
	{ .payload_bytes = 0 },
	{ .payload_bytes = 33, .udp_checksum = 0x1234 },
	{ .source_port = 53, .destination_port = 40000, .payload_bytes = 129 },
	{ 6, .payload_bytes = 257 },
	{ .payload_bytes = 513 },
	{ 6, .payload_bytes = 1400 },
	{ .option_bytes = 40, .payload_bytes = 70 },
	{ .tags = { { 0x8100, 5 } }, .payload_bytes = 71 },
	{ 6, .tags = { { 0x88a8, 5 }, { 0x8100, 6 } }, .payload_bytes = 72 },
	{ .tags = { { 0x9100, 5 }, { 0x8100, 6 } }, .payload_bytes = 73 },
	{ 6, .extensions = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS },
		.extension_count = 3, .extension_units = 2, .payload_bytes = 74 },
	{ .fragment = 0x2000, .udp_bytes = 2008, .payload_bytes = 1000 },
	{ .fragment = 0x0010, .payload_bytes = 1000 },
	{ 6, .extensions = { IPPROTO_FRAGMENT }, .extension_count = 1, .fragment = 1,
		.udp_bytes = 2008, .payload_bytes = 1000 },
	{ 6, .extensions = { IPPROTO_FRAGMENT }, .extension_count = 1, .fragment = 9,
		.payload_bytes = 1000 },
	{ .quote = &quote4, .icmp_type = 3, .icmp_code = 1 },
	{ .quote = &quote4, .icmp_type = 3, .icmp_code = 4 },
	{ 6, .quote = &quote6, .icmp_type = 1, .icmp_code = 4 },
	{ 6, .quote = &quote6, .icmp_type = 1, .icmp_code = 4, .tags = { { 0x8100, 7 } } },
	{ .destination_port = 443, .payload_bytes = 75 },
	{ .protocol = IPPROTO_TCP, .payload_bytes = 76 },
	{ .payload_bytes = 90, .udp_bytes = 508 },
};

#define SHAPES_OTHER 5u /* later fragments, code 4, port 443, TCP */

/* Both taps' next event, the same but for the time. */
static void expect_same(struct tap_lab *links, struct tap_lab *sockets)
{
	struct tap_namespace_event one;
	struct tap_namespace_event other;

	(void)tap_namespace_next(links, &one);
	(void)tap_namespace_next(sockets, &other);
	one.event.seen_ns = 0;
	other.event.seen_ns = 0;
	ck_assert_mem_eq(&one.event, &other.event, sizeof(one.event));
	ck_assert_mem_eq(one.event.payload, other.event.payload, one.event.payload_bytes);
}

START_TEST(both_kinds_write_the_same_events)
{
	static struct tap_lab links;
	static struct tap_lab sockets;
	const char *sender = _i ? "inner" : "edge";
	struct dns_event_counts counts[2];
	struct tap_pair pairs[2];

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_lab_open(&links, CONFIG_TAP_TCX);
	tap_lab_open(&sockets, CONFIG_TAP_SOCKET);
	tap_namespace_attach(&links, "edge", TAP_SIDE_BOTH, &pairs[0]);
	tap_namespace_attach(&sockets, "edge", TAP_SIDE_BOTH, &pairs[1]);
	for (size_t i = 0; i < ARRAY_COUNT(shapes); i++)
		tap_namespace_send(sender, &shapes[i], 0);
	tap_namespace_send(sender, &shapes[1], DNS_EVENT_OWN_MARK);
	for (size_t i = 0; i < ARRAY_COUNT(shapes) - SHAPES_OTHER; i++)
		expect_same(&links, &sockets);
	/* The mark stays where no namespace is crossed. */
	tap_namespace_no_more(&links, sender, 1);
	tap_namespace_no_more(&sockets, sender, 2);
	tap_program_counts(&links.program, &counts[0]);
	tap_program_counts(&sockets.program, &counts[1]);
	ck_assert_uint_eq(counts[1].own, 1);
	ck_assert_uint_eq(counts[1].fragments, 2);
	ck_assert_uint_eq(counts[1].unreachable, 3);
	ck_assert_mem_eq(&counts[0], &counts[1], sizeof(counts[0]));
	tap_program_detach(&pairs[0]);
	tap_program_detach(&pairs[1]);
	tap_lab_close(&links);
	tap_lab_close(&sockets);
}
END_TEST

/* Nothing was ever given to this socket, and there is hardly room for it. */
static void expect_nothing_kept(int fd)
{
	struct tpacket_stats stats;
	socklen_t stats_bytes = sizeof(stats);
	int buffer_bytes;
	socklen_t size_bytes = sizeof(buffer_bytes);
	int waiting_bytes;
	uint8_t byte;

	ck_assert_int_eq(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &stats_bytes), 0);
	ck_assert_uint_eq(stats.tp_packets, 0);
	ck_assert_uint_eq(stats.tp_drops, 0);
	ck_assert_int_eq(ioctl(fd, SIOCINQ, &waiting_bytes), 0);
	ck_assert_int_eq(waiting_bytes, 0);
	ck_assert_int_eq(recv(fd, &byte, sizeof(byte), 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, &size_bytes), 0);
	ck_assert_int_le(buffer_bytes, BUFFER_BYTES_MAX);
}

START_TEST(socket_tap_keeps_no_packet)
{
	static struct tap_lab lab;
	struct tap_pair pair;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_lab_open(&lab, CONFIG_TAP_SOCKET);
	tap_namespace_attach(&lab, "edge", _i ? TAP_SIDE_EGRESS : TAP_SIDE_BOTH, &pair);
	for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
		tap_namespace_send("edge", &shapes[i], 0);
		tap_namespace_send("inner", &shapes[i], 0);
	}
	expect_nothing_kept(pair.socket_fd);
	tap_program_detach(&pair);
	tap_lab_close(&lab);
}
END_TEST

/* Frames on edge without a pause, until the parent has seen enough. */
static void send_until_killed(void)
{
	int fd = tap_namespace_socket("edge", 0, 0);
	struct tap_packet packet;

	tap_packet_build(&packet, &(struct tap_packet_plan){ .payload_bytes = 30 });
	for (;;)
		(void)send(fd, packet.bytes, packet.size_bytes, 0);
}

START_TEST(socket_tap_is_deaf_until_its_filter_is_there)
{
	static struct tap_lab lab;
	struct tap_pair pair;
	pid_t sender;

	tap_namespace_enter();
	tap_namespace_add_veth();
	tap_lab_open(&lab, CONFIG_TAP_SOCKET);
	sender = fork();
	if (sender == 0)
		send_until_killed();
	for (int i = 0; i < ATTACHMENTS; i++) {
		uint64_t until_ns = clock_ns() + TAP_NAMESPACE_WAIT_NS;
		struct dns_event_counts before;
		struct dns_event_counts now;

		tap_program_counts(&lab.program, &before);
		tap_namespace_attach(&lab, "edge", TAP_SIDE_BOTH, &pair);
		do {
			tap_program_counts(&lab.program, &now);
			ck_assert_uint_lt(clock_ns(), until_ns);
		} while (now.seen < before.seen + SENDER_FRAMES);
		expect_nothing_kept(pair.socket_fd);
		tap_program_detach(&pair);
	}
	(void)kill(sender, SIGKILL);
	(void)waitpid(sender, NULL, 0);
	tap_lab_close(&lab);
}
END_TEST

int main(void)
{
	TCase *tests;
	Suite *suite;

	if (!tap_lab_has_rights())
		return EXIT_SUCCESS;
	suite = suite_create("tap_kind");
	tests = tcase_create("kinds");
	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, without_tcx_taps_are_sockets, 0, 2);
	if (tap_lab_has_tcx()) {
		tcase_add_loop_test(tests, with_tcx_taps_are_links_unless_asked_otherwise, 0, 2);
		tcase_add_loop_test(tests, both_kinds_write_the_same_events, 0, 2);
		tcase_add_test(tests, kernel_that_does_not_load_what_holds_has_taps_all_the_same);
	}
	tcase_add_loop_test(tests, programs_keep_to_the_verifiers_budget,
		tap_lab_has_tcx() ? CONFIG_TAP_TCX : CONFIG_TAP_SOCKET, CONFIG_TAP_SOCKET + 1);
	tcase_add_loop_test(tests, socket_tap_keeps_no_packet, 0, 2);
	tcase_add_test(tests, socket_tap_is_deaf_until_its_filter_is_there);
	return check_main_run(suite);
}
