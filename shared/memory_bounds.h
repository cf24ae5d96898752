/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Memory bounds -- how much memory a stage may take at most, part by part.
 *
 * Each stage says it by its configuration, before it works (stage.h), in one line of its
 * log: "takes at most 187.4 MiB of memory: answers 64.0, queries 83.5, ...". Bounds
 * count every entry with its longest name, so that what is used in daily life is far less.
 * Segments shared with other stages are counted by each of them, as the kernel does.
 *
 * Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define MEMORY_BOUNDS_PARTS_MAX      12u
#define MEMORY_BOUNDS_LINE_BYTES_MAX 512

/* The program, its libraries, stacks, status segment, what the log and libc need. */
#define MEMORY_BOUNDS_PROGRAM_BYTES (8ull << 20)

struct memory_part {
	const char *name;
	uint64_t bytes;
};

/* All zero: empty. */
struct memory_bounds {
	unsigned int count;
	struct memory_part parts[MEMORY_BOUNDS_PARTS_MAX];
};

/* A ring's segment, mapped: data of a power of two, and its control page. */
uint64_t memory_bounds_ring_bytes(uint64_t wanted_bytes);

void memory_bounds_add(struct memory_bounds *bounds, const char *name, uint64_t bytes);
uint64_t memory_bounds_sum(const struct memory_bounds *bounds);

/* The line. @line_bytes: MEMORY_BOUNDS_LINE_BYTES_MAX is enough. */
void memory_bounds_line(const struct memory_bounds *bounds, char *out_line, size_t line_bytes);
