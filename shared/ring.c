/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/ring_private.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

void ring_name(char *out_name, size_t out_bytes, const char *instance, const char *from,
	unsigned int from_number, const char *to, unsigned int to_number)
{
	const bool is_named = instance && *instance;

	(void)snprintf(out_name, out_bytes, "/dnscache%s%s.ring.%s.%u-%s.%u", is_named ? "-" : "",
		is_named ? instance : "", from, from_number, to, to_number);
}

/* The header as two words, so that neither side's compiler can split or repeat an access. */
static void ring_write_header(uint8_t *at, const struct ring_layout_record *header)
{
	_Atomic uint64_t *words = (_Atomic uint64_t *)at;
	uint64_t first;

	memcpy(&first, header, sizeof(first));
	atomic_store_explicit(&words[0], first, memory_order_relaxed);
	if (header->type != RING_RECORD_PADDING)
		atomic_store_explicit(&words[1], header->sequence, memory_order_relaxed);
}

/* A record that nobody will see takes its number too (ring.h, Loss). */
static void ring_lose(struct ring *ring, _Atomic uint64_t *counter)
{
	struct ring_layout_control *control = ring->control;

	ring->sequence++;
	atomic_store_explicit(
		&control->successor.next_sequence, ring->sequence, memory_order_relaxed);
	if (ring->head == ring->head_published) /* else ring_publish() says it, after head */
		atomic_store_explicit(
			&control->producer.next_sequence, ring->sequence, memory_order_release);
	ring_count(counter);
}

/* The consumer's word moves our idea of its tail only forward and only over what we published. */
static void ring_see_tail(struct ring *ring)
{
	const uint64_t tail =
		atomic_load_explicit(&ring->control->consumer.tail, memory_order_acquire);

	if (tail % RING_RECORD_ALIGN == 0 && tail - ring->tail <= ring->head_published - ring->tail)
		ring->tail = tail;
}

static bool ring_has_room(struct ring *ring, uint64_t end)
{
	if (UNLIKELY(end - ring->tail > ring->data_bytes))
		ring_see_tail(ring);
	return end - ring->tail <= ring->data_bytes;
}

/* The consumer is asked only where our older idea of its tail would make a new mark. */
static void ring_mark_high(struct ring *ring)
{
	if (LIKELY(ring->head_published - ring->tail <= ring->high_watermark_bytes))
		return;
	ring_see_tail(ring);
	if (ring->head_published - ring->tail > ring->high_watermark_bytes)
		ring->high_watermark_bytes = ring->head_published - ring->tail;
}

int ring_reserve(struct ring *ring, uint32_t body_bytes_max, void **out_body)
{
	struct ring_layout_producer *producer = &ring->control->producer;
	const uint64_t record_bytes = ring_record_bytes(body_bytes_max);
	const uint64_t to_end = ring_bytes_to_end(ring, ring->head);
	const bool is_wrapping = to_end < record_bytes;
	const uint64_t start = is_wrapping ? ring->head + to_end : ring->head;

	assert(ring->is_producer);
	ring->is_reserved = false;
	if (UNLIKELY(record_bytes > ring->record_bytes_max)) {
		ring_lose(ring, &producer->dropped_oversized);
		return RING_OVERSIZED;
	}
	if (UNLIKELY(!ring_has_room(ring, start + record_bytes))) {
		ring_lose(ring, &producer->dropped_full);
		return RING_FULL;
	}

	if (is_wrapping)
		ring_write_header(ring_at(ring, ring->head),
			&(struct ring_layout_record){
				.size_bytes = (uint32_t)to_end, .type = RING_RECORD_PADDING });
	ring->is_reserved = true;
	ring->reserved_at = start;
	ring->reserved_bytes = record_bytes;
	*out_body = ring_at(ring, start) + sizeof(struct ring_layout_record);
	return RING_OK;
}

