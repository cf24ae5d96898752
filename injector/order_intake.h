/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Order intake -- what the analyzer wants sent now: a batch of checked orders.
 *
 * An order comes from another process and is input: its type, sizes, addresses and
 * numbers are checked before anything is done with it. A cancel withdraws its order
 * as long as that order waits in the same batch; after that the reply is out.
 *
 * Restart: orders that a dead predecessor had read but not released come again. That
 * can send a reply twice, which a client does not notice, and never later than the
 * order's deadline, which lies ORDER_INTAKE_LIFETIME_NS_MAX ahead at most.
 *
 * Threads: pure functions of their arguments; one batch belongs to one thread.
 */

#include <stdint.h>

#include "shared/layout/message_layout.h"
#include "shared/ring.h"

#define ORDER_INTAKE_BATCH_MAX       64u
#define ORDER_INTAKE_LIFETIME_NS_MAX (30 * 1000000000ull) /* from an order to its deadline */

enum order_intake_outcome {
	ORDER_INTAKE_TAKEN = 0,
	ORDER_INTAKE_CANCELLED = 1, /* one order fewer in the batch */
	ORDER_INTAKE_TOO_LATE = 2,  /* a cancel without its order */
	ORDER_INTAKE_MALFORMED = 3, /* neither an order nor a cancel as the layout has them */
};

union order_intake_slot {
	struct message_order order;
	uint8_t bytes[sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX];
};

struct order_intake {
	unsigned int record_count; /* offered since the batch began */
	unsigned int wanted_count;
	const struct message_order *wanted[ORDER_INTAKE_BATCH_MAX]; /* in the order they came */
	union order_intake_slot slots[ORDER_INTAKE_BATCH_MAX];
};

/* Begin an empty batch. */
void order_intake_clear(struct order_intake *intake);

/**
 * order_intake_add() - check one record, copy the order in it or withdraw an earlier one
 *
 * Context: at most ORDER_INTAKE_BATCH_MAX times per batch.
 * Return: enum order_intake_outcome.
 */
int order_intake_add(struct order_intake *intake, const struct ring_record *record);

/* Take out what may not be sent any more. Return: how many orders that were. */
unsigned int order_intake_expire(struct order_intake *intake, uint64_t now_ns);
