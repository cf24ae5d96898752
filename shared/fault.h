/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fault -- what return values mean, everywhere in this project.
 *
 *   0          done
 *   negative   -errno: a fault. Already logged, once, where it happened.
 *              Undo what you own and return it unchanged.
 *   positive   an outcome the function's comment names (RING_FULL, CACHE_MISS).
 *              Normal life: never logged, always handled by the direct caller,
 *              never returned further up. Functions that say so return a count.
 */

#include "shared/log.h"

/* Log one line saying what could not be done, and yield -errnum. Reads errnum once. */
#define FAULT(errnum, ...) log_fault((errnum), __FILE__, __LINE__, __VA_ARGS__)