void ring_commit(struct ring *ring, uint16_t type, uint32_t body_bytes)
{
	const struct ring_layout_record header = {
		.size_bytes = (uint32_t)sizeof(header) + body_bytes,
		.type = type,
		.sequence = ring->sequence,
	};
	const uint64_t record_bytes = ring_record_bytes(body_bytes);

	assert(ring->is_reserved && record_bytes <= ring->reserved_bytes);
	assert(type != 0 && type != RING_RECORD_PADDING);
	ring_write_header(ring_at(ring, ring->reserved_at), &header);
	ring->is_reserved = false;
	ring->head = ring->reserved_at + record_bytes;
	ring->sequence++;
	atomic_store_explicit(
		&ring->control->successor.next_sequence, ring->sequence, memory_order_relaxed);
}

/* FUTEX_WAKE without PRIVATE: the sleeper is another process. */
static void ring_wake(_Atomic uint32_t *sleeping)
{
	if (atomic_exchange_explicit(sleeping, 0, memory_order_relaxed))
		(void)syscall(SYS_futex, sleeping, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void ring_publish(struct ring *ring)
{
	struct ring_layout_control *control = ring->control;

	assert(ring->is_producer);
	if (ring->head == ring->head_published)
		return;

	/* successor.next_sequence is there already: a kill between these lines is a loss that shows. */
	atomic_store_explicit(&control->producer.head, ring->head, memory_order_release);
	ring->head_published = ring->head;
	atomic_store_explicit(
		&control->producer.next_sequence, ring->sequence, memory_order_release);
	ring_mark_high(ring);

	/* Pairs with the fence in ring_wait(): we see the flag, or the consumer sees the head. */
	atomic_thread_fence(memory_order_seq_cst);
	if (UNLIKELY(atomic_load_explicit(&control->doorbell.sleeping, memory_order_relaxed)))
		ring_wake(&control->doorbell.sleeping);
}

void ring_state_complete(struct ring *ring, uint64_t complete_until_ns, uint64_t lost_upstream)
{
	struct ring_layout_producer *producer = &ring->control->producer;

	ring_publish(ring);
	atomic_store_explicit(&producer->lost_upstream, lost_upstream, memory_order_relaxed);
	atomic_store_explicit(
		&producer->complete_until_ns, complete_until_ns, memory_order_release);
}

void ring_beat(struct ring *ring, uint64_t now_ns)
{
	struct ring_layout_control *control = ring->control;

	atomic_store_explicit(ring->is_producer ? &control->producer.heartbeat_ns
						: &control->consumer.heartbeat_ns,
		now_ns, memory_order_release);
}

uint64_t ring_consumer_heartbeat_ns(const struct ring *ring)
{
	assert(ring->is_producer);
	return atomic_load_explicit(&ring->control->consumer.heartbeat_ns, memory_order_acquire);
}

void ring_usage(const struct ring *ring, struct ring_usage *out_usage)
{
	const struct ring_layout_producer *producer = &ring->control->producer;
	const struct ring_layout_consumer *consumer = &ring->control->consumer;
	const uint64_t tail = atomic_load_explicit(&consumer->tail, memory_order_acquire);
	const uint64_t head = atomic_load_explicit(&producer->head, memory_order_acquire);
	const uint64_t used_bytes = head - tail;

	out_usage->capacity_bytes = ring->data_bytes;
	out_usage->used_bytes = used_bytes < ring->data_bytes ? used_bytes : ring->data_bytes;
	out_usage->high_watermark_bytes = ring->high_watermark_bytes;
	out_usage->records = atomic_load_explicit(&producer->next_sequence, memory_order_relaxed);
	out_usage->dropped_full =
		atomic_load_explicit(&producer->dropped_full, memory_order_relaxed);
	out_usage->dropped_oversized =
		atomic_load_explicit(&producer->dropped_oversized, memory_order_relaxed);
	out_usage->corrupt = atomic_load_explicit(&consumer->corrupt, memory_order_relaxed);
}
