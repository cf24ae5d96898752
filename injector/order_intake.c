/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/order_intake.h"

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <string.h>

#include "injector/mac_address.h"
#include "shared/dns_numbers.h"

/* The byte of the header that holds QR is its third (RFC 1035 section 4.1.1). */
#define ORDER_INTAKE_QR_AT  2
#define ORDER_INTAKE_QR_BIT (DNS_FLAG_QR >> 8)

static const uint8_t ipv4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool order_intake_is_ipv4(const uint8_t ip[16])
{
	return memcmp(ip, ipv4_mapped, sizeof(ipv4_mapped)) == 0;
}

/* The host itself has neither interface nor MAC. */
static bool order_intake_has_edge(const struct message_order *order)
{
	if (order->if_index == MESSAGE_HOST_IF_INDEX)
		return true;
	return order->if_index >= 1 && order->if_index <= INT_MAX &&
	       mac_address_is_one(order->client_mac) && mac_address_is_one(order->server_mac);
}

static bool order_intake_is_addressed(const struct message_order *order)
{
	const bool is_ipv4 = order->ip_version == 4;

	return (is_ipv4 || order->ip_version == 6) && order_intake_has_edge(order) &&
	       order->client_port_be != 0 && order->server_port_be != 0 &&
	       order_intake_is_ipv4(order->client_ip) == is_ipv4 &&
	       order_intake_is_ipv4(order->server_ip) == is_ipv4;
}

/* Tags of the known kinds, the outer one first. */
static bool order_intake_is_tagged(const struct message_order *order)
{
	bool is_last = false;

	for (unsigned int i = 0; i < MESSAGE_VLANS_MAX; i++) {
		const uint16_t protocol = ntohs(order->vlans[i].protocol_be);

		if (protocol == 0)
			is_last = true;
		else if (is_last || (protocol != ETH_P_8021Q && protocol != ETH_P_8021AD &&
					    protocol != ETH_P_QINQ1))
			return false;
	}
	return true;
}

static bool order_intake_is_timed(const struct message_order *order)
{
	return order->query_ns <= order->ordered_ns && order->ordered_ns <= order->deadline_ns &&
	       order->deadline_ns - order->ordered_ns <= ORDER_INTAKE_LIFETIME_NS_MAX;
}

static bool order_intake_is_order(const struct message_order *order, uint32_t body_bytes)
{
	return body_bytes >= sizeof(*order) && order->dns_bytes >= DNS_HEADER_BYTES &&
	       order->dns_bytes <= MESSAGE_DNS_BYTES_MAX &&
	       order->dns_bytes <= body_bytes - sizeof(*order) &&
	       (order->dns[ORDER_INTAKE_QR_AT] & ORDER_INTAKE_QR_BIT) && order->order_id != 0 &&
	       order->trigger >= MESSAGE_TRIGGER_TIMEOUT &&
	       order->trigger <= MESSAGE_TRIGGER_REFUSED &&
	       order->freshness >= MESSAGE_FRESHNESS_FRESH &&
	       order->freshness <= MESSAGE_FRESHNESS_STALE && order_intake_is_timed(order) &&
	       order_intake_is_addressed(order) && order_intake_is_tagged(order);
}

void order_intake_clear(struct order_intake *intake)
{
	intake->record_count = 0;
	intake->wanted_count = 0;
}

static int order_intake_add_order(
	struct order_intake *intake, const struct message_order *order, uint32_t body_bytes)
{
	/* One slot per record: a forgotten order's is not used again within its batch. */
	union order_intake_slot *slot = &intake->slots[intake->record_count - 1];

	if (!order_intake_is_order(order, body_bytes))
		return ORDER_INTAKE_MALFORMED;

	memcpy(slot->bytes, order, sizeof(*order) + order->dns_bytes);
	intake->wanted[intake->wanted_count++] = &slot->order;
	return ORDER_INTAKE_TAKEN;
}

static void order_intake_forget(struct order_intake *intake, unsigned int index)
{
	intake->wanted_count--;
	memmove(&intake->wanted[index], &intake->wanted[index + 1],
		(intake->wanted_count - index) * sizeof(intake->wanted[0]));
}

static int order_intake_cancel(
	struct order_intake *intake, const struct message_cancel *cancel, uint32_t body_bytes)
{
	if (body_bytes < sizeof(*cancel))
		return ORDER_INTAKE_MALFORMED;

	for (unsigned int i = 0; i < intake->wanted_count; i++) {
		if (intake->wanted[i]->order_id == cancel->order_id) {
			order_intake_forget(intake, i);
			return ORDER_INTAKE_CANCELLED;
		}
	}
	return ORDER_INTAKE_TOO_LATE;
}

int order_intake_add(struct order_intake *intake, const struct ring_record *record)
{
	assert(intake->record_count < ORDER_INTAKE_BATCH_MAX);
	intake->record_count++;

	switch (record->type) {
	case MESSAGE_ORDER:
		return order_intake_add_order(intake, record->body, record->body_bytes);
	case MESSAGE_CANCEL:
		return order_intake_cancel(intake, record->body, record->body_bytes);
	default:
		return ORDER_INTAKE_MALFORMED;
	}
}

unsigned int order_intake_expire(struct order_intake *intake, uint64_t now_ns)
{
	const unsigned int before = intake->wanted_count;

	for (unsigned int i = before; i > 0; i--)
		if (now_ns > intake->wanted[i - 1]->deadline_ns)
			order_intake_forget(intake, i - 1);
	return before - intake->wanted_count;
}
