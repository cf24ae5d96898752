/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fuzz worker model -- which queries were asked and not yet answered, and who was told what.
 *
 * It is told of every packet before the worker is, and keeps no time: a query stays open
 * until its client was sent a response whose checksum is not wrong, or one was held and is
 * decided about. What may come of that is checked by fuzz_worker_output.h. It knows less than
 * the worker of who may answer, and so allows more.
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
	bool is_ordered;        /* a reply, since it is open */
	bool is_told;           /* its client had a response that may teach */
	bool has_recursion;     /* a query since it is open, or */
	bool had_recursion;     /* one ever, had RD */
	uint64_t cookies;       /* of those since it is open: fuzz_model_cookie() */
	uint16_t payload_bytes; /* the most that one of them accepts */
};

static struct {
	struct fuzz_model_query queries[FUZZ_MODEL_QUERIES_MAX];
	unsigned int count;
	uint64_t last_order_id;
	uint64_t order_count;              /* taken */
	struct fuzz_model_query *answered; /* by the packet under way, or NULL */
	bool may_learn;                    /* that could teach */
	bool is_injector_full;
	bool is_own_only; /* [cache] share has been `client` from the first packet on */
} fuzz_model;

/* A bit for the cookie with a server's part that a message has, another one for none. */
static inline uint64_t fuzz_model_cookie(const uint8_t *dns, const struct dns_message *view)
{
	uint64_t sum = 0;

	if (view->edns.cookie_bytes <= DNS_EDNS_COOKIE_CLIENT_BYTES)
		return 1;
	for (unsigned int i = 0; i < view->edns.cookie_bytes; i++)
		sum = sum * 31 + dns[view->edns.cookie_at + i];
	return 2ull << (sum + view->edns.cookie_bytes) % 63;
}

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
		query->is_ordered = false;
		query->has_recursion = false;
		query->payload_bytes = 0;
		query->cookies = 0;
	}
	query->has_recursion |= dns_head_is_recursion_desired(head);
	query->had_recursion |= dns_head_is_recursion_desired(head);
	if (dns_read_message(packet->dns, packet->dns_bytes, &view) == DNS_READ_OK) {
		query->cookies |= fuzz_model_cookie(packet->dns, &view);
		if (view.edns.is_present)
			payload_bytes = view.edns.udp_payload_bytes;
	}
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
	query->is_open = packet->flags & MESSAGE_PACKET_HELD; /* until that is decided */
	fuzz_model.answered = query;
	fuzz_model.may_learn = query->had_recursion && packet->entry != MESSAGE_ENTRY_UNKNOWN &&
			       packet->checksum != MESSAGE_CHECKSUM_UNKNOWN &&
			       packet->dns_bytes == packet->dns_bytes_sent &&
			       !dns_head_is_truncated(head);
	query->is_told |= fuzz_model.may_learn;
}

/* Before the worker gets it. */
static inline void fuzz_model_packet(const struct message_packet *packet)
{
	const bool is_inbound = packet->direction == MESSAGE_DIRECTION_INBOUND;
	struct dns_head head;

	fuzz_model.answered = NULL;
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

/* Whether that client was ever told about that question, at whatever edge. */
static inline bool fuzz_model_was_told(const struct fuzz_model_key *key)
{
	for (unsigned int i = 0; i < fuzz_model.count; i++) {
		const struct fuzz_model_query *query = &fuzz_model.queries[i];
		struct dns_name one, other;

		dns_name_copy(query->key.name, query->key.name_bytes, &one);
		dns_name_copy(key->name, key->name_bytes, &other);
		if (query->is_told && query->key.type == key->type &&
			query->key.class == key->class &&
			memcmp(query->key.client_ip, key->client_ip, 16) == 0 &&
			dns_name_is_equal_folded(&one, &other))
			return true;
	}
	return false;
}
