/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/recent_count.h"

#include <string.h>

#include "shared/clock.h"

void recent_count_init(struct recent_count *recent)
{
	memset(recent, 0, sizeof(*recent));
}

static uint64_t recent_count_newest(const struct recent_count *recent)
{
	return (recent->taken_count - 1) % RECENT_COUNT_SAMPLES_MAX;
}

static uint64_t recent_count_oldest(const struct recent_count *recent)
{
	return recent->taken_count <= RECENT_COUNT_SAMPLES_MAX
		       ? 0
		       : recent->taken_count % RECENT_COUNT_SAMPLES_MAX;
}

void recent_count_take(struct recent_count *recent, uint64_t value, uint64_t now_ns)
{
	uint64_t at;

	if (value < recent->value)
		recent_count_init(recent);
	recent->value = value;
	recent->now_ns = now_ns;
	if (recent->taken_count > 0 &&
		now_ns - recent->taken_ns[recent_count_newest(recent)] < RECENT_COUNT_EVERY_NS)
		return;

	at = recent->taken_count++ % RECENT_COUNT_SAMPLES_MAX;
	recent->values[at] = value;
	recent->taken_ns[at] = now_ns;
}

uint64_t recent_count_growth(const struct recent_count *recent)
{
	return recent->value - recent->values[recent_count_oldest(recent)];
}

double recent_count_per_second(const struct recent_count *recent)
{
	uint64_t span_ns = recent->now_ns - recent->taken_ns[recent_count_oldest(recent)];

	if (span_ns < NS_PER_S)
		return 0;
	return (double)recent_count_growth(recent) * (double)NS_PER_S / (double)span_ns;
}
