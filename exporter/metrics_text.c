/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "exporter/metrics_histogram.h"
#include "shared/clock.h"
#include "shared/compiler.h"

#define METRICS_TEXT_SAMPLES_MAX (METRICS_TEXT_STAGES_MAX * STATUS_LAYOUT_COUNTERS_MAX)

/* Families that are made here and nowhere else. */
static const char *const own_families[] = {
	"build_info",
	"scrape_duration_seconds",
	"scrape_errors",
	"stage_last_heartbeat_timestamp_seconds",
	"stage_start_time_seconds",
	"stage_up",
};

/* All samples, and which of them the current family took. */
struct metrics_text_samples {
	size_t count;
	unsigned int left_out;
	bool is_done[METRICS_TEXT_SAMPLES_MAX];
	struct metrics_sample all[METRICS_TEXT_SAMPLES_MAX];
	size_t family_count;
	struct metrics_sample family[METRICS_TEXT_SAMPLES_MAX];
};

static bool metrics_text_is_own(const char *family)
{
	for (size_t i = 0; i < ARRAY_COUNT(own_families); i++)
		if (strcmp(own_families[i], family) == 0)
			return true;
	return false;
}

static void metrics_text_collect(
	struct metrics_text_samples *samples, const struct metrics_text_input *input)
{
	samples->count = 0;
	samples->left_out = 0;
	for (size_t s = 0; s < input->stage_count; s++) {
		const struct status_snapshot *stage = input->stages[s];

		if (!stage->is_present)
			continue;
		samples->left_out += stage->counters_refused;
		for (uint32_t i = 0; i < stage->counter_count; i++) {
			if (metrics_text_is_own(stage->counters[i].family)) {
				samples->left_out++;
				continue;
			}
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
	return counter->kind == COUNTER_BUCKET || counter->kind == COUNTER_SUM_NS;
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

/* @name without the prefix. */
static void metrics_text_head(struct evbuffer *out, const char *name, const char *suffix,
	const char *type, const char *help)
{
	(void)evbuffer_add_printf(out, "# HELP " METRICS_PREFIX "%s%s ", name, suffix);
	for (; *help; help++)
		(void)evbuffer_add(out, *help == '\\' ? "\\\\" : help, *help == '\\' ? 2 : 1);
	(void)evbuffer_add_printf(out, "\n# TYPE " METRICS_PREFIX "%s%s %s\n", name, suffix, type);
}

/* The family's first help that says something. */
static const char *metrics_text_help(const struct metrics_text_samples *samples)
{
	for (size_t i = 0; i < samples->family_count; i++)
		if (samples->family[i].counter->help[0] != '\0')
			return samples->family[i].counter->help;
	return "Not described by its stage";
}

static bool metrics_text_is_total(const struct status_layout_counter *counter)
{
	return counter->kind == COUNTER_TOTAL || counter->kind == COUNTER_TOTAL_NS;
}

/* The sample's value and the end of its line. */
static void metrics_text_sample_value(struct evbuffer *out, const struct metrics_sample *sample)
{
	const unsigned long long value = sample->value;

	if (sample->counter->kind == COUNTER_TOTAL_NS)
		(void)evbuffer_add_printf(out, "%llu.%09llu\n", value / NS_PER_S, value % NS_PER_S);
	else
		(void)evbuffer_add_printf(out, "%llu\n", value);
}

static void metrics_text_family(struct evbuffer *out, struct metrics_text_samples *samples)
{
	const struct status_layout_counter *head = samples->family[0].counter;
	const char *suffix = metrics_text_is_total(head) ? "_total" : "";
	const char *help = metrics_text_help(samples);

	if (metrics_text_is_histogram(head)) {
		metrics_text_head(out, head->family, "", "histogram", help);
		samples->left_out +=
			metrics_histogram_render(out, samples->family, samples->family_count);
		return;
	}

	metrics_text_head(
		out, head->family, suffix, metrics_text_is_total(head) ? "counter" : "gauge", help);
	for (size_t i = 0; i < samples->family_count; i++) {
		const struct metrics_sample *sample = &samples->family[i];
		const char *labels = sample->counter->labels;

		(void)evbuffer_add_printf(out, METRICS_PREFIX "%s%s%s%s%s ", head->family, suffix,
			labels[0] ? "{" : "", labels, labels[0] ? "}" : "");
		metrics_text_sample_value(out, sample);
	}
}

/* A label value: backslash, quote and line feed escaped. */
static void metrics_text_value(struct evbuffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			(void)evbuffer_add_printf(out, "\\%c", *text);
		else if (*text == '\n')
			(void)evbuffer_add(out, "\\n", 2);
		else
			(void)evbuffer_add(out, text, 1);
	}
}

static void metrics_text_build(struct evbuffer *out, const char *version)
{
	metrics_text_head(out, "build_info", "", "gauge", "Always 1; what this exporter is");
	(void)evbuffer_add_printf(out, METRICS_PREFIX "build_info{version=\"");
	metrics_text_value(out, version);
	(void)evbuffer_add_printf(out, "\"} 1\n");
}

static void metrics_text_up(struct evbuffer *out, const struct metrics_text_input *input)
{
	metrics_text_head(out, "stage_up", "", "gauge",
		"1 where the stage runs and its heartbeat is less than a second old");
	for (size_t i = 0; i < input->stage_count; i++)
		(void)evbuffer_add_printf(out, METRICS_PREFIX "stage_up{stage=\"%s\"} %d\n",
			input->stages[i]->stage,
			status_snapshot_is_up(input->stages[i], input->now_ns));
}

/* A moment of CLOCK_BOOTTIME in unix time, to the millisecond. */
static void metrics_text_moment(
	struct evbuffer *out, const char *family, const char *stage, uint64_t unix_ns)
{
	(void)evbuffer_add_printf(out, METRICS_PREFIX "%s{stage=\"%s\"} %llu.%03llu\n", family,
		stage, (unsigned long long)(unix_ns / NS_PER_S),
		(unsigned long long)(unix_ns % NS_PER_S / NS_PER_MS));
}

static void metrics_text_moments(struct evbuffer *out, const struct metrics_text_input *input)
{
	static const char beat[] = "stage_last_heartbeat_timestamp_seconds";
	static const char start[] = "stage_start_time_seconds";

	metrics_text_head(out, beat, "", "gauge", "Unix time of the stage's last heartbeat");
	for (size_t i = 0; i < input->stage_count; i++)
		if (input->stages[i]->is_present)
			metrics_text_moment(out, beat, input->stages[i]->stage,
				input->boot_unix_ns + input->stages[i]->heartbeat_ns);

	metrics_text_head(out, start, "", "gauge", "Unix time of the stage's start");
	for (size_t i = 0; i < input->stage_count; i++)
		if (input->stages[i]->is_present)
			metrics_text_moment(out, start, input->stages[i]->stage,
				input->boot_unix_ns + input->stages[i]->started_ns);
}

unsigned int metrics_text_render(struct evbuffer *out, const struct metrics_text_input *input)
{
	struct metrics_text_samples samples;

	assert(input->stage_count <= METRICS_TEXT_STAGES_MAX);
	metrics_text_build(out, input->version);
	metrics_text_up(out, input);
	metrics_text_moments(out, input);

	metrics_text_collect(&samples, input);
	for (size_t i = 0; i < samples.count; i++) {
		if (samples.is_done[i])
			continue;
		metrics_text_gather(&samples, i);
		metrics_text_family(out, &samples);
	}
	return samples.left_out;
}

void metrics_text_scrape(struct evbuffer *out, uint64_t duration_ns, unsigned int left_out)
{
	metrics_text_head(
		out, "scrape_duration_seconds", "", "gauge", "How long it took to make this text");
	(void)evbuffer_add_printf(out, METRICS_PREFIX "scrape_duration_seconds %llu.%09llu\n",
		(unsigned long long)(duration_ns / NS_PER_S),
		(unsigned long long)(duration_ns % NS_PER_S));
	metrics_text_head(out, "scrape_errors", "", "gauge",
		"Counters that could not be printed because their descriptions are wrong");
	(void)evbuffer_add_printf(out, METRICS_PREFIX "scrape_errors %u\n", left_out);
}
