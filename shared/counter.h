/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Counter -- one line per counter in <stage>/<stage>_counters.def becomes a field,
 * its description in the status segment, and a metric.
 *
 *   COUNTER(field, "family", "label=\"value\"", COUNTER_TOTAL, "help" or NULL)
 *
 * Lines of one family stand together. Names are nouns and past participles without
 * "total" or "count"; the exporter adds "dnscache_" and "_total". Help stands at a
 * family's first line.
 *
 * In a stage's header:
 *	#define COUNTER COUNTER_FIELD
 *	struct capture_counters {
 *	#include "capture/capture_counters.def"
 *	};
 *	#undef COUNTER
 * In its source file the same with COUNTER_DESCRIPTION, inside
 * `static const struct counter_description descriptions[] = { ... };`.
 */

#include <stdint.h>

#include "shared/layout/status_layout.h"

struct counter_description {
	const char *family;
	const char *labels;
	enum counter_kind kind;
	const char *help;
};

#define COUNTER_FIELD(field, family, labels, kind, help)       uint64_t field;
#define COUNTER_DESCRIPTION(field, family, labels, kind, help) { family, labels, kind, help },
