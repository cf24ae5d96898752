/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *scenario_list_find(const struct scenario_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->rows[i].name, name) == 0)
			return list->rows[i].text;
	}
	return NULL;
}

static bool scenario_list_add(struct scenario_list *list, const char *name, const char *text)
{
	if (list->count == SCENARIO_LIST_MAX || strlen(name) >= SCENARIO_LIST_NAME_BYTES ||
		strlen(text) >= SCENARIO_LIST_TEXT_BYTES || scenario_list_find(list, name) != NULL)
		return false;
	memcpy(list->rows[list->count].name, name, strlen(name) + 1);
	memcpy(list->rows[list->count].text, text, strlen(text) + 1);
	list->count++;
	return true;
}

static bool scenario_list_line(struct scenario_list *list, char *line)
{
	char *text;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return true;
	text = line + strcspn(line, " \t");
	if (*text != '\0')
		*text++ = '\0';
	text += strspn(text, " \t");
	return *text != '\0' && scenario_list_add(list, line, text);
}

bool scenario_list_read(struct scenario_list *out_list, const char *path)
{
	char line[SCENARIO_LIST_NAME_BYTES + SCENARIO_LIST_TEXT_BYTES];
	FILE *file = fopen(path, "re");
	bool is_right = true;

	out_list->count = 0;
	if (file == NULL)
		return false;
	while (is_right && fgets(line, sizeof(line), file) != NULL) {
		is_right = scenario_list_line(out_list, line);
		if (!is_right)
			fprintf(stderr, "%s: '%s' is no row of its own\n", path, line);
	}
	(void)fclose(file);
	return is_right;
}

bool scenario_list_folder(
	struct scenario_list *out_list, const char *folder, bool (*is_wanted)(const char *name))
{
	struct dirent **entries;
	const int count = scandir(folder, &entries, NULL, alphasort);
	bool is_right = count >= 0;

	out_list->count = 0;
	for (int i = 0; i < count; i++) {
		if (is_wanted(entries[i]->d_name))
			is_right &= scenario_list_add(out_list, entries[i]->d_name, "");
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return is_right;
}
