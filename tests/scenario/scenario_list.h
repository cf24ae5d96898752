/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario list -- tables of files with a word about each, and the files in a folder.
 *
 * A table has a line for each file: its name, blanks, text to the end. Lines that begin
 * with # are comments.
 */

#include <stdbool.h>
#include <stddef.h>

#define SCENARIO_LIST_MAX        256u
#define SCENARIO_LIST_NAME_BYTES 128
#define SCENARIO_LIST_TEXT_BYTES 512

struct scenario_list {
	size_t count;
	struct {
		char name[SCENARIO_LIST_NAME_BYTES];
		char text[SCENARIO_LIST_TEXT_BYTES]; /* "" for files in a folder */
	} rows[SCENARIO_LIST_MAX];
};

/* Return: whether it could be read whole: no row without text, or twice, or too long. */
bool scenario_list_read(struct scenario_list *out_list, const char *path);

/* The files of @folder, by name, that @is_wanted. Return: whether the folder is there. */
bool scenario_list_folder(
	struct scenario_list *out_list, const char *folder, bool (*is_wanted)(const char *name));

/* The text of a row, or NULL. */
const char *scenario_list_find(const struct scenario_list *list, const char *name);
