/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics text -- what the stages counted, for Prometheus.
 *
 * A family is printed once, with all its samples of all stages, in the order of first
 * appearance. Whatever a stage describes is printed; only metrics_own.h and
 * metrics_ancestor.h know families by name. Histograms become cumulative, get their
 * +Inf bucket (a stage's own bucket of that edge is its overflow) and _count, and their
 * sum in seconds.
 *
 * Left out, and counted, because it would spoil the whole scrape: a description that
 * contradicts the family's first one in kind, repeats a sample, has a bucket out of
 * order, or takes a name of the exporter's own.
 *
 * Threads: pure functions of their arguments.
 * Limits: STAGE_SET_MAX stages, METRICS_TEXT_SERIES_MAX histograms per family.
 */

#include "exporter/metrics_line.h"
#include "exporter/stage_set.h"

#define METRICS_TEXT_SERIES_MAX 64u

/* Append all families of the stages. Return: samples left out. */
unsigned int metrics_text_render(const struct metrics_out *out, const struct stage_set *set);
