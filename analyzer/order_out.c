/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/order_out.h"

#include <string.h>

void order_out_init(struct order_out *out)
{
	out->ring = NULL;
	(void)pthread_mutex_init(&out->lock, NULL);
}

/* Under the lock. */
static int order_out_take(struct order_out *out, const char *instance)
{
	char name[SEGMENT_NAME_BYTES_MAX];
	int r;

	if (out->ring != NULL && !ring_is_replaced(out->ring))
		return 0;
	ring_detach(out->ring);
	out->ring = NULL;
	ring_name(name, sizeof(name), instance, "analyzer", 0, "injector", 0);
	r = ring_attach_producer(&out->ring, name, ORDER_OUT_RING_BYTES);
	return r < 0 ? r : 0;
}

int order_out_attach(struct order_out *out, const char *instance)
{
	int r;

	(void)pthread_mutex_lock(&out->lock);
	r = order_out_take(out, instance);
	(void)pthread_mutex_unlock(&out->lock);
	return r;
}

void order_out_detach(struct order_out *out)
{
	(void)pthread_mutex_lock(&out->lock);
	ring_detach(out->ring);
	out->ring = NULL;
	(void)pthread_mutex_unlock(&out->lock);
}

/* Returns RING_OK, or why there is no room. */
static int order_out_put(struct order_out *out, enum message_type type, const void *head,
	uint32_t head_bytes, const void *tail, uint32_t tail_bytes)
{
	void *body;

	if (out->ring == NULL || ring_reserve(out->ring, head_bytes + tail_bytes, &body) != RING_OK)
		return RING_FULL;
	memcpy(body, head, head_bytes);
	if (tail_bytes > 0)
		memcpy((uint8_t *)body + head_bytes, tail, tail_bytes);
	ring_commit(out->ring, type, head_bytes + tail_bytes);
	return RING_OK;
}

bool order_out_order(struct order_out *out, const struct message_order *order, const uint8_t *dns)
{
	int r;

	(void)pthread_mutex_lock(&out->lock);
	r = order_out_put(out, MESSAGE_ORDER, order, sizeof(*order), dns, order->dns_bytes);
	(void)pthread_mutex_unlock(&out->lock);
	return r == RING_OK;
}

void order_out_cancel(struct order_out *out, uint64_t order_id)
{
	const struct message_cancel cancel = { .order_id = order_id };

	(void)pthread_mutex_lock(&out->lock);
	(void)order_out_put(out, MESSAGE_CANCEL, &cancel, sizeof(cancel), NULL, 0);
	(void)pthread_mutex_unlock(&out->lock);
}

bool order_out_release(
	struct order_out *out, const struct message_release *release, const uint8_t *frame)
{
	int r;

	(void)pthread_mutex_lock(&out->lock);
	r = order_out_put(
		out, MESSAGE_RELEASE, release, sizeof(*release), frame, release->frame_bytes);
	(void)pthread_mutex_unlock(&out->lock);
	return r == RING_OK;
}

uint64_t order_out_alive_ns(struct order_out *out)
{
	struct ring_usage usage = { 0 };
	uint64_t alive_ns = 0;

	(void)pthread_mutex_lock(&out->lock);
	if (out->ring != NULL) {
		ring_usage(out->ring, &usage);
		/* Half full: soon there would be no room for what is decided. */
		if (usage.used_bytes <= usage.capacity_bytes / 2)
			alive_ns = ring_consumer_heartbeat_ns(out->ring);
	}
	(void)pthread_mutex_unlock(&out->lock);
	return alive_ns;
}

void order_out_publish(struct order_out *out)
{
	(void)pthread_mutex_lock(&out->lock);
	if (out->ring != NULL)
		ring_publish(out->ring);
	(void)pthread_mutex_unlock(&out->lock);
}
