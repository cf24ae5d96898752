/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config folder -- configuration files on disk, with a conf.d/, until the test ends.
 */

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_FOLDER_PATH_BYTES 160

static struct {
	char path[64];
	char text[CONFIG_FOLDER_PATH_BYTES]; /* the last path asked for */
} config_folder;

/* @name: "dnscache.conf" or "conf.d/10-a.conf". Valid until the next call. */
static inline const char *config_folder_path(const char *name)
{
	(void)snprintf(
		config_folder.text, sizeof(config_folder.text), "%s/%s", config_folder.path, name);
	return config_folder.text;
}

static inline void config_folder_open(void)
{
	strcpy(config_folder.path, "/tmp/dnscache-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(config_folder.path));
	ck_assert_int_eq(mkdir(config_folder_path("conf.d"), 0755), 0);
}

static inline void config_folder_write(const char *name, const char *text)
{
	FILE *file = fopen(config_folder_path(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static inline int config_folder_remove_one(
	const char *path, const struct stat *facts, int kind, struct FTW *where)
{
	(void)facts;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline void config_folder_close(void)
{
	(void)nftw(config_folder.path, config_folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
