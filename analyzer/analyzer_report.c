/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer_report.h"

#include <stdio.h>

void analyzer_report_init(struct analyzer_report *report)
{
	recent_count_init(&report->matched);
	recent_count_init(&report->unmatched);
	recent_count_init(&report->failed_responses);
}

void analyzer_report_take(
	struct analyzer_report *report, const struct analyzer_counters *counters, uint64_t now_ns)
{
	recent_count_take(&report->matched, counters->queries_matched, now_ns);
	recent_count_take(&report->unmatched,
		counters->failures_timeout + counters->failures_unreachable, now_ns);
	recent_count_take(&report->failed_responses,
		counters->failures_servfail + counters->failures_refused, now_ns);
}

void analyzer_report_line(const struct analyzer_report *report,
	const struct analyzer_counters *counters, char *out_line, size_t line_bytes)
{
	const uint64_t matched = recent_count_growth(&report->matched);
	const uint64_t unmatched = recent_count_growth(&report->unmatched);
	const uint64_t failed = unmatched + recent_count_growth(&report->failed_responses);
	uint64_t ended = matched + unmatched;

	if (ended < failed) /* a SERVFAIL that came too late failed twice */
		ended = failed;

	(void)snprintf(out_line, line_bytes,
		"loss %.2f%%  matching %llu  matched %llu  unmatched %llu  cached %llu  silent %llu",
		ended ? 100.0 * (double)failed / (double)ended : 0.0,
		(unsigned long long)counters->queries_inflight, (unsigned long long)matched,
		(unsigned long long)unmatched,
		(unsigned long long)(counters->cache_entries_success +
				     counters->cache_entries_denial),
		(unsigned long long)counters->resolvers_silent);
}
