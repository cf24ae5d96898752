/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Capture -- the stage that brings DNS packets from the kernel to the analyzer.
 *
 * Completeness, on which the analyzer's judgement rests: before a checkpoint's time T
 * is announced (ring_state_complete()), every event that a tap stamped before T has
 * been read (event_intake.h, A) and published, and every event it lost before T is in
 * the sum of losses. T lies CAPTURE_MARGIN_NS before the checkpoint was taken, since a
 * tap takes its time between losing an event and counting it.
 */

#include "shared/counter.h"
#include "shared/stage.h"

#define CAPTURE_BATCH_MAX 256u
#define CAPTURE_MARGIN_NS (1 * 1000000ull)
#define CAPTURE_CHECKPOINT_NS \
	(1 * 1000000ull) /* at most one per so many: it reads all CPUs' counts */

#define COUNTER COUNTER_FIELD
struct capture_counters {
#include "capture/capture_counters.def"
};
#undef COUNTER

extern const struct stage capture_stage;
