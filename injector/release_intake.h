/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Release intake -- failures that were held and go on to their client: a batch of checked frames.
 *
 * A release comes from another process and is input. Only what may have been held is taken: an
 * Ethernet frame without a tag, in it a DNS response that says SERVFAIL or REFUSED, or an ICMP
 * error that says "unreachable". A frame goes out as it came in, but for a UDP checksum that
 * was still to be completed when it was held: no offload does that for a packet socket.
 *
 * Threads: pure functions of their arguments; one batch belongs to one thread.
 */

#include <stdint.h>

#include "shared/layout/message_layout.h"
#include "shared/ring.h"

#define RELEASE_INTAKE_BATCH_MAX       64u
#define RELEASE_INTAKE_LIFETIME_NS_MAX (5 * 1000000000ull) /* from the tap to its deadline */

enum release_intake_outcome {
	RELEASE_INTAKE_TAKEN = 0,
	RELEASE_INTAKE_MALFORMED = 1, /* nothing that can have been held */
};

union release_intake_slot {
	struct message_release release;
	uint8_t bytes[sizeof(struct message_release) + MESSAGE_FRAME_BYTES_MAX];
};

struct release_intake {
	unsigned int count; /* in the order they came */
	union release_intake_slot slots[RELEASE_INTAKE_BATCH_MAX];
};

/* Begin an empty batch. */
void release_intake_clear(struct release_intake *intake);

/**
 * release_intake_add() - check one MESSAGE_RELEASE, copy it, and complete its checksum
 *
 * Context: at most RELEASE_INTAKE_BATCH_MAX times per batch.
 * Return: enum release_intake_outcome.
 */
int release_intake_add(struct release_intake *intake, const struct ring_record *record);

/* Take out what may not be sent any more. Return: how many that were. */
unsigned int release_intake_expire(struct release_intake *intake, uint64_t now_ns);
