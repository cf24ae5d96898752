/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Segment private -- what segment.c, segment_trust.c and segment_guard.c share.
 */

#include "shared/segment.h"

#define SEGMENT_FOLDER         "/dev/shm"
#define SEGMENT_PATH_BYTES_MAX (sizeof(SEGMENT_FOLDER) + SEGMENT_NAME_BYTES_MAX)

/* Group and mode of a segment that has no name yet. Return: 0 or -errno. */
int segment_set_mode(const struct segment *segment);

/* Is an open segment one we trust (segment.h, Trust)? Return: 0, -EPERM (refused), or -errno. */
int segment_check_owner(const struct segment *segment);

/* A mapped segment becomes guarded, and stops being so before it is unmapped. */
void segment_guard_add(const struct segment *segment);
void segment_guard_remove(const struct segment *segment);
