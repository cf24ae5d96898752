/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Status layout -- the bytes of a status segment: who a stage is, how it is, what it counted.
 *
 * Header, then counter_count descriptions, then as many values. A reader needs
 * nothing but this file to print every counter of a stage of any version.
 */

#include <stdatomic.h>
#include <stdint.h>

#include "shared/layout/layout_rules.h"

#define STATUS_LAYOUT_MAGIC        0x7461747364ull /* "dstat" */
#define STATUS_LAYOUT_VERSION      1u
#define STATUS_LAYOUT_COUNTERS_MAX 512u

/* Byte of the segment file locked by the living stage (F_OFD_SETLK). */
#define STATUS_LOCK_OWNER 0

enum status_state {
	STATUS_BOOT = 1,
	STATUS_RUN = 2,
	STATUS_DRAIN = 3, /* asked to stop */
	STATUS_FAULT = 4,
};

enum counter_kind {
	COUNTER_TOTAL = 1, /* only grows; printed with _total */
	COUNTER_LEVEL = 2, /* a gauge */
	/*
	 * The parts of a histogram, under the family's plain name: buckets not cumulative,
	 * in ascending order of their le label, the last one le="+Inf"; then the sum in
	 * nanoseconds (printed in seconds). The reader accumulates and adds _count.
	 */
	COUNTER_BUCKET = 3,
	COUNTER_SUM_NS = 4,
	COUNTER_TOTAL_NS = 5, /* nanoseconds that only grow; printed in seconds, with _total */
	COUNTER_SUM = 6,      /* the sum of a histogram that is not of times, printed as it is */
};

LAYOUT_BEGIN
struct status_layout_header {
	_Atomic uint64_t magic; /* written last, with release */
	uint32_t version;
	uint32_t counter_count;
	uint64_t counters_at; /* offset of struct status_layout_counter[] */
	uint64_t values_at;   /* offset of _Atomic uint64_t[] */
	uint64_t pid;
	uint64_t started_ns;
	uint8_t boot_id[16];
	char stage[16]; /* "capture", NUL-padded */
	char version_text[32];
	_Atomic uint64_t state; /* enum status_state */
	_Atomic uint64_t heartbeat_ns;
	uint8_t reserved[128];
};

/* Texts are NUL-terminated; labels are ready to print: reason="full",ring="capture.0-analyzer.0". */
struct status_layout_counter {
	uint32_t kind; /* enum counter_kind */
	uint32_t reserved;
	char family[64]; /* without "dnscache_" and "_total" */
	char labels[128];
	char help[120]; /* empty: the family's first one says it */
};
LAYOUT_END

LAYOUT_SIZE(struct status_layout_header, 256);
LAYOUT_FIELD(struct status_layout_header, boot_id, 48);
LAYOUT_FIELD(struct status_layout_header, state, 112);
LAYOUT_SIZE(struct status_layout_counter, 320);
LAYOUT_FIELD(struct status_layout_counter, labels, 72);
