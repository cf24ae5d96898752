/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config read -- one file after the other over the same configuration, every mistake a line.
 *
 * Part of config.c, which knows which files there are and what keys mean together.
 */

#include <stdbool.h>
#include <stdio.h>

#include "shared/config_key.h"
#include "shared/config_line.h"
#include "shared/config_zone.h"

enum config_read_outcome {
	CONFIG_READ_NO_FILE = 1,
};

/* Where a key was set last. */
struct config_place {
	const char *path; /* NULL: nowhere */
	unsigned int line;
	bool is_wrong;
};

/* Where a zone began last, and its keys stand. */
struct config_zone_place {
	const char *path;
	unsigned int line;
	struct config_place keys[CONFIG_ZONE_KEY_COUNT];
};

struct config_reading {
	const char *path; /* of the file that is being read, or was last */
	FILE *file;
	int errnum; /* 0, or why the file could not be read to its end */
	unsigned int mistakes;
	struct config_line line;
	bool is_key_due;     /* the line can only be a key, and inih has not found one in it yet */
	bool is_in_section;  /* of any name */
	const char *section; /* NULL outside of known ones: what stands there is skipped */
	struct config_zone *zone; /* in config, where the section is one's; else NULL */
	char title[CONFIG_ZONE_TITLE_BYTES_MAX]; /* of the section, for the log */
	bool has_too_many_zones;
	struct config_place places[CONFIG_HOST_KEY_COUNT];
	struct config_zone_place zone_places[CONFIG_ZONES_MAX];
	struct config config;
};

/**
 * config_read_file() - read a file into @reading's config, and log its mistakes
 * @reading: zeroed but for its config before the first file
 * @path:    kept by reference
 *
 * Return: 0 with or without mistakes, CONFIG_READ_NO_FILE, or -errno.
 */
int config_read_file(struct config_reading *reading, const char *path);

/* One more mistake, logged unless there were too many. @line may be 0: the file as a whole. */
void config_read_mistake(struct config_reading *reading, const char *path, unsigned int line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Say of @path how many mistakes were not logged. Return: how many there were in all. */
unsigned int config_read_end(const struct config_reading *reading, const char *path);
