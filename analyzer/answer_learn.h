/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer learn -- whether a response may be remembered, and for how long.
 *
 * The response is already known to fit a waiting query in edge, addresses, ports, id
 * and question. It teaches only if it entered this host where a response to that query
 * can come from, its checksum is good, it is a whole answer (NOERROR or NXDOMAIN, TC
 * clear, parsed to its last byte) and its TTLs allow it.
 *
 * Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/answer_entry.h"
#include "analyzer/transaction.h"
#include "shared/dns_read.h"
#include "shared/layout/message_layout.h"

enum learn_outcome {
	LEARN_OK = 0,
	LEARN_CHECKSUM, /* none where one must be, or none that could be proved */
	LEARN_MALFORMED,
	LEARN_CUT,          /* longer than a tap copies, or a first fragment */
	LEARN_NO_ANSWER,    /* an RCODE, TC or opcode that is no answer */
	LEARN_NO_TTL,       /* TTL 0, or nothing that has one, or a signature that has run out */
	LEARN_SIGNED,       /* TSIG or SIG(0): good for that one client */
	LEARN_OPT_PLACE,    /* OPT is not the last record: it cannot be taken out */
	LEARN_NOT_ELIGIBLE, /* its query is one we never answer */
};

struct learn_limits {
	uint64_t fresh_max_ns; /* [cache] ttl */
	uint64_t stale_max_ns; /* [cache] max_stale */
	uint64_t seed;         /* of the likeness */
	uint32_t wall_s;       /* since 1970, modulo 2^32 */
	uint64_t negative_ns;  /* of a negative answer without an SOA: see answer_learn.c */
};

/**
 * answer_learn_entered_right() - whether a response to this query can come from there
 *
 * From this host itself; from an uplink, unless it was seen coming in by an edge; from
 * another container, only the one that the query was seen leaving to. Between two
 * bridges, where it came in is only known from that edge.
 */
bool answer_learn_entered_right(
	const struct message_packet *packet, const struct transaction_route *route);

/* The checksum is right, or left to offload, or absent over IPv4. */
bool answer_learn_checksum_is_good(const struct message_packet *packet);

/**
 * answer_learn_facts() - what to remember of a response
 * @message:   its DNS message, which dns_read_message() made @view of
 * @out_facts: set on LEARN_OK only
 *
 * Return: LEARN_OK, or why not.
 */
enum learn_outcome answer_learn_facts(const uint8_t *message, const struct dns_message *view,
	const struct learn_limits *limits, uint64_t now_ns, struct answer_facts *out_facts);

/**
 * answer_learn_ttl_max_s() - what no TTL of the stored message may be above
 *
 * [cache] ttl, and for how long its signatures are valid (RFC 4034 section 3.1.5): past
 * that, no client that validates would take it.
 */
uint32_t answer_learn_ttl_max_s(
	const uint8_t *message, const struct dns_message *view, const struct learn_limits *limits);

/**
 * answer_learn_copy() - the message as it is stored: without its OPT, no TTL above @ttl_max_s
 * @out_message: room for view->end_at bytes
 *
 * @ttl_max_s is at most DNS_WRITE_TTL_S_MAX.
 *
 * Return: bytes; 0 if some of its names would change with its TTLs, which each reply sets, or
 * if it is too long to tell (dns_write_names_avoid_ttls()).
 */
uint16_t answer_learn_copy(const uint8_t *message, const struct dns_message *view,
	uint32_t ttl_max_s, uint8_t *out_message);
