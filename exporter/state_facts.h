/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * State facts -- what the first page and /info/state say, before it is HTML or JSON.
 *
 * Numbers have one name each; lists show all samples of one family, whatever labels
 * the stages gave them.
 *
 * Threads: pure functions of their arguments.
 */

#include <stddef.h>
#include <stdint.h>

#include "exporter/stage_set.h"
#include "exporter/traffic.h"

#define STATE_NUMBERS_MAX       32u
#define STATE_NUMBER_BYTES_MAX  32
#define STATE_SUMMARY_BYTES_MAX 160

struct state_input {
	struct stage_set set;
	const struct traffic *traffic;
	const char *version;
	const char *revision;
};

struct state_number {
	const char *name;
	char text[STATE_NUMBER_BYTES_MAX]; /* as JSON has numbers */
};

struct state_list {
	const char *name;
	const char *family;
};

/* What is drawn over time. */
struct state_line {
	const char *name;
	enum traffic_kind kind;
};

struct state_summary {
	const char *level; /* "good", "warning" or "bad" */
	char text[STATE_SUMMARY_BYTES_MAX];
};

extern const struct state_list state_lists[];
extern const size_t state_list_count;
extern const struct state_line state_lines[];
extern const size_t state_line_count;

/* Return: how many numbers there are. */
size_t state_facts_numbers(
	const struct state_input *input, struct state_number out_numbers[STATE_NUMBERS_MAX]);

/* The one sentence to read if there is time for one. */
void state_facts_summary(const struct state_input *input, struct state_summary *out_summary);

/* "Not up: capture, analyzer". Return: false, and nothing is written, where all are up. */
bool state_facts_names_absent(const struct stage_set *set, char *out, size_t out_bytes);

/* "run", or "unknown" for what a later version may have. */
const char *state_facts_stage_state(const struct status_snapshot *stage);

/* A family of the stages' own figures for stage @stage: "stage_cpu_seconds". */
uint64_t state_facts_of_stage(const struct stage_set *set, const char *family, const char *stage);
