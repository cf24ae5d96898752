/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Capture memory -- what the stage may take at most by its configuration; see memory_bounds.h.
 *
 * Pure.
 */

#include "shared/config.h"
#include "shared/memory_bounds.h"

void capture_memory(const struct config *config, struct memory_bounds *out_bounds);
