/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/stage_set.h"

#include <string.h>

#include "exporter/metrics_label.h"

static bool stage_set_is_sample(const struct status_layout_counter *counter, const char *family)
{
	return counter->kind != COUNTER_BUCKET && counter->kind != COUNTER_SUM_NS &&
	       counter->kind != COUNTER_SUM && strcmp(counter->family, family) == 0;
}

bool stage_set_next(const struct stage_set *set, const char *family,
	struct stage_set_cursor *cursor, struct stage_set_sample *out_sample)
{
	for (; cursor->stage < set->count; cursor->stage++, cursor->counter = 0) {
		const struct status_snapshot *stage = set->stages[cursor->stage];

		while (stage->is_present && cursor->counter < stage->counter_count) {
			const uint32_t i = cursor->counter++;

			if (!stage_set_is_sample(&stage->counters[i], family))
				continue;
			out_sample->labels = stage->counters[i].labels;
			out_sample->value = stage->values[i];
			return true;
		}
	}
	return false;
}

uint64_t stage_set_sum(const struct stage_set *set, const char *family, const char *label)
{
	struct stage_set_cursor cursor = { 0 };
	struct stage_set_sample sample;
	uint64_t sum = 0;

	while (stage_set_next(set, family, &cursor, &sample))
		if (!label || metrics_label_has(sample.labels, label))
			sum += sample.value;
	return sum;
}

bool stage_set_has(const struct stage_set *set, const char *family)
{
	struct stage_set_cursor cursor = { 0 };
	struct stage_set_sample sample;

	return stage_set_next(set, family, &cursor, &sample);
}
