/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Heap bytes -- what an allocation takes from memory, as glibc's malloc rounds.
 */

#include <stddef.h>
#include <stdint.h>

#define HEAP_BYTES_HEADER    8u
#define HEAP_BYTES_ALIGNMENT 16u
#define HEAP_BYTES_MIN       32u

static inline uint64_t heap_bytes(size_t size_bytes)
{
	const uint64_t bytes =
		((uint64_t)size_bytes + HEAP_BYTES_HEADER + HEAP_BYTES_ALIGNMENT - 1) &
		~(uint64_t)(HEAP_BYTES_ALIGNMENT - 1);

	return bytes < HEAP_BYTES_MIN ? HEAP_BYTES_MIN : bytes;
}
