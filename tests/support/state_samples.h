/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * State samples -- four stages with something to tell, for the first page and its JSON.
 */

#include "exporter/state_facts.h"
#include "shared/clock.h"
#include "tests/support/stage_samples.h"

static struct status_snapshot *samples_capture, *samples_analyzer, *samples_injector;
static struct traffic samples_traffic;

static inline struct state_input samples_state(void)
{
	return (struct state_input){
		.set = samples_set,
		.traffic = &samples_traffic,
		.version = "1<2",
		.revision = "a\"b",
	};
}

/* @queries, @rescues: in one second. */
static inline void samples_happen(uint64_t queries, uint64_t rescues)
{
	const uint64_t totals[TRAFFIC_KINDS] = {
		[TRAFFIC_QUERIES] = samples_traffic.totals[TRAFFIC_QUERIES] + queries,
		[TRAFFIC_RESCUES] = samples_traffic.totals[TRAFFIC_RESCUES] + rescues,
	};
	const uint64_t last_ns = samples_traffic.last_ns;

	traffic_add(&samples_traffic, totals, last_ns ? last_ns + NS_PER_S : NS_PER_S);
}

static inline void samples_state_setup(void)
{
	samples_reset();
	samples_capture = samples_stage("capture");
	samples_analyzer = samples_stage("analyzer");
	samples_injector = samples_stage("injector");
	(void)samples_stage("exporter");
	samples_traffic = (struct traffic){ .last_ns = 0 };
	samples_happen(0, 0);
	samples_add(samples_capture, COUNTER_LEVEL, "watched_interfaces", "", 3, "");
	samples_add(samples_analyzer, COUNTER_TOTAL, "dns_requests", "type=\"A\"", 40, "");
	samples_add(samples_analyzer, COUNTER_TOTAL, "dns_requests", "type=\"AAAA\"", 2, "");
	samples_add(samples_analyzer, COUNTER_TOTAL, "dns_failures", "reason=\"timeout\"", 7, "");
	samples_add(samples_analyzer, COUNTER_TOTAL, "dns_failures", "reason=\"servfail\"", 0, "");
	samples_add(samples_injector, COUNTER_TOTAL, "injected_responses",
		"trigger=\"timeout\",freshness=\"<\\\"\\\\>\"", 5, "");
	samples_add(samples_injector, COUNTER_TOTAL_NS, "stage_cpu_seconds", "stage=\"injector\"",
		1500000000, "");
	samples_add(samples_injector, COUNTER_LEVEL, "stage_resident_memory_bytes",
		"stage=\"injector\"", 3 << 20, "");
}
