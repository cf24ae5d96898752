/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "bpf/dns_event.h"
#include "capture/capture_memory.h"
#include "capture/capture_report.h"
#include "capture/edge_watch.h"
#include "capture/event_intake.h"
#include "capture/hold_guard.h"
#include "capture/interface_table.h"
#include "capture/packet_message.h"
#include "capture/packet_shard.h"
#include "capture/tap_program.h"
#include "capture/worker_rings.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/recent_count.h"

#define CAPTURE_HOUSEKEEP_NS (250 * NS_PER_MS)

#define COUNTER COUNTER_DESCRIPTION
static const struct counter_description capture_counter_descriptions[] = {
#include "capture/capture_counters.def"
};
#undef COUNTER

/* A point in time, and how far events have to be read to have all from before it. */
struct capture_checkpoint {
	bool is_open;
	uint64_t taken_ns;
	uint64_t produced;
};

struct capture {
	struct tap_program program;
	struct event_intake intake;
	struct edge_watch watch;
	struct interface_table *table; /* the newest fetched; never NULL once open */
	struct worker_rings rings;
	struct hold_guard guard;
	const struct config *config;
	struct capture_checkpoint checkpoint;
	bool is_unprotected_told;
	struct capture_counters counters;
	struct recent_count recently_seen;
};

static void capture_init(void *state)
{
	struct capture *self = state;

	memset(self, 0, sizeof(*self));
	tap_program_init(&self->program);
	event_intake_init(&self->intake);
	edge_watch_init(&self->watch);
	worker_rings_init(&self->rings);
	hold_guard_init(&self->guard);
	recent_count_init(&self->recently_seen);
}

/* A BPF ring buffer is whole pages, and both rings are powers of two. */
static uint64_t capture_round_ring(uint64_t bytes)
{
	uint64_t rounded = (uint64_t)sysconf(_SC_PAGESIZE);

	while (rounded < bytes)
		rounded *= 2;
	return rounded;
}

static void capture_fetch_table(struct capture *self)
{
	struct interface_table *table = edge_watch_fetch(&self->watch);

	if (!table)
		return;
	interface_table_free(self->table);
	self->table = table;
}

static uint64_t capture_watched_count(const struct interface_table *table, enum interface_role role)
{
	uint64_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		count += table->rows[i].watched && table->rows[i].role == role;
	return count;
}

static int capture_open(void *state, const struct stage_context *context)
{
	struct capture *self = state;
	const uint64_t ring_bytes = capture_round_ring(context->config->capture_ring_bytes);
	int r;

	self->config = context->config;
	self->table = interface_table_new();
	if (!self->table)
		return FAULT(ENOMEM, "no memory for a table of interfaces");

	r = worker_rings_open(&self->rings, context->instance,
		(uint32_t)context->config->worker_count, ring_bytes);
	r = r
		    ?: tap_program_open(&self->program, context->config->tap, ring_bytes,
			       &context->config->capture_ports,
			       hold_guard_choose(context->config, ring_bytes));
	if (r < 0)
		return r;
	r = event_intake_open(&self->intake, tap_program_ring_fd(&self->program), ring_bytes);
	r = r
		    ?: edge_watch_open(&self->watch, &self->program, context->config->interface,
			       &self->config->capture_ports);
	if (r < 0)
		return r;
	capture_fetch_table(self);
	hold_guard_open(&self->guard, &self->program);
	if (capture_watched_count(self->table, INTERFACE_ROLE_EDGE) == 0)
		log_info(
			"no container's edge to watch yet: no interface is what 'interface = %s' asks for",
			context->config->interface);
	return 0;
}

