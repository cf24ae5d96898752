/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure path -- whom a query asked, from where; and the key of that resolver.
 *
 * A resolver is a server's address and port as asked from one scope: the same private
 * address in two networks is two resolvers, and so are a stub and what it forwards to, at
 * two ports of one address.
 */

#include <stdint.h>
#include <string.h>

#include "shared/layout/message_layout.h"

struct failure_path {
	const char *scope; /* MESSAGE_SCOPE_BYTES */
	const uint8_t *resolver_ip;
	const uint8_t *client_ip;
	uint32_t if_index;
	uint16_t resolver_port_be;
};

struct failure_resolver_key {
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t ip[16];
	uint16_t port_be;
	uint16_t reserved; /* zero: keys, and what they are a part of, are compared as bytes */
};

static inline struct failure_resolver_key failure_path_resolver(const struct failure_path *path)
{
	struct failure_resolver_key key;

	memcpy(key.scope, path->scope, sizeof(key.scope));
	memcpy(key.ip, path->resolver_ip, sizeof(key.ip));
	key.port_be = path->resolver_port_be;
	key.reserved = 0;
	return key;
}
