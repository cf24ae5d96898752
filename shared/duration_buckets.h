/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Duration buckets -- the edges all our histograms share.
 *
 * Bucket k holds durations up to 250 us * 2^k, the last edge is 8.192 s; what is longer
 * falls in bucket DURATION_BUCKETS_EDGES. A histogram's counters name the same edges
 * in their `le` labels, in this order.
 *
 * Pure.
 */

#include <stdint.h>

#define DURATION_BUCKETS_EDGES    16u
#define DURATION_BUCKETS_FIRST_NS 250000ull

/* Return: 0 to DURATION_BUCKETS_EDGES. */
static inline unsigned int duration_bucket(uint64_t took_ns)
{
	unsigned int bucket = 0;

	while (bucket < DURATION_BUCKETS_EDGES && took_ns > DURATION_BUCKETS_FIRST_NS << bucket)
		bucket++;
	return bucket;
}