/* One event into the ring. A full ring counts its losses itself (ring.h, D). */
static void capture_forward(struct capture *self, const void *record, uint32_t record_bytes)
{
	const struct dns_event *event = record;
	struct packet_side side;
	struct ring *ring;
	uint32_t bytes;
	void *body;

	if (!packet_message_is_event(record, record_bytes)) {
		self->counters.events_malformed++;
		return;
	}
	switch (packet_side_find(event, self->table, &self->config->capture_ports, &side)) {
	case PACKET_SIDE_CLIENTS:
		break;
	case PACKET_SIDE_PASSING:
		self->counters.events_passing++;
		return;
	case PACKET_SIDE_UNPROTECTED:
		self->counters.events_unprotected++;
		return;
	}
	self->counters.events_read++;
	bytes = packet_message_bytes(event);
	ring = self->rings.rings[packet_shard(event, side.flags, self->rings.count)];
	if (ring_reserve(ring, bytes, &body) != RING_OK)
		return;
	packet_message_fill(body, event, &side);
	ring_commit(ring, MESSAGE_PACKET, bytes);
}

static void capture_take_checkpoint(struct capture *self, uint64_t now_ns)
{
	struct capture_checkpoint *checkpoint = &self->checkpoint;

	if (checkpoint->is_open || now_ns < checkpoint->taken_ns + CAPTURE_CHECKPOINT_NS)
		return;
	checkpoint->is_open = true;
	checkpoint->taken_ns = now_ns;
	checkpoint->produced = event_intake_produced(&self->intake);
}

/*
 * Whatever was not seen: events that got lost, and what passes an interface that is there
 * and no longer watched, where a response to what was seen before may come.
 */
static uint64_t capture_lost_count(const struct capture *self)
{
	struct dns_event_counts counts;

	tap_program_counts(&self->program, &counts);
	return counts.ring_full + counts.oversized +
	       atomic_load_explicit(&self->watch.let_go, memory_order_acquire);
}

/* Announce the checkpoint once everything up to it is published (capture.h). */
static void capture_pass_checkpoint(struct capture *self)
{
	struct capture_checkpoint *checkpoint = &self->checkpoint;

	if (!checkpoint->is_open || event_intake_position(&self->intake) < checkpoint->produced)
		return;
	worker_rings_complete(
		&self->rings, checkpoint->taken_ns - CAPTURE_MARGIN_NS, capture_lost_count(self));
	checkpoint->is_open = false;
}

static int capture_work(void *state, uint64_t now_ns)
{
	struct capture *self = state;
	const void *record;
	uint32_t record_bytes;
	int taken_count = 0;

	capture_fetch_table(self);
	capture_take_checkpoint(self, now_ns);
	while (taken_count < (int)CAPTURE_BATCH_MAX &&
		event_intake_next(&self->intake, &record, &record_bytes) == EVENT_INTAKE_OK) {
		capture_forward(self, record, record_bytes);
		taken_count++;
	}
	worker_rings_publish(&self->rings);
	event_intake_release(&self->intake);
	worker_rings_beat(&self->rings, now_ns);
	hold_guard_tell(&self->guard, (enum config_mode)self->config->mode, &self->rings, now_ns);
	capture_pass_checkpoint(self);
	return taken_count;
}

static void capture_wait(void *state, uint64_t timeout_ns)
{
	struct capture *self = state;
	struct pollfd ring = { .fd = tap_program_ring_fd(&self->program), .events = POLLIN };
	struct timespec timeout = { .tv_nsec = (long)timeout_ns };

	(void)ppoll(&ring, 1, &timeout, NULL);
}

/* Once: which containers these are, the names asked for would not tell. */
static void capture_tell_unprotected(struct capture *self)
{
	if (self->is_unprotected_told || self->counters.events_unprotected == 0)
		return;
	self->is_unprotected_told = true;
	log_warning("queries leave this host past every edge (macvlan, ipvlan or the like): "
		    "who sent them is not protected");
}

static int capture_housekeep(void *state, uint64_t now_ns)
{
	struct capture *self = state;
	int r;

	recent_count_take(&self->recently_seen, self->counters.bpf_seen, now_ns);
	r = edge_watch_fault(&self->watch);
	if (r < 0)
		return r;
	capture_tell_unprotected(self);
	return worker_rings_housekeep(&self->rings);
}

