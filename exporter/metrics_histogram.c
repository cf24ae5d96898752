/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_histogram.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "exporter/metrics_text.h"
#include "shared/clock.h"

/* The labels that one sample has besides le. */
struct metrics_histogram_place {
	char labels[METRICS_LABEL_LIST_BYTES_MAX];
	char edge[METRICS_LABEL_LIST_BYTES_MAX]; /* "" of a sum */
};

/* Return: false for a bucket without an edge. */
static bool metrics_histogram_place(
	const struct status_layout_counter *counter, struct metrics_histogram_place *out_place)
{
	if (counter->kind == COUNTER_BUCKET)
		return metrics_label_take_le(counter->labels, out_place->labels, out_place->edge);
	strcpy(out_place->labels, counter->labels);
	out_place->edge[0] = '\0';
	return true;
}

static void metrics_histogram_bucket(struct evbuffer *out, const char *family, const char *labels,
	const char *edge, uint64_t cumulative)
{
	(void)evbuffer_add_printf(out, METRICS_PREFIX "%s_bucket{%s%sle=\"%s\"} %llu\n", family,
		labels, labels[0] ? "," : "", edge, (unsigned long long)cumulative);
}

static void metrics_histogram_end(struct evbuffer *out, const char *family, const char *labels,
	uint64_t count, uint64_t sum_ns)
{
	const char *open = labels[0] ? "{" : "";
	const char *close = labels[0] ? "}" : "";

	metrics_histogram_bucket(out, family, labels, "+Inf", count);
	(void)evbuffer_add_printf(out, METRICS_PREFIX "%s_sum%s%s%s %llu.%09llu\n", family, open,
		labels, close, (unsigned long long)(sum_ns / NS_PER_S),
		(unsigned long long)(sum_ns % NS_PER_S));
	(void)evbuffer_add_printf(out, METRICS_PREFIX "%s_count%s%s%s %llu\n", family, open, labels,
		close, (unsigned long long)count);
}

/* One series: all samples with these labels. Returns how many of them were left out. */
static unsigned int metrics_histogram_series(struct evbuffer *out,
	const struct metrics_sample *samples, size_t count, const char *labels)
{
	const char *family = samples[0].counter->family;
	uint64_t cumulative = 0, sum_ns = 0;
	double last_edge = -1;
	unsigned int left_out = 0;

	for (size_t i = 0; i < count; i++) {
		struct metrics_histogram_place place;
		double edge;

		if (!metrics_histogram_place(samples[i].counter, &place) ||
			strcmp(place.labels, labels) != 0)
			continue;
		if (samples[i].counter->kind == COUNTER_SUM_NS) {
			sum_ns = samples[i].value;
			continue;
		}
		edge = strtod(place.edge, NULL);
		if (edge <= last_edge) {
			left_out++;
			continue;
		}
		last_edge = edge;
		cumulative += samples[i].value;
		if (!isinf(edge))
			metrics_histogram_bucket(out, family, labels, place.edge, cumulative);
	}
	metrics_histogram_end(out, family, labels, cumulative, sum_ns);
	return left_out;
}

unsigned int metrics_histogram_render(
	struct evbuffer *out, const struct metrics_sample *samples, size_t count)
{
	char begun[METRICS_TEXT_SERIES_MAX][METRICS_LABEL_LIST_BYTES_MAX];
	unsigned int begun_count = 0;
	unsigned int left_out = 0;

	for (size_t i = 0; i < count; i++) {
		struct metrics_histogram_place place;
		unsigned int s = 0;

		if (!metrics_histogram_place(samples[i].counter, &place)) {
			left_out++;
			continue;
		}
		while (s < begun_count && strcmp(begun[s], place.labels) != 0)
			s++;
		if (s < begun_count)
			continue;
		if (begun_count == METRICS_TEXT_SERIES_MAX) {
			left_out++;
			continue;
		}
		strcpy(begun[begun_count++], place.labels);
		left_out += metrics_histogram_series(out, samples, count, place.labels);
	}
	return left_out;
}
