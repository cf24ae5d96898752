/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics page -- all of /metrics, in order.
 *
 * Threads: pure functions of their arguments.
 */

#include "exporter/metrics_ancestor.h"
#include "exporter/metrics_line.h"
#include "exporter/metrics_own.h"
#include "exporter/stage_set.h"

struct metrics_page_input {
	struct stage_set set;
	struct metrics_build build;
	const struct metrics_process *process; /* NULL: it could not be read, and is left out */
	struct metrics_ancestor_misses *misses;
};

/* Append everything that is known beforehand. Return: samples left out. */
unsigned int metrics_page_render(
	const struct metrics_out *out, const struct metrics_page_input *input);

/* Append the rest. */
void metrics_page_finish(
	const struct metrics_out *out, uint64_t duration_ns, unsigned int left_out);
