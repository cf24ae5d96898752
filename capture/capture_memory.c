/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture_memory.h"

#include "capture/edge_taps.h"
#include "capture/interface_table.h"

#define CAPTURE_MEMORY_TABLES 3 /* in use, offered, and the one that is being made */
#define CAPTURE_MEMORY_SETS   2 /* of addresses, in each */

static uint64_t capture_memory_interfaces(void)
{
	const uint64_t table = INTERFACE_TABLE_MAX * sizeof(struct interface) +
			       CAPTURE_MEMORY_SETS * ADDRESS_SET_MAX * 16u;

	/* Arrays double as they grow. */
	return 2 * (CAPTURE_MEMORY_TABLES * table + INTERFACE_TABLE_MAX * sizeof(struct edge_tap));
}

void capture_memory(const struct config *config, struct memory_bounds *out_bounds)
{
	const uint64_t ring = memory_bounds_ring_bytes(config->capture_ring_bytes);

	memory_bounds_add(out_bounds, "events", 2 * ring); /* the kernel maps its data twice */
	memory_bounds_add(out_bounds, "rings", config->worker_count * ring);
	memory_bounds_add(out_bounds, "interfaces", capture_memory_interfaces());
	memory_bounds_add(out_bounds, "program", MEMORY_BOUNDS_PROGRAM_BYTES);
}
