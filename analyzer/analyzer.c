/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer.h"

#include <string.h>
#include <time.h>

#include "analyzer/analyzer_report.h"
#include "analyzer/message_intake.h"
#include "analyzer/order_out.h"
#include "analyzer/seeded_hash.h"
#include "analyzer/table_dump.h"
#include "analyzer/worker.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/ring.h"
#include "shared/segment.h"

#define ANALYZER_BATCH        64
#define ANALYZER_HOUSEKEEP_NS (100 * NS_PER_MS)

struct analyzer {
	const char *instance;
	struct ring *packets; /* NULL while capture has not made it */
	struct order_out orders;
	struct worker worker;
	struct table_dump dump;
	struct analyzer_report report;
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
	worker_init(&self->worker);
	table_dump_init(&self->dump);
	analyzer_report_init(&self->report);
}

static bool analyzer_order(void *argument, const struct message_order *order, const uint8_t *dns)
{
	struct analyzer *self = argument;

	return order_out_order(&self->orders, order, dns);
}

static void analyzer_cancel(void *argument, uint64_t order_id)
{
	struct analyzer *self = argument;

	order_out_cancel(&self->orders, order_id);
}

static int analyzer_open(void *state, const struct stage_context *context)
{
	struct analyzer *self = state;
	const struct worker_output output = { analyzer_order, analyzer_cancel, self };
	uint64_t seed;
	int r;

	self->instance = context->instance;
	rcu_register_thread();
	self->is_rcu_registered = true;
	r = seeded_hash_new_seed(&seed);
	r = r ?: worker_open(&self->worker, context->config, &output, seed, clock_ns());
	r = r ?: order_out_attach(&self->orders, self->instance);
	r = r
		    ?: table_dump_start(
			       &self->dump, self->instance, self->worker.cache, self->worker.match);
	return r;
}

static void analyzer_detach_packets(struct analyzer *self)
{
	ring_detach(self->packets);
	self->packets = NULL;
	blindness_detached(&self->worker.blindness);
}

static void analyzer_attach_packets(struct analyzer *self)
{
	char name[SEGMENT_NAME_BYTES_MAX];

	if (self->packets != NULL && ring_is_replaced(self->packets))
		analyzer_detach_packets(self);
	if (self->packets != NULL)
		return;
	ring_name(name, sizeof(name), self->instance, "capture", 0, "analyzer", 0);
	(void)ring_attach_consumer(&self->packets, name); /* or at the next housekeep */
}

static void analyzer_take(struct analyzer *self, const struct ring_record *record, uint64_t now_ns)
{
	const struct message_packet *packet = message_intake_packet(record);

	worker_missed(
		&self->worker, blindness_record(&self->worker.blindness, record->lost_before));
	if (packet == NULL)
		self->worker.counters.messages_malformed++;
	else
		worker_packet(&self->worker, packet, now_ns);
}

/* Return: packets taken, at most ANALYZER_BATCH. */
static int analyzer_read(struct analyzer *self, uint64_t now_ns)
{
	struct blindness *blindness = &self->worker.blindness;
	struct ring_producer_state producer;
	struct ring_record record;
	int count = 0;

	ring_producer_state(self->packets, &producer);
	worker_missed(&self->worker, blindness_begin(blindness, &producer));
	while (count < ANALYZER_BATCH && ring_read(self->packets, &record) == RING_OK) {
		analyzer_take(self, &record, now_ns);
		count++;
	}
	if (count < ANALYZER_BATCH) /* the ring is empty */
		worker_missed(&self->worker,
			blindness_record(blindness,
				ring_take_lost(self->packets, blindness->producer.next_sequence)));
	worker_missed(
		&self->worker, blindness_end(blindness, ring_expected_sequence(self->packets)));
	return count;
}

static int analyzer_work(void *state, uint64_t now_ns)
{
	struct analyzer *self = state;
	int count = 0;

	if (self->packets != NULL) {
		count = analyzer_read(self, now_ns);
		ring_beat(self->packets, now_ns);
	}
	count += worker_advance(&self->worker, now_ns);
	order_out_publish(&self->orders);
	if (self->packets != NULL)
		ring_release(self->packets);
	return count;
}

static void analyzer_wait(void *state, uint64_t timeout_ns)
{
	struct analyzer *self = state;
	const struct timespec time = { .tv_nsec = (long)timeout_ns };

	if (self->packets != NULL)
		ring_wait(self->packets, timeout_ns);
	else
		(void)nanosleep(&time, NULL);
}

static void analyzer_count_rings(struct analyzer *self)
{
	struct analyzer_counters *counters = &self->worker.counters;
	struct ring_usage usage;

	if (self->orders.ring != NULL) {
		ring_usage(self->orders.ring, &usage);
		counters->ring_records = usage.records;
		counters->ring_dropped_full = usage.dropped_full;
		counters->ring_dropped_oversized = usage.dropped_oversized;
		counters->ring_used_bytes = usage.used_bytes;
		counters->ring_capacity_bytes = usage.capacity_bytes;
		ring_beat(self->orders.ring, clock_ns());
	}
	if (self->packets != NULL) {
		ring_usage(self->packets, &usage);
		counters->ring_corrupt = usage.corrupt;
	}
}

static int analyzer_housekeep(void *state, uint64_t now_ns)
{
	struct analyzer *self = state;

	analyzer_attach_packets(self);
	(void)order_out_attach(&self->orders, self->instance); /* logged; tried again */
	worker_housekeep(&self->worker, now_ns);
	analyzer_count_rings(self);
	analyzer_report_take(&self->report, &self->worker.counters, now_ns);
	return 0;
}

static int analyzer_reload(void *state, const struct config *config)
{
	struct analyzer *self = state;

	(void)config; /* the worker's own */
	worker_reload(&self->worker);
	return 0;
}

static void analyzer_report(void *state, char *out_line, size_t line_bytes)
{
	struct analyzer *self = state;

	analyzer_report_line(&self->report, &self->worker.counters, out_line, line_bytes);
}

static const uint64_t *analyzer_counter_values(void *state)
{
	struct analyzer *self = state;

	return (const uint64_t *)&self->worker.counters;
}

static void analyzer_close(void *state)
{
	struct analyzer *self = state;

	table_dump_stop(&self->dump);
	analyzer_detach_packets(self);
	order_out_detach(&self->orders);
	worker_close(&self->worker);
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
	.open = analyzer_open,
	.work = analyzer_work,
	.wait = analyzer_wait,
	.housekeep = analyzer_housekeep,
	.reload = analyzer_reload,
	.report = analyzer_report,
	.counter_values = analyzer_counter_values,
	.close = analyzer_close,
};
