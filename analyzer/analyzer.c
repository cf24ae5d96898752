/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analyzer_memory.h"
#include "analyzer/analyzer_report.h"
#include "analyzer/order_out.h"
#include "analyzer/seeded_hash.h"
#include "analyzer/table_dump.h"
#include "analyzer/worker_thread.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/segment.h"

#define ANALYZER_HOUSEKEEP_NS WORKER_THREAD_HOUSEKEEP_NS
#define ANALYZER_STUCK_LOOKS  50 /* housekeeps without a loop of a worker's: five seconds */

#define ANALYZER_SURPLUS_LOOK_NS (5 * NS_PER_S)
#define ANALYZER_CAPTURE_DEAD_NS NS_PER_S /* without a heartbeat */

struct analyzer {
	const char *instance;
	unsigned int worker_count;
	struct worker_thread workers[WORKER_SHARED_COUNT_MAX];
	struct worker_shared shared;
	struct order_out orders;
	struct table_dump dump;
	struct analyzer_report report;
	struct analyzer_counters counters; /* the workers' sums */
	uint64_t loops_seen[WORKER_SHARED_COUNT_MAX];
	unsigned int stuck_looks[WORKER_SHARED_COUNT_MAX];
	uint64_t surplus_look_at_ns;
	bool is_surplus_told;
	bool is_rcu_registered;
};

static const struct counter_description analyzer_counter_descriptions[] = {
#define COUNTER COUNTER_DESCRIPTION
#include "analyzer/analyzer_counters.def"
#undef COUNTER
};

static void analyzer_init(void *state)
{
	struct analyzer *self = state;

	memset(self, 0, sizeof(*self));
	order_out_init(&self->orders);
	for (unsigned int i = 0; i < WORKER_SHARED_COUNT_MAX; i++)
		worker_thread_init(&self->workers[i]);
	worker_shared_init(&self->shared);
	table_dump_init(&self->dump);
	analyzer_report_init(&self->report);
}

static int analyzer_open_workers(struct analyzer *self, const struct config *config, uint64_t seed)
{
	int r = worker_shared_open(&self->shared, self->worker_count, config, seed, clock_ns());

	for (unsigned int i = 0; r == 0 && i < self->worker_count; i++)
		r = worker_thread_open(&self->workers[i], i, self->instance, &self->shared,
			&self->orders, config, seed);
	for (unsigned int i = 1; r == 0 && i < self->worker_count; i++)
		r = worker_thread_start(&self->workers[i]);
	return r;
}

static int analyzer_start_dump(struct analyzer *self)
{
	struct query_match *matches[WORKER_SHARED_COUNT_MAX];

	for (unsigned int i = 0; i < self->worker_count; i++)
		matches[i] = self->workers[i].worker.match;
	return table_dump_start(
		&self->dump, self->instance, self->shared.cache, matches, self->worker_count);
}

static int analyzer_open(void *state, const struct stage_context *context)
{
	struct analyzer *self = state;
	uint64_t seed;
	int r;

	self->instance = context->instance;
	self->worker_count = (unsigned int)context->config->worker_count;
	rcu_register_thread();
	self->is_rcu_registered = true;
	r = seeded_hash_new_seed(&seed);
	r = r ?: order_out_attach(&self->orders, self->instance);
	r = r ?: analyzer_open_workers(self, context->config, seed);
	r = r ?: analyzer_start_dump(self);
	return r;
}

static int analyzer_work(void *state, uint64_t now_ns)
{
	struct analyzer *self = state;

	return worker_thread_work(&self->workers[0], now_ns);
}

static void analyzer_wait(void *state, uint64_t timeout_ns)
{
	struct analyzer *self = state;

	worker_thread_wait(&self->workers[0], timeout_ns);
}

static void analyzer_count(struct analyzer *self)
{
	struct analyzer_counters *counters = &self->counters;
	struct ring_usage usage;

	memset(counters, 0, sizeof(*counters));
	for (unsigned int i = 0; i < self->worker_count; i++)
		worker_thread_add_counters(&self->workers[i], counters);
	counters->workers = self->worker_count;
	if (self->orders.ring == NULL)
		return;
	ring_usage(self->orders.ring, &usage);
	counters->ring_records = usage.records;
	counters->ring_dropped_full = usage.dropped_full;
	counters->ring_dropped_oversized = usage.dropped_oversized;
	counters->ring_used_bytes = usage.used_bytes;
	counters->ring_high_watermark_bytes = usage.high_watermark_bytes;
	counters->ring_capacity_bytes = usage.capacity_bytes;
	ring_beat(self->orders.ring, clock_ns());
}

