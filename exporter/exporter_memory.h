/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Exporter memory -- what the stage may take at most by its configuration; see memory_bounds.h.
 *
 * Pure.
 */

#include "shared/config.h"
#include "shared/memory_bounds.h"

/* The largest page that is made whole, /metrics, and its buffers' slack. */
#define EXPORTER_MEMORY_PAGE_BYTES (256u * 1024)

void exporter_memory(const struct config *config, struct memory_bounds *out_bounds);
