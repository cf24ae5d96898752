/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario TAP -- scenarios as test results, each played in a process of its own.
 */

#include <stdbool.h>
#include <stddef.h>

void scenario_tap_plan(size_t count);

/* One result that is no scenario. */
void scenario_tap_result(bool is_right, const char *sentence);

/**
 * scenario_tap_play() - read, play and report folder/name
 * @not_yet: why it is expected to fail, so that success is a failure; NULL: it is not
 */
void scenario_tap_play(const char *folder, const char *name, const char *not_yet);

/* Return: main()'s exit code. */
int scenario_tap_end(void);
