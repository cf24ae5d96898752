/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_key.h"

#include <assert.h>
#include <string.h>

#include "shared/dns_write.h"

#define ANSWER_KEY_RESOLVER_AT  MESSAGE_SCOPE_BYTES
#define ANSWER_KEY_PORT_AT      (ANSWER_KEY_RESOLVER_AT + ANSWER_KEY_RESOLVER_BYTES)
#define ANSWER_KEY_TYPE_AT      (ANSWER_KEY_PORT_AT + 2)
#define ANSWER_KEY_CLASS_AT     (ANSWER_KEY_TYPE_AT + 2)
#define ANSWER_KEY_VARIANT_AT   (ANSWER_KEY_CLASS_AT + 2)
#define ANSWER_KEY_ECS_BYTES_AT (ANSWER_KEY_VARIANT_AT + 1)
#define ANSWER_KEY_ECS_AT       (ANSWER_KEY_ECS_BYTES_AT + 1)

_Static_assert(ANSWER_KEY_ECS_AT == ANSWER_KEY_FIXED_BYTES, "parts follow each other");

static uint8_t answer_key_variant(const struct dns_message *view)
{
	uint8_t variant = 0;

	if (view->edns.dnssec_ok)
		variant |= ANSWER_KEY_DO;
	if (dns_head_is_checking_disabled(&view->head))
		variant |= ANSWER_KEY_CD;
	return variant;
}

/* Two scopes are equal when their texts are, whatever follows the NUL. */
static void answer_key_put_scope(uint8_t *out_bytes, const char *scope)
{
	size_t scope_bytes = strnlen(scope, MESSAGE_SCOPE_BYTES);

	memcpy(out_bytes, scope, scope_bytes);
	memset(out_bytes + scope_bytes, 0, MESSAGE_SCOPE_BYTES - scope_bytes);
}

bool answer_key_make(struct answer_key *out_key, const char *scope, const uint8_t *resolver,
	uint16_t port_be, const uint8_t *query, const struct dns_message *view)
{
	const struct dns_question *question = &view->head.question;
	const struct dns_edns *edns = &view->edns;
	struct dns_name name = question->name;
	uint16_t ecs_bytes = edns->has_client_subnet ? edns->client_subnet_bytes : 0;
	uint8_t *bytes = out_key->bytes;

	if (ecs_bytes > ANSWER_KEY_ECS_BYTES_MAX)
		return false;

	answer_key_put_scope(bytes, scope);
	memcpy(bytes + ANSWER_KEY_RESOLVER_AT, resolver, ANSWER_KEY_RESOLVER_BYTES);
	memcpy(bytes + ANSWER_KEY_PORT_AT, &port_be, sizeof(port_be));
	dns_write_u16(bytes + ANSWER_KEY_TYPE_AT, question->type);
	dns_write_u16(bytes + ANSWER_KEY_CLASS_AT, question->class);
	bytes[ANSWER_KEY_VARIANT_AT] = answer_key_variant(view);
	bytes[ANSWER_KEY_ECS_BYTES_AT] = (uint8_t)ecs_bytes;
	if (ecs_bytes > 0)
		memcpy(bytes + ANSWER_KEY_ECS_AT, query + edns->client_subnet_at, ecs_bytes);

	dns_name_fold(&name);
	memcpy(bytes + ANSWER_KEY_ECS_AT + ecs_bytes, name.bytes, name.length_bytes);
	out_key->size_bytes = (uint16_t)(ANSWER_KEY_ECS_AT + ecs_bytes + name.length_bytes);
	return true;
}

static uint16_t answer_key_client_bytes(uint8_t variant)
{
	return variant & (ANSWER_KEY_YOUNG | ANSWER_KEY_OWN) ? ANSWER_KEY_CLIENT_BYTES : 0;
}

void answer_key_of(struct answer_key *out_key, uint8_t whose, const uint8_t *client,
	const struct answer_key *key)
{
	const uint16_t client_at =
		(uint16_t)(ANSWER_KEY_ECS_AT + key->bytes[ANSWER_KEY_ECS_BYTES_AT]);
	const uint16_t client_bytes = answer_key_client_bytes(whose);

	assert(key->size_bytes > client_at);
	memcpy(out_key->bytes, key->bytes, client_at);
	out_key->bytes[ANSWER_KEY_VARIANT_AT] |= whose;
	if (client_bytes > 0)
		memcpy(out_key->bytes + client_at, client, client_bytes);
	memcpy(out_key->bytes + client_at + client_bytes, key->bytes + client_at,
		(size_t)(key->size_bytes - client_at));
	out_key->size_bytes = (uint16_t)(key->size_bytes + client_bytes);
}

void answer_key_read(const uint8_t *bytes, uint16_t size_bytes, struct answer_key_parts *out_parts)
{
	const uint8_t ecs_bytes = bytes[ANSWER_KEY_ECS_BYTES_AT];
	const uint16_t client_at = (uint16_t)(ANSWER_KEY_ECS_AT + ecs_bytes);
	const uint16_t client_bytes = answer_key_client_bytes(bytes[ANSWER_KEY_VARIANT_AT]);
	const uint16_t name_at = (uint16_t)(client_at + client_bytes);

	assert(size_bytes > name_at && size_bytes <= ANSWER_KEY_BYTES_MAX);
	*out_parts = (struct answer_key_parts){
		.scope = (const char *)bytes,
		.resolver = bytes + ANSWER_KEY_RESOLVER_AT,
		.ecs = bytes + ANSWER_KEY_ECS_AT,
		.client = client_bytes > 0 ? bytes + client_at : NULL,
		.name = bytes + name_at,
		.type = dns_read_u16(bytes + ANSWER_KEY_TYPE_AT),
		.class = dns_read_u16(bytes + ANSWER_KEY_CLASS_AT),
		.name_bytes = (uint16_t)(size_bytes - name_at),
		.ecs_bytes = ecs_bytes,
		.variant = bytes[ANSWER_KEY_VARIANT_AT],
	};
	memcpy(&out_parts->port_be, bytes + ANSWER_KEY_PORT_AT, sizeof(out_parts->port_be));
}
