/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/injector.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "injector/injector_memory.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/duration_buckets.h"

#define INJECTOR_BATCH_MAX      ORDER_INTAKE_BATCH_MAX
#define INJECTOR_HOUSEKEEP_NS   (250 * NS_PER_MS)
#define INJECTOR_SPIN_NS        (50 * NS_PER_US) /* a futex hop costs half of this */
#define INJECTOR_SPIN_WITHIN_NS NS_PER_S         /* of the last order */

static_assert(INJECTOR_BATCH_MAX <= RELEASE_INTAKE_BATCH_MAX &&
		      INJECTOR_BATCH_MAX <= FRAME_SENDER_BATCH_MAX,
	"a batch may be of orders or of releases");

#if defined(__x86_64__) || defined(__i386__)
#define injector_cpu_pause() __builtin_ia32_pause()
#else
#define injector_cpu_pause() atomic_signal_fence(memory_order_seq_cst)
#endif

#define COUNTER COUNTER_DESCRIPTION
static const struct counter_description descriptions[] = {
#include "injector/injector_counters.def"
};
#undef COUNTER

/* An empty batch. */
static void injector_clear(struct injector *self)
{
	self->record_count = 0;
	order_intake_clear(&self->intake);
	release_intake_clear(&self->releases);
}

static void injector_init(void *state)
{
	struct injector *self = state;

	self->orders = NULL;
	recent_count_init(&self->recently_sent);
	injector_clear(self);
	frame_sender_init(&self->sender);
}

/* Take the reading end where it is there to be taken; otherwise the next housekeep tries again. */
static void injector_attach(struct injector *self)
{
	struct ring *ring;

	if (ring_attach_consumer(&ring, self->ring_name) == RING_OK)
		self->orders = ring;
}

static int injector_open(void *state, const struct stage_context *context)
{
	struct injector *self = state;
	int r;

	ring_name(self->ring_name, sizeof(self->ring_name), context->instance, "analyzer", 0,
		"injector", 0);
	r = frame_sender_open(&self->sender);
	if (r < 0)
		return r;

	injector_attach(self);
	return 0;
}

static void injector_close(void *state)
{
	struct injector *self = state;

	if (self->orders)
		ring_beat(self->orders, 0); /* nobody sends any more */
	ring_detach(self->orders);
	self->orders = NULL;
	frame_sender_close(&self->sender);
}

static void injector_take_order(struct injector *self, const struct ring_record *record)
{
	switch (order_intake_add(&self->intake, record)) {
	case ORDER_INTAKE_CANCELLED:
		self->counters.orders_cancelled++;
		self->counters.suppressed_response_arrived++;
		break;
	case ORDER_INTAKE_TOO_LATE:
		self->counters.cancels_late++;
		break;
	case ORDER_INTAKE_MALFORMED:
		self->counters.orders_malformed++;
		self->counters.errors_malformed++;
		break;
	}
}

/* Read one record into the batch. Returns whether there was one. */
static bool injector_take(struct injector *self)
{
	struct ring_record record;

	if (ring_read(self->orders, &record) != RING_OK)
		return false;

	self->record_count++;
	if (record.type != MESSAGE_RELEASE)
		injector_take_order(self, &record);
	else if (release_intake_add(&self->releases, &record) == RELEASE_INTAKE_MALFORMED)
		self->counters.releases_malformed++;
	return true;
}

static void injector_count_duration(struct injector *self, uint64_t duration_ns)
{
	uint64_t *buckets =
		(uint64_t *)&self->counters +
		offsetof(struct injector_counters, duration_bucket_0) / sizeof(uint64_t);

	buckets[duration_bucket(duration_ns)]++;
	self->counters.duration_sum_ns += duration_ns;
}

static void injector_count_sent(struct injector *self, const struct message_order *order)
{
	struct injector_counters *counters = &self->counters;
	const bool is_stale = order->freshness == MESSAGE_FRESHNESS_STALE;

	counters->orders_sent++;
	switch (order->trigger) {
	case MESSAGE_TRIGGER_TIMEOUT:
		++*(is_stale ? &counters->timeout_stale : &counters->timeout_fresh);
		break;
	case MESSAGE_TRIGGER_UNREACHABLE:
		++*(is_stale ? &counters->unreachable_stale : &counters->unreachable_fresh);
		break;
	case MESSAGE_TRIGGER_SERVFAIL:
		++*(is_stale ? &counters->servfail_stale : &counters->servfail_fresh);
		break;
	case MESSAGE_TRIGGER_REFUSED:
		++*(is_stale ? &counters->refused_stale : &counters->refused_fresh);
		break;
	default:
		++*(is_stale ? &counters->failing_stale : &counters->failing_fresh);
		break;
	}
}

static void injector_count_failed(struct injector *self, int errnum)
{
	self->counters.orders_failed++;
	switch (errnum) {
	case ENXIO: /* the edge is gone, */
	case ENODEV:
	case ENETDOWN: /* or down */
		self->counters.errors_no_interface++;
		break;
	case EMSGSIZE:
		self->counters.errors_too_large++;
		break;
	default:
		self->counters.errors_send++;
		break;
	}
}

