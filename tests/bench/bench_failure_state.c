/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench failure state -- what one query and its response cost there, by one thread.
 *
 * Three resolvers, 16 clients, 1,000 names in turn; 100,000 queries a second of the fake
 * clock, so that windows are full. Each is looked at when it comes and again told of when
 * it was answered, or, in the second line, every third one of when it was not; judging is
 * called after each, as the worker does. CPU time, the best of five rounds.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/failure_state.h"
#include "analyzer/rcu.h"
#include "shared/clock.h"

#define BENCH_ROUNDS  5
#define BENCH_QUERIES 1000000u
#define BENCH_STEP_NS (10 * NS_PER_US)

static uint64_t bench_changes; /* so that the compiler computes all */

static uint64_t bench_cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void bench_query(struct failure_state *state, uint32_t number, bool is_lost, uint64_t now_ns)
{
	static uint8_t resolver_ip[16], client_ip[16];
	static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:br0";
	const struct failure_path path = { scope, resolver_ip, client_ip, 1 + number % 16 };
	struct dns_name name = { .length_bytes = 18, .bytes = "\004n000\007example\003com" };
	struct failure_loss losses[4];

	resolver_ip[15] = (uint8_t)(number % 3);
	client_ip[15] = (uint8_t)(number % 16);
	name.bytes[2] = (uint8_t)('0' + number / 100 % 10);
	name.bytes[3] = (uint8_t)('0' + number / 10 % 10);
	name.bytes[4] = (uint8_t)('0' + number % 10);
	bench_changes += failure_look(state, &path, &name, now_ns, now_ns);
	if (is_lost)
		failure_timed_out(state, &path, &name, now_ns - 1800 * NS_PER_MS, now_ns);
	else
		failure_responded(state, &path, &name, FAILURE_RESPONSE_GOOD,
			&(struct failure_span){ now_ns - NS_PER_MS, now_ns });
	bench_changes += failure_judge(state, now_ns, losses, 4);
}

static double bench_run(uint32_t lost_one_in)
{
	const struct failure_limits limits = { .failed_after_ns = 1800 * NS_PER_MS,
		.window_ns = 10 * NS_PER_S,
		.loss_ppm = 200000,
		.min_samples = 10,
		.conditions = FAILURE_CONDITION_TIMEOUT | FAILURE_CONDITION_SERVFAIL };
	struct failure_state *state;
	uint64_t begun_ns;

	if (failure_state_new(&state, &limits, 1) < 0)
		return 0;
	begun_ns = bench_cpu_ns();
	for (uint32_t i = 0; i < BENCH_QUERIES; i++)
		bench_query(state, i, lost_one_in && i > 100 && i % lost_one_in == 0,
			1000 * NS_PER_S + i * BENCH_STEP_NS);
	begun_ns = bench_cpu_ns() - begun_ns;
	failure_state_free(state);
	return (double)begun_ns / BENCH_QUERIES;
}

static void bench_report(const char *what, uint32_t lost_one_in)
{
	double best_ns = 1e9;

	for (int i = 0; i < BENCH_ROUNDS; i++) {
		const double ns = bench_run(lost_one_in);

		best_ns = ns < best_ns ? ns : best_ns;
	}
	printf("%-28s %7.1f ns\n", what, best_ns);
}

int main(void)
{
	rcu_register_thread();
	bench_report("all answered", 0);
	bench_report("one in three lost", 3);
	rcu_unregister_thread();
	return bench_changes == 0;
}
