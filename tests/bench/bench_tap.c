/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench tap -- nanoseconds per packet, net of an empty program, of both kinds of taps.
 *
 * Each figure is the median of ROUNDS rounds; each round runs a program REPEATS times
 * in slices, with the ring buffer drained in between, and checks that every DNS packet
 * was really submitted. Every event reads the clock, which is what the machine makes it:
 * a figure of its own. `bench_tap short` does fewer.
 */

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/dns_event.h"
#include "capture/event_intake.h"
#include "capture/tap_program.h"
#include "shared/compiler.h"
#include "tap.skel.h"
#include "tests/support/tap_packet.h"

#define ROUNDS        9
#define REPEATS       1000000
#define REPEATS_SHORT 100000
#define SLICE         10000
#define RING_BYTES    (16 * 1024 * 1024)

struct bench {
	struct tap_program program;
	struct event_intake intake;
	int empty_fd;
	int clock_fd;
	int tap_fd;
	int repeats;
};

static void bench_die(const char *what)
{
	(void)fprintf(stderr, "bench_tap: %s\n", what);
	exit(EXIT_FAILURE);
}

/* An empty program of a kind of taps, or one that only reads the clock. */
static int bench_load_simple(enum config_tap kind, bool reads_clock)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_boot_ns },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
			.dst_reg = BPF_REG_0,
			.imm = kind == CONFIG_TAP_TCX ? -1 : 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	size_t skipped = reads_clock ? 0 : 1;

	return bpf_prog_load(
		kind == CONFIG_TAP_TCX ? BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_SOCKET_FILTER,
		reads_clock ? "clock" : "empty", "GPL", instructions + skipped,
		ARRAY_COUNT(instructions) - skipped, NULL);
}

static void bench_open(struct bench *bench, enum config_tap kind)
{
	static const struct config_ports ports = { .count = 1, .ports = { 53 } };
	const struct tap *skeleton;

	tap_program_init(&bench->program);
	event_intake_init(&bench->intake);
	bench->empty_fd = bench_load_simple(kind, false);
	bench->clock_fd = bench_load_simple(kind, true);
	if (bench->empty_fd < 0 || bench->clock_fd < 0 ||
		tap_program_open(&bench->program, kind, RING_BYTES, &ports, CONFIG_HOLD_AUTO) < 0 ||
		event_intake_open(
			&bench->intake, tap_program_ring_fd(&bench->program), RING_BYTES) < 0)
		bench_die(
			"cannot load: CAP_BPF and CAP_NET_ADMIN are needed, and TCX for its kind");
	skeleton = bench->program.skeleton;
	bench->tap_fd = bpf_program__fd(kind == CONFIG_TAP_TCX ? skeleton->progs.dns_tap_ingress
							       : skeleton->progs.dns_tap_socket);
}

static void bench_close(struct bench *bench)
{
	event_intake_close(&bench->intake);
	tap_program_close(&bench->program);
	(void)close(bench->empty_fd);
	(void)close(bench->clock_fd);
}

static uint64_t bench_drain(struct bench *bench)
{
	const void *record;
	uint32_t record_bytes;
	uint64_t count = 0;

	while (event_intake_next(&bench->intake, &record, &record_bytes) == EVENT_INTAKE_OK)
		count++;
	event_intake_release(&bench->intake);
	return count;
}

