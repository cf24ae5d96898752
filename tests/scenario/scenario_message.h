/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario message -- entries as the messages that clients send and resolvers relay.
 */

#include <stddef.h>
#include <stdint.h>

#include "tests/scenario/rpl.h"

/* The payload of an OPT whose entry does not say: what resolvers that avoid fragments take. */
#define SCENARIO_PAYLOAD_BYTES 1232

/* A query as its entry has it. Return: for ldns_pkt_free(). */
ldns_pkt *scenario_message_query(const struct rpl_entry *entry, uint16_t id);

/**
 * scenario_message_response() - what a forwarding resolver makes of what it was told
 * @is_minimal: without authority and additional where there is an answer
 *
 * The query's id, question (its case kept) and RD and CD; RA, and no AA; an OPT of its own
 * if the query had one, DO echoed; AD if the client asks for it (RFC 6840 section 5.8).
 *
 * Return: for ldns_pkt_free().
 */
ldns_pkt *scenario_message_response(
	const struct rpl_entry *entry, const ldns_pkt *query, bool is_minimal);

/* Return: the message's bytes, for free(). */
uint8_t *scenario_message_bytes(const ldns_pkt *message, size_t *out_bytes);

/* How long a message this client takes by UDP. */
size_t scenario_message_payload(const ldns_pkt *query);
