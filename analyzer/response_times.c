/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/response_times.h"

#define RESPONSE_TIMES_COUNT_MAX 4096u

static void response_times_fade(struct response_times *times)
{
	times->count = 0;
	for (unsigned int i = 0; i < DURATION_BUCKETS_EDGES; i++) {
		times->buckets[i] /= 2;
		times->count += times->buckets[i];
	}
}

void response_times_add(struct response_times *times, uint64_t took_ns)
{
	unsigned int bucket = duration_bucket(took_ns);

	if (bucket >= DURATION_BUCKETS_EDGES)
		bucket = DURATION_BUCKETS_EDGES - 1;
	times->buckets[bucket]++;
	times->count++;
	if (times->count >= RESPONSE_TIMES_COUNT_MAX)
		response_times_fade(times);
}

uint64_t response_times_p99_ns(const struct response_times *times)
{
	const uint32_t above_max = times->count / 100;
	uint32_t above = 0;

	if (times->count == 0)
		return 0;
	for (unsigned int i = DURATION_BUCKETS_EDGES; i-- > 0;) {
		above += times->buckets[i];
		if (above > above_max)
			return DURATION_BUCKETS_FIRST_NS << i;
	}
	return DURATION_BUCKETS_FIRST_NS;
}
