/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Recent count -- how much a counter grew in about the last minute, for a line that people read.
 *
 * However often that line is made, and by whom: the counter is sampled as time goes on.
 *
 * Pure: time is an argument.
 */

#include <stdint.h>

#define RECENT_COUNT_SAMPLES_MAX 13
#define RECENT_COUNT_EVERY_NS    (5 * 1000000000ull) /* 12 gaps of 5 s */

struct recent_count {
	uint64_t taken_count; /* samples so far; the newest stands at (taken_count - 1) % MAX */
	uint64_t values[RECENT_COUNT_SAMPLES_MAX];
	uint64_t taken_ns[RECENT_COUNT_SAMPLES_MAX];
	uint64_t value; /* now */
	uint64_t now_ns;
};

void recent_count_init(struct recent_count *recent);

/* Call it every second or so with what the counter is. A counter that shrank starts anew. */
void recent_count_take(struct recent_count *recent, uint64_t value, uint64_t now_ns);

/* Growth since the oldest sample, at most 65 s old. */
uint64_t recent_count_growth(const struct recent_count *recent);

/* The same per second, 0 before a second has passed. */
double recent_count_per_second(const struct recent_count *recent);
