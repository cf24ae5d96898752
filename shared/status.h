/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Status -- publish a stage's state, heartbeat and counters in its status segment.
 *
 * The segment "/dnscache.status.<stage>.<n>" is this stage's alone; others map it
 * for reading (exporter/status_reader.h). A living stage holds a lock on it, so that
 * a second one of the same name refuses to start.
 *
 * Ordering: a value may lag behind the one before it in the list; no set of values
 * is a snapshot.
 */

#include <stddef.h>
#include <stdint.h>

#include "shared/counter.h"
#include "shared/segment.h"

struct status {
	struct segment segment;
	size_t counter_count;
};

void status_init(struct status *status);

/* "/dnscache.status.capture.0", or with instance "x" "/dnscache-x.status.capture.0". */
void status_name(char *out_name, size_t out_bytes, const char *instance, const char *stage,
	unsigned int number);

/**
 * status_create() - make this stage's segment anew, in state STATUS_BOOT
 *
 * Return: 0, -EBUSY (a living stage of this name; its pid is logged), or -errno.
 */
int status_create(struct status *status, const char *name, const char *stage,
	const struct counter_description *descriptions, size_t counter_count);

/* Accepts init-only. The segment stays, so that a dead stage's last figures can be read. */
void status_close(struct status *status);

void status_set(struct status *status, enum status_state state);
void status_beat(struct status *status, uint64_t now_ns);

/* Copy counter_count values, in the order of the descriptions. */
void status_publish(struct status *status, const uint64_t *values);
