/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_ancestor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/duration_buckets.h"

#define METRICS_ANCESTOR_LOSS       "loss_ratio_ppm"
#define METRICS_ANCESTOR_SECONDS    "dns_request_duration_seconds"
#define METRICS_ANCESTOR_DURATION   METRICS_PREFIX "dns_request_duration_milliseconds"
#define METRICS_ANCESTOR_MILLION    1000000ull
#define METRICS_ANCESTOR_EDGE_BYTES 24

/* A histogram with the ancestor's edges, which are those of all our histograms. */
struct metrics_ancestor_histogram {
	uint64_t buckets[DURATION_BUCKETS_EDGES + 1];
	uint64_t sum_ns;
};

bool metrics_ancestor_has(const char *family)
{
	static const char *const families[] = {
		"cache_hit",
		"cache_miss",
		"cache_size",
		"dns_queries",
		"dns_replies",
		"dns_request_duration_milliseconds",
		"loss",
		"matched_dns_queries",
		"unmatched_dns_queries",
	};

	for (size_t i = 0; i < ARRAY_COUNT(families); i++)
		if (strcmp(families[i], family) == 0)
			return true;
	return false;
}

bool metrics_ancestor_hides(const char *family)
{
	return strcmp(family, METRICS_ANCESTOR_LOSS) == 0;
}

static uint64_t metrics_ancestor_unmatched(const struct stage_set *set)
{
	return stage_set_sum(set, "dns_unmatched_queries", NULL);
}

/* A failure is either a query without a response, or a bad response, which is a match. */
static uint64_t metrics_ancestor_loss_ppm(const struct stage_set *set)
{
	const uint64_t failed = stage_set_sum(set, "dns_failures", NULL);
	const uint64_t finished =
		stage_set_sum(set, "dns_matched_queries", NULL) + metrics_ancestor_unmatched(set);

	if (stage_set_has(set, METRICS_ANCESTOR_LOSS))
		return stage_set_sum(set, METRICS_ANCESTOR_LOSS, NULL);
	if (failed >= finished)
		return failed > 0 ? METRICS_ANCESTOR_MILLION : 0;
	return (uint64_t)((double)failed / (double)finished * (double)METRICS_ANCESTOR_MILLION);
}

static uint64_t metrics_ancestor_started_ns(const struct stage_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->stages[i]->stage, "analyzer") == 0 && set->stages[i]->is_present)
			return set->stages[i]->started_ns;
	return 0;
}

static void metrics_ancestor_miss(
	const struct stage_set *set, uint64_t hit_count, struct metrics_ancestor_misses *misses)
{
	const uint64_t started_ns = metrics_ancestor_started_ns(set);
	const uint64_t wanted_count = stage_set_sum(set, "cache_requests", NULL);
	const uint64_t count = wanted_count > hit_count ? wanted_count - hit_count : 0;

	if (misses->started_ns != started_ns)
		*misses = (struct metrics_ancestor_misses){ .started_ns = started_ns };
	if (count > misses->count)
		misses->count = count;
}

static void metrics_ancestor_counter(
	const struct metrics_out *out, const char *name, const char *help, uint64_t count)
{
	metrics_line_head(out, name, METRICS_COUNTER, help);
	metrics_line_count(out, name, METRICS_COUNTER, "", count);
}

/* One part of a stage's histogram in seconds, into the narrowest bucket of ours that holds it. */
static void metrics_ancestor_add(struct metrics_ancestor_histogram *histogram,
	const struct status_layout_counter *counter, uint64_t value)
{
	char rest[METRICS_LABEL_LIST_BYTES_MAX], edge[METRICS_LABEL_LIST_BYTES_MAX];
	double edge_s;

	if (counter->kind == COUNTER_SUM_NS)
		histogram->sum_ns += value;
	if (counter->kind != COUNTER_BUCKET || !metrics_label_take_le(counter->labels, rest, edge))
		return;
	edge_s = strtod(edge, NULL);
	if (edge_s > (double)(DURATION_BUCKETS_FIRST_NS << DURATION_BUCKETS_EDGES) / NS_PER_S)
		histogram->buckets[DURATION_BUCKETS_EDGES] += value;
	else
		histogram->buckets[duration_bucket((uint64_t)(edge_s * NS_PER_S + 0.5))] += value;
}

