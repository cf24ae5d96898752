/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer key -- which query an answer is good for.
 *
 * One string of bytes, compared whole: an answer never crosses a scope, a resolver,
 * a type, a class, DO, CD or an ECS class. Parts, in order:
 *
 *   scope     40  whose answers may be shared, e.g. "bridge:docker0", NUL-padded
 *   resolver  16  the server address the client asked
 *   port       2  and its port, network order: another port is another server
 *   type       2  network order
 *   class      2  network order
 *   variant    1  ANSWER_KEY_DO | ANSWER_KEY_CD
 *   ecs_bytes  1  length of the next part
 *   ecs     0-20  the query's ECS option as sent: family, source and scope prefix,
 *                 address (RFC 7871 section 6)
 *   name   1-255  wire form, lower case
 *
 * No ECS option and one with source prefix 0 ("do not tell my address") differ.
 * Never an interface index: they are reused.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/dns_read.h"
#include "shared/layout/message_layout.h"

#define ANSWER_KEY_RESOLVER_BYTES 16
#define ANSWER_KEY_ECS_BYTES_MAX  20 /* 4 and an IPv6 address */
#define ANSWER_KEY_FIXED_BYTES    (MESSAGE_SCOPE_BYTES + ANSWER_KEY_RESOLVER_BYTES + 2 + 2 + 2 + 1 + 1)
#define ANSWER_KEY_BYTES_MIN      (ANSWER_KEY_FIXED_BYTES + 1)
#define ANSWER_KEY_BYTES_MAX \
	(ANSWER_KEY_FIXED_BYTES + ANSWER_KEY_ECS_BYTES_MAX + DNS_NAME_BYTES_MAX)

#define ANSWER_KEY_DO 0x01u /* the query's OPT had DO set (RFC 3225) */
#define ANSWER_KEY_CD 0x02u /* the query's header had CD set (RFC 4035 section 3.2.2) */

struct answer_key {
	uint16_t size_bytes;
	uint8_t bytes[ANSWER_KEY_BYTES_MAX]; /* undefined from size_bytes on */
};

/* A key read back, for display. Pointers lead into the key. */
struct answer_key_parts {
	const char *scope; /* MESSAGE_SCOPE_BYTES; without a NUL if it fills them */
	const uint8_t *resolver;
	const uint8_t *ecs;
	const uint8_t *name; /* wire form, lower case */
	uint16_t port_be;
	uint16_t type;
	uint16_t class;
	uint16_t name_bytes;
	uint8_t ecs_bytes;
	uint8_t variant;
};

/**
 * answer_key_make() - the key of the answer that a query asks for
 * @scope:    MESSAGE_SCOPE_BYTES bytes, what follows the NUL is not looked at
 * @resolver: ANSWER_KEY_RESOLVER_BYTES bytes
 * @port_be:  of the resolver
 * @query:    the whole query message that @view was read from
 *
 * Return: false if the query's ECS option is longer than any real one: no answer is
 * good for it.
 */
bool answer_key_make(struct answer_key *out_key, const char *scope, const uint8_t *resolver,
	uint16_t port_be, const uint8_t *query, const struct dns_message *view);

/* The parts of the bytes that answer_key_make() made. */
void answer_key_read(const uint8_t *bytes, uint16_t size_bytes, struct answer_key_parts *out_parts);
