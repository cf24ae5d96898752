/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/injector_memory.h"

#include "injector/injector.h"

#define INJECTOR_MEMORY_RING_BYTES (1u << 20) /* the analyzer makes it */

void injector_memory(const struct config *config, struct memory_bounds *out_bounds)
{
	(void)config;
	memory_bounds_add(
		out_bounds, "rings", memory_bounds_ring_bytes(INJECTOR_MEMORY_RING_BYTES));
	memory_bounds_add(out_bounds, "frames", sizeof(struct injector));
	memory_bounds_add(out_bounds, "program", MEMORY_BOUNDS_PROGRAM_BYTES);
}
