/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answering_clients.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "analyzer/record_table.h"
#include "shared/brief_lock.h"
#include "shared/clock.h"
#include "shared/compiler.h"

#define ANSWERING_CLIENTS_MAX 4096u
#define ANSWERING_CLIENTS_NS  (3600 * NS_PER_S)

struct answering_clients {
	pthread_mutex_t lock;
	struct record_table *table; /* uint64_t: when it answered last */
};

int answering_clients_new(struct answering_clients **out_clients, uint64_t seed)
{
	cleanup_free struct answering_clients *clients = calloc(1, sizeof(*clients));
	int r;

	if (clients == NULL)
		return -ENOMEM;
	r = record_table_new(&clients->table, sizeof(uint64_t), ANSWERING_CLIENTS_MAX, seed);
	if (r < 0)
		return r;
	brief_lock_init(&clients->lock);
	*out_clients = TAKE_PTR(clients);
	return 0;
}

uint64_t answering_clients_bytes(void)
{
	return record_table_bytes(
		sizeof(uint64_t), sizeof(struct answering_client), ANSWERING_CLIENTS_MAX);
}

void answering_clients_free(struct answering_clients *clients)
{
	if (clients == NULL)
		return;
	record_table_free(clients->table);
	(void)pthread_mutex_destroy(&clients->lock);
	free(clients);
}

void answering_clients_put(struct answering_clients *clients,
	const struct answering_client *client, uint64_t now_ns)
{
	uint64_t *answered_ns;

	(void)pthread_mutex_lock(&clients->lock);
	answered_ns = record_table_get(clients->table, client, sizeof(*client));
	if (answered_ns != NULL)
		*answered_ns = now_ns;
	(void)pthread_mutex_unlock(&clients->lock);
}

bool answering_clients_has(struct answering_clients *clients,
	const struct answering_client *client, uint64_t now_ns)
{
	const uint64_t *answered_ns;
	bool is_answering;

	(void)pthread_mutex_lock(&clients->lock);
	answered_ns = record_table_find(clients->table, client, sizeof(*client));
	is_answering = answered_ns != NULL && now_ns < *answered_ns + ANSWERING_CLIENTS_NS;
	(void)pthread_mutex_unlock(&clients->lock);
	return is_answering;
}
