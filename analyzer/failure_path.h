/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure path -- whom a query asked, from where; and the key of that resolver.
 *
 * A resolver is a server address as asked from one scope: the same private address in
 * two networks is two resolvers.
 */

#include <stdint.h>
#include <string.h>

#include "shared/layout/message_layout.h"

struct failure_path {
	const char *scope; /* MESSAGE_SCOPE_BYTES */
	const uint8_t *resolver_ip;
	const uint8_t *client_ip;
	uint32_t if_index;
};

struct failure_resolver_key {
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t ip[16];
};

static inline struct failure_resolver_key failure_path_resolver(const struct failure_path *path)
{
	struct failure_resolver_key key;

	memcpy(key.scope, path->scope, sizeof(key.scope));
	memcpy(key.ip, path->resolver_ip, sizeof(key.ip));
	return key;
}
