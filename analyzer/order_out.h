/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Order out -- orders, cancels and releases into the injector's ring.
 *
 * The ring is ours to create; the injector may come, go and come back. Nothing is
 * visible to it until order_out_publish(). order_out_alive_ns() says when it was well:
 * what the workers tell capture of themselves is never younger, so that failures are held
 * only while somebody would send what is decided about them.
 *
 * Threads: any. The ring has one producer, this process; its workers take turns by a
 * mutex, which is held for one record.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/layout/message_layout.h"
#include "shared/ring.h"
#include "shared/segment.h"

#define ORDER_OUT_RING_BYTES (1u << 20)

struct order_out {
	pthread_mutex_t lock;
	struct ring *ring; /* NULL while it could not be taken */
};

void order_out_init(struct order_out *out);

/* Try to take the ring if we do not hold it, or it was replaced. Return: 0 or -errno. */
int order_out_attach(struct order_out *out, const char *instance);
void order_out_detach(struct order_out *out);

/**
 * order_out_order() - offer one order
 * @order: its dns_bytes says how much of @dns follows
 *
 * Return: true if it will be sent at the next publish, false if the ring is full or
 * missing.
 */
bool order_out_order(struct order_out *out, const struct message_order *order, const uint8_t *dns);
void order_out_cancel(struct order_out *out, uint64_t order_id);

/* Offer what was held to be sent on; its frame_bytes says how much of @frame follows. As order_out_order(). */
bool order_out_release(
	struct order_out *out, const struct message_release *release, const uint8_t *frame);
void order_out_publish(struct order_out *out);

/* When the injector said that it is alive; 0 = never, we have no ring, or that is more than half full. */
uint64_t order_out_alive_ns(struct order_out *out);
