/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/state_facts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "shared/compiler.h"

/* A number that is a sum over a family. */
struct state_sum {
	const char *name;
	const char *family;
	const char *label; /* NULL = all */
};

static const struct state_sum sums[] = {
	{ "queries", "dns_requests", NULL },
	{ "responses", "dns_responses", NULL },
	{ "failures", "dns_failures", NULL },
	{ "rescues", "injected_responses", NULL },
	{ "retransmits", "dns_retransmits", NULL },
	{ "waiting", "dns_inflight_queries", NULL },
	{ "late_responses", "dns_late_responses", NULL },
	{ "lost_races", "inject_lost_race", NULL },
	{ "silent_resolvers", "silent_resolvers", NULL },
	{ "failing", "failing", NULL },
	{ "watched_interfaces", "watched_interfaces", NULL },
	{ "cache_entries", "cache_entries", NULL },
	{ "cache_capacity_entries", "cache_capacity_entries", NULL },
	{ "cache_memory_bytes", "cache_memory_bytes", NULL },
	{ "cache_requests", "cache_requests", NULL },
	{ "cache_hits", "cache_hits", NULL },
	{ "ring_lost", "ring_dropped_records", NULL },
	{ "bpf_seen", "bpf_events", "result=\"seen\"" },
	{ "bpf_submitted", "bpf_events", "result=\"submitted\"" },
};

static const struct {
	const char *name;
	enum traffic_kind kind;
} rates[] = {
	{ "queries_per_second", TRAFFIC_QUERIES },
	{ "responses_per_second", TRAFFIC_RESPONSES },
	{ "failures_per_second", TRAFFIC_FAILURES },
	{ "rescues_per_second", TRAFFIC_RESCUES },
};

_Static_assert(ARRAY_COUNT(sums) + ARRAY_COUNT(rates) <= STATE_NUMBERS_MAX, "numbers have room");

const struct state_list state_lists[] = {
	{ "failing", "failing" },
	{ "failures", "dns_failures" },
	{ "rescues", "injected_responses" },
	{ "suppressed", "inject_suppressed" },
	{ "held", "held_failures" },
	{ "ring_losses", "ring_dropped_records" },
	{ "bpf_events", "bpf_events" },
};

const size_t state_list_count = ARRAY_COUNT(state_lists);

const struct state_line state_lines[] = {
	{ "queries", TRAFFIC_QUERIES },
	{ "failures", TRAFFIC_FAILURES },
	{ "rescues", TRAFFIC_RESCUES },
};

const size_t state_line_count = ARRAY_COUNT(state_lines);

size_t state_facts_numbers(
	const struct state_input *input, struct state_number out_numbers[STATE_NUMBERS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(sums); i++, count++) {
		out_numbers[count].name = sums[i].name;
		(void)snprintf(out_numbers[count].text, STATE_NUMBER_BYTES_MAX, "%llu",
			(unsigned long long)stage_set_sum(
				&input->set, sums[i].family, sums[i].label));
	}
	for (size_t i = 0; i < ARRAY_COUNT(rates); i++, count++) {
		out_numbers[count].name = rates[i].name;
		(void)snprintf(out_numbers[count].text, STATE_NUMBER_BYTES_MAX, "%.1f",
			traffic_rate(input->traffic, rates[i].kind));
	}
	return count;
}

bool state_facts_names_absent(const struct stage_set *set, char *out, size_t out_bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < set->count && used < out_bytes; i++)
		if (!status_snapshot_is_up(set->stages[i], set->now_ns))
			used += (size_t)snprintf(out + used, out_bytes - used, "%s%s",
				used == 0 ? "Not up: " : ", ", set->stages[i]->stage);
	return used > 0;
}

/* Is more failing than single names, some of which fail at any time? */
static bool state_facts_is_failing(const struct stage_set *set)
{
	return stage_set_sum(set, "failing", NULL) >
	       stage_set_sum(set, "failing", "level=\"name\"");
}

void state_facts_summary(const struct state_input *input, struct state_summary *out_summary)
{
	const struct stage_set *set = &input->set;
	const unsigned long long silent_count = stage_set_sum(set, "silent_resolvers", NULL);
	const bool is_one = silent_count == 1;
	const char *text = "All is well.";

	out_summary->level = "bad";
	if (state_facts_names_absent(&input->set, out_summary->text, sizeof(out_summary->text)))
		return;

	out_summary->level = "warning";
	if (silent_count > 0) {
		(void)snprintf(out_summary->text, sizeof(out_summary->text),
			"%llu resolver%s silent: what is asked of %s is answered from memory.",
			silent_count, is_one ? " is" : "s are", is_one ? "it" : "them");
		return;
	}
	if (traffic_rate(input->traffic, TRAFFIC_RESCUES) > 0) {
		text = "Queries that fail are answered from memory.";
	} else if (state_facts_is_failing(set)) {
		text = "Too many queries fail, see below.";
	} else {
		out_summary->level = "good";
		if (stage_set_sum(set, "watched_interfaces", NULL) == 0)
			text = "All is well. No interface of a container is there to be watched.";
	}
	(void)snprintf(out_summary->text, sizeof(out_summary->text), "%s", text);
}

const char *state_facts_stage_state(const struct status_snapshot *stage)
{
	static const char *const names[] = {
		[STATUS_BOOT] = "boot",
		[STATUS_RUN] = "run",
		[STATUS_DRAIN] = "drain",
		[STATUS_FAULT] = "fault",
	};

	return stage->state < ARRAY_COUNT(names) && names[stage->state] ? names[stage->state]
									: "unknown";
}

uint64_t state_facts_of_stage(const struct stage_set *set, const char *family, const char *stage)
{
	char label[METRICS_LABEL_LIST_BYTES_MAX];

	(void)snprintf(label, sizeof(label), "stage=\"%s\"", stage);
	return stage_set_sum(set, family, label);
}
