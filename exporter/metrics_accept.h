/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics accept -- which of two text formats a client of /metrics gets, by its Accept header.
 *
 * Each media range (RFC 9110 section 12.5.1) speaks for the formats it covers; for a
 * format the most specific range that covers it counts, and the format with the higher
 * q wins. Between equals the one that was named wins over the one that only a wildcard
 * covers, and the plain text over OpenMetrics. Wildcards cover the plain text only:
 * who says "anything" is a person with curl. Nobody is refused: where nothing fits, the
 * plain text is sent, as Prometheus asks of its targets. Ranges that cannot be read are
 * passed over.
 *
 * Threads: pure functions of their arguments.
 */

enum metrics_format {
	METRICS_FORMAT_TEXT = 1,        /* Prometheus text 0.0.4 */
	METRICS_FORMAT_OPENMETRICS = 2, /* OpenMetrics 1.0.0 */
};

struct metrics_accepted {
	enum metrics_format format;
	const char *content_type; /* of the answer */
};

/* @accept: the header, or NULL where there is none. */
struct metrics_accepted metrics_accept(const char *accept);
