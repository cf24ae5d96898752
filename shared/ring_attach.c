/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/ring_private.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/fault.h"

#define RING_ATTACH_TRIES_MAX 8 /* others may replace the name between our steps */

/* What ring_check() finds, besides faults. */
enum ring_find {
	RING_FIND_GOOD = 0,
	RING_FIND_USELESS = 1, /* no ring in it (any more), damaged, or from another boot */
};

static void ring_set_segment(struct ring *ring, uint64_t data_bytes)
{
	ring->control = ring->segment.bytes;
	ring->data = (uint8_t *)ring->segment.bytes + RING_CONTROL_BYTES;
	ring->data_bytes = data_bytes;
	ring->record_bytes_max = data_bytes / RING_RECORDS_PER_RING_MIN;
}

static bool ring_is_size_legal(uint64_t data_bytes)
{
	return data_bytes >= RING_DATA_BYTES_MIN && data_bytes <= RING_DATA_BYTES_MAX &&
	       (data_bytes & (data_bytes - 1)) == 0;
}

/* Look at a mapped segment: magic, version, sizes, boot. Sets the ring's sizes when it is good. */
static int ring_check(struct ring *ring)
{
	const struct segment *segment = &ring->segment;
	const struct ring_layout_header *shared = segment->bytes;
	const uint64_t magic = atomic_load_explicit(&shared->magic, memory_order_acquire);
	struct ring_layout_header header;

	memcpy(&header, shared, sizeof(header));
	atomic_signal_fence(memory_order_seq_cst); /* from here on the copy */
	if (magic == 0)
		return RING_FIND_USELESS;
	if (magic != RING_LAYOUT_MAGIC)
		return segment_refuse(
			EPROTO, segment->name, "segment '%s' is not a ring", segment->name);
	if (header.version != RING_LAYOUT_VERSION)
		return segment_refuse(EPROTO, segment->name,
			"ring '%s' has layout version %u, this program needs %u", segment->name,
			header.version, RING_LAYOUT_VERSION);

	if (header.control_bytes != RING_CONTROL_BYTES || !ring_is_size_legal(header.data_bytes) ||
		header.data_bytes != segment->size_bytes - RING_CONTROL_BYTES ||
		segment_is_other_boot(header.boot_id) || header.created_ns > clock_ns())
		return RING_FIND_USELESS;

	ring_set_segment(ring, header.data_bytes);
	return RING_FIND_GOOD;
}

/* Make a ring that is whole and locked before it has a name. */
static int ring_create(struct ring *ring, const char *name, uint64_t data_bytes)
{
	struct ring_layout_header *header;
	int r;

	r = segment_prepare(&ring->segment, name, RING_CONTROL_BYTES + data_bytes);
	if (r < 0)
		return r;

	ring_set_segment(ring, data_bytes);
	header = &ring->control->header;
	header->version = RING_LAYOUT_VERSION;
	header->control_bytes = RING_CONTROL_BYTES;
	header->data_bytes = data_bytes;
	segment_boot_id(header->boot_id);
	header->created_ns = clock_ns();
	header->creator_pid = (uint64_t)getpid();
	atomic_store_explicit(&header->magic, RING_LAYOUT_MAGIC, memory_order_release);

	if (!segment_lock(&ring->segment, RING_LOCK_PRODUCER))
		return FAULT(errno, "cannot lock ring '%s'", name);
	return segment_publish(&ring->segment);
}

/*
 * Take the lock of an end. A lock on a segment that lost its name meanwhile is worth
 * nothing, and as only the producer's owner removes names, ours is safe once we know.
 */
static int ring_lock(struct ring *ring, unsigned int byte)
{
	if (!segment_lock(&ring->segment, byte))
		return RING_BUSY;
	return segment_is_replaced(&ring->segment) ? RING_NOT_READY : RING_OK;
}

/* Is this locked ring one to continue with @data_bytes? Return: RING_FIND_* or -errno. */
static int ring_check_for_producer(struct ring *ring, uint64_t data_bytes)
{
	uint64_t head;
	int r;

	r = segment_map(&ring->segment, RING_CONTROL_BYTES + RING_DATA_BYTES_MIN);
	if (r < 0)
		return r;
	if (r == SEGMENT_NONE)
		return RING_FIND_USELESS;

	r = ring_check(ring);
	if (r != RING_FIND_GOOD)
		return r;

	head = atomic_load_explicit(&ring->control->producer.head, memory_order_relaxed);
	return ring->data_bytes == data_bytes && head % RING_RECORD_ALIGN == 0 ? RING_FIND_GOOD
									       : RING_FIND_USELESS;
}

/* One try. Return: RING_OK, RING_BUSY, RING_NOT_READY (somebody was faster: again), or -errno. */
static int ring_open_producer(struct ring *ring, const char *name, uint64_t data_bytes)
{
	int r;

	r = segment_open(&ring->segment, name, true);
	if (r < 0)
		return r;
	if (r == SEGMENT_NONE) {
		r = ring_create(ring, name, data_bytes);
		return r == SEGMENT_EXISTS ? RING_NOT_READY : r;
	}

	r = ring_lock(ring, RING_LOCK_PRODUCER);
	if (r != RING_OK)
		return r;

	r = ring_check_for_producer(ring, data_bytes);
	if (r == RING_FIND_USELESS) {
		log_info(
			"ring '%s' is of another size, damaged or from another boot: making a new one",
			name);
		segment_destroy(name); /* ours to remove: see ring_lock() */
		return RING_NOT_READY;
	}
	return r;
}

