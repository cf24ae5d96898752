/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker rings -- the rings to the analyzer, one for each of its workers.
 *
 * What holds for one ring is told to all: how far everything was seen, what was lost,
 * that we are alive. Figures are sums.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/ring.h"
#include "shared/segment.h"

#define WORKER_RINGS_MAX 16u

struct worker_rings {
	const char *instance;
	uint64_t ring_bytes; /* of each */
	uint32_t count;
	struct ring *rings[WORKER_RINGS_MAX];
};

void worker_rings_init(struct worker_rings *rings);

/* Take the writing end of each. Return: 0 or -errno. */
int worker_rings_open(
	struct worker_rings *rings, const char *instance, uint32_t count, uint64_t ring_bytes);

/* Accepts init-only and half-open. */
void worker_rings_close(struct worker_rings *rings);

/* Take those anew that somebody replaced, saying so. Return: 0 or -errno. */
int worker_rings_housekeep(struct worker_rings *rings);

/* False once one was replaced and could not be taken anew: the stage is about to end. */
bool worker_rings_are_whole(const struct worker_rings *rings);

void worker_rings_publish(struct worker_rings *rings);
void worker_rings_beat(struct worker_rings *rings, uint64_t now_ns);

/* As ring_state_complete(). */
void worker_rings_complete(
	struct worker_rings *rings, uint64_t complete_until_ns, uint64_t lost_upstream);

/*
 * When all consumers, and whom they need, were alive; 0 where one never was, or where a ring
 * is more than half full: what is put into it may not be read in time.
 */
uint64_t worker_rings_alive_ns(const struct worker_rings *rings);

void worker_rings_usage(const struct worker_rings *rings, struct ring_usage *out_usage);
