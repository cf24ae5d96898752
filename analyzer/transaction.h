/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Transaction -- a query with its response or its failure.
 *
 * Written by the worker alone. The dump thread reads, under RCU, what is set before a
 * transaction enters a table or list; of the rest only `outcome` (relaxed).
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/answer_key.h"
#include "analyzer/rcu.h"
#include "analyzer/timer_wheel.h"
#include "shared/dns_read.h"
#include "shared/heap_bytes.h"
#include "shared/layout/message_layout.h"

/* The datagram's two ends, the edge of the client, and the VLAN it is on there. */
struct transaction_path {
	uint32_t if_index; /* the edge the query entered by; TRANSACTION_ANY_EDGE in look-ups */
	uint16_t vlan_ids[MESSAGE_VLANS_MAX]; /* from the outermost on, 0 = none */
	uint16_t client_port_be;
	uint16_t server_port_be;
	uint8_t client_ip[16];
	uint8_t server_ip[16];
};

#define TRANSACTION_ANY_EDGE 0u

/*
 * Which other edges a transaction's datagrams were seen crossing, 0 = none: the query
 * on its way out to a container, the response on its way in from one. Seen at several,
 * it proves nothing about any.
 */
struct transaction_route {
	uint32_t left_by_if_index;
	uint32_t came_by_if_index;
	bool left_by_several;
	bool came_by_several;
};

/* What of the query its reply needs; see reply_message.h. */
struct transaction_query {
	uint16_t id;
	uint16_t flags; /* DNS_FLAG_* as sent */
	uint16_t type;
	uint16_t class;
	uint16_t udp_payload_bytes; /* what the client accepts */
	bool has_opt;
	bool dnssec_ok;
	uint8_t cookie_bytes; /* with the server's part, or 0 */
	uint8_t cookie[DNS_EDNS_COOKIE_BYTES_MAX];
};

enum transaction_outcome {
	TRANSACTION_WAITING = 0,
	TRANSACTION_MATCHED = 1,
	TRANSACTION_UNMATCHED = 2,
	TRANSACTION_VOIDED = 3, /* the response may have been missed */
};

/* What is still to be decided about a waiting query, in the order of their times. */
#define TRANSACTION_DUE_ANSWER  0x1u
#define TRANSACTION_DUE_FAILURE 0x2u
#define TRANSACTION_DUE_TIMEOUT 0x4u
#define TRANSACTION_DUE_SETTLE  0x8u /* it was answered: see answer_share.h */
#define TRANSACTION_DUE_FORGET  0x10u

struct transaction {
	struct cds_lfht_node node;
	struct cds_list_head listed;  /* in the matched or unmatched list */
	struct cds_list_head queued;  /* in the table: of its edge's while it waits, then of all */
	struct cds_list_head retired; /* in the pool */
	struct timer timer;           /* at the earliest of what is due */

	/* Set once, before it can be found: */
	struct transaction_path path;
	struct transaction_query query;
	uint64_t seen_ns; /* the first query; retransmits do not move it */
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t client_mac[6];
	uint8_t server_mac[6];
	struct message_vlan vlans[MESSAGE_VLANS_MAX];
	uint16_t name_bytes;
	uint16_t key_bytes;

	/* The worker's: */
	uint64_t asked_ns;         /* the query was sent, or sent again */
	uint64_t generation;       /* blindness.h: void once that has moved on */
	uint64_t answer_after_ns;  /* from seen_ns on; 0 = not asked yet */
	uint64_t order_id;         /* of the last order, 0 = none */
	uint64_t ordered_asked_ns; /* asked_ns when it was given */
	uint64_t settle_at_ns;
	uint64_t said_records;    /* of its response: answer_likeness.h */
	uint64_t replied_records; /* of our last reply */
	struct transaction_route route;
	uint8_t due;           /* TRANSACTION_DUE_* */
	bool is_eligible;      /* may be answered at all */
	bool is_from_resolver; /* its client serves DNS itself, capture says */
	bool is_loopback;      /* it never left this host */
	bool is_ipv6;
	bool is_answerable;   /* its query can have reached a resolver that would answer it */
	bool teaches_nothing; /* which query its response answers, or who could, is in doubt */
	bool drew_error;      /* an ICMP error quoted it: it teaches nothing */
	bool is_disputed;     /* the client was sent what may be no response: not ours to judge */
	bool is_long;         /* of the larger of the pool's two sizes */
	bool is_followed;     /* stands in the matching table */
	bool is_listed;
	bool is_retained; /* stands there for late or second responses only */

	/* Set before it enters a list: */
	_Atomic uint8_t outcome; /* enum transaction_outcome */
	uint8_t rcode;
	bool is_rescued;
	uint8_t address_count;
	uint64_t finished_ns;
	uint8_t addresses[MESSAGE_ROW_ADDRESSES_MAX][16];

	uint8_t bytes[]; /* the name as sent, then the answer key */
};

/* What one takes with the longest name and key. */
static inline uint64_t transaction_bytes_max(void)
{
	return heap_bytes(sizeof(struct transaction) + DNS_NAME_BYTES_MAX + ANSWER_KEY_BYTES_MAX);
}

static inline const uint8_t *transaction_name(const struct transaction *transaction)
{
	return transaction->bytes;
}

static inline const uint8_t *transaction_key(const struct transaction *transaction)
{
	return transaction->bytes + transaction->name_bytes;
}
