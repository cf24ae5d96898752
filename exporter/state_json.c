/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/state_json.h"

#include <string.h>

#include "exporter/info_json.h"
#include "exporter/metrics_label.h"
#include "shared/clock.h"

static void state_json_key_text(struct evbuffer *out, const char *key, const char *text)
{
	(void)evbuffer_add_printf(out, "\"%s\":", key);
	info_json_string(out, text, strlen(text));
}

/* To the millisecond. */
static void state_json_key_seconds(struct evbuffer *out, const char *key, uint64_t ns)
{
	(void)evbuffer_add_printf(out, ",\"%s\":%llu.%03llu", key,
		(unsigned long long)(ns / NS_PER_S),
		(unsigned long long)(ns % NS_PER_S / NS_PER_MS));
}

static void state_json_key_count(struct evbuffer *out, const char *key, uint64_t count)
{
	(void)evbuffer_add_printf(out, ",\"%s\":%llu", key, (unsigned long long)count);
}

static uint64_t state_json_since(uint64_t now_ns, uint64_t at_ns)
{
	return now_ns > at_ns ? now_ns - at_ns : 0;
}

static void state_json_stage(
	struct evbuffer *out, const struct stage_set *set, const struct status_snapshot *stage)
{
	(void)evbuffer_add(out, "{", 1);
	state_json_key_text(out, "stage", stage->stage);
	(void)evbuffer_add_printf(
		out, ",\"up\":%s", status_snapshot_is_up(stage, set->now_ns) ? "true" : "false");
	state_json_key_count(out, "restarts", stage->restart_count);
	if (stage->is_present) {
		(void)evbuffer_add(out, ",", 1);
		state_json_key_text(out, "state", state_facts_stage_state(stage));
		state_json_key_seconds(out, "heartbeat_age_seconds",
			state_json_since(set->now_ns, stage->heartbeat_ns));
		state_json_key_seconds(
			out, "uptime_seconds", state_json_since(set->now_ns, stage->started_ns));
		state_json_key_seconds(out, "cpu_seconds",
			state_facts_of_stage(set, "stage_cpu_seconds", stage->stage));
		state_json_key_count(out, "memory_bytes",
			state_facts_of_stage(set, "stage_resident_memory_bytes", stage->stage));
	}
	(void)evbuffer_add(out, "}", 1);
}

/* Values of labels are escaped as JSON escapes them. */
static void state_json_labels(struct evbuffer *out, const char *list)
{
	struct metrics_label label;

	for (const char *at = list; *at && metrics_label_read(at, &label);
		at = label.after + (*label.after == ','))
		(void)evbuffer_add_printf(out, "%s\"%.*s\":\"%.*s\"", at == list ? "" : ",",
			(int)label.name_bytes, label.name, (int)label.value_bytes, label.value);
}

static void state_json_list(
	struct evbuffer *out, const struct stage_set *set, const struct state_list *list)
{
	struct stage_set_cursor cursor = { 0 };
	struct stage_set_sample sample;
	const char *before = "";

	(void)evbuffer_add_printf(out, "\"%s\":[", list->name);
	while (stage_set_next(set, list->family, &cursor, &sample)) {
		(void)evbuffer_add_printf(out, "%s{\"labels\":{", before);
		state_json_labels(out, sample.labels);
		(void)evbuffer_add_printf(
			out, "},\"count\":%llu}", (unsigned long long)sample.value);
		before = ",";
	}
	(void)evbuffer_add(out, "]", 1);
}

static void state_json_history(
	struct evbuffer *out, const struct state_line *line, const struct traffic *traffic)
{
	(void)evbuffer_add_printf(out, "\"%s\":[", line->name);
	for (unsigned int age = TRAFFIC_SECONDS; age-- > 0;)
		(void)evbuffer_add_printf(
			out, "%.1f%s", traffic_at(traffic, line->kind, age), age > 0 ? "," : "]");
}

static void state_json_numbers(struct evbuffer *out, const struct state_input *input)
{
	struct state_number numbers[STATE_NUMBERS_MAX];
	const size_t count = state_facts_numbers(input, numbers);

	for (size_t i = 0; i < count; i++)
		(void)evbuffer_add_printf(
			out, "%s\"%s\":%s", i == 0 ? "" : ",", numbers[i].name, numbers[i].text);
}

void state_json_render(struct evbuffer *out, const struct state_input *input)
{
	const struct stage_set *set = &input->set;
	struct state_summary summary;

	state_facts_summary(input, &summary);
	(void)evbuffer_add(out, "{", 1);
	state_json_key_text(out, "version", input->version);
	(void)evbuffer_add(out, ",", 1);
	state_json_key_text(out, "revision", input->revision);
	state_json_key_seconds(out, "unix_seconds", set->boot_unix_ns + set->now_ns);
	(void)evbuffer_add_printf(out, ",\n\"summary\":{\"level\":\"%s\",", summary.level);
	state_json_key_text(out, "text", summary.text);

	(void)evbuffer_add_printf(out, "},\n\"stages\":[");
	for (size_t i = 0; i < set->count; i++) {
		(void)evbuffer_add_printf(out, "%s", i == 0 ? "" : ",\n");
		state_json_stage(out, set, set->stages[i]);
	}
	(void)evbuffer_add_printf(out, "],\n\"numbers\":{");
	state_json_numbers(out, input);
	(void)evbuffer_add_printf(out, "},\n\"lists\":{");
	for (size_t i = 0; i < state_list_count; i++) {
		(void)evbuffer_add_printf(out, "%s", i == 0 ? "" : ",\n");
		state_json_list(out, set, &state_lists[i]);
	}
	(void)evbuffer_add_printf(out, "},\n\"history\":{");
	for (size_t i = 0; i < state_line_count; i++) {
		(void)evbuffer_add_printf(out, "%s", i == 0 ? "" : ",\n");
		state_json_history(out, &state_lines[i], input->traffic);
	}
	(void)evbuffer_add(out, "}}\n", 3);
}
