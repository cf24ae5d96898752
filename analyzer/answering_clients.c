/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answering_clients.h"

#include <string.h>

#include "analyzer/record_table.h"
#include "shared/clock.h"

#define ANSWERING_CLIENTS_MAX 4096u
#define ANSWERING_CLIENTS_NS  (3600 * NS_PER_S)

/* The table itself is all there is; the type keeps callers from mixing tables up. */
struct answering_clients;

struct answering_client_key {
	uint32_t if_index;
	uint8_t ip[16];
};

static struct answering_client_key answering_client_key(uint32_t if_index, const uint8_t ip[16])
{
	struct answering_client_key key = { .if_index = if_index };

	memcpy(key.ip, ip, sizeof(key.ip));
	return key;
}

int answering_clients_new(struct answering_clients **out_clients, uint64_t seed)
{
	return record_table_new(
		(struct record_table **)out_clients, sizeof(uint64_t), ANSWERING_CLIENTS_MAX, seed);
}

void answering_clients_free(struct answering_clients *clients)
{
	record_table_free((struct record_table *)clients);
}

void answering_clients_put(
	struct answering_clients *clients, uint32_t if_index, const uint8_t ip[16], uint64_t now_ns)
{
	const struct answering_client_key key = answering_client_key(if_index, ip);
	uint64_t *answered_ns = record_table_get((struct record_table *)clients, &key, sizeof(key));

	if (answered_ns != NULL)
		*answered_ns = now_ns;
}

bool answering_clients_has(
	struct answering_clients *clients, uint32_t if_index, const uint8_t ip[16], uint64_t now_ns)
{
	const struct answering_client_key key = answering_client_key(if_index, ip);
	const uint64_t *answered_ns =
		record_table_find((struct record_table *)clients, &key, sizeof(key));

	return answered_ns != NULL && now_ns < *answered_ns + ANSWERING_CLIENTS_NS;
}
