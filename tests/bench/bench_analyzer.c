/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench analyzer -- how many packets a real analyzer takes from prepared rings.
 *
 * Plays capture for a real dnscache-analyzer. First it learns every name, from one look-up each,
 * and has time to settle; then it is stopped while the ring of each worker is filled with whole
 * look-ups, a query and its response each, of many clients for these names. The time runs from
 * the first record it reads of them to the last.
 *
 *	bench_analyzer PROGRAM [WORKERS [THOUSAND-LOOKUPS-PER-WORKER]]
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/layout/message_layout.h"
#include "shared/ring.h"
#include "shared/segment.h"
#include "tests/support/dns_builder.h"

#define BENCH_WORKERS_MAX    16u
#define BENCH_RING_BYTES     (512u << 20)
#define BENCH_CLIENTS        250u
#define BENCH_NAMES          10000u
#define BENCH_APART_NS       500u /* queries */
#define BENCH_TOOK_NS        (1 * NS_PER_MS)
#define BENCH_SETTLE_NS      (3 * NS_PER_S) /* what was learned so long ago has settled */
#define BENCH_PAUSE_NS       (200 * NS_PER_MS)
#define BENCH_PATIENCE_NS    (120 * NS_PER_S)
#define BENCH_POLL_NS        100000
#define BENCH_INSTANCE_BYTES 32

struct bench {
	char instance[BENCH_INSTANCE_BYTES];
	char config_path[64];
	unsigned int worker_count;
	uint32_t lookup_count; /* per worker */
	struct ring *rings[BENCH_WORKERS_MAX];
	struct dns_builder query;
	struct dns_builder response;
};

static void bench_fail(const char *what)
{
	fprintf(stderr, "bench_analyzer: %s\n", what);
	exit(EXIT_FAILURE);
}

static void bench_build(struct bench *bench, uint32_t number)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "name%u.service.example.com", number % BENCH_NAMES);
	dns_builder_start(&bench->query, DNS_FLAG_RD, name, DNS_TYPE_A);
	dns_write_id(bench->query.bytes, (uint16_t)number);
	dns_builder_start(
		&bench->response, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA, name, DNS_TYPE_A);
	dns_write_id(bench->response.bytes, (uint16_t)number);
	dns_builder_record(&bench->response, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION,
		DNS_TYPE_A, 300, "\x0a\x00\x00\x01", 4);
}

static void bench_ip(uint8_t out_ip[16], uint8_t third, uint8_t fourth)
{
	static const uint8_t ip4[16] = { [10] = 0xff, 0xff, 10, 53 };

	memcpy(out_ip, ip4, sizeof(ip4));
	out_ip[14] = third;
	out_ip[15] = fourth;
}

static void bench_push(
	struct ring *ring, const struct message_packet *head, const struct dns_builder *message)
{
	struct message_packet *packet;
	void *body;

	if (ring_reserve(ring, (uint32_t)(sizeof(*packet) + message->size_bytes), &body) != RING_OK)
		bench_fail("the ring is too small for so many look-ups");
	packet = body;
	*packet = *head;
	packet->dns_bytes = packet->dns_bytes_sent = (uint32_t)message->size_bytes;
	memcpy(packet->dns, message->bytes, message->size_bytes);
	ring_commit(ring, MESSAGE_PACKET, (uint32_t)(sizeof(*packet) + message->size_bytes));
}

/* Look-up @number of worker @worker: ids and ports do not repeat within its life. */
static void bench_push_lookup(
	struct bench *bench, unsigned int worker, uint32_t number, uint64_t seen_ns)
{
	const uint8_t client = (uint8_t)(1 + number % BENCH_CLIENTS);
	struct message_packet packet = {
		.seen_ns = seen_ns,
		.if_index = 10 + client,
		.direction = MESSAGE_DIRECTION_INBOUND,
		.entry = MESSAGE_ENTRY_EDGE,
		.checksum = MESSAGE_CHECKSUM_RIGHT,
		.ip_version = 4,
		.ip_ttl = 64,
		.kind = MESSAGE_PACKET_DATAGRAM,
		.flags = MESSAGE_PACKET_TO_SERVER,
		.scope = "bridge:docker0",
	};
	const uint16_t port_be = htons((uint16_t)(20000 + number % 40000));

	bench_build(bench, number);
	bench_ip(packet.source_ip, (uint8_t)(1 + worker), client);
	bench_ip(packet.destination_ip, 0, 53);
	packet.source_port_be = port_be;
	packet.destination_port_be = htons(53);
	bench_push(bench->rings[worker], &packet, &bench->query);

	packet.seen_ns += BENCH_TOOK_NS;
	packet.direction = MESSAGE_DIRECTION_OUTBOUND;
	packet.entry = MESSAGE_ENTRY_UPLINK;
	packet.flags = MESSAGE_PACKET_FROM_SERVER;
	packet.source_port_be = htons(53);
	packet.destination_port_be = port_be;
	bench_ip(packet.destination_ip, (uint8_t)(1 + worker), client);
	bench_ip(packet.source_ip, 0, 53);
	bench_push(bench->rings[worker], &packet, &bench->response);
}

static void bench_make_rings(struct bench *bench)
{
	char name[SEGMENT_NAME_BYTES_MAX];

	for (unsigned int i = 0; i < bench->worker_count; i++) {
		ring_name(name, sizeof(name), bench->instance, "capture", 0, "analyzer", i);
		if (ring_attach_producer(&bench->rings[i], name, BENCH_RING_BYTES) != RING_OK)
			bench_fail("cannot make a ring");
		ring_state_complete(bench->rings[i], clock_ns(), 0);
	}
}

