/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Analyzer memory -- what the stage may take at most by its configuration; see memory_bounds.h.
 *
 * Pure.
 */

#include "shared/config.h"
#include "shared/memory_bounds.h"

void analyzer_memory(const struct config *config, struct memory_bounds *out_bounds);
