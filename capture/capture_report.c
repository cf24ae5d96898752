/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture_report.h"

#include <stdio.h>

#include "shared/compiler.h"

/* Two digits are enough to see what is going on: "0.4", "7.5", "320", "1.2k", "3.4M". */
static void capture_report_rate(char *out_text, size_t text_bytes, double rate)
{
	static const char *const units[] = { "", "k", "M" };
	size_t unit = 0;

	while (rate >= 999.5 && unit < ARRAY_COUNT(units) - 1) {
		rate /= 1000;
		unit++;
	}
	if (rate > 0 && rate < 9.95)
		(void)snprintf(out_text, text_bytes, "%.1f%s", rate, units[unit]);
	else
		(void)snprintf(out_text, text_bytes, "%.0f%s", rate, units[unit]);
}

void capture_report_line(char *out_line, size_t line_bytes, uint64_t edge_count,
	double packets_per_second, uint64_t lost_count)
{
	char rate[32];

	capture_report_rate(rate, sizeof(rate), packets_per_second);
	(void)snprintf(out_line, line_bytes, "watching %llu edge%s, %s packets/s, %llu lost",
		(unsigned long long)edge_count, edge_count == 1 ? "" : "s", rate,
		(unsigned long long)lost_count);
}