static void capture_read_ring_counters(struct capture *self)
{
	struct capture_counters *counters = &self->counters;
	struct ring_usage usage;

	worker_rings_usage(&self->rings, &usage);
	counters->ring_records = usage.records;
	counters->ring_dropped_full = usage.dropped_full;
	counters->ring_dropped_oversized = usage.dropped_oversized;
	counters->ring_used_bytes = usage.used_bytes;
	counters->ring_high_watermark_bytes = usage.high_watermark_bytes;
	counters->ring_capacity_bytes = usage.capacity_bytes;
}

static const uint64_t *capture_counter_values(void *state)
{
	struct capture *self = state;
	struct capture_counters *counters = &self->counters;
	struct dns_event_counts bpf;

	tap_program_counts(&self->program, &bpf);
	counters->bpf_seen = bpf.seen;
	counters->bpf_submitted = bpf.submitted;
	counters->bpf_ring_full = bpf.ring_full;
	counters->bpf_oversized = bpf.oversized;
	counters->bpf_cut = bpf.cut;
	counters->bpf_fragments = bpf.fragments;
	counters->bpf_unreachable = bpf.unreachable;
	counters->own_packets = bpf.own;
	counters->bpf_held = bpf.held;
	counters->bpf_hold_stale = bpf.hold_stale;
	counters->bpf_hold_unfit = bpf.hold_unfit;
	counters->watched_edges = capture_watched_count(self->table, INTERFACE_ROLE_EDGE);
	counters->watched_host = capture_watched_count(self->table, INTERFACE_ROLE_HOST);
	counters->holding_edges =
		hold_guard_is_holding(&self->guard, clock_ns()) ? counters->watched_edges : 0;
	if (self->program.kind == CONFIG_TAP_TCX)
		counters->taps_tcx = counters->watched_edges + counters->watched_host;
	else
		counters->taps_socket = counters->watched_edges + counters->watched_host;
	counters->interface_resyncs =
		atomic_load_explicit(&self->watch.resyncs, memory_order_relaxed);
	counters->interface_events_lost =
		atomic_load_explicit(&self->watch.events_lost, memory_order_relaxed);
	capture_read_ring_counters(self);
	return (const uint64_t *)counters;
}

static int capture_reload(void *state, const struct config *config)
{
	struct capture *self = state;

	return edge_watch_choose(&self->watch, config->interface);
}

static void capture_report(void *state, char *out_line, size_t line_bytes)
{
	struct capture *self = state;
	const struct capture_counters *counters = &self->counters;

	capture_report_line(out_line, line_bytes, counters->watched_edges,
		recent_count_per_second(&self->recently_seen),
		counters->bpf_ring_full + counters->bpf_oversized + counters->ring_dropped_full +
			counters->ring_dropped_oversized);
}

/* From now on failures pass; what is held already is handed on, if that can be. */
static void capture_end_holding(struct capture *self)
{
	uint64_t end;

	hold_guard_end(&self->guard);
	end = event_intake_produced(&self->intake);
	while (worker_rings_are_whole(&self->rings) && event_intake_position(&self->intake) < end &&
		capture_work(self, clock_ns()) > 0)
		;
}

static void capture_close(void *state)
{
	struct capture *self = state;

	if (self->guard.program)
		capture_end_holding(self);
	edge_watch_close(&self->watch);
	event_intake_close(&self->intake);
	tap_program_close(&self->program);
	interface_table_free(self->table);
	worker_rings_close(&self->rings);
	capture_init(self);
}

const struct stage capture_stage = {
	.name = "capture",
	.state_bytes = sizeof(struct capture),
	.housekeep_ns = CAPTURE_HOUSEKEEP_NS,
	.counters = capture_counter_descriptions,
	.counter_count = ARRAY_COUNT(capture_counter_descriptions),
	.init = capture_init,
	.memory = capture_memory,
	.open = capture_open,
	.work = capture_work,
	.wait = capture_wait,
	.housekeep = capture_housekeep,
	.reload = capture_reload,
	.report = capture_report,
	.counter_values = capture_counter_values,
	.close = capture_close,
};
