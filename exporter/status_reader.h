/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Status reader -- what a stage says about itself, copied out of its status segment.
 *
 * The segment is another process's. It is mapped for reading only, judged once when
 * it is attached (segment.h, Trust; magic, layout version, boot, offsets, texts), and
 * whatever is used later is a private copy. One that is refused is logged once and
 * looked at again each time: the stage may be replaced by a right one at any moment.
 *
 * Ordering: values are read one by one; no set of them is a snapshot (status.h).
 *
 * Restart: a stage that starts again makes a new segment; the next status_reader_read()
 * finds it. Until then the dead stage's last figures stay readable.
 *
 * Threads: one reader belongs to one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/layout/status_layout.h"
#include "shared/segment.h"

#define STATUS_READER_STAGE_BYTES_MAX 16
#define STATUS_READER_BEAT_NS_MAX     1000000000ull /* older, and the stage is not up */

struct status_snapshot {
	const char *stage;      /* whose this is, also where there is no segment */
	uint64_t restart_count; /* successors seen by this reader */
	bool is_present;        /* everything below is only set where there is one */
	uint64_t state;         /* enum status_state, or what a later version has */
	uint64_t heartbeat_ns;
	uint64_t started_ns;
	uint64_t pid;
	char version_text[32];
	uint32_t counter_count; /* of descriptions with a known kind and well-formed texts */
	uint32_t counters_refused;
	struct status_layout_counter counters[STATUS_LAYOUT_COUNTERS_MAX];
	uint64_t values[STATUS_LAYOUT_COUNTERS_MAX];
};

struct status_reader {
	char name[SEGMENT_NAME_BYTES_MAX];
	struct segment segment;
	const _Atomic uint64_t *shared_values;            /* in the segment */
	uint16_t value_index[STATUS_LAYOUT_COUNTERS_MAX]; /* of each of snapshot.counters */
	bool has_met;                                     /* somebody, at some time: */
	uint64_t met_pid;                                 /* the last one, */
	uint64_t met_at_ns;                               /* and when it started */
	struct status_snapshot snapshot;
};

/**
 * status_reader_init() - whose status to read; nothing is opened yet
 * @instance: "" or DNSCACHE_INSTANCE
 * @stage:    kept by reference, e.g. "capture"
 */
void status_reader_init(struct status_reader *reader, const char *instance, const char *stage);

void status_reader_close(struct status_reader *reader);

/* Bring reader->snapshot up to date, attaching the stage's segment or its successor if need be. */
void status_reader_read(struct status_reader *reader);

/* True for a stage that runs and whose heartbeat is at most STATUS_READER_BEAT_NS_MAX old. */
bool status_snapshot_is_up(const struct status_snapshot *snapshot, uint64_t now_ns);
