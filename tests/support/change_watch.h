/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Change watch -- which instructions of another process change a segment's bytes.
 */

#include <stdint.h>
#include <string.h>

#include "shared/segment.h"

#define CHANGE_WATCH_BYTES_MAX   16384
#define CHANGE_WATCH_CHANGES_MAX 4096

struct change_watch {
	const char *name;
	struct segment segment;
	uint8_t bytes[CHANGE_WATCH_BYTES_MAX]; /* as seen last */
	uint64_t at[CHANGE_WATCH_CHANGES_MAX]; /* counts of instructions, the first always 0 */
	size_t count;
};

static struct change_watch change_watch;

/* Watch the segment that has this name when the first instruction is counted. */
static inline void change_watch_begin(const char *name)
{
	change_watch.name = name;
	change_watch.count = 0;
}

/* For kill_stepper's watch. */
static inline void change_watch_look(uint64_t instruction_count)
{
	struct segment *segment = &change_watch.segment;

	if (instruction_count == 0) {
		if (segment->bytes)
			segment_detach(segment);
		if (segment_attach(segment, change_watch.name, false, 1) != SEGMENT_OK)
			return;
	}
	if (!segment->bytes || segment->size_bytes > CHANGE_WATCH_BYTES_MAX ||
		change_watch.count == CHANGE_WATCH_CHANGES_MAX)
		return;
	if (instruction_count > 0 &&
		memcmp(change_watch.bytes, segment->bytes, segment->size_bytes) == 0)
		return;
	memcpy(change_watch.bytes, segment->bytes, segment->size_bytes);
	change_watch.at[change_watch.count++] = instruction_count;
}
