/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "exporter/metrics_ancestor.h"
#include "exporter/metrics_histogram.h"
#include "exporter/metrics_own.h"

#define METRICS_TEXT_SAMPLES_MAX (STAGE_SET_MAX * STATUS_LAYOUT_COUNTERS_MAX)

/* All samples, and which of them the current family took. */
struct metrics_text_samples {
	size_t count;
	unsigned int left_out;
	bool is_done[METRICS_TEXT_SAMPLES_MAX];
	struct metrics_sample all[METRICS_TEXT_SAMPLES_MAX];
	size_t family_count;
	struct metrics_sample family[METRICS_TEXT_SAMPLES_MAX];
};

/* May it be printed under its own name? Some names are taken, and some are shown otherwise. */
static bool metrics_text_is_free(struct metrics_text_samples *samples, const char *family)
{
	if (metrics_ancestor_hides(family))
		return false;
	if (!metrics_own_has(family) && !metrics_ancestor_has(family))
		return true;
	samples->left_out++;
	return false;
}

static void metrics_text_collect(struct metrics_text_samples *samples, const struct stage_set *set)
{
	samples->count = 0;
	samples->left_out = 0;
	for (size_t s = 0; s < set->count; s++) {
		const struct status_snapshot *stage = set->stages[s];

		if (!stage->is_present)
			continue;
		samples->left_out += stage->counters_refused;
		for (uint32_t i = 0; i < stage->counter_count; i++) {
			if (!metrics_text_is_free(samples, stage->counters[i].family))
				continue;
			samples->is_done[samples->count] = false;
			samples->all[samples->count++] = (struct metrics_sample){
				.counter = &stage->counters[i],
				.value = stage->values[i],
			};
		}
	}
}

static bool metrics_text_is_histogram(const struct status_layout_counter *counter)
{
	return counter->kind == COUNTER_BUCKET || counter->kind == COUNTER_SUM_NS ||
	       counter->kind == COUNTER_SUM;
}

static bool metrics_text_is_same_kind(
	const struct status_layout_counter *a, const struct status_layout_counter *b)
{
	return a->kind == b->kind || (metrics_text_is_histogram(a) && metrics_text_is_histogram(b));
}

static bool metrics_text_is_repeated(
	const struct metrics_text_samples *samples, const struct status_layout_counter *counter)
{
	for (size_t i = 0; i < samples->family_count; i++)
		if (samples->family[i].counter->kind == counter->kind &&
			strcmp(samples->family[i].counter->labels, counter->labels) == 0)
			return true;
	return false;
}

/* Gather the family that begins with sample @first. */
static void metrics_text_gather(struct metrics_text_samples *samples, size_t first)
{
	const struct status_layout_counter *head = samples->all[first].counter;

	samples->family_count = 0;
	for (size_t i = first; i < samples->count; i++) {
		const struct status_layout_counter *counter = samples->all[i].counter;

		if (samples->is_done[i] || strcmp(counter->family, head->family) != 0)
			continue;
		samples->is_done[i] = true;
		if (metrics_text_is_same_kind(head, counter) &&
			!metrics_text_is_repeated(samples, counter))
			samples->family[samples->family_count++] = samples->all[i];
		else
			samples->left_out++;
	}
}

/* The family's first help that says something. */
static const char *metrics_text_help(const struct metrics_text_samples *samples)
{
	for (size_t i = 0; i < samples->family_count; i++)
		if (samples->family[i].counter->help[0] != '\0')
			return samples->family[i].counter->help;
	return "Not described by its stage";
}

static void metrics_text_family(const struct metrics_out *out, struct metrics_text_samples *samples)
{
	const struct status_layout_counter *head = samples->family[0].counter;
	const enum metrics_kind kind =
		head->kind == COUNTER_LEVEL ? METRICS_GAUGE : METRICS_COUNTER;
	const char *help = metrics_text_help(samples);
	char name[METRICS_NAME_BYTES_MAX];

	(void)snprintf(name, sizeof(name), METRICS_PREFIX "%s", head->family);
	if (metrics_text_is_histogram(head)) {
		metrics_line_head(out, name, METRICS_HISTOGRAM, help);
		samples->left_out +=
			metrics_histogram_render(out, name, samples->family, samples->family_count);
		return;
	}

	metrics_line_head(out, name, kind, help);
	for (size_t i = 0; i < samples->family_count; i++) {
		const struct metrics_sample *sample = &samples->family[i];

		(head->kind == COUNTER_TOTAL_NS ? metrics_line_seconds : metrics_line_count)(
			out, name, kind, sample->counter->labels, sample->value);
	}
}

unsigned int metrics_text_render(const struct metrics_out *out, const struct stage_set *set)
{
	struct metrics_text_samples samples;

	assert(set->count <= STAGE_SET_MAX);
	metrics_text_collect(&samples, set);
	for (size_t i = 0; i < samples.count; i++) {
		if (samples.is_done[i])
			continue;
		metrics_text_gather(&samples, i);
		metrics_text_family(out, &samples);
	}
	return samples.left_out;
}
