/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/ring_private.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shared/clock.h"

/* Load the producer's head; is there something new in front of us? Only called with tail == head. */
static bool ring_look(struct ring *ring)
{
	const uint64_t head =
		atomic_load_explicit(&ring->control->producer.head, memory_order_acquire);

	if (head == ring->tail)
		return false;
	if (LIKELY(ring_is_index_sane(ring, ring->tail, head) && head % RING_RECORD_ALIGN == 0)) {
		ring->head = head;
		return true;
	}

	if (head % RING_RECORD_ALIGN == 0) { /* further than the data reach: start again there */
		ring_count(&ring->control->consumer.corrupt);
		ring->tail = ring->head = head;
	} else if (head != ring->head_refused) { /* wait for a better one */
		ring_count(&ring->control->consumer.corrupt);
		ring->head_refused = head;
	}
	return false;
}

/* One word of a record, read once and whole, whatever the producer does meanwhile. */
static uint64_t ring_read_word(const uint8_t *at)
{
	return atomic_load_explicit((const _Atomic uint64_t *)at, memory_order_relaxed);
}

/* All of a header but the sequence; a padding record has no more. */
static struct ring_layout_record ring_read_header(const uint8_t *at)
{
	const uint64_t word = ring_read_word(at);
	struct ring_layout_record header = { 0 };

	memcpy(&header, &word, sizeof(word));
	return header;
}

/*
 * The space taken by a record with this header at our tail, or 0 if no right producer
 * wrote it. Whole records lie before the head and before the end of the data.
 */
static uint64_t ring_check_header(const struct ring *ring, const struct ring_layout_record *header)
{
	const uint64_t to_end = ring_bytes_to_end(ring, ring->tail);
	const uint64_t to_head = ring->head - ring->tail;
	const uint64_t bytes_max = to_end < to_head ? to_end : to_head;
	uint64_t record_bytes;

	if (header->flags != 0 || header->type == 0 || header->size_bytes > ring->record_bytes_max)
		return 0;
	if (header->type == RING_RECORD_PADDING)
		return header->size_bytes == to_end && to_end <= to_head ? to_end : 0;
	if (header->size_bytes < sizeof(*header))
		return 0;

	record_bytes = ring_record_bytes(header->size_bytes - sizeof(*header));
	return record_bytes <= bytes_max ? record_bytes : 0;
}

/* A number lower than expected is no right producer's either, but the record is whole: go on from it. */
static uint64_t ring_take_sequence(struct ring *ring, uint64_t sequence)
{
	uint64_t lost_before = 0;

	if (LIKELY(sequence >= ring->sequence))
		lost_before = sequence - ring->sequence;
	else
		ring_count(&ring->control->consumer.corrupt);
	ring->sequence = sequence + 1;
	return lost_before;
}

int ring_read(struct ring *ring, struct ring_record *out_record)
{
	struct ring_layout_record header;
	uint64_t record_bytes;
	const uint8_t *at;

	assert(!ring->is_producer);
	do {
		if (ring->tail == ring->head && !ring_look(ring))
			return RING_EMPTY;

		at = ring_at(ring, ring->tail);
		header = ring_read_header(at);
		record_bytes = ring_check_header(ring, &header);
		if (UNLIKELY(record_bytes == 0)) {
			ring_count(&ring->control->consumer.corrupt);
			ring->tail = ring->head;
			return RING_EMPTY;
		}
		ring->tail += record_bytes;
	} while (UNLIKELY(header.type == RING_RECORD_PADDING));

	header.sequence = ring_read_word(at + offsetof(struct ring_layout_record, sequence));
	out_record->sequence = header.sequence;
	out_record->lost_before = ring_take_sequence(ring, header.sequence);
	out_record->type = header.type;
	out_record->body_bytes = header.size_bytes - (uint32_t)sizeof(header);
	out_record->body = ring->copy;
	memcpy(ring->copy, at + sizeof(header), out_record->body_bytes);
	return RING_OK;
}

void ring_release(struct ring *ring)
{
	struct ring_layout_consumer *consumer = &ring->control->consumer;
	struct ring_layout_place *place = &consumer->places[ring->place_to_fill];

	assert(!ring->is_producer);
	if (atomic_load_explicit(&consumer->tail, memory_order_relaxed) == ring->tail)
		return;

	/* The other place holds until the last of these stores (ring_layout.h). */
	atomic_store_explicit(&place->tail, ring->tail, memory_order_relaxed);
	atomic_store_explicit(&place->sequence, ring->sequence, memory_order_relaxed);
	atomic_store_explicit(&consumer->tail, ring->tail, memory_order_release);
	ring->place_to_fill ^= 1;
}

void ring_wait(struct ring *ring, uint64_t timeout_ns)
{
	_Atomic uint32_t *sleeping = &ring->control->doorbell.sleeping;
	const struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	if (ring->tail != ring->head)
		return;

	atomic_store_explicit(sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* pairs with ring_publish() */
	if (!ring_look(ring))
		(void)syscall(SYS_futex, sleeping, FUTEX_WAIT, 1, &timeout, NULL, 0);
	atomic_store_explicit(sleeping, 0, memory_order_relaxed);
}

void ring_producer_state(const struct ring *ring, struct ring_producer_state *out_state)
{
	const struct ring_layout_producer *producer = &ring->control->producer;

	out_state->complete_until_ns =
		atomic_load_explicit(&producer->complete_until_ns, memory_order_acquire);
	out_state->heartbeat_ns =
		atomic_load_explicit(&producer->heartbeat_ns, memory_order_acquire);
	out_state->epoch = atomic_load_explicit(&producer->epoch, memory_order_acquire);
	out_state->lost_upstream =
		atomic_load_explicit(&producer->lost_upstream, memory_order_relaxed);
	out_state->next_sequence =
		atomic_load_explicit(&producer->next_sequence, memory_order_acquire);
}

uint64_t ring_expected_sequence(const struct ring *ring)
{
	return ring->sequence;
}

uint64_t ring_take_lost(struct ring *ring, uint64_t next_sequence)
{
	const uint64_t expected = ring->sequence;

	assert(ring->tail == ring->head);
	if (next_sequence <= expected)
		return 0;
	ring->sequence = next_sequence;
	return next_sequence - expected;
}
