/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/traffic.h"

#include "shared/clock.h"

void traffic_add(struct traffic *traffic, const uint64_t totals[TRAFFIC_KINDS], uint64_t now_ns)
{
	struct traffic_second *second = &traffic->seconds[traffic->next];
	const uint64_t last_ns = traffic->last_ns;

	if (last_ns != 0 && now_ns < last_ns + NS_PER_S)
		return;
	for (unsigned int i = 0; i < TRAFFIC_KINDS; i++) {
		const uint64_t before = totals[i] < traffic->totals[i] ? 0 : traffic->totals[i];

		second->counts[i] = totals[i] - before;
		traffic->totals[i] = totals[i];
	}
	traffic->last_ns = now_ns;
	if (last_ns == 0) /* what was before us is no traffic of one second */
		return;
	second->took_ns = now_ns - last_ns;
	traffic->next = (traffic->next + 1) % TRAFFIC_SECONDS;
}

static const struct traffic_second *traffic_second(const struct traffic *traffic, unsigned int age)
{
	return &traffic->seconds[(traffic->next + TRAFFIC_SECONDS - 1 - age) % TRAFFIC_SECONDS];
}

static double traffic_per_second(uint64_t count, uint64_t took_ns)
{
	return took_ns > 0 ? (double)count * NS_PER_S / (double)took_ns : 0;
}

double traffic_rate(const struct traffic *traffic, enum traffic_kind kind)
{
	uint64_t count = 0, took_ns = 0;

	for (unsigned int age = 0; age < TRAFFIC_RATE_SECONDS; age++) {
		const struct traffic_second *second = traffic_second(traffic, age);

		if (second->took_ns == 0)
			break;
		count += second->counts[kind];
		took_ns += second->took_ns;
	}
	return traffic_per_second(count, took_ns);
}

double traffic_at(const struct traffic *traffic, enum traffic_kind kind, unsigned int age)
{
	const struct traffic_second *second = traffic_second(traffic, age);

	return traffic_per_second(second->counts[kind], second->took_ns);
}
