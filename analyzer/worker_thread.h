/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker thread -- a worker with its ring, in the stage's main thread or in one of its own.
 *
 * Worker 0 is run by the stage's loop; the others loop by themselves. What other threads
 * want to know of a worker, it leaves in `told` under a lock: its counters ten times a
 * second; and takes from there what they want of it: a new configuration.
 *
 * Threads: open, start, reload, counters and close are the main thread's.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "analyzer/order_out.h"
#include "analyzer/worker.h"
#include "shared/ring.h"

#define WORKER_THREAD_HOUSEKEEP_NS (100 * 1000000ull)

struct worker_thread {
	unsigned int number;
	const char *instance;
	struct order_out *orders; /* everybody's */
	struct config config;     /* this worker's copy */
	struct ring *packets;     /* NULL while capture has not made it */
	struct worker worker;

	bool has_thread;
	pthread_t thread;
	_Atomic bool is_stopping;
	_Atomic uint64_t loops; /* grows while the thread is well */

	pthread_mutex_t lock;
	struct {
		struct analyzer_counters counters;
		struct config config;
		bool is_reloaded; /* `config` waits for the worker */
	} told;
};

void worker_thread_init(struct worker_thread *thread);

/* An empty worker, its ring attached if it is there. Return: 0 or -errno. */
int worker_thread_open(struct worker_thread *thread, unsigned int number, const char *instance,
	struct worker_shared *shared, struct order_out *orders, const struct config *config,
	uint64_t seed);

/* Let it run by itself. Return: 0 or -errno. */
int worker_thread_start(struct worker_thread *thread);

/* Ends its thread, if it has one. Accepts init-only and half-open. */
void worker_thread_close(struct worker_thread *thread);

/* A batch of packets, and what is due. Return: how much that was. */
int worker_thread_work(struct worker_thread *thread, uint64_t now_ns);

/* Sleep until there are packets, at most @timeout_ns. */
void worker_thread_wait(struct worker_thread *thread, uint64_t timeout_ns);

/* Every WORKER_THREAD_HOUSEKEEP_NS. */
void worker_thread_housekeep(struct worker_thread *thread, uint64_t now_ns);

/* @config is in force once the worker has come by. */
void worker_thread_reload(struct worker_thread *thread, const struct config *config);

/* Add its counters to @sum, field by field. */
void worker_thread_add_counters(struct worker_thread *thread, struct analyzer_counters *sum);
