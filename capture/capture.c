/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "bpf/dns_event.h"
#include "capture/edge_watch.h"
#include "capture/event_intake.h"
#include "capture/interface_table.h"
#include "capture/packet_message.h"
#include "capture/tap_program.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/ring.h"
#include "shared/segment.h"

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
	struct ring *ring;
	char ring_name[SEGMENT_NAME_BYTES_MAX];
	uint64_t ring_bytes;
	struct capture_checkpoint checkpoint;
	struct capture_counters counters;
};

static void capture_init(void *state)
{
	struct capture *self = state;

	memset(self, 0, sizeof(*self));
	tap_program_init(&self->program);
	event_intake_init(&self->intake);
	edge_watch_init(&self->watch);
}

static void capture_close(void *state)
{
	struct capture *self = state;

	edge_watch_close(&self->watch);
	event_intake_close(&self->intake);
	tap_program_close(&self->program);
	interface_table_free(self->table);
	ring_detach(self->ring);
	capture_init(self);
}

/* A BPF ring buffer is whole pages, and both rings are powers of two. */
static uint64_t capture_round_ring(uint64_t bytes)
{
	uint64_t rounded = (uint64_t)sysconf(_SC_PAGESIZE);

	while (rounded < bytes)
		rounded *= 2;
	return rounded;
}

static int capture_attach_ring(struct capture *self)
{
	int r = ring_attach_producer(&self->ring, self->ring_name, self->ring_bytes);

	if (r == RING_BUSY)
		return FAULT(EBUSY, "another process writes to '%s'", self->ring_name);
	return r;
}

static void capture_fetch_table(struct capture *self)
{
	struct interface_table *table = edge_watch_fetch(&self->watch);

	if (!table)
		return;
	interface_table_free(self->table);
	self->table = table;
}

static uint64_t capture_watched_count(const struct interface_table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		count += table->rows[i].watched;
	return count;
}

static int capture_open_taps(struct capture *self)
{
	static const uint16_t ports[] = { 53 };

	return tap_program_open(
		&self->program, TAP_KIND_AUTO, self->ring_bytes, ports, ARRAY_COUNT(ports));
}

static int capture_open(void *state, const struct stage_context *context)
{
	struct capture *self = state;
	int r;

	self->ring_bytes = capture_round_ring(context->config->capture_ring_bytes);
	ring_name(self->ring_name, sizeof(self->ring_name), context->instance, "capture", 0,
		"analyzer", 0);
	self->table = interface_table_new();
	if (!self->table)
		return FAULT(ENOMEM, "no memory for a table of interfaces");

	r = capture_attach_ring(self);
	r = r ?: capture_open_taps(self);
	if (r < 0)
		return r;
	r = event_intake_open(&self->intake, tap_program_ring_fd(&self->program), self->ring_bytes);
	r = r ?: edge_watch_open(&self->watch, &self->program, context->config->interface);
	if (r < 0)
		return r;
	capture_fetch_table(self);
	if (capture_watched_count(self->table) == 0)
		log_info("nothing to watch yet: no interface is what 'interface = %s' asks for",
			context->config->interface);
	return 0;
}

/* One event into the ring. A full ring counts its losses itself (ring.h, D). */
static void capture_forward(struct capture *self, const void *record, uint32_t record_bytes)
{
	const struct dns_event *event = record;
	enum message_entry entry;
	uint32_t bytes;
	void *body;

	if (!packet_message_is_event(record, record_bytes)) {
		self->counters.events_malformed++;
		return;
	}
	self->counters.events_read++;
	bytes = packet_message_bytes(event);
	if (ring_reserve(self->ring, bytes, &body) != RING_OK)
		return;
	entry = interface_table_entry(self->table, event->ingress_if_index);
	packet_message_fill(body, event, interface_table_find(self->table, event->if_index), entry);
	ring_commit(self->ring, MESSAGE_PACKET, bytes);
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

/* Announce the checkpoint once everything up to it is published (capture.h). */
static void capture_pass_checkpoint(struct capture *self)
{
	struct capture_checkpoint *checkpoint = &self->checkpoint;
	struct dns_event_counts counts;

	if (!checkpoint->is_open || event_intake_position(&self->intake) < checkpoint->produced)
		return;
	tap_program_counts(&self->program, &counts);
	ring_state_complete(self->ring, checkpoint->taken_ns - CAPTURE_MARGIN_NS,
		counts.ring_full + counts.oversized);
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
	ring_publish(self->ring);
	event_intake_release(&self->intake);
	ring_beat(self->ring, now_ns);
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

static int capture_housekeep(void *state, uint64_t now_ns)
{
	struct capture *self = state;
	int r;

	(void)now_ns;
	r = edge_watch_fault(&self->watch);
	if (r < 0)
		return r;
	if (!ring_is_replaced(self->ring))
		return 0;
	log_info("'%s' was replaced: attaching to the new one", self->ring_name);
	ring_detach(TAKE_PTR(self->ring));
	return capture_attach_ring(self);
}

static void capture_read_ring_counters(struct capture *self)
{
	struct capture_counters *counters = &self->counters;
	struct ring_usage usage;

	ring_usage(self->ring, &usage);
	counters->ring_records = usage.records;
	counters->ring_dropped_full = usage.dropped_full;
	counters->ring_dropped_oversized = usage.dropped_oversized;
	counters->ring_used_bytes = usage.used_bytes;
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
	counters->watched_interfaces = capture_watched_count(self->table);
	if (self->program.kind == TAP_KIND_TCX)
		counters->taps_tcx = counters->watched_interfaces;
	else
		counters->taps_socket = counters->watched_interfaces;
	counters->interface_resyncs =
		atomic_load_explicit(&self->watch.resyncs, memory_order_relaxed);
	counters->interface_events_lost =
		atomic_load_explicit(&self->watch.events_lost, memory_order_relaxed);
	if (self->ring)
		capture_read_ring_counters(self);
	return (const uint64_t *)counters;
}

const struct stage capture_stage = {
	.name = "capture",
	.state_bytes = sizeof(struct capture),
	.housekeep_ns = CAPTURE_HOUSEKEEP_NS,
	.counters = capture_counter_descriptions,
	.counter_count = ARRAY_COUNT(capture_counter_descriptions),
	.init = capture_init,
	.open = capture_open,
	.work = capture_work,
	.wait = capture_wait,
	.housekeep = capture_housekeep,
	.counter_values = capture_counter_values,
	.close = capture_close,
};
