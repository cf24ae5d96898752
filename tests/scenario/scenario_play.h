/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario play -- plays a scenario from its first step to its last.
 */

#include <stdbool.h>

#include "tests/scenario/rpl.h"
#include "tests/scenario/scenario.h"

/**
 * scenario_play() - play it
 * @path:        of its file, for what is said
 * @out_failure: SCENARIO_FAILURE_BYTES for "file:line: step N: what went wrong", and
 *               then the message that it is about
 *
 * Context: a process that plays no other scenario at the same time.
 * Return: whether all went as it says.
 */
bool scenario_play(const struct rpl *rpl, const char *path, char *out_failure);