static void metrics_ancestor_gather(
	const struct stage_set *set, struct metrics_ancestor_histogram *out_histogram)
{
	*out_histogram = (struct metrics_ancestor_histogram){ .sum_ns = 0 };
	for (size_t s = 0; s < set->count; s++) {
		const struct status_snapshot *stage = set->stages[s];

		for (uint32_t i = 0; stage->is_present && i < stage->counter_count; i++)
			if (strcmp(stage->counters[i].family, METRICS_ANCESTOR_SECONDS) == 0)
				metrics_ancestor_add(
					out_histogram, &stage->counters[i], stage->values[i]);
	}
}

static void metrics_ancestor_duration(
	const struct metrics_out *out, const struct metrics_ancestor_histogram *histogram)
{
	uint64_t cumulative = 0;

	metrics_line_head(out, METRICS_ANCESTOR_DURATION, METRICS_HISTOGRAM,
		"duration to process each query.");
	for (unsigned int i = 0; i < DURATION_BUCKETS_EDGES; i++) {
		char edge[METRICS_ANCESTOR_EDGE_BYTES];

		cumulative += histogram->buckets[i];
		(void)snprintf(edge, sizeof(edge), "%g",
			(double)(DURATION_BUCKETS_FIRST_NS << i) / NS_PER_MS);
		metrics_line_bucket(out, METRICS_ANCESTOR_DURATION, "", edge, cumulative);
	}
	cumulative += histogram->buckets[DURATION_BUCKETS_EDGES];
	metrics_line_bucket(out, METRICS_ANCESTOR_DURATION, "", "+Inf", cumulative);
	metrics_line_millionths(
		out, METRICS_ANCESTOR_DURATION "_sum", METRICS_HISTOGRAM, "", histogram->sum_ns);
	metrics_line_count(
		out, METRICS_ANCESTOR_DURATION "_count", METRICS_HISTOGRAM, "", cumulative);
}

void metrics_ancestor_render(const struct metrics_out *out, const struct stage_set *set,
	struct metrics_ancestor_misses *misses)
{
	const uint64_t hit_count = stage_set_sum(set, "cache_hits", NULL);
	struct metrics_ancestor_histogram histogram;

	metrics_ancestor_miss(set, hit_count, misses);
	metrics_ancestor_gather(set, &histogram);

	metrics_line_head(
		out, METRICS_PREFIX "loss", METRICS_GAUGE, "Current DNS request loss ratio.");
	metrics_line_millionths(
		out, METRICS_PREFIX "loss", METRICS_GAUGE, "", metrics_ancestor_loss_ppm(set));
	metrics_ancestor_counter(out, METRICS_PREFIX "dns_queries", "DNS query information.",
		stage_set_sum(set, "dns_requests", NULL));
	metrics_ancestor_counter(out, METRICS_PREFIX "dns_replies", "DNS reply information.",
		stage_set_sum(set, "dns_responses", NULL));
	metrics_ancestor_counter(out, METRICS_PREFIX "unmatched_dns_queries",
		"count of unmatched DNS query.", metrics_ancestor_unmatched(set));
	metrics_ancestor_counter(out, METRICS_PREFIX "matched_dns_queries",
		"count of matched DNS query and reply.",
		stage_set_sum(set, "dns_matched_queries", NULL));
	metrics_line_head(
		out, METRICS_PREFIX "cache_size", METRICS_GAUGE, "entry count of DNS cache.");
	metrics_line_count(out, METRICS_PREFIX "cache_size", METRICS_GAUGE, "",
		stage_set_sum(set, "cache_entries", NULL));
	metrics_ancestor_duration(out, &histogram);
	metrics_ancestor_counter(out, METRICS_PREFIX "cache_hit", "count of hit cache.", hit_count);
	metrics_ancestor_counter(
		out, METRICS_PREFIX "cache_miss", "count of miss cache.", misses->count);
}
