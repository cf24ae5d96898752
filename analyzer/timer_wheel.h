/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Timer wheel -- many deadlines, each set, moved and cancelled in constant time.
 *
 * Hashed wheel: a timer waits in the slot of its tick and is due once that tick is
 * over; one further away than a turn stays in its slot for as many turns as it needs.
 * Never early; late by at most one tick and by the caller's steps. Nothing is promised
 * about the order of what is due.
 *
 * Time is an argument. Threads: one.
 */

#include <stdbool.h>
#include <stdint.h>

#include <urcu/list.h>

#define TIMER_WHEEL_SLOT_COUNT 4096u

struct timer {
	struct cds_list_head node; /* self-linked while not set */
	uint64_t at_ns;
};

struct timer_wheel {
	uint64_t tick_ns;
	uint64_t tick;  /* all slots before it were emptied of what was due */
	uint64_t count; /* timers that are set */
	struct cds_list_head slots[TIMER_WHEEL_SLOT_COUNT];
	struct cds_list_head due;
};

/* One turn is TIMER_WHEEL_SLOT_COUNT ticks: choose @tick_ns so that most timers are set for less. */
void timer_wheel_init(struct timer_wheel *wheel, uint64_t tick_ns, uint64_t now_ns);

void timer_init(struct timer *timer);
bool timer_is_set(const struct timer *timer);

/* Set or move. A time in a tick that is over is due at the next timer_wheel_next(). */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t at_ns);

/* A timer that is not set stays so. */
void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer);

/**
 * timer_wheel_next() - take one timer whose time is not after @now_ns
 *
 * Set, move and cancel any timer between two calls.
 *
 * Return: a timer, no longer set, or NULL when none is due. Time that runs
 * backwards finds nothing.
 */
struct timer *timer_wheel_next(struct timer_wheel *wheel, uint64_t now_ns);