/* So many look-ups for each worker, the first of them at @from_ns. */
static void bench_fill(struct bench *bench, uint32_t count, uint64_t from_ns)
{
	for (unsigned int worker = 0; worker < bench->worker_count; worker++) {
		for (uint32_t i = 0; i < count; i++)
			bench_push_lookup(bench, worker, i, from_ns + i * BENCH_APART_NS);
		ring_state_complete(bench->rings[worker], clock_ns(), 0);
	}
}

static pid_t bench_start(struct bench *bench, const char *program)
{
	FILE *config;
	pid_t pid;

	(void)snprintf(bench->config_path, sizeof(bench->config_path), "/tmp/dnscache-%s.conf",
		bench->instance);
	config = fopen(bench->config_path, "we");
	if (config == NULL ||
		fprintf(config, "[global]\nlog = error\nworker = %u\n", bench->worker_count) < 0 ||
		fclose(config) != 0)
		bench_fail("cannot write a configuration");
	pid = fork();
	if (pid == 0) {
		(void)execl(program, program, "--config", bench->config_path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		bench_fail("cannot start the analyzer");
	return pid;
}

/* Bytes that wait in all rings. */
static uint64_t bench_left(const struct bench *bench)
{
	uint64_t left = 0;

	for (unsigned int i = 0; i < bench->worker_count; i++) {
		struct ring_usage usage;

		ring_usage(bench->rings[i], &usage);
		left += usage.used_bytes;
	}
	return left;
}

static void bench_pause(uint64_t pause_ns)
{
	const struct timespec pause = { .tv_nsec = (long)pause_ns };

	(void)nanosleep(&pause, NULL);
}

/* Until less than all, or none, is left. Return: when that was. */
static uint64_t bench_wait(const struct bench *bench, uint64_t below_bytes)
{
	const uint64_t until_ns = clock_ns() + BENCH_PATIENCE_NS;

	while (bench_left(bench) >= below_bytes) {
		if (clock_ns() > until_ns)
			bench_fail("the analyzer does not read");
		bench_pause(BENCH_POLL_NS);
	}
	return clock_ns();
}

/* Each name is learned, and stood unopposed for long enough. */
static void bench_teach(struct bench *bench)
{
	bench_pause(BENCH_PAUSE_NS); /* it has seen that its rings are there, and empty */
	bench_fill(bench, BENCH_NAMES, clock_ns() - BENCH_SETTLE_NS);
	(void)bench_wait(bench, 1);
	bench_pause(BENCH_PAUSE_NS);
}

/* All of it stands in the rings before the first record is read. */
static void bench_prepare(struct bench *bench, pid_t pid)
{
	(void)kill(pid, SIGSTOP);
	bench_pause(BENCH_PAUSE_NS);
	bench_fill(bench, bench->lookup_count, clock_ns());
	(void)kill(pid, SIGCONT);
}

/* Of all threads; what neighbours on the machine take is not in it. */
static double bench_cpu_ns(const struct rusage *usage)
{
	const uint64_t us = (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	const uint64_t s = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);

	return (double)(s * NS_PER_S + us * NS_PER_US);
}

/* Ours and the analyzer's, which leaves its own to a successor. */
static void bench_unlink_segments(const struct bench *bench)
{
	DIR *folder = opendir("/dev/shm");
	const struct dirent *entry;
	char prefix[64];

	(void)snprintf(prefix, sizeof(prefix), "dnscache-%s.", bench->instance);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

static void bench_end(struct bench *bench)
{
	for (unsigned int i = 0; i < bench->worker_count; i++)
		ring_detach(bench->rings[i]);
	bench_unlink_segments(bench);
	(void)unlink(bench->config_path);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	const char *program = argc > 1 ? argv[1] : NULL;
	uint64_t began_ns, ended_ns;
	uint64_t packets;
	struct rusage usage;
	pid_t pid;

	bench.worker_count = argc > 2 ? (unsigned int)atoi(argv[2]) : 1;
	bench.lookup_count = 1000u * (argc > 3 ? (uint32_t)atoi(argv[3]) : 500u);
	if (program == NULL || bench.worker_count < 1 || bench.worker_count > BENCH_WORKERS_MAX)
		bench_fail("usage: bench_analyzer PROGRAM [WORKERS [THOUSAND-LOOKUPS]]");
	(void)snprintf(bench.instance, sizeof(bench.instance), "bench%d", (int)getpid());
	(void)setenv("DNSCACHE_INSTANCE", bench.instance, 1);

	bench_make_rings(&bench);
	pid = bench_start(&bench, program);
	bench_teach(&bench);
	bench_prepare(&bench, pid);
	began_ns = bench_wait(&bench, bench_left(&bench));
	ended_ns = bench_wait(&bench, 1);
	(void)kill(pid, SIGTERM);
	(void)wait4(pid, NULL, 0, &usage);

	packets = 2ull * bench.lookup_count * bench.worker_count;
	printf("%u worker(s), %llu packets: %.0f packets per second, %.0f ns per packet and worker, "
	       "%.0f ns of CPU per packet, %ld MiB\n",
		bench.worker_count, (unsigned long long)packets,
		(double)packets * NS_PER_S / (double)(ended_ns - began_ns),
		(double)(ended_ns - began_ns) * bench.worker_count / (double)packets,
		bench_cpu_ns(&usage) / (double)packets, usage.ru_maxrss / 1024);
	bench_end(&bench);
	return EXIT_SUCCESS;
}
