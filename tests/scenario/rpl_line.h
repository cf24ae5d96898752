/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL line -- a scenario file line by line: comments cut off, split into words, mistakes told by place.
 */

#include <stdbool.h>
#include <stdio.h>

#define RPL_LINE_BYTES     4096
#define RPL_LINE_WORDS_MAX 32u
#define RPL_REMARK         "; dnscache:"

struct rpl_line {
	const char *path;
	FILE *file;
	unsigned int number;
	bool is_remark;            /* ours: text begins after RPL_REMARK */
	char text[RPL_LINE_BYTES]; /* without comment and blanks around it */
	char words_text[RPL_LINE_BYTES];
	char *words[RPL_LINE_WORDS_MAX];
	unsigned int word_count;      /* at least 1 */
	char mistake[RPL_LINE_BYTES]; /* "file:line: what", the first one */
};

/**
 * rpl_line_next() - go to the next line that is not empty
 *
 * Return: whether there is one; not after a mistake (a line that is too long).
 */
bool rpl_line_next(struct rpl_line *line);

/* Whether its first word is this. */
bool rpl_line_is(const struct rpl_line *line, const char *word);

/**
 * rpl_line_setting() - "[section] key = value" as two lines of dnscache.conf
 * @text: a part of a line
 *
 * Return: false if it is none.
 */
bool rpl_line_setting(const char *text, char out_lines[RPL_LINE_BYTES]);

/* Say what is wrong with the current line, unless something was. Return: false. */
bool rpl_line_wrong(struct rpl_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
