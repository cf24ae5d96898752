/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/hold_guard.h"

#include "shared/clock.h"
#include "shared/layout/message_layout.h"
#include "shared/layout/ring_layout.h"
#include "shared/log.h"

/* Clocks are read one after the other. */
#define HOLD_GUARD_AHEAD_NS (20 * NS_PER_MS)

/* ring.h, Limits. */
#define HOLD_GUARD_RING_BYTES_MIN                                     \
	(8 * (sizeof(struct ring_layout_record) + RING_RECORD_ALIGN + \
		     sizeof(struct message_packet) + MESSAGE_FRAME_BYTES_MAX))

void hold_guard_init(struct hold_guard *guard)
{
	*guard = (struct hold_guard){ .program = NULL };
}

enum config_hold hold_guard_choose(const struct config *config, uint64_t ring_bytes)
{
	if (config->hold == CONFIG_HOLD_AUTO && ring_bytes < HOLD_GUARD_RING_BYTES_MIN) {
		log_info("failures pass, and are not held: a [capture] ring of %ju bytes has no "
			 "room for the largest",
			(uintmax_t)ring_bytes);
		return CONFIG_HOLD_OFF;
	}
	return (enum config_hold)config->hold;
}

void hold_guard_open(struct hold_guard *guard, const struct tap_program *program)
{
	guard->program = program->can_hold ? program : NULL;
}

uint64_t hold_guard_value(enum config_mode mode, uint64_t now_ns, uint64_t alive_ns)
{
	/* A heartbeat of times to come would be young for ever. */
	if (mode != CONFIG_MODE_RESCUE || alive_ns > now_ns + HOLD_GUARD_AHEAD_NS)
		return 0;
	return alive_ns < now_ns ? alive_ns : now_ns;
}

void hold_guard_tell(struct hold_guard *guard, enum config_mode mode,
	const struct worker_rings *rings, uint64_t now_ns)
{
	if (!guard->program || now_ns < guard->told_at_ns + HOLD_GUARD_EVERY_NS)
		return;
	guard->told_at_ns = now_ns;
	guard->guard_ns = hold_guard_value(mode, now_ns, worker_rings_alive_ns(rings));
	tap_program_guard(guard->program, guard->guard_ns);
}

void hold_guard_end(struct hold_guard *guard)
{
	if (guard->program)
		tap_program_guard(guard->program, 0);
	hold_guard_init(guard);
}
