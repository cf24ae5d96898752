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
 *   variant    1  ANSWER_KEY_*
 *   ecs_bytes  1  length of the next part
 *   ecs     0-20  the query's ECS option as sent: family, source and scope prefix,
 *                 address (RFC 7871 section 6)
 *   client 0, 16  with ANSWER_KEY_YOUNG and ANSWER_KEY_OWN: the client's address
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
#define ANSWER_KEY_CLIENT_BYTES   16
#define ANSWER_KEY_FIXED_BYTES    (MESSAGE_SCOPE_BYTES + ANSWER_KEY_RESOLVER_BYTES + 2 + 2 + 2 + 1 + 1)
#define ANSWER_KEY_BYTES_MIN      (ANSWER_KEY_FIXED_BYTES + 1)
#define ANSWER_KEY_BYTES_MAX                                                           \
	(ANSWER_KEY_FIXED_BYTES + ANSWER_KEY_ECS_BYTES_MAX + ANSWER_KEY_CLIENT_BYTES + \
		DNS_NAME_BYTES_MAX)

#define ANSWER_KEY_DO 0x01u /* the query's OPT had DO set (RFC 3225) */
#define ANSWER_KEY_CD 0x02u /* the query's header had CD set (RFC 4035 section 3.2.2) */

/* Whose it is, if not everybody's of the scope: see answer_share.h. */
#define ANSWER_KEY_YOUNG   0x04u
#define ANSWER_KEY_OWN     0x08u
#define ANSWER_KEY_WITNESS 0x10u

struct answer_key {
	uint16_t size_bytes;
	uint8_t bytes[ANSWER_KEY_BYTES_MAX]; /* undefined from size_bytes on */
};

/* A key read back, for display. Pointers lead into the key. */
struct answer_key_parts {
	const char *scope; /* MESSAGE_SCOPE_BYTES; without a NUL if it fills them */
	const uint8_t *resolver;
	const uint8_t *ecs;
	const uint8_t *client; /* NULL if it is nobody's in particular */
	const uint8_t *name;   /* wire form, lower case */
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

/**
 * answer_key_of() - the same question's key for someone
 * @whose:  ANSWER_KEY_YOUNG, _OWN or _WITNESS
 * @client: ANSWER_KEY_CLIENT_BYTES bytes; not looked at with ANSWER_KEY_WITNESS
 * @key:    that answer_key_make() made
 */
void answer_key_of(struct answer_key *out_key, uint8_t whose, const uint8_t *client,
	const struct answer_key *key);

/* The parts of the bytes that answer_key_make() or answer_key_of() made. */
void answer_key_read(const uint8_t *bytes, uint16_t size_bytes, struct answer_key_parts *out_parts);