/*
 * Nothing is judged while one worker stands still: better all start anew. By our own
 * looks and not by the clock, for all of us may have been stopped.
 */
static void analyzer_check_workers(struct analyzer *self)
{
	for (unsigned int i = 1; i < self->worker_count; i++) {
		const uint64_t loops =
			atomic_load_explicit(&self->workers[i].loops, memory_order_relaxed);

		self->stuck_looks[i] = loops == self->loops_seen[i] ? self->stuck_looks[i] + 1 : 0;
		self->loops_seen[i] = loops;
		if (self->stuck_looks[i] < ANALYZER_STUCK_LOOKS)
			continue;
		(void)FAULT(ETIMEDOUT, "worker %u does not move any more", i);
		abort(); /* it cannot be joined; the core shows where it stands */
	}
}

/* capture was started with more workers than we were: some of its rings nobody reads. */
static void analyzer_check_surplus(struct analyzer *self, uint64_t now_ns)
{
	char name[SEGMENT_NAME_BYTES_MAX];
	struct ring_producer_state capture;
	struct ring *ring;

	if (self->is_surplus_told || now_ns < self->surplus_look_at_ns)
		return;
	self->surplus_look_at_ns = now_ns + ANALYZER_SURPLUS_LOOK_NS;
	ring_name(name, sizeof(name), self->instance, "capture", 0, "analyzer", self->worker_count);
	if (ring_attach_consumer(&ring, name) != RING_OK)
		return;
	ring_producer_state(ring, &capture);
	ring_detach(ring);
	if (now_ns > capture.heartbeat_ns + ANALYZER_CAPTURE_DEAD_NS)
		return;
	self->is_surplus_told = true;
	log_warning("capture shares its packets among more than %u workers, and some of them are "
		    "nobody's: restart capture and analyzer with the same 'worker'",
		self->worker_count);
}

static int analyzer_housekeep(void *state, uint64_t now_ns)
{
	struct analyzer *self = state;

	(void)order_out_attach(&self->orders, self->instance); /* logged; tried again */
	worker_thread_housekeep(&self->workers[0], now_ns);
	analyzer_count(self);
	analyzer_report_take(&self->report, &self->counters, now_ns);
	analyzer_check_surplus(self, now_ns);
	analyzer_check_workers(self);
	return 0;
}

static int analyzer_reload(void *state, const struct config *config)
{
	struct analyzer *self = state;

	worker_shared_reload(&self->shared, config);
	for (unsigned int i = 0; i < self->worker_count; i++)
		worker_thread_reload(&self->workers[i], config);
	return 0;
}

static void analyzer_report(void *state, char *out_line, size_t line_bytes)
{
	struct analyzer *self = state;

	analyzer_report_line(&self->report, &self->counters, out_line, line_bytes);
}

static const uint64_t *analyzer_counter_values(void *state)
{
	struct analyzer *self = state;

	return (const uint64_t *)&self->counters;
}

static void analyzer_close(void *state)
{
	struct analyzer *self = state;

	table_dump_stop(&self->dump);
	for (unsigned int i = WORKER_SHARED_COUNT_MAX; i-- > 0;)
		worker_thread_close(&self->workers[i]);
	worker_shared_close(&self->shared);
	order_out_detach(&self->orders);
	if (self->is_rcu_registered)
		rcu_unregister_thread();
	self->is_rcu_registered = false;
}

const struct stage analyzer_stage = {
	.name = "analyzer",
	.state_bytes = sizeof(struct analyzer),
	.housekeep_ns = ANALYZER_HOUSEKEEP_NS,
	.counters = analyzer_counter_descriptions,
	.counter_count = ARRAY_COUNT(analyzer_counter_descriptions),
	.init = analyzer_init,
	.memory = analyzer_memory,
	.open = analyzer_open,
	.work = analyzer_work,
	.wait = analyzer_wait,
	.housekeep = analyzer_housekeep,
	.reload = analyzer_reload,
	.report = analyzer_report,
	.counter_values = analyzer_counter_values,
	.close = analyzer_close,
};