/* Continue where the last producer stopped; a tail out of range means full until it makes sense. */
static void ring_start_producer(struct ring *ring)
{
	struct ring_layout_control *control = ring->control;
	struct ring_layout_producer *producer = &control->producer;
	const uint64_t head = atomic_load_explicit(&producer->head, memory_order_acquire);
	const uint64_t tail = atomic_load_explicit(&control->consumer.tail, memory_order_acquire);
	const uint64_t said = atomic_load_explicit(&producer->next_sequence, memory_order_relaxed);
	const uint64_t left =
		atomic_load_explicit(&control->successor.next_sequence, memory_order_relaxed);

	ring->is_producer = true;
	ring->head = ring->head_published = head;
	ring->tail = ring_is_index_sane(ring, tail, head) ? tail : head - ring->data_bytes;
	ring->sequence = left > said ? left : said;
	atomic_store_explicit(
		&control->successor.next_sequence, ring->sequence, memory_order_relaxed);
	atomic_store_explicit(&producer->next_sequence, ring->sequence, memory_order_release);
	ring_count(&producer->epoch);
}

/* Continue at the last released record, expecting what the last consumer expected there. */
static void ring_start_consumer(struct ring *ring)
{
	struct ring_layout_control *control = ring->control;
	struct ring_layout_consumer *consumer = &control->consumer;
	const uint64_t head = atomic_load_explicit(&control->producer.head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&consumer->tail, memory_order_acquire);

	for (unsigned int i = 0; i < ARRAY_COUNT(consumer->places); i++) {
		const struct ring_layout_place *place = &consumer->places[i];

		if (atomic_load_explicit(&place->tail, memory_order_relaxed) != tail)
			continue;
		ring->sequence = atomic_load_explicit(&place->sequence, memory_order_relaxed);
		ring->place_to_fill = i ^ 1;
	}
	if (!ring_is_index_sane(ring, tail, head)) {
		ring_count(&consumer->corrupt);
		tail = head - head % RING_RECORD_ALIGN;
	}
	ring->tail = ring->head = tail;
	ring_count(&consumer->epoch);
}

static struct ring *ring_new(void)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (ring)
		segment_init(&ring->segment);
	return ring;
}

void ring_detach(struct ring *ring)
{
	if (!ring)
		return;
	segment_detach(&ring->segment);
	free(ring->copy);
	free(ring);
}

static uint64_t ring_round_up(uint64_t data_bytes)
{
	uint64_t rounded = RING_DATA_BYTES_MIN;

	while (rounded < data_bytes)
		rounded *= 2;
	return rounded;
}

int ring_attach_producer(struct ring **out_ring, const char *name, uint64_t data_bytes)
{
	struct ring *ring;
	int r = RING_NOT_READY;

	if (data_bytes > RING_DATA_BYTES_MAX)
		return FAULT(EINVAL, "ring '%s' cannot hold %llu bytes", name,
			(unsigned long long)data_bytes);
	ring = ring_new();
	if (!ring)
		return FAULT(ENOMEM, "cannot attach ring '%s'", name);

	for (int tries = 0; r == RING_NOT_READY && tries < RING_ATTACH_TRIES_MAX; tries++) {
		segment_detach(&ring->segment);
		r = ring_open_producer(ring, name, ring_round_up(data_bytes));
	}
	if (r != RING_OK) {
		ring_detach(ring);
		return r == RING_NOT_READY ? RING_BUSY : r;
	}

	ring_start_producer(ring);
	segment_accept(name);
	*out_ring = ring;
	return RING_OK;
}

static int ring_open_consumer(struct ring *ring, const char *name)
{
	int r;

	r = segment_attach(&ring->segment, name, true, RING_CONTROL_BYTES + RING_DATA_BYTES_MIN);
	if (r < 0)
		return r;
	if (r == SEGMENT_NONE)
		return RING_NOT_READY;

	r = ring_check(ring);
	if (r < 0)
		return r;
	if (r == RING_FIND_USELESS)
		return RING_NOT_READY;

	ring->copy = malloc(ring->record_bytes_max);
	if (!ring->copy)
		return FAULT(ENOMEM, "cannot attach ring '%s'", name);
	return ring_lock(ring, RING_LOCK_CONSUMER);
}

int ring_attach_consumer(struct ring **out_ring, const char *name)
{
	struct ring *ring = ring_new();
	int r;

	if (!ring)
		return FAULT(ENOMEM, "cannot attach ring '%s'", name);

	r = ring_open_consumer(ring, name);
	if (r != RING_OK) {
		ring_detach(ring);
		return r;
	}

	ring_start_consumer(ring);
	segment_accept(name);
	*out_ring = ring;
	return RING_OK;
}

bool ring_is_replaced(const struct ring *ring)
{
	return segment_is_replaced(&ring->segment);
}
