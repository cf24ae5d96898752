/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics text -- what the stages counted, in Prometheus's text format 0.0.4.
 *
 * A family is printed once, with all its samples of all stages, in the order of first
 * appearance. Whatever a stage describes is printed; nothing here knows a counter by
 * name. Histograms become cumulative, get their +Inf bucket (a stage's own bucket of
 * that edge is its overflow) and _count, and their sum in seconds.
 *
 * Left out, and counted, because it would spoil the whole scrape: a description that
 * contradicts the family's first one in kind, repeats a sample, has a bucket out of
 * order, or takes a name of the exporter's own.
 *
 * Threads: pure functions of their arguments.
 * Limits: METRICS_TEXT_STAGES_MAX stages, METRICS_TEXT_SERIES_MAX histograms per family.
 */

#include <stddef.h>
#include <stdint.h>

#include <event2/buffer.h>

#include "exporter/status_reader.h"

#define METRICS_TEXT_STAGES_MAX 4u
#define METRICS_TEXT_SERIES_MAX 64u

#define METRICS_TEXT_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_text_input {
	const struct status_snapshot *stages[METRICS_TEXT_STAGES_MAX];
	size_t stage_count;
	uint64_t now_ns;       /* CLOCK_BOOTTIME */
	uint64_t boot_unix_ns; /* the unix time of CLOCK_BOOTTIME 0 */
	const char *version;
};

/* Append everything the stages say, and about them. Return: samples left out. */
unsigned int metrics_text_render(struct evbuffer *out, const struct metrics_text_input *input);

/* Append what is only known afterwards: how long this scrape took, and what it left out. */
void metrics_text_scrape(struct evbuffer *out, uint64_t duration_ns, unsigned int left_out);
