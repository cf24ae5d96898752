/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/front_rows.h"

#include <string.h>

#include "exporter/metrics_label.h"
#include "exporter/state_facts.h"
#include "shared/clock.h"

#define FRONT_ROWS_LINE_TOP    2.0 /* of 40: room for half a stroke */
#define FRONT_ROWS_LINE_BOTTOM 40.0

void front_rows_text(struct evbuffer *out, const char *text, size_t text_bytes, bool is_escaped)
{
	for (size_t i = 0; i < text_bytes; i++) {
		if (is_escaped && text[i] == '\\' && i + 1 < text_bytes)
			i++;
		if (strchr("&<>\"'", text[i]))
			(void)evbuffer_add_printf(out, "&#%d;", text[i]);
		else
			(void)evbuffer_add(out, text + i, 1);
	}
}

/* "47 s", "12 min", "5 h", "3 d": as the page's script has it. */
static void front_rows_span(struct evbuffer *out, uint64_t ns)
{
	static const struct {
		uint64_t below_s;
		uint64_t unit_s;
		const char *unit;
	} spans[] = { { 120, 1, "s" }, { 7200, 60, "min" }, { 172800, 3600, "h" },
		{ UINT64_MAX, 86400, "d" } };
	const uint64_t seconds = ns / NS_PER_S;
	size_t i = 0;

	while (seconds >= spans[i].below_s)
		i++;
	(void)evbuffer_add_printf(
		out, "%llu %s", (unsigned long long)(seconds / spans[i].unit_s), spans[i].unit);
}

/* How the stage is, and for how long. */
static void front_rows_life(
	struct evbuffer *out, const struct stage_set *set, const struct status_snapshot *stage)
{
	const uint64_t silent_ns =
		set->now_ns > stage->heartbeat_ns ? set->now_ns - stage->heartbeat_ns : 0;

	if (status_snapshot_is_up(stage, set->now_ns))
		(void)evbuffer_add_printf(out, "<td class=\"good\">up<td>");
	else
		(void)evbuffer_add_printf(
			out, "<td class=\"bad\">down, %s<td>", state_facts_stage_state(stage));
	if (silent_ns < NS_PER_S) {
		(void)evbuffer_add_printf(out, "now");
	} else {
		front_rows_span(out, silent_ns);
		(void)evbuffer_add_printf(out, " ago");
	}
	(void)evbuffer_add_printf(out, "<td>");
	front_rows_span(out, set->now_ns > stage->started_ns ? set->now_ns - stage->started_ns : 0);
}

static void front_rows_stage(
	struct evbuffer *out, const struct stage_set *set, const struct status_snapshot *stage)
{
	const unsigned long long restarts = stage->restart_count;
	uint64_t cpu_ns, memory_bytes;

	(void)evbuffer_add_printf(out, "<tr><td>%s", stage->stage);
	if (!stage->is_present) {
		(void)evbuffer_add_printf(
			out, "<td class=\"bad\">not there<td><td><td>%llu<td><td>\n", restarts);
		return;
	}
	cpu_ns = state_facts_of_stage(set, "stage_cpu_seconds", stage->stage);
	memory_bytes = state_facts_of_stage(set, "stage_resident_memory_bytes", stage->stage);
	front_rows_life(out, set, stage);
	(void)evbuffer_add_printf(out, "<td>%llu", restarts);
	if (memory_bytes > 0)
		(void)evbuffer_add_printf(out, "<td>%.1f s<td>%.1f MiB\n",
			(double)cpu_ns / NS_PER_S, (double)memory_bytes / (1 << 20));
	else /* it does not say */
		(void)evbuffer_add_printf(out, "<td><td>\n");
}

/* Values of labels, by commas. */
static void front_rows_labels(struct evbuffer *out, const char *list)
{
	struct metrics_label label;

	for (const char *at = list; *at && metrics_label_read(at, &label);
		at = label.after + (*label.after == ',')) {
		(void)evbuffer_add_printf(out, "%s", at == list ? "" : ", ");
		front_rows_text(out, label.value, label.value_bytes, true);
	}
}

void front_rows_list(struct evbuffer *out, const struct stage_set *set, const char *family)
{
	struct stage_set_cursor cursor = { 0 };
	struct stage_set_sample sample;
	bool is_empty = true;

	while (stage_set_next(set, family, &cursor, &sample)) {
		if (sample.value == 0)
			continue;
		is_empty = false;
		(void)evbuffer_add_printf(out, "<tr><td>");
		front_rows_labels(out, sample.labels);
		(void)evbuffer_add_printf(out, "<td>%llu\n", (unsigned long long)sample.value);
	}
	if (is_empty)
		(void)evbuffer_add_printf(out, "<tr><td class=\"dim\">none\n");
}

/* All lines of the picture have one scale. */
static double front_rows_peak(const struct traffic *traffic)
{
	double peak = 1;

	for (unsigned int i = 0; i < state_line_count; i++)
		for (unsigned int age = 0; age < TRAFFIC_SECONDS; age++)
			if (traffic_at(traffic, state_lines[i].kind, age) > peak)
				peak = traffic_at(traffic, state_lines[i].kind, age);
	return peak;
}

void front_rows_line(struct evbuffer *out, const struct traffic *traffic, enum traffic_kind kind)
{
	const double height = FRONT_ROWS_LINE_BOTTOM - FRONT_ROWS_LINE_TOP;
	const double peak = front_rows_peak(traffic);

	for (unsigned int x = 0; x < TRAFFIC_SECONDS; x++)
		(void)evbuffer_add_printf(out, "%s%u,%.1f", x == 0 ? "" : " ", x,
			FRONT_ROWS_LINE_BOTTOM -
				height * traffic_at(traffic, kind, TRAFFIC_SECONDS - 1 - x) / peak);
}

void front_rows_stages(struct evbuffer *out, const struct stage_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		front_rows_stage(out, set, set->stages[i]);
}
