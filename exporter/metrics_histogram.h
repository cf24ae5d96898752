/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics histogram -- buckets and sums as stages publish them, printed cumulative.
 *
 * Part of metrics_text.h, which says what is left out and why.
 */

#include <stddef.h>
#include <stdint.h>

#include "exporter/metrics_line.h"
#include "shared/layout/status_layout.h"

struct metrics_sample {
	const struct status_layout_counter *counter; /* texts checked, see metrics_label.h */
	uint64_t value;
};

/**
 * metrics_histogram_render() - append all series of one family
 * @name:    the family's, with its prefix
 * @samples: COUNTER_BUCKET and COUNTER_SUM_NS or COUNTER_SUM of one family, no two alike
 *
 * Return: samples left out.
 */
unsigned int metrics_histogram_render(const struct metrics_out *out, const char *name,
	const struct metrics_sample *samples, size_t count);
