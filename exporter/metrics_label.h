/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics label -- the texts of a counter's description: names, label lists, help.
 *
 * Stages write label lists ready to print: reason="full",ring="capture.0-analyzer.0".
 * Values are printable ASCII, with \\, \" and \n escaped (Prometheus text format
 * 0.0.4). One wrong character would spoil a whole scrape, so a list is checked to its
 * last byte before it is printed.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>

#define METRICS_LABEL_LIST_BYTES_MAX 128

/* One label in its list: from name to the closing quote. */
struct metrics_label {
	const char *name;
	size_t name_bytes;
	const char *value; /* still escaped */
	size_t value_bytes;
	const char *after; /* the ',' or NUL behind it */
};

/* A NUL-terminated text of printable ASCII within @text_bytes bytes. */
bool metrics_label_is_printable(const char *text, size_t text_bytes);

/* The name of a metric family: letters, digits and "_", not empty; @text_bytes as above. */
bool metrics_label_is_family(const char *text, size_t text_bytes);

/* Labels by ",", none of them twice; or no label at all. */
bool metrics_label_is_list(const char *text, size_t text_bytes);

/* Read the label at @text, which is NUL-terminated. Returns whether it is one. */
bool metrics_label_read(const char *text, struct metrics_label *out_label);

/* Is @label, e.g. reason="full", one of the labels of a list that is right? */
bool metrics_label_has(const char *list, const char *label);

/**
 * metrics_label_take_le() - split a histogram bucket's labels
 * @list:   right by metrics_label_is_list()
 * @out_rest, @out_le: METRICS_LABEL_LIST_BYTES_MAX bytes each; the other labels, and
 *          the edge, e.g. "0.25" or "+Inf"
 *
 * Return: false where there is no le, or none that is a number.
 */
bool metrics_label_take_le(const char *list, char *out_rest, char *out_le);
