/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Response times -- how long responses took, in powers of two, the old ones fading.
 *
 * Pure. Bucket k holds times up to 250 us * 2^k, the last one everything longer.
 */

#include <stdint.h>

#define RESPONSE_TIMES_BUCKETS  16
#define RESPONSE_TIMES_FIRST_NS 250000ull

struct response_times {
	uint32_t buckets[RESPONSE_TIMES_BUCKETS];
	uint32_t count; /* their sum; halved, with all of them, when it reaches 4096 */
};

/* The bucket of a time: 0 to RESPONSE_TIMES_BUCKETS, that one for what is longer than all. */
unsigned int response_times_bucket(uint64_t took_ns);

void response_times_add(struct response_times *times, uint64_t took_ns);

/* An upper bound of the time that 99 of 100 responses took; 0 while there are none. */
uint64_t response_times_p99_ns(const struct response_times *times);
