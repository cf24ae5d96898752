/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fuzz worker model -- which queries were asked and not yet answered, and what orders may come of it.
 *
 * It is told of every packet before the worker is, and keeps no time: a query stays open
 * until its client was sent a response whose checksum is not wrong. What the worker
 * orders must be the reply to an open query that asks for recursion, and what it learns
 * must be a response to a query that was asked. It knows less than the worker of who may
 * answer, and so allows more.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "analyzer/worker.h"
#include "shared/dns_read.h"

#define FUZZ_MODEL_QUERIES_MAX 4096 /* more than an input has steps that ask */

/* The two ends, the edge, and what is asked: all bytes count, so all are set. */
struct fuzz_model_key {
	uint32_t if_index;
	uint16_t vlan_ids[MESSAGE_VLANS_MAX];
	uint16_t client_port_be;
	uint16_t server_port_be;
	uint8_t client_ip[16];
	uint8_t server_ip[16];
	uint16_t id;
	uint16_t type;
	uint16_t class;
	uint8_t name_bytes;
	uint8_t name[DNS_NAME_BYTES_MAX];
};

struct fuzz_model_query {
	struct fuzz_model_key key;
	bool is_open;
	bool has_recursion;     /* a query since it is open, or */
	bool had_recursion;     /* one ever, had RD */
	uint16_t payload_bytes; /* the most that one of them accepts */
};

static struct {
	struct fuzz_model_query queries[FUZZ_MODEL_QUERIES_MAX];
	unsigned int count;
	uint64_t last_order_id;
	uint64_t order_count; /* taken */
	bool may_learn;       /* the packet under way could teach */
	bool is_injector_full;
} fuzz_model;

static inline void fuzz_model_vlans(
	struct fuzz_model_key *key, const struct message_vlan vlans[MESSAGE_VLANS_MAX])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < MESSAGE_VLANS_MAX; i++) {
		if ((ntohs(vlans[i].tci_be) & 0xfff) != 0)
			key->vlan_ids[count++] = ntohs(vlans[i].tci_be) & 0xfff;
	}
}

static inline void fuzz_model_question(struct fuzz_model_key *key, const struct dns_head *head)
{
	key->id = head->id;
	key->type = head->question.type;
	key->class = head->question.class;
	key->name_bytes = head->question.name.length_bytes;
	memcpy(key->name, head->question.name.bytes, key->name_bytes);
}

static inline void fuzz_model_key_of(struct fuzz_model_key *key,
	const struct message_packet *packet, const struct dns_head *head, bool is_from_client)
{
	memset(key, 0, sizeof(*key));
	key->if_index = packet->if_index;
	fuzz_model_vlans(key, packet->vlans);
	key->client_port_be = is_from_client ? packet->source_port_be : packet->destination_port_be;
	key->server_port_be = is_from_client ? packet->destination_port_be : packet->source_port_be;
	memcpy(key->client_ip, is_from_client ? packet->source_ip : packet->destination_ip, 16);
	memcpy(key->server_ip, is_from_client ? packet->destination_ip : packet->source_ip, 16);
	fuzz_model_question(key, head);
}

/* Return: the query, or NULL. */
static inline struct fuzz_model_query *fuzz_model_find(const struct fuzz_model_key *key)
{
	for (unsigned int i = fuzz_model.count; i-- > 0;) {
		struct fuzz_model_query *query = &fuzz_model.queries[i];

		if (query->key.id == key->id && memcmp(&query->key, key, sizeof(*key)) == 0)
			return query;
	}
	return NULL;
}

static inline void fuzz_model_asked(
	const struct message_packet *packet, const struct dns_head *head)
{
	struct fuzz_model_query *query;
	struct fuzz_model_key key;
	struct dns_message view;
	uint16_t payload_bytes = DNS_UDP_BYTES_MIN;

	fuzz_model_key_of(&key, packet, head, true);
	query = fuzz_model_find(&key);
	if (query == NULL) {
		assert(fuzz_model.count < FUZZ_MODEL_QUERIES_MAX);
		query = &fuzz_model.queries[fuzz_model.count++];
		*query = (struct fuzz_model_query){ .is_open = false };
		memcpy(&query->key, &key, sizeof(key));
	}
	if (!query->is_open) {
		query->is_open = true;
		query->has_recursion = false;
		query->payload_bytes = 0;
	}
	query->has_recursion |= dns_head_is_recursion_desired(head);
	query->had_recursion |= dns_head_is_recursion_desired(head);
	if (dns_read_message(packet->dns, packet->dns_bytes, &view) == DNS_READ_OK &&
		view.edns.is_present)
		payload_bytes = view.edns.udp_payload_bytes;
	if (query->payload_bytes < payload_bytes)
		query->payload_bytes = payload_bytes;
}

