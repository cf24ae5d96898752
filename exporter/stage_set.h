/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage set -- what all stages said at one moment, and sums over it.
 *
 * A family is asked for by name and nothing else is known of it: which stage has it,
 * and with which labels, is the stages' business. A family nobody has sums up to 0.
 * The parts of histograms are no samples here.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/status_reader.h"

#define STAGE_SET_MAX 4u

struct stage_set {
	const struct status_snapshot *stages[STAGE_SET_MAX];
	size_t count;
	uint64_t now_ns;       /* CLOCK_BOOTTIME */
	uint64_t boot_unix_ns; /* the unix time of CLOCK_BOOTTIME 0 */
};

/* Where a walk over one family is; all zero = before the first sample. */
struct stage_set_cursor {
	size_t stage;
	uint32_t counter;
};

struct stage_set_sample {
	const char *labels;
	uint64_t value; /* nanoseconds of a COUNTER_TOTAL_NS */
};

/* Return: false after the last sample. */
bool stage_set_next(const struct stage_set *set, const char *family,
	struct stage_set_cursor *cursor, struct stage_set_sample *out_sample);

/* Sum of the samples with @label among their labels, or of all if it is NULL. */
uint64_t stage_set_sum(const struct stage_set *set, const char *family, const char *label);

/* Does any stage have this family? */
bool stage_set_has(const struct stage_set *set, const char *family);
