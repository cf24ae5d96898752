/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config line -- one line of the file, of any length, in bounded memory.
 *
 * inih cuts long lines silently, takes indented ones as a continuation of the value
 * above and stops a line at a NUL byte; so it gets its lines from here, where the
 * three are seen.
 */

#include <ini.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONFIG_LINE_BYTES_MAX (INI_MAX_LINE - 1)

struct config_line {
	unsigned int number;         /* from 1 */
	size_t length_bytes;         /* without the blanks around it; text[] may hold less */
	bool has_control_characters; /* others than tabs */
	char text[CONFIG_LINE_BYTES_MAX + 1];
};

/* Number 0: before the first line. */
void config_line_init(struct config_line *line);

/* Go on to the next line. Return: false at the end of the file or where it cannot be read. */
bool config_line_next(struct config_line *line, FILE *file);

/* Nothing, or only a comment. */
bool config_line_is_blank(const struct config_line *line);

/**
 * config_line_section() - what stands in [ ]
 *
 * Return: false unless the line is "[name]", with nothing or a comment behind it.
 */
bool config_line_section(const struct config_line *line, char *out_name, size_t out_bytes);
