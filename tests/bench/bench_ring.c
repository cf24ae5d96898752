/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench ring -- 128-byte records between two pinned processes: the ring against a pipe.
 *
 * Ring: every record copied in, published in batches of 32, read with ring_read() and
 * checked whole. Pipe: one write and one read per record, checked the same way. Both
 * in the same run, the median of five. Without arguments a short form; --long takes
 * ten times as many records.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/ring.h"
#include "tests/support/temp_shm.h"

#define BENCH_ROUNDS       5
#define BENCH_BATCH        32
#define BENCH_WORDS        16 /* 128 bytes */
#define BENCH_RING_BYTES   (1u << 20)
#define BENCH_RING_RECORDS 2000000ull
#define BENCH_PIPE_RECORDS 200000ull
#define BENCH_EMPTY_PAUSES 20
#define BENCH_TYPE         1

struct bench_payload {
	uint64_t words[BENCH_WORDS];
};

/* Where both processes wait for each other, so that the start is not measured. */
struct bench_start {
	_Atomic int ready_count;
};

static struct bench_start *bench_start;
static cpu_set_t bench_cpus; /* those we may run on */

static void bench_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void bench_meet(void)
{
	atomic_fetch_add(&bench_start->ready_count, 1);
	while (atomic_load(&bench_start->ready_count) < 2)
		(void)sched_yield();
}

/* To the n-th of our CPUs; both processes share it where there is only one. */
static void bench_pin(int n)
{
	cpu_set_t one;
	int found = 0;

	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &bench_cpus) && found++ == n)
			CPU_SET(cpu, &one);
	if (CPU_COUNT(&one) == 1)
		(void)sched_setaffinity(0, sizeof(one), &one);
}

static void bench_fill(struct bench_payload *payload, uint64_t number)
{
	for (int i = 0; i < BENCH_WORDS; i++)
		payload->words[i] = number + (uint64_t)i;
}

static void bench_check(const struct bench_payload *payload, uint64_t number)
{
	uint64_t wrong = 0;

	for (int i = 0; i < BENCH_WORDS; i++)
		wrong |= payload->words[i] ^ (number + (uint64_t)i);
	if (wrong) {
		fprintf(stderr, "record %llu arrived damaged\n", (unsigned long long)number);
		exit(EXIT_FAILURE);
	}
}

static void bench_ring_produce(const char *name, uint64_t count)
{
	struct bench_payload payload;
	struct ring *ring;
	void *body;

	if (ring_attach_producer(&ring, name, BENCH_RING_BYTES) != RING_OK)
		_exit(EXIT_FAILURE);
	bench_meet();
	for (uint64_t number = 0; number < count; number++) {
		bench_fill(&payload, number);
		while (ring_reserve(ring, sizeof(payload), &body) != RING_OK) {
			ring_publish(ring);
			bench_pause();
		}
		memcpy(body, &payload, sizeof(payload));
		ring_commit(ring, BENCH_TYPE, sizeof(payload));
		if (number % BENCH_BATCH == BENCH_BATCH - 1)
			ring_publish(ring);
	}
	ring_publish(ring);
	_exit(EXIT_SUCCESS);
}

/* Return: nanoseconds. */
static uint64_t bench_ring_consume(struct ring *ring, uint64_t count)
{
	struct ring_record record;
	uint64_t number = 0;
	uint64_t started_ns;

	bench_meet();
	started_ns = clock_ns();
	while (number < count) {
		int batch = 0;

		while (batch < BENCH_BATCH && ring_read(ring, &record) == RING_OK) {
			bench_check(record.body, number++);
			batch++;
		}
		ring_release(ring);
		for (int i = 0; batch == 0 && i < BENCH_EMPTY_PAUSES; i++)
			bench_pause();
	}
	return clock_ns() - started_ns;
}

static double bench_ring(uint64_t count)
{
	char name[TEMP_SHM_NAME_BYTES_MAX];
	struct ring *ring = NULL;
	uint64_t took_ns;
	pid_t pid;

	(void)snprintf(name, sizeof(name), "%s", temp_shm_name("bench"));
	atomic_store(&bench_start->ready_count, 0);
	pid = fork();
	if (pid == 0) {
		bench_pin(1);
		bench_ring_produce(name, count);
	}
	while (ring_attach_consumer(&ring, name) != RING_OK)
		(void)sched_yield();
	took_ns = bench_ring_consume(ring, count);
	ring_detach(ring);
	(void)waitpid(pid, NULL, 0);
	temp_shm_remove(name + 1);
	return (double)took_ns / (double)count;
}

static void bench_pipe_produce(int fd, uint64_t count)
{
	struct bench_payload payload;

	bench_meet();
	for (uint64_t number = 0; number < count; number++) {
		bench_fill(&payload, number);
		if (write(fd, &payload, sizeof(payload)) != sizeof(payload))
			_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}

static double bench_pipe(uint64_t count)
{
	struct bench_payload payload;
	uint64_t started_ns, took_ns;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		exit(EXIT_FAILURE);
	atomic_store(&bench_start->ready_count, 0);
	pid = fork();
	if (pid == 0) {
		bench_pin(1);
		bench_pipe_produce(ends[1], count);
	}
	bench_meet();
	started_ns = clock_ns();
	for (uint64_t number = 0; number < count; number++) {
		if (read(ends[0], &payload, sizeof(payload)) != sizeof(payload))
			exit(EXIT_FAILURE);
		bench_check(&payload, number);
	}
	took_ns = clock_ns() - started_ns;
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)waitpid(pid, NULL, 0);
	return (double)took_ns / (double)count;
}

static int bench_compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	const uint64_t factor = argc > 1 && strcmp(argv[1], "--long") == 0 ? 10 : 1;
	double ring_ns[BENCH_ROUNDS], pipe_ns[BENCH_ROUNDS];

	bench_start = mmap(NULL, sizeof(*bench_start), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (bench_start == MAP_FAILED)
		return EXIT_FAILURE;
	(void)sched_getaffinity(0, sizeof(bench_cpus), &bench_cpus);
	bench_pin(0);
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		ring_ns[i] = bench_ring(factor * BENCH_RING_RECORDS);
		pipe_ns[i] = bench_pipe(factor * BENCH_PIPE_RECORDS);
	}
	qsort(ring_ns, BENCH_ROUNDS, sizeof(ring_ns[0]), bench_compare);
	qsort(pipe_ns, BENCH_ROUNDS, sizeof(pipe_ns[0]), bench_compare);

	printf("ring, batches of %d: %6.1f ns per record (%.1f..%.1f)\n", BENCH_BATCH,
		ring_ns[BENCH_ROUNDS / 2], ring_ns[0], ring_ns[BENCH_ROUNDS - 1]);
	printf("pipe, one by one:    %6.1f ns per record (%.1f..%.1f)\n", pipe_ns[BENCH_ROUNDS / 2],
		pipe_ns[0], pipe_ns[BENCH_ROUNDS - 1]);
	printf("ratio: %.1f\n", pipe_ns[BENCH_ROUNDS / 2] / ring_ns[BENCH_ROUNDS / 2]);
	return EXIT_SUCCESS;
}
