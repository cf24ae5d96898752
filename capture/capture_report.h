/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Capture report -- its line of live state: "watching 3 edges, 1.2k packets/s, 0 lost".
 *
 * Packets are those of the last minute, lost ones are of all its life.
 *
 * Pure: a function of its arguments.
 */

#include <stddef.h>
#include <stdint.h>

void capture_report_line(char *out_line, size_t line_bytes, uint64_t edge_count,
	double packets_per_second, uint64_t lost_count);
