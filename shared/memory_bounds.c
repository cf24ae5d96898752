/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/memory_bounds.h"

#include <assert.h>
#include <stdio.h>

#include "shared/layout/ring_layout.h"

#define MEMORY_BOUNDS_MIB (1024.0 * 1024.0)

uint64_t memory_bounds_ring_bytes(uint64_t wanted_bytes)
{
	uint64_t bytes = RING_DATA_BYTES_MIN;

	while (bytes < wanted_bytes)
		bytes *= 2;
	return RING_CONTROL_BYTES + bytes;
}

void memory_bounds_add(struct memory_bounds *bounds, const char *name, uint64_t bytes)
{
	assert(bounds->count < MEMORY_BOUNDS_PARTS_MAX);
	bounds->parts[bounds->count++] = (struct memory_part){ name, bytes };
}

uint64_t memory_bounds_sum(const struct memory_bounds *bounds)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < bounds->count; i++)
		sum += bounds->parts[i].bytes;
	return sum;
}

void memory_bounds_line(const struct memory_bounds *bounds, char *out_line, size_t line_bytes)
{
	size_t used = (size_t)snprintf(out_line, line_bytes, "takes at most %.1f MiB of memory",
		(double)memory_bounds_sum(bounds) / MEMORY_BOUNDS_MIB);

	for (unsigned int i = 0; i < bounds->count && used < line_bytes; i++) {
		const struct memory_part *part = &bounds->parts[i];

		used += (size_t)snprintf(out_line + used, line_bytes - used, "%s %s %.1f",
			i == 0 ? ":" : ",", part->name, (double)part->bytes / MEMORY_BOUNDS_MIB);
	}
}
