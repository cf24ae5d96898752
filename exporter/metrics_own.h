/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics own -- what the exporter says of itself, of this build and of the stages' lives.
 *
 * What stages take from the machine they say themselves: the exporter may not be
 * allowed to see their processes.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stdint.h>

#include "exporter/metrics_line.h"
#include "exporter/stage_set.h"

/* What this exporter was made from. */
struct metrics_build {
	const char *version;
	const char *revision;
	const char *compiler;
	const char *libbpf;
};

/* This process. */
struct metrics_process {
	uint64_t cpu_ns;     /* user and system, all threads */
	uint64_t started_ns; /* CLOCK_BOOTTIME */
	uint64_t thread_count;
	uint64_t resident_bytes;
	uint64_t virtual_bytes;
	uint64_t virtual_bytes_max; /* UINT64_MAX = no limit */
	uint64_t heap_bytes;
	uint64_t open_fds;
	uint64_t fds_max;
};

/* Is this a family (without prefix) that no stage may take, because it is made here? */
bool metrics_own_has(const char *family);

void metrics_own_build(const struct metrics_out *out, const struct metrics_build *build);

/* Whether stages are up, since when, and how often they were another process. */
void metrics_own_stages(const struct metrics_out *out, const struct stage_set *set);

/* The names that every Prometheus client library gives its process, without our prefix. */
void metrics_own_process(const struct metrics_out *out, const struct metrics_process *process,
	uint64_t boot_unix_ns);

/* What is only known afterwards: how long this scrape took, and what it left out. */
void metrics_own_scrape(const struct metrics_out *out, uint64_t duration_ns, unsigned int left_out);
