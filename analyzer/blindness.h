/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Blindness -- how far the analyzer has seen everything, and when it has not.
 *
 * A missing response is a failure only if it would have been seen. capture says up
 * to which time everything its taps saw is in the ring (or counted as lost); once the
 * ring is read that far, `complete_until_ns` follows. The timers of queries run on
 * that time and not on the clock: while capture is late, stuck or dead, nothing is
 * judged. What was lost on the way raises `generation`: whatever was learned about
 * failure before is void.
 *
 * Per batch: blindness_begin(); read records, each through blindness_record(), and so
 * what was lost behind the last one (ring_take_lost()); blindness_end().
 *
 * Pure: no clock, no ring.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/ring.h"

enum blindness_cause {
	BLINDNESS_NONE = 0,
	BLINDNESS_GAP = 1,   /* records lost in the ring */
	BLINDNESS_LOSS = 2,  /* events lost before capture */
	BLINDNESS_EPOCH = 3, /* a new capture, or a new ring: nobody saw the time between */
	BLINDNESS_SAME = 4,  /* what was said before, now for what was read since, too */
};

struct blindness {
	uint64_t complete_until_ns; /* seen whole up to here; never runs backwards */
	uint64_t generation;        /* +1 each time something was missed; from 1 */

	bool is_attached; /* epoch and lost_upstream below are this ring's */
	bool is_pending;  /* `producer` waits for the ring to be read that far */
	struct ring_producer_state producer;
	uint64_t epoch;
	uint64_t lost_upstream;
};

void blindness_init(struct blindness *blindness);

/* The ring is gone or another one: complete_until_ns stands still until the next begin. */
void blindness_detached(struct blindness *blindness);

/**
 * blindness_begin() - before reading a batch: what the producer says now
 *
 * Return: why everything before is void, or BLINDNESS_NONE.
 */
enum blindness_cause blindness_begin(
	struct blindness *blindness, const struct ring_producer_state *producer);

/* A record came with @lost_before records missing in front of it. Return: as above. */
enum blindness_cause blindness_record(struct blindness *blindness, uint64_t lost_before);

/**
 * blindness_end() - after reading a batch
 * @expected_sequence: the number of the next record to read
 *
 * Return: as above, or BLINDNESS_SAME.
 */
enum blindness_cause blindness_end(struct blindness *blindness, uint64_t expected_sequence);
