/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Analyzer report -- its line of live state: how resolution goes.
 *
 *   loss 1.25%  matching 3  matched 80  unmatched 1  cached 17  silent 0
 *
 * Of the last minute: matched and unmatched, queries that got a response and that got none.
 * Of now: loss, which is dnscache_loss of /metrics: the share of the look-ups in
 * `[rescue] window` that failed; matching, queries waiting; cached, answers remembered;
 * silent, resolvers.
 *
 * Pure: a function of the counters and of the time.
 */

#include <stddef.h>

#include "analyzer/analyzer_counters.h"
#include "shared/recent_count.h"

struct analyzer_report {
	struct recent_count matched;
	struct recent_count unmatched;
};

void analyzer_report_init(struct analyzer_report *report);

/* Call it every second or so. */
void analyzer_report_take(
	struct analyzer_report *report, const struct analyzer_counters *counters, uint64_t now_ns);

void analyzer_report_line(const struct analyzer_report *report,
	const struct analyzer_counters *counters, char *out_line, size_t line_bytes);