static void injector_build(struct injector *self)
{
	for (unsigned int i = 0; i < self->intake.wanted_count; i++) {
		const struct message_order *order = self->intake.wanted[i];
		uint8_t *frame = frame_sender_reserve(&self->sender);
		size_t frame_bytes = reply_frame_build(order, frame, REPLY_FRAME_BYTES_MAX);

		assert(frame_bytes > 0); /* the intake checked what the frame needs */
		frame_sender_commit(&self->sender, order, frame_bytes);
	}
	for (unsigned int i = 0; i < self->releases.count; i++) {
		const struct message_release *release = &self->releases.slots[i].release;

		memcpy(frame_sender_reserve(&self->sender), release->frame, release->frame_bytes);
		frame_sender_commit_edge(&self->sender, release->if_index, release->frame_bytes);
	}
}

/* One order's frame is sent, or was not. */
static void injector_count_order(
	struct injector *self, const struct message_order *order, int result, uint64_t sent_ns)
{
	if (result != 0) {
		injector_count_failed(self, result);
		return;
	}
	injector_count_sent(self, order);
	injector_count_duration(
		self, sent_ns > order->ordered_ns ? sent_ns - order->ordered_ns : 0);
}

static void injector_send(struct injector *self)
{
	const unsigned int count = frame_sender_flush(&self->sender);
	const uint64_t sent_ns = clock_ns();

	assert(count == self->intake.wanted_count + self->releases.count);
	for (unsigned int i = 0; i < count; i++) {
		const int result = self->sender.frames[i].result;

		if (i < self->intake.wanted_count) {
			injector_count_order(self, self->intake.wanted[i], result, sent_ns);
			continue;
		}
		self->counters.releases_sent += result == 0;
		self->counters.releases_failed += result != 0;
	}
}

static int injector_work(void *state, uint64_t now_ns)
{
	struct injector *self = state;
	unsigned int record_count;

	if (!self->orders)
		return 0;

	ring_beat(self->orders, now_ns);
	while (self->record_count < INJECTOR_BATCH_MAX && injector_take(self))
		;
	record_count = self->record_count;
	if (record_count == 0)
		return 0;

	self->last_order_ns = now_ns;
	self->counters.orders_expired += order_intake_expire(&self->intake, now_ns);
	self->counters.releases_expired += release_intake_expire(&self->releases, now_ns);
	injector_build(self);
	injector_send(self);
	injector_clear(self);
	ring_release(self->orders);
	return (int)record_count;
}

/* Look for a record for a moment; the one that comes is the first of the next batch. */
static bool injector_spin(struct injector *self, uint64_t now_ns)
{
	const uint64_t until_ns = now_ns + INJECTOR_SPIN_NS;

	do {
		if (injector_take(self))
			return true;
		injector_cpu_pause();
	} while (clock_ns() < until_ns);
	return false;
}

static void injector_wait(void *state, uint64_t timeout_ns)
{
	struct injector *self = state;
	const uint64_t now_ns = clock_ns();
	const struct timespec pause = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	if (!self->orders) {
		(void)nanosleep(&pause, NULL);
		return;
	}
	if (now_ns - self->last_order_ns < INJECTOR_SPIN_WITHIN_NS && injector_spin(self, now_ns))
		return;
	ring_wait(self->orders, timeout_ns);
}

static int injector_housekeep(void *state, uint64_t now_ns)
{
	struct injector *self = state;
	struct ring_usage usage;

	recent_count_take(&self->recently_sent, self->counters.orders_sent, now_ns);
	if (self->orders && ring_is_replaced(self->orders)) {
		ring_detach(self->orders);
		self->orders = NULL;
	}
	if (!self->orders)
		injector_attach(self);
	if (self->orders) {
		ring_usage(self->orders, &usage);
		self->counters.ring_corrupt = usage.corrupt;
	}
	return 0;
}

static void injector_report(void *state, char *out_line, size_t line_bytes)
{
	struct injector *self = state;

	(void)snprintf(out_line, line_bytes,
		"sent %llu replies (%llu in the last minute), %llu failed",
		(unsigned long long)self->counters.orders_sent,
		(unsigned long long)recent_count_growth(&self->recently_sent),
		(unsigned long long)self->counters.orders_failed);
}

static const uint64_t *injector_counter_values(void *state)
{
	struct injector *self = state;

	return (const uint64_t *)&self->counters;
}

const struct stage injector_stage = {
	.name = "injector",
	.state_bytes = sizeof(struct injector),
	.housekeep_ns = INJECTOR_HOUSEKEEP_NS,
	.counters = descriptions,
	.counter_count = ARRAY_COUNT(descriptions),
	.init = injector_init,
	.memory = injector_memory,
	.open = injector_open,
	.work = injector_work,
	.wait = injector_wait,
	.housekeep = injector_housekeep,
	.report = injector_report,
	.counter_values = injector_counter_values,
	.close = injector_close,
};
