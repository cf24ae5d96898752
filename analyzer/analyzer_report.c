/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer_report.h"

#include <stdio.h>

void analyzer_report_init(struct analyzer_report *report)
{
	recent_count_init(&report->matched);
	recent_count_init(&report->unmatched);
}

void analyzer_report_take(
	struct analyzer_report *report, const struct analyzer_counters *counters, uint64_t now_ns)
{
	recent_count_take(&report->matched, counters->queries_matched, now_ns);
	recent_count_take(&report->unmatched, counters->queries_unmatched, now_ns);
}

void analyzer_report_line(const struct analyzer_report *report,
	const struct analyzer_counters *counters, char *out_line, size_t line_bytes)
{
	(void)snprintf(out_line, line_bytes,
		"loss %.2f%%  matching %llu  matched %llu  unmatched %llu  cached %llu  silent %llu",
		(double)counters->loss_ratio_ppm / 1e4,
		(unsigned long long)counters->queries_inflight,
		(unsigned long long)recent_count_growth(&report->matched),
		(unsigned long long)recent_count_growth(&report->unmatched),
		(unsigned long long)(counters->cache_entries_success +
				     counters->cache_entries_denial),
		(unsigned long long)counters->resolvers_silent);
}
