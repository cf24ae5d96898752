/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Reply message -- a stored response made into the reply to another query.
 *
 * Byte for byte the stored message, in its order, except: the id and the question's
 * bytes are this query's (its case kept, also where records point to it), AA=0, RA=1,
 * RD and CD from the query, AD only if learned with AD by a client that asks for it
 * (RFC 6840 section 5.7), TTLs what is left, or min(stale_ttl, original) once stale
 * (RFC 8767 section 4), and an OPT made for this client if it sent one (RFC 6891
 * section 7), with an extended error if stale (RFC 8914 sections 4.4 and 4.20). A cookie
 * comes back as the client sent it if a server had its part in it; one of the client
 * alone gets none, as from a server that knows no cookies (RFC 7873 section 5.3).
 *
 * Larger than the client accepts: without additional, then without authority (not
 * that of a negative answer, whose SOA is the answer's time); still larger: no reply.
 *
 * Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/answer_entry.h"
#include "analyzer/transaction.h"

enum reply_outcome {
	REPLY_OK = 0,
	REPLY_TOO_LARGE = 1, /* for this client, or for the buffer */
	REPLY_UNUSABLE = 2,  /* the stored message does not fit this question, or its case */
};

/* What is replayed: bytes, facts and the question it is for. */
struct reply_source {
	const uint8_t *message; /* that answer_learn_copy() made */
	uint16_t message_bytes;
	const struct answer_facts *facts;
	const struct transaction_query *query;
	const uint8_t *name; /* as the query sent it */
	uint16_t name_bytes;
	uint32_t stale_ttl_s;
	uint64_t now_ns;
};

/**
 * reply_message_make() - write the reply
 * @out_reply: reply_bytes_max bytes of room
 * @out_bytes: set on REPLY_OK
 *
 * Return: REPLY_OK, _TOO_LARGE or _UNUSABLE.
 */
enum reply_outcome reply_message_make(const struct reply_source *source, uint8_t *out_reply,
	size_t reply_bytes_max, uint16_t *out_bytes);