static inline void fuzz_model_answered(
	const struct message_packet *packet, const struct dns_head *head)
{
	struct fuzz_model_query *query;
	struct fuzz_model_key key;

	fuzz_model_key_of(&key, packet, head, false);
	query = fuzz_model_find(&key);
	if (query == NULL || packet->checksum == MESSAGE_CHECKSUM_WRONG)
		return;
	query->is_open = false;
	fuzz_model.may_learn = query->had_recursion && packet->entry != MESSAGE_ENTRY_UNKNOWN &&
			       packet->checksum != MESSAGE_CHECKSUM_UNKNOWN &&
			       packet->dns_bytes == packet->dns_bytes_sent &&
			       !dns_head_is_truncated(head);
}

/* Before the worker gets it. */
static inline void fuzz_model_packet(const struct message_packet *packet)
{
	const bool is_inbound = packet->direction == MESSAGE_DIRECTION_INBOUND;
	struct dns_head head;

	fuzz_model.may_learn = false;
	if (packet->kind != MESSAGE_PACKET_DATAGRAM ||
		dns_read_head(packet->dns, packet->dns_bytes, &head) != DNS_READ_OK)
		return;
	if (is_inbound && !dns_head_is_response(&head) &&
		(packet->flags & MESSAGE_PACKET_TO_SERVER))
		fuzz_model_asked(packet, &head);
	if (!is_inbound && dns_head_is_response(&head) &&
		(packet->flags & MESSAGE_PACKET_FROM_SERVER))
		fuzz_model_answered(packet, &head);
}

static inline void fuzz_model_check_message(
	const struct message_order *order, const uint8_t *dns, const struct fuzz_model_query *query)
{
	const uint16_t never = DNS_FLAG_AA | DNS_FLAG_TC | DNS_FLAG_OPCODE_MASK;
	struct dns_message view;

	assert(query != NULL && query->is_open && query->has_recursion);
	assert(order->dns_bytes <= query->payload_bytes);
	assert(dns_read_message(dns, order->dns_bytes, &view) == DNS_READ_OK);
	assert((view.head.flags & DNS_FLAG_QR) && (view.head.flags & DNS_FLAG_RA));
	assert((view.head.flags & DNS_FLAG_RD) && !(view.head.flags & never));
	assert(!view.has_signature);
	assert(dns_read_rcode(&view) == DNS_RCODE_NOERROR ||
		dns_read_rcode(&view) == DNS_RCODE_NXDOMAIN);
}

/* worker_output's order. */
static inline bool fuzz_model_order(
	void *argument, const struct message_order *order, const uint8_t *dns)
{
	const struct config *config = argument;
	struct fuzz_model_key key;
	struct dns_head head;

	assert(config->mode == CONFIG_MODE_RESCUE);
	assert(order->dns_bytes <= MESSAGE_DNS_BYTES_MAX);
	assert(dns_read_head(dns, order->dns_bytes, &head) == DNS_READ_OK);
	memset(&key, 0, sizeof(key));
	key.if_index = order->if_index;
	fuzz_model_vlans(&key, order->vlans);
	key.client_port_be = order->client_port_be;
	key.server_port_be = order->server_port_be;
	memcpy(key.client_ip, order->client_ip, sizeof(key.client_ip));
	memcpy(key.server_ip, order->server_ip, sizeof(key.server_ip));
	fuzz_model_question(&key, &head);
	fuzz_model_check_message(order, dns, fuzz_model_find(&key));

	assert(order->query_ns <= order->ordered_ns && order->ordered_ns < order->deadline_ns);
	assert(order->order_id > fuzz_model.last_order_id);
	if (fuzz_model.is_injector_full)
		return false;
	fuzz_model.last_order_id = order->order_id;
	fuzz_model.order_count++;
	return true;
}

/* worker_output's cancel. */
/* No step of ours is a held failure: nothing is to be let go. */
static inline bool fuzz_model_release(
	void *argument, const struct message_release *release, const uint8_t *frame)
{
	(void)argument;
	(void)release;
	(void)frame;
	abort();
}

static inline void fuzz_model_cancel(void *argument, uint64_t order_id)
{
	(void)argument;
	assert(order_id > 0 && order_id <= fuzz_model.last_order_id);
}
