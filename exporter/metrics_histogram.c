/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_histogram.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "exporter/metrics_text.h"

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

static void metrics_histogram_end(const struct metrics_out *out, const char *name,
	const char *labels, uint64_t count, const struct metrics_sample *sum)
{
	char part[METRICS_NAME_BYTES_MAX + sizeof("_count")];

	metrics_line_bucket(out, name, labels, "+Inf", count);
	(void)snprintf(part, sizeof(part), "%s_sum", name);
	if (sum && sum->counter->kind == COUNTER_SUM)
		metrics_line_count(out, part, METRICS_HISTOGRAM, labels, sum->value);
	else
		metrics_line_seconds(out, part, METRICS_HISTOGRAM, labels, sum ? sum->value : 0);
	(void)snprintf(part, sizeof(part), "%s_count", name);
	metrics_line_count(out, part, METRICS_HISTOGRAM, labels, count);
}

/* One series: all samples with these labels. Returns how many of them were left out. */
static unsigned int metrics_histogram_series(const struct metrics_out *out, const char *name,
	const struct metrics_sample *samples, size_t count, const char *labels)
{
	const struct metrics_sample *sum = NULL;
	uint64_t cumulative = 0;
	double last_edge = -1;
	unsigned int left_out = 0;

	for (size_t i = 0; i < count; i++) {
		struct metrics_histogram_place place;
		double edge;

		if (!metrics_histogram_place(samples[i].counter, &place) ||
			strcmp(place.labels, labels) != 0)
			continue;
		if (samples[i].counter->kind != COUNTER_BUCKET) {
			sum = &samples[i];
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
			metrics_line_bucket(out, name, labels, place.edge, cumulative);
	}
	metrics_histogram_end(out, name, labels, cumulative, sum);
	return left_out;
}

unsigned int metrics_histogram_render(const struct metrics_out *out, const char *name,
	const struct metrics_sample *samples, size_t count)
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
		left_out += metrics_histogram_series(out, name, samples, count, place.labels);
	}
	return left_out;
}
