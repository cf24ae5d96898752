/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/exporter_memory.h"

#include "exporter/exporter.h"

#define EXPORTER_MEMORY_RING_BYTES (1u << 20) /* the analyzer makes it */

void exporter_memory(const struct config *config, struct memory_bounds *out_bounds)
{
	(void)config;
	memory_bounds_add(out_bounds, "tables on their way to clients",
		(uint64_t)TABLE_REQUEST_OPEN_MAX * INFO_STREAM_OUTPUT_BYTES_MAX);
	memory_bounds_add(out_bounds, "clients",
		(uint64_t)HTTP_SERVER_CLIENTS_MAX *
			(HTTP_SERVER_INPUT_BYTES_MAX + EXPORTER_MEMORY_PAGE_BYTES));
	memory_bounds_add(out_bounds, "rings",
		memory_bounds_ring_bytes(EXPORTER_MEMORY_RING_BYTES) +
			memory_bounds_ring_bytes(TABLE_REQUEST_RING_BYTES));
	memory_bounds_add(out_bounds, "stages", sizeof(struct exporter));
	memory_bounds_add(out_bounds, "program", MEMORY_BOUNDS_PROGRAM_BYTES);
}
