/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench answer cache -- what finding and putting an answer costs, by one pinned thread.
 *
 * Keys are whole and typical (68 bytes, name of 22), made beforehand. Hot: 1,024 of
 * them, all found. Cold: all of them in random order. Put: new ones into an empty
 * table, replacements, and new ones into a full table. A quarter are negative answers, as
 * many as have room (answer_bounds.h). Find includes rcu_read_lock(). CPU time, the median
 * of five rounds. Without arguments 131,072 answers; --long takes a million.
 */
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/answer_cache.h"
#include "analyzer/seeded_hash.h"
#include "shared/clock.h"
#include "tests/support/answer_samples.h"

#define BENCH_ROUNDS    5
#define BENCH_HOT_COUNT 1024u
#define BENCH_FINDS     4000000u
#define BENCH_NOW_NS    (1000 * NS_PER_S)

struct bench {
	struct answer_cache *cache;
	struct answer_key *keys; /* 2 * count */
	uint32_t *order;         /* numbers below count, shuffled */
	uint32_t count;
};

/* Results go here, so that the compiler computes them. */
static uint64_t bench_sum;

/* Of this thread: other processes on the machine cost it cache lines, but not time. */
static uint64_t bench_cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static int bench_compare(const void *left, const void *right)
{
	const double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void bench_report(const char *what, double (*run)(struct bench *bench), struct bench *bench)
{
	double ns[BENCH_ROUNDS];

	for (int i = 0; i < BENCH_ROUNDS; i++)
		ns[i] = run(bench);
	qsort(ns, BENCH_ROUNDS, sizeof(ns[0]), bench_compare);
	printf("%-28s %7.1f ns (%.1f..%.1f)\n", what, ns[BENCH_ROUNDS / 2], ns[0],
		ns[BENCH_ROUNDS - 1]);
}

static double bench_hash(struct bench *bench)
{
	uint64_t started_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < BENCH_FINDS; i++) {
		const struct answer_key *key = &bench->keys[i % BENCH_HOT_COUNT];

		bench_sum += seeded_hash(key->bytes, key->size_bytes, bench_sum & 1);
	}
	return (double)(bench_cpu_ns() - started_ns) / BENCH_FINDS;
}

static void bench_find_one(struct bench *bench, uint32_t number)
{
	const struct answer_entry *entry;

	rcu_read_lock();
	entry = answer_cache_find(bench->cache, &bench->keys[number], BENCH_NOW_NS);
	bench_sum += entry ? entry->message_bytes : 0;
	rcu_read_unlock();
}

static double bench_find_hot(struct bench *bench)
{
	uint64_t started_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < BENCH_FINDS; i++)
		bench_find_one(bench, i % BENCH_HOT_COUNT);
	return (double)(bench_cpu_ns() - started_ns) / BENCH_FINDS;
}

static double bench_find_cold(struct bench *bench)
{
	uint64_t started_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < bench->count; i++)
		bench_find_one(bench, bench->order[i]);
	return (double)(bench_cpu_ns() - started_ns) / bench->count;
}

static double bench_find_missing(struct bench *bench)
{
	uint64_t started_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < BENCH_FINDS; i++)
		bench_find_one(bench, bench->count + i % BENCH_HOT_COUNT);
	return (double)(bench_cpu_ns() - started_ns) / BENCH_FINDS;
}

static void bench_put(struct bench *bench, uint32_t first, uint32_t count)
{
	const struct answer_facts positive = answer_sample_facts(BENCH_NOW_NS, 0);
	const struct answer_facts negative = answer_sample_facts(BENCH_NOW_NS, ANSWER_NEGATIVE);
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES];

	answer_sample_message(message, first);
	for (uint32_t i = first; i < first + count; i++)
		if (answer_cache_put(bench->cache, &bench->keys[i], i % 4 ? &positive : &negative,
			    message, sizeof(message)) != ANSWER_CACHE_OK)
			abort();
}

static void bench_renew(struct bench *bench)
{
	answer_cache_free(bench->cache);
	if (answer_cache_new(&bench->cache, bench->count, UINT64_C(1) << 32, 1, BENCH_NOW_NS) < 0)
		exit(EXIT_FAILURE);
}

static double bench_put_new(struct bench *bench)
{
	uint64_t started_ns;

	bench_renew(bench);
	started_ns = bench_cpu_ns();
	bench_put(bench, 0, bench->count);
	return (double)(bench_cpu_ns() - started_ns) / bench->count;
}

static double bench_put_again(struct bench *bench)
{
	uint64_t started_ns = bench_cpu_ns();

	bench_put(bench, 0, bench->count);
	return (double)(bench_cpu_ns() - started_ns) / bench->count;
}

/* The numbers from count on, in place of those below. */
static double bench_put_full(struct bench *bench)
{
	uint64_t started_ns;

	bench_renew(bench);
	bench_put(bench, 0, bench->count);
	started_ns = bench_cpu_ns();
	bench_put(bench, bench->count, bench->count);
	return (double)(bench_cpu_ns() - started_ns) / bench->count;
}

static void bench_memory(struct bench *bench)
{
	struct answer_cache_usage usage;
	size_t before_bytes, after_bytes;

	bench_renew(bench);
	before_bytes = mallinfo2().uordblks;
	bench_put(bench, 0, bench->count);
	after_bytes = mallinfo2().uordblks;
	answer_cache_usage(bench->cache, &usage);
	printf("%-28s %7.1f bytes (malloc %.1f, struct %zu, key %u, message %u)\n",
		"typical A entry", (double)usage.memory_bytes / bench->count,
		(double)(after_bytes - before_bytes) / bench->count, sizeof(struct answer_entry),
		bench->keys[0].size_bytes, (unsigned int)ANSWER_SAMPLE_MESSAGE_BYTES);
}

static void bench_open(struct bench *bench, uint32_t count)
{
	*bench = (struct bench){
		.count = count,
		.keys = calloc(2 * (size_t)count, sizeof(*bench->keys)),
		.order = calloc(count, sizeof(*bench->order)),
	};
	if (!bench->keys || !bench->order)
		exit(EXIT_FAILURE);
	for (uint32_t i = 0; i < 2 * count; i++)
		answer_sample_key(&bench->keys[i], i);
	srandom(1);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t other = (uint32_t)random() % (i + 1);

		bench->order[i] = bench->order[other];
		bench->order[other] = i;
	}
}

static void bench_close(struct bench *bench)
{
	answer_cache_free(bench->cache);
	free(bench->keys);
	free(bench->order);
}

/* RCU's thread, which the table starts, stays free to run elsewhere. */
static void bench_pin(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	(void)sched_setaffinity(0, sizeof(first), &first);
}

int main(int argc, char **argv)
{
	struct bench bench;

	rcu_register_thread();
	bench_open(&bench, argc > 1 && strcmp(argv[1], "--long") == 0 ? 1u << 20 : 1u << 17);
	bench_renew(&bench);
	bench_pin();

	bench_report("hash", bench_hash, &bench);
	bench_memory(&bench);
	bench_report("put, new", bench_put_new, &bench);
	bench_report("put, replacing", bench_put_again, &bench);
	bench_report("find, hot", bench_find_hot, &bench);
	bench_report("find, missing", bench_find_missing, &bench);
	bench_report("find, all at random", bench_find_cold, &bench);
	bench_report("put, evicting", bench_put_full, &bench);

	bench_close(&bench);
	rcu_unregister_thread();
	return bench_sum == 0;
}
