/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage counters -- a stage's own counters, and behind them those that every stage has.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/counter.h"

#define STAGE_COUNTERS_LABELS_BYTES_MAX sizeof(((struct status_layout_counter *)0)->labels)

#define COUNTER COUNTER_FIELD
struct stage_counters_common {
#include "shared/stage_counters.def"
};
#undef COUNTER

#define STAGE_COUNTERS_COMMON_COUNT (sizeof(struct stage_counters_common) / sizeof(uint64_t))

struct stage_counters {
	struct stage_counters_common common;
	size_t own_count;
	size_t count; /* of all */
	struct counter_description descriptions[STATUS_LAYOUT_COUNTERS_MAX];
	uint64_t values[STATUS_LAYOUT_COUNTERS_MAX];
	char labels[STAGE_COUNTERS_COMMON_COUNT][STAGE_COUNTERS_LABELS_BYTES_MAX];
};

/* Describe all counters of stage @name; @own has @own_count of them. */
void stage_counters_init(struct stage_counters *counters, const char *name,
	const struct counter_description *own, size_t own_count);

/* The configuration was read, at @unix_s. */
void stage_counters_loaded(struct stage_counters *counters, bool is_good, uint64_t unix_s);

/* All values of now, in the order of the descriptions. */
const uint64_t *stage_counters_values(struct stage_counters *counters, const uint64_t *own_values);
