/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Ring pair -- both ends of one ring in one test, and its raw bytes for a third, hostile hand.
 */

#include <string.h>

#include "shared/layout/ring_layout.h"
#include "shared/ring.h"
#include "shared/segment.h"
#include "tests/support/check_main.h"
#include "tests/support/temp_shm.h"

#define RING_PAIR_BYTES    4096
#define RING_PAIR_BODY_MAX (RING_PAIR_BYTES / 8 - 16) /* the largest body it takes */
#define RING_PAIR_TYPE     7

struct ring_pair {
	const char *name;
	struct ring *producer;
	struct ring *consumer;
	struct segment raw;
	struct ring_layout_control *control;
	uint8_t *data;
};

static struct ring_pair pair;

/* Raw access is mapped anew, as a hostile process would. */
static inline void ring_pair_map(void)
{
	segment_detach(&pair.raw);
	ck_assert_int_eq(
		segment_attach(&pair.raw, pair.name, true, RING_CONTROL_BYTES), SEGMENT_OK);
	pair.control = pair.raw.bytes;
	pair.data = (uint8_t *)pair.raw.bytes + RING_CONTROL_BYTES;
}

static inline void ring_pair_attach_producer(void)
{
	ck_assert_int_eq(ring_attach_producer(&pair.producer, pair.name, RING_PAIR_BYTES), RING_OK);
}

static inline void ring_pair_attach_consumer(void)
{
	ck_assert_int_eq(ring_attach_consumer(&pair.consumer, pair.name), RING_OK);
}

static inline void ring_pair_open(void)
{
	memset(&pair, 0, sizeof(pair));
	segment_init(&pair.raw);
	pair.name = temp_shm_name("ring");
	ring_pair_attach_producer();
	ring_pair_attach_consumer();
	ring_pair_map();
}

static inline void ring_pair_detach_producer(void)
{
	ring_detach(pair.producer);
	pair.producer = NULL;
}

static inline void ring_pair_detach_consumer(void)
{
	ring_detach(pair.consumer);
	pair.consumer = NULL;
}

static inline void ring_pair_close(void)
{
	ring_pair_detach_producer();
	ring_pair_detach_consumer();
	segment_detach(&pair.raw);
	segment_destroy(pair.name);
}

/* Offer a record whose bytes are all @fill, unpublished. Return: of ring_reserve(). */
static inline int ring_pair_commit(uint32_t body_bytes, uint8_t fill)
{
	void *body;
	int r = ring_reserve(pair.producer, body_bytes, &body);

	if (r != RING_OK)
		return r;
	memset(body, fill, body_bytes);
	ring_commit(pair.producer, RING_PAIR_TYPE, body_bytes);
	return r;
}

static inline int ring_pair_push(uint32_t body_bytes, uint8_t fill)
{
	int r = ring_pair_commit(body_bytes, fill);

	ring_publish(pair.producer);
	return r;
}

/* The next record is there, whole, and has this sequence after that loss. */
static inline void ring_pair_expect(
	uint64_t sequence, uint64_t lost_before, uint32_t body_bytes, uint8_t fill)
{
	struct ring_record record;

	ck_assert_int_eq(ring_read(pair.consumer, &record), RING_OK);
	ck_assert_uint_eq(record.sequence, sequence);
	ck_assert_uint_eq(record.lost_before, lost_before);
	ck_assert_uint_eq(record.type, RING_PAIR_TYPE);
	ck_assert_uint_eq(record.body_bytes, body_bytes);
	ck_assert_uint_eq((uintptr_t)record.body % 8, 0);
	for (uint32_t i = 0; i < body_bytes; i++)
		ck_assert_uint_eq(((const uint8_t *)record.body)[i], fill);
}

static inline void ring_pair_expect_empty(void)
{
	struct ring_record record;

	ck_assert_int_eq(ring_read(pair.consumer, &record), RING_EMPTY);
}

/* Move both ends on to this index, which is a multiple of 24, by records of 24 bytes. */
static inline void ring_pair_advance(uint64_t index)
{
	struct ring_record record;

	while (atomic_load(&pair.control->producer.head) < index) {
		ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
		ck_assert_int_eq(ring_read(pair.consumer, &record), RING_OK);
		ring_release(pair.consumer);
	}
	ck_assert_uint_eq(atomic_load(&pair.control->producer.head), index);
}

static inline uint64_t ring_pair_corrupt(void)
{
	return atomic_load(&pair.control->consumer.corrupt);
}

static inline TCase *ring_pair_case(Suite *suite, const char *title)
{
	TCase *tests = tcase_create(title);

	tcase_add_checked_fixture(tests, ring_pair_open, ring_pair_close);
	suite_add_tcase(suite, tests);
	return tests;
}