/* Average of one round, in nanoseconds. */
static double bench_round(struct bench *bench, int fd, struct tap_packet *packet, bool is_dns)
{
	uint8_t frame[ETH_HLEN + TAP_PACKET_BYTES_MAX] = { 0 };
	/* A socket filter is run behind the first Ethernet header (tap_lab.h). */
	size_t skipped = bench->program.kind == CONFIG_TAP_TCX ? ETH_HLEN : 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame + skipped,
		.data_size_in = (uint32_t)(packet->size_bytes + ETH_HLEN - skipped),
		.repeat = SLICE);
	double sum_ns = 0;
	uint64_t events = 0;

	memcpy(frame + ETH_HLEN, packet->bytes, packet->size_bytes);
	for (int done = 0; done < bench->repeats; done += SLICE) {
		if (bpf_prog_test_run_opts(fd, &options) < 0)
			bench_die("BPF_PROG_TEST_RUN failed");
		sum_ns += options.duration;
		events += bench_drain(bench);
	}
	if (events != (is_dns ? (uint64_t)bench->repeats : 0))
		bench_die("not every DNS packet became an event, or another packet did");
	return sum_ns * SLICE / bench->repeats;
}

static int bench_compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;

	return difference < 0 ? -1 : difference > 0;
}

static double bench_median(struct bench *bench, int fd, struct tap_packet *packet, bool is_dns)
{
	double rounds_ns[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		rounds_ns[i] = bench_round(bench, fd, packet, is_dns);
	qsort(rounds_ns, ROUNDS, sizeof(rounds_ns[0]), bench_compare);
	return rounds_ns[ROUNDS / 2];
}

static void bench_print(struct bench *bench, const char *name, int fd,
	const struct tap_packet_plan *plan, bool is_dns)
{
	struct tap_packet packet;
	double empty_ns;
	double tap_ns;

	tap_packet_build(&packet, plan);
	empty_ns = bench_median(bench, bench->empty_fd, &packet, false);
	tap_ns = bench_median(bench, fd, &packet, is_dns);
	(void)printf("%-28s %6zu bytes %8.1f ns  (with the harness %.1f, empty %.1f)\n", name,
		packet.size_bytes, tap_ns - empty_ns, tap_ns, empty_ns);
}

static void bench_kind(struct bench *bench, enum config_tap kind)
{
	static const struct tap_packet_plan quote = { .payload_bytes = 33 };
	static const struct {
		const char *name;
		struct tap_packet_plan plan;
		bool is_dns;
	} cases[] = {
		{ "TCP", { .protocol = IPPROTO_TCP, .payload_bytes = 100 }, false },
		{ "TCP over IPv6", { 6, .protocol = IPPROTO_TCP, .payload_bytes = 100 }, false },
		{ "TCP, tagged",
			{ .tags = { { 0x8100, 5 } },
				.protocol = IPPROTO_TCP,
				.payload_bytes = 100 },
			false },
		{ "UDP, other port", { .destination_port = 443, .payload_bytes = 100 }, false },
		{ "UDP, other port, IPv6", { 6, .destination_port = 443, .payload_bytes = 100 },
			false },
		{ "DNS query", { .payload_bytes = 33 }, true },
		{ "DNS query, IPv6", { 6, .payload_bytes = 33 }, true },
		{ "DNS query, tagged", { .tags = { { 0x8100, 5 } }, .payload_bytes = 33 }, true },
		{ "DNS response",
			{ .source_port = 53, .destination_port = 40000, .payload_bytes = 120 },
			true },
		{ "DNS response, large",
			{ .source_port = 53, .destination_port = 40000, .payload_bytes = 1232 },
			true },
		{ "ICMP error about a query", { .quote = &quote, .icmp_type = 3, .icmp_code = 3 },
			true },
	};

	bench_open(bench, kind);
	(void)printf("%s\n", kind == CONFIG_TAP_TCX ? "TCX" : "socket filter");
	bench_print(bench, "the clock alone", bench->clock_fd, &cases[0].plan, false);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		bench_print(bench, cases[i].name, bench->tap_fd, &cases[i].plan, cases[i].is_dns);
	bench_close(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = { .repeats = REPEATS };

	if (argc > 1 && strcmp(argv[1], "short") == 0)
		bench.repeats = REPEATS_SHORT;
	bench_kind(&bench, CONFIG_TAP_TCX);
	bench_kind(&bench, CONFIG_TAP_SOCKET);
	return EXIT_SUCCESS;
}
