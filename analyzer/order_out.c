/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/order_out.h"

#include <string.h>

void order_out_init(struct order_out *out)
{
	out->ring = NULL;
}

int order_out_attach(struct order_out *out, const char *instance)
{
	char name[SEGMENT_NAME_BYTES_MAX];
	int r;

	if (out->ring != NULL && !ring_is_replaced(out->ring))
		return 0;
	order_out_detach(out);
	ring_name(name, sizeof(name), instance, "analyzer", 0, "injector", 0);
	r = ring_attach_producer(&out->ring, name, ORDER_OUT_RING_BYTES);
	return r < 0 ? r : 0;
}

void order_out_detach(struct order_out *out)
{
	ring_detach(out->ring);
	out->ring = NULL;
}

bool order_out_order(struct order_out *out, const struct message_order *order, const uint8_t *dns)
{
	void *body;

	if (out->ring == NULL ||
		ring_reserve(out->ring, (uint32_t)sizeof(*order) + order->dns_bytes, &body) !=
			RING_OK)
		return false;
	memcpy(body, order, sizeof(*order));
	memcpy((uint8_t *)body + sizeof(*order), dns, order->dns_bytes);
	ring_commit(out->ring, MESSAGE_ORDER, (uint32_t)sizeof(*order) + order->dns_bytes);
	return true;
}

void order_out_cancel(struct order_out *out, uint64_t order_id)
{
	const struct message_cancel cancel = { .order_id = order_id };
	void *body;

	if (out->ring == NULL || ring_reserve(out->ring, sizeof(cancel), &body) != RING_OK)
		return;
	memcpy(body, &cancel, sizeof(cancel));
	ring_commit(out->ring, MESSAGE_CANCEL, sizeof(cancel));
}

void order_out_publish(struct order_out *out)
{
	if (out->ring != NULL)
		ring_publish(out->ring);
}
