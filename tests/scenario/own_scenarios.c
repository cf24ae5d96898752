/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * own_scenarios FOLDER NOT_YET -- plays every scenario of the folder.
 *
 * Those in the table NOT_YET must fail: a row that is no longer true fails, too.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/scenario_list.h"
#include "tests/scenario/scenario_tap.h"

static bool is_scenario(const char *name)
{
	const size_t bytes = strlen(name);

	return bytes > 4 && strcmp(name + bytes - 4, ".rpl") == 0;
}

static bool all_are_in(const struct scenario_list *rows, const struct scenario_list *files)
{
	bool are_in = true;

	for (size_t i = 0; i < rows->count; i++) {
		if (scenario_list_find(files, rows->rows[i].name) == NULL) {
			printf("# %s is not there\n", rows->rows[i].name);
			are_in = false;
		}
	}
	return are_in;
}

int main(int argc, char **argv)
{
	static struct scenario_list files, not_yet;
	bool is_right;

	if (argc != 3) {
		fprintf(stderr, "usage: own_scenarios FOLDER NOT_YET\n");
		return EXIT_FAILURE;
	}
	is_right = scenario_list_folder(&files, argv[1], is_scenario) && files.count > 0 &&
		   scenario_list_read(&not_yet, argv[2]);
	scenario_tap_plan(files.count + 1);
	scenario_tap_result(is_right && all_are_in(&not_yet, &files),
		"what is expected to fail is there, each with a reason");
	for (size_t i = 0; i < files.count; i++)
		scenario_tap_play(argv[1], files.rows[i].name,
			scenario_list_find(&not_yet, files.rows[i].name));
	return scenario_tap_end();
}
