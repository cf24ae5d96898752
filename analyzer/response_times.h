/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Response times -- how long responses took, in powers of two, the old ones fading.
 *
 * Pure. Buckets are those of duration_buckets.h, the last one takes everything longer.
 */

#include <stdint.h>

#include "shared/duration_buckets.h"

struct response_times {
	uint32_t buckets[DURATION_BUCKETS_EDGES];
	uint32_t count; /* their sum; halved, with all of them, when it reaches 4096 */
};

void response_times_add(struct response_times *times, uint64_t took_ns);

/* An upper bound of the time that 99 of 100 responses took; 0 while there are none. */
uint64_t response_times_p99_ns(const struct response_times *times);
