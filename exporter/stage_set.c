/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/stage_set.h"

#include <string.h>

#include "exporter/metrics_label.h"

uint64_t stage_set_sum(const struct stage_set *set, const char *family, const char *label)
{
	uint64_t sum = 0;

	for (size_t s = 0; s < set->count; s++) {
		const struct status_snapshot *stage = set->stages[s];

		for (uint32_t i = 0; stage->is_present && i < stage->counter_count; i++) {
			const struct status_layout_counter *counter = &stage->counters[i];

			if (counter->kind != COUNTER_TOTAL && counter->kind != COUNTER_LEVEL)
				continue;
			if (strcmp(counter->family, family) == 0 &&
				(!label || metrics_label_has(counter->labels, label)))
				sum += stage->values[i];
		}
	}
	return sum;
}

bool stage_set_has(const struct stage_set *set, const char *family)
{
	for (size_t s = 0; s < set->count; s++) {
		const struct status_snapshot *stage = set->stages[s];

		for (uint32_t i = 0; stage->is_present && i < stage->counter_count; i++)
			if (strcmp(stage->counters[i].family, family) == 0)
				return true;
	}
	return false;
}
