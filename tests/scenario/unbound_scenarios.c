/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unbound_scenarios TABLE -- plays those of unbound's scenarios that apply.
 *
 * The table says of each serve_expired* and fwd* file "runs", or why it does not apply;
 * it may name others that run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/scenario_list.h"
#include "tests/scenario/scenario_tap.h"

#define FOLDER_BYTES 1024

static bool is_about_us(const char *name)
{
	return strncmp(name, "serve_expired", strlen("serve_expired")) == 0 ||
	       strncmp(name, "fwd", strlen("fwd")) == 0;
}

static bool is_any(const char *name)
{
	return name[0] != '.';
}

static bool runs(const char *text)
{
	return strcmp(text, "runs") == 0;
}

/* Every name of @some is a row of @all. */
static bool is_part(const struct scenario_list *some, const struct scenario_list *all)
{
	bool is_right = true;

	for (size_t i = 0; i < some->count; i++) {
		if (scenario_list_find(all, some->rows[i].name) == NULL) {
			printf("# only one of folder and table has %s\n", some->rows[i].name);
			is_right = false;
		}
	}
	return is_right;
}

static bool is_table_whole(
	const char *folder, const char *table_path, struct scenario_list *out_table)
{
	static struct scenario_list wanted, there;
	bool is_right;

	is_right = scenario_list_read(out_table, table_path);
	is_right &= scenario_list_folder(&wanted, folder, is_about_us) && wanted.count > 0;
	is_right &= scenario_list_folder(&there, folder, is_any);
	return is_right && is_part(&wanted, out_table) && is_part(out_table, &there);
}

int main(int argc, char **argv)
{
	static struct scenario_list table;
	const char *data = getenv("DNSCACHE_TEST_DATA");
	char folder[FOLDER_BYTES];
	size_t run_count = 0;
	bool is_whole;

	if (argc != 2) {
		fprintf(stderr, "usage: unbound_scenarios TABLE\n");
		return EXIT_FAILURE;
	}
	if (data == NULL) {
		printf("1..0 # SKIP DNSCACHE_TEST_DATA is not set\n");
		return EXIT_SUCCESS;
	}
	(void)snprintf(folder, sizeof(folder), "%s/scenarios/unbound/testdata", data);
	is_whole = is_table_whole(folder, argv[1], &table);
	for (size_t i = 0; i < table.count; i++)
		run_count += runs(table.rows[i].text);
	scenario_tap_plan(run_count + 1);
	scenario_tap_result(is_whole, "every serve_expired* and fwd* file runs or has a reason");
	for (size_t i = 0; i < table.count; i++) {
		if (runs(table.rows[i].text))
			scenario_tap_play(folder, table.rows[i].name, NULL);
	}
	return scenario_tap_end();
}
