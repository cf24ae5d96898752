/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics line -- the lines that Prometheus text and OpenMetrics are made of.
 *
 * The two differ in little: in text a counter's family is called as its samples are,
 * with _total; in OpenMetrics the family has no suffix, and there is a kind for what
 * only has labels ("info"), a gauge in text. Sample lines are the same in both, edges
 * of buckets too, so that a series keeps its name when a client changes its mind.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

#include <event2/buffer.h>

#include "exporter/metrics_accept.h"

#define METRICS_PREFIX         "dnscache_"
#define METRICS_NAME_BYTES_MAX 96 /* prefix, family, and the NUL */

enum metrics_kind {
	METRICS_COUNTER = 1,
	METRICS_GAUGE = 2,
	METRICS_HISTOGRAM = 3,
	METRICS_INFO = 4,
};

struct metrics_out {
	struct evbuffer *text;
	enum metrics_format format;
};

/* HELP and TYPE. @name: the family's, with its prefix, without suffix. */
void metrics_line_head(
	const struct metrics_out *out, const char *name, enum metrics_kind kind, const char *help);

/* One sample. @labels: ready to print, or "". */
void metrics_line_count(const struct metrics_out *out, const char *name, enum metrics_kind kind,
	const char *labels, uint64_t count);

/* The same with a time in seconds, to the nanosecond. */
void metrics_line_seconds(const struct metrics_out *out, const char *name, enum metrics_kind kind,
	const char *labels, uint64_t ns);

/* The same with @millionths, printed as units. */
void metrics_line_millionths(const struct metrics_out *out, const char *name,
	enum metrics_kind kind, const char *labels, uint64_t millionths);

/* One bucket. @edge: digits with at most one point, or "+Inf"; printed with one ("1.0"). */
void metrics_line_bucket(const struct metrics_out *out, const char *name, const char *labels,
	const char *edge, uint64_t cumulative);

/* A label's value: backslash, quote and line feed escaped. */
void metrics_line_value(const struct metrics_out *out, const char *value);

/* After the last line. */
void metrics_line_end(const struct metrics_out *out);
