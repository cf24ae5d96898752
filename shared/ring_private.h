/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Ring private -- this process's handle of a ring: what ring.c, ring_read.c and
 * ring_attach.c share.
 *
 * Everything the data path decides by is in here, read from the segment once and
 * checked (ring.h, Trust).
 */

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "shared/compiler.h"
#include "shared/layout/ring_layout.h"
#include "shared/ring.h"
#include "shared/segment.h"

#define RING_RECORDS_PER_RING_MIN 8 /* a record is at most this part of the data */

struct ring {
	struct ring_layout_control *control;
	uint8_t *data;
	uint64_t data_bytes; /* a power of two */
	uint64_t record_bytes_max;
	bool is_producer;

	/* Indexes count bytes since the ring's creation and never wrap; the place is index % data_bytes. */
	uint64_t head; /* producer: end of what it committed; consumer: the producer's, checked */
	uint64_t tail; /* consumer: next byte to read; producer: the consumer's, checked */
	uint64_t sequence; /* producer: of the next record offered; consumer: expected next */

	/* Producer. */
	uint64_t head_published;
	uint64_t high_watermark_bytes;
	uint64_t reserved_at; /* index of the open reservation */
	uint64_t reserved_bytes;
	bool is_reserved;

	/* Consumer. */
	uint64_t head_refused;      /* the misaligned head counted last; 0 = none */
	unsigned int place_to_fill; /* of the two, the one that does not hold for the shared tail */
	uint8_t *copy;              /* record_bytes_max bytes, what ring_read() hands out */

	struct segment segment;
};

static inline uint8_t *ring_at(const struct ring *ring, uint64_t index)
{
	return ring->data + (index & (ring->data_bytes - 1));
}

/* Bytes from an index to the end of the data, 1..data_bytes. */
static inline uint64_t ring_bytes_to_end(const struct ring *ring, uint64_t index)
{
	return ring->data_bytes - (index & (ring->data_bytes - 1));
}

/* The space a record takes: header, body, padding to the alignment. */
static inline uint64_t ring_record_bytes(uint64_t body_bytes)
{
	const uint64_t align = RING_RECORD_ALIGN;

	return (sizeof(struct ring_layout_record) + body_bytes + align - 1) & ~(align - 1);
}

/* Is this index, found in the segment, within the data_bytes that end at @head? */
static inline bool ring_is_index_sane(const struct ring *ring, uint64_t index, uint64_t head)
{
	return index % RING_RECORD_ALIGN == 0 && head - index <= ring->data_bytes;
}

/* For words only this process writes: no read-modify-write needed. */
static inline void ring_count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}
