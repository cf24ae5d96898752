/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config change -- what a reload makes of the configuration that is in force.
 *
 * Keys that change while running take their new value; the others keep the one their
 * users started with, until these start again. Both configurations are checked.
 *
 * Threads: pure functions of their arguments.
 */

#include <stddef.h>

#include "shared/config_key.h"

/**
 * config_change_list() - the keys of one kind that @stage uses and that differ
 * @out_text: RELOAD: "global.mode observe -> rescue; ...", then zones: "zone example.com is
 *            new; zone example.com.never not given -> yes; ..."; RESTART: "cache.capacity,
 *            ..."; "" where none differs. What does not fit is cut.
 */
void config_change_list(char *out_text, size_t out_bytes, enum config_when when, const char *stage,
	const struct config *old, const struct config *fresh);

/* Copy into @config what may change while running, whoever uses it. */
void config_change_apply(struct config *config, const struct config *fresh);
