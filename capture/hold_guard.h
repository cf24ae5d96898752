/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Hold guard -- for how long the kernel side may go on holding failures.
 *
 * Who holds a failure owes its client a decision. So the kernel side is told again and again
 * when all who decide were alive: this process by telling it, the workers by the heartbeats of
 * their rings, and the injector by the workers, whose heartbeats are never younger than its own
 * (analyzer/order_out.h). Whoever is killed, stopped or stuck ends it within 100 ms, capture
 * itself included.
 */

#include <stdbool.h>
#include <stdint.h>

#include "capture/tap_program.h"
#include "capture/worker_rings.h"
#include "shared/config.h"

#define HOLD_GUARD_EVERY_NS (5 * 1000000ull)
#define HOLD_GUARD_FRESH_NS (100 * 1000000ull) /* bpf/tap_hold.h */

struct hold_guard {
	const struct tap_program *program; /* NULL: nothing can be held */
	uint64_t told_at_ns;
	uint64_t guard_ns; /* as it was told; 0 = nothing is held */
};

void hold_guard_init(struct hold_guard *guard);

/* Whether to hold, with rings to the workers of @ring_bytes; says so if they are too small. */
enum config_hold hold_guard_choose(const struct config *config, uint64_t ring_bytes);

/* Begin to tell @program, if it can hold. */
void hold_guard_open(struct hold_guard *guard, const struct tap_program *program);

/* The oldest of @now_ns and @alive_ns (worker_rings.h); 0 where no client may be answered. Pure. */
uint64_t hold_guard_value(enum config_mode mode, uint64_t now_ns, uint64_t alive_ns);

/* Tell it how the others are, once per HOLD_GUARD_EVERY_NS. */
void hold_guard_tell(struct hold_guard *guard, enum config_mode mode,
	const struct worker_rings *rings, uint64_t now_ns);

/* Nothing is held from now on. */
void hold_guard_end(struct hold_guard *guard);

/* Whether failures are held at @now_ns. */
static inline bool hold_guard_is_holding(const struct hold_guard *guard, uint64_t now_ns)
{
	return guard->guard_ns != 0 && now_ns < guard->guard_ns + HOLD_GUARD_FRESH_NS;
}
