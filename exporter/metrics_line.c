/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_line.h"

#include <stdbool.h>
#include <string.h>

#include "shared/clock.h"

#define METRICS_LINE_MILLION 1000000ull

/* What the name of a family of this kind ends with in its samples. */
static const char *metrics_line_suffix(enum metrics_kind kind)
{
	switch (kind) {
	case METRICS_COUNTER:
		return "_total";
	case METRICS_INFO:
		return "_info";
	default:
		return "";
	}
}

static const char *metrics_line_type(enum metrics_kind kind, enum metrics_format format)
{
	switch (kind) {
	case METRICS_COUNTER:
		return "counter";
	case METRICS_HISTOGRAM:
		return "histogram";
	case METRICS_INFO:
		return format == METRICS_FORMAT_OPENMETRICS ? "info" : "gauge";
	default:
		return "gauge";
	}
}

/* Backslash and line feed, and where @with_quotes the double quote. */
static void metrics_line_escaped(const struct metrics_out *out, const char *text, bool with_quotes)
{
	for (; *text; text++) {
		if (*text == '\\' || (*text == '"' && with_quotes))
			(void)evbuffer_add_printf(out->text, "\\%c", *text);
		else if (*text == '\n')
			(void)evbuffer_add(out->text, "\\n", 2);
		else
			(void)evbuffer_add(out->text, text, 1);
	}
}

void metrics_line_value(const struct metrics_out *out, const char *value)
{
	metrics_line_escaped(out, value, true);
}

void metrics_line_head(
	const struct metrics_out *out, const char *name, enum metrics_kind kind, const char *help)
{
	const bool is_openmetrics = out->format == METRICS_FORMAT_OPENMETRICS;
	const char *suffix = is_openmetrics ? "" : metrics_line_suffix(kind);

	(void)evbuffer_add_printf(out->text, "# HELP %s%s ", name, suffix);
	metrics_line_escaped(out, help, is_openmetrics);
	(void)evbuffer_add_printf(out->text, "\n# TYPE %s%s %s\n", name, suffix,
		metrics_line_type(kind, out->format));
}

/* All of a sample up to its value. */
static void metrics_line_begin(
	const struct metrics_out *out, const char *name, enum metrics_kind kind, const char *labels)
{
	const bool has_labels = labels[0] != '\0';

	(void)evbuffer_add_printf(out->text, "%s%s%s%s%s ", name, metrics_line_suffix(kind),
		has_labels ? "{" : "", labels, has_labels ? "}" : "");
}

void metrics_line_count(const struct metrics_out *out, const char *name, enum metrics_kind kind,
	const char *labels, uint64_t count)
{
	metrics_line_begin(out, name, kind, labels);
	(void)evbuffer_add_printf(out->text, "%llu\n", (unsigned long long)count);
}

void metrics_line_seconds(const struct metrics_out *out, const char *name, enum metrics_kind kind,
	const char *labels, uint64_t ns)
{
	metrics_line_begin(out, name, kind, labels);
	(void)evbuffer_add_printf(out->text, "%llu.%09llu\n", (unsigned long long)(ns / NS_PER_S),
		(unsigned long long)(ns % NS_PER_S));
}

void metrics_line_millionths(const struct metrics_out *out, const char *name,
	enum metrics_kind kind, const char *labels, uint64_t millionths)
{
	metrics_line_begin(out, name, kind, labels);
	(void)evbuffer_add_printf(out->text, "%llu.%06llu\n",
		(unsigned long long)(millionths / METRICS_LINE_MILLION),
		(unsigned long long)(millionths % METRICS_LINE_MILLION));
}

void metrics_line_bucket(const struct metrics_out *out, const char *name, const char *labels,
	const char *edge, uint64_t cumulative)
{
	const bool is_whole = !strchr(edge, '.') && strcmp(edge, "+Inf") != 0;

	(void)evbuffer_add_printf(out->text, "%s_bucket{%s%sle=\"%s%s\"} %llu\n", name, labels,
		labels[0] ? "," : "", edge, is_whole ? ".0" : "", (unsigned long long)cumulative);
}

void metrics_line_end(const struct metrics_out *out)
{
	if (out->format == METRICS_FORMAT_OPENMETRICS)
		(void)evbuffer_add_printf(out->text, "# EOF\n");
}
