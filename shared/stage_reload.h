/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage reload -- read the configuration again while the stage runs, all or nothing.
 */

#include "shared/config.h"
#include "shared/stage_counters.h"

#define STAGE_RELOAD_NS_MIN (200 * 1000000ull) /* between two reloads, however many SIGHUPs */

enum stage_reload_outcome {
	STAGE_RELOAD_DONE = 0,
	STAGE_RELOAD_REFUSED = 1, /* the old configuration stays */
};

/* config_load(), counted. */
int stage_reload_read(struct config *out_config, const char *path, struct stage_counters *counters);

/**
 * stage_reload() - bring @config up to date with its files
 * @stage: whose keys the log speaks of
 *
 * Sets the level of the log. Says what changed, and what takes a restart.
 *
 * Return: an outcome; a refused file is logged with all its mistakes.
 */
enum stage_reload_outcome stage_reload(struct config *config, const char *path, const char *stage,
	struct stage_counters *counters);
