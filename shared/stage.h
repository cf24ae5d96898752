/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage -- the life of a process, the same for all four.
 *
 * Arguments, configuration, status segment, open, then a loop of beat, work and
 * wait until SIGTERM or SIGINT, then close. A stage is a table of functions.
 *
 * SIGHUP, at any moment: the configuration is read again, all or nothing. What may
 * change while running is in force before the next work(); of the rest the old values
 * stay, and the log says so. Signals that come close together are one reload.
 *
 * Usage: dnscache-<stage> [--config FILE] [--check-config] [--sample-config] [--man-config]
 * [--help] [--version].
 * DNSCACHE_INSTANCE=x in the environment keeps several apart.
 */

#include <stddef.h>
#include <stdint.h>

#include "shared/config.h"
#include "shared/memory_bounds.h"
#include "shared/status.h"

#define STAGE_WAIT_NS_MAX (20 * 1000000ull) /* others judge us by a heartbeat this old */

#define STAGE_REPORT_BYTES_MAX 256

/* What every stage is given; valid from open() to close(). */
struct stage_context {
	/* Its values change between two calls of work() and housekeep(), never during one. */
	const struct config *config;
	const char *instance; /* "" where DNSCACHE_INSTANCE is not set */
};

struct stage {
	const char *name; /* "capture" */
	size_t state_bytes;
	uint64_t housekeep_ns;
	const struct counter_description *counters;
	size_t counter_count;

	/* Put every field in its closed state: fd = -1, pointer = NULL. Cannot fail. */
	void (*init)(void *state);

	/* What it may take by this configuration, for the log. NULL: nothing is said. */
	void (*memory)(const struct config *config, struct memory_bounds *out_bounds);

	/* Acquire everything. Peers that are not there yet are left to housekeep(). */
	int (*open)(void *state, const struct stage_context *context);

	/* Take a bounded batch of items; never sleep. Returns items taken, or -errno to stop. */
	int (*work)(void *state, uint64_t now_ns);

	/* Sleep until there may be work, at most @timeout_ns (<= STAGE_WAIT_NS_MAX). */
	void (*wait)(void *state, uint64_t timeout_ns);

	/* Slow chores: re-attach a peer that restarted, levels. Returns 0, or -errno to stop. */
	int (*housekeep)(void *state, uint64_t now_ns);

	/*
	 * The configuration (its address is the same) has new values: put in force what
	 * was copied from it. Cannot fail for a checked one; -errno is a fault. NULL: nothing
	 * was copied.
	 */
	int (*reload)(void *state, const struct config *config);

	/*
	 * One line of live state: for the log every report_interval, for systemd every second.
	 * Called between two calls of work().
	 */
	void (*report)(void *state, char *out_line, size_t line_bytes);

	/* The counters' current values, counter_count of them. */
	const uint64_t *(*counter_values)(void *state);

	/* Undo open(), however far it got; also right after init(). */
	void (*close)(void *state);
};

/**
 * stage_main() - be this stage until told to stop
 *
 * Return: the exit status: 0 after SIGTERM or SIGINT, 1 after a fault, 2 for bad
 * arguments or a bad configuration.
 */
int stage_main(const struct stage *stage, int argc, char **argv);
