/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Own process -- what the kernel says of this exporter, read at each scrape.
 */

#include "exporter/metrics_own.h"

/* The units that the kernel counts in. */
struct own_process_units {
	uint64_t tick_ns;
	uint64_t page_bytes;
};

/**
 * own_process_parse() - the text of /proc/<pid>/stat, see proc(5)
 * @out_process: the figures that stand there are set, the others left alone
 *
 * Context: pure.
 * Return: 0, or -EPROTO where it is no such text, not logged.
 */
int own_process_parse(const char *text, const struct own_process_units *units,
	struct metrics_process *out_process);

/* All figures. Return: 0, or -errno where /proc cannot be read, not logged. */
int own_process_read(struct metrics_process *out_process);
