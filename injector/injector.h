/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Injector -- sends the replies that the analyzer orders, and what was held and goes on.
 *
 * A batch is read, checked, built, sent and released, in that order: what is lost
 * with this process is delivered again to the next one (order_intake.h, Restart).
 */

#include <stdint.h>

#include "injector/frame_sender.h"
#include "injector/order_intake.h"
#include "injector/release_intake.h"
#include "shared/recent_count.h"
#include "shared/ring.h"
#include "shared/segment.h"
#include "shared/stage.h"

#define COUNTER COUNTER_FIELD
struct injector_counters {
#include "injector/injector_counters.def"
};
#undef COUNTER

struct injector {
	char ring_name[SEGMENT_NAME_BYTES_MAX];
	struct ring *orders; /* NULL while the analyzer has not made it */
	uint64_t last_order_ns;
	unsigned int record_count; /* in the batch */
	struct injector_counters counters;
	struct recent_count recently_sent;
	struct order_intake intake;
	struct release_intake releases;
	struct frame_sender sender;
};

extern const struct stage injector_stage;
