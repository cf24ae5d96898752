/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_own.h"

#include <stdio.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "shared/compiler.h"

#define OWN(family) METRICS_PREFIX family

#define METRICS_OWN_BEAT  OWN("stage_last_heartbeat_timestamp_seconds")
#define METRICS_OWN_START OWN("stage_start_time_seconds")

static const char *const families[] = {
	"build",
	"build_info",
	"scrape_duration_seconds",
	"scrape_errors",
	"stage_last_heartbeat_timestamp_seconds",
	"stage_restarts",
	"stage_start_time_seconds",
	"stage_up",
};

bool metrics_own_has(const char *family)
{
	for (size_t i = 0; i < ARRAY_COUNT(families); i++)
		if (strcmp(families[i], family) == 0)
			return true;
	return false;
}

static void metrics_own_label(const struct metrics_out *out, const char *name, const char *value)
{
	(void)evbuffer_add_printf(out->text, "%s=\"", name);
	metrics_line_value(out, value);
	(void)evbuffer_add(out->text, "\"", 1);
}

void metrics_own_build(const struct metrics_out *out, const struct metrics_build *build)
{
	metrics_line_head(out, OWN("build"), METRICS_INFO, "Always 1; what this exporter is");
	(void)evbuffer_add_printf(out->text, OWN("build_info{"));
	metrics_own_label(out, "version", build->version);
	metrics_own_label(out, ",revision", build->revision);
	metrics_own_label(out, ",cc", build->compiler);
	metrics_own_label(out, ",libbpf", build->libbpf);
	(void)evbuffer_add_printf(out->text, "} 1\n");
}

/* Stage names are our own, see status_reader_init(). */
static const char *metrics_own_stage_label(
	const struct status_snapshot *stage, char out_label[METRICS_LABEL_LIST_BYTES_MAX])
{
	(void)snprintf(out_label, METRICS_LABEL_LIST_BYTES_MAX, "stage=\"%s\"", stage->stage);
	return out_label;
}

static void metrics_own_lives(const struct metrics_out *out, const struct stage_set *set)
{
	char label[METRICS_LABEL_LIST_BYTES_MAX];

	metrics_line_head(out, OWN("stage_up"), METRICS_GAUGE,
		"1 where the stage runs and its heartbeat is less than a second old");
	for (size_t i = 0; i < set->count; i++)
		metrics_line_count(out, OWN("stage_up"), METRICS_GAUGE,
			metrics_own_stage_label(set->stages[i], label),
			status_snapshot_is_up(set->stages[i], set->now_ns));

	metrics_line_head(out, OWN("stage_restarts"), METRICS_COUNTER,
		"Times the stage was found to be another process than before");
	for (size_t i = 0; i < set->count; i++)
		metrics_line_count(out, OWN("stage_restarts"), METRICS_COUNTER,
			metrics_own_stage_label(set->stages[i], label),
			set->stages[i]->restart_count);
}

static void metrics_own_moments(const struct metrics_out *out, const struct stage_set *set)
{
	char label[METRICS_LABEL_LIST_BYTES_MAX];

	metrics_line_head(
		out, METRICS_OWN_BEAT, METRICS_GAUGE, "Unix time of the stage's last heartbeat");
	for (size_t i = 0; i < set->count; i++)
		if (set->stages[i]->is_present)
			metrics_line_seconds(out, METRICS_OWN_BEAT, METRICS_GAUGE,
				metrics_own_stage_label(set->stages[i], label),
				set->boot_unix_ns + set->stages[i]->heartbeat_ns);

	metrics_line_head(out, METRICS_OWN_START, METRICS_GAUGE, "Unix time of the stage's start");
	for (size_t i = 0; i < set->count; i++)
		if (set->stages[i]->is_present)
			metrics_line_seconds(out, METRICS_OWN_START, METRICS_GAUGE,
				metrics_own_stage_label(set->stages[i], label),
				set->boot_unix_ns + set->stages[i]->started_ns);
}

void metrics_own_stages(const struct metrics_out *out, const struct stage_set *set)
{
	metrics_own_lives(out, set);
	metrics_own_moments(out, set);
}

static void metrics_own_gauge(
	const struct metrics_out *out, const char *name, const char *help, uint64_t value)
{
	metrics_line_head(out, name, METRICS_GAUGE, help);
	metrics_line_count(out, name, METRICS_GAUGE, "", value);
}

void metrics_own_process(
	const struct metrics_out *out, const struct metrics_process *process, uint64_t boot_unix_ns)
{
	static const char cpu[] = "process_cpu_seconds";
	static const char start[] = "process_start_time_seconds";

	metrics_line_head(out, cpu, METRICS_COUNTER, "Processor time that the exporter took");
	metrics_line_seconds(out, cpu, METRICS_COUNTER, "", process->cpu_ns);
	metrics_line_head(out, start, METRICS_GAUGE, "Unix time of the exporter's start");
	metrics_line_seconds(out, start, METRICS_GAUGE, "", boot_unix_ns + process->started_ns);

	metrics_own_gauge(out, "process_open_fds", "Open file descriptors", process->open_fds);
	metrics_own_gauge(
		out, "process_max_fds", "File descriptors that may be open", process->fds_max);
	metrics_own_gauge(out, "process_virtual_memory_bytes", "Size of the address space",
		process->virtual_bytes);
	metrics_own_gauge(out, "process_virtual_memory_max_bytes",
		"Size that the address space may have", process->virtual_bytes_max);
	metrics_own_gauge(out, "process_resident_memory_bytes", "Memory that is in use",
		process->resident_bytes);
	metrics_own_gauge(
		out, "process_heap_bytes", "Size of malloc's memory", process->heap_bytes);
	metrics_own_gauge(out, "process_threads", "Threads", process->thread_count);
}

void metrics_own_scrape(const struct metrics_out *out, uint64_t duration_ns, unsigned int left_out)
{
	static const char duration[] = OWN("scrape_duration_seconds");

	metrics_line_head(out, duration, METRICS_GAUGE, "How long it took to make this text");
	metrics_line_seconds(out, duration, METRICS_GAUGE, "", duration_ns);
	metrics_own_gauge(out, OWN("scrape_errors"),
		"Counters that could not be printed because their descriptions are wrong",
		left_out);
}
