/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_clients.h"

static unsigned int answer_clients_group(const uint8_t *client)
{
	const unsigned int end = (unsigned int)client[ANSWER_KEY_CLIENT_BYTES - 2] << 8 |
				 client[ANSWER_KEY_CLIENT_BYTES - 1];

	return end % ANSWER_CLIENTS_GROUPS;
}

static void answer_clients_count(
	struct answer_clients *clients, const struct answer_entry *entry, int change)
{
	struct answer_key_parts parts;
	_Atomic uint32_t *count;

	answer_key_read(answer_entry_key(entry), entry->key_bytes, &parts);
	if (parts.client == NULL)
		return;
	count = &clients->counts[answer_clients_group(parts.client)];
	atomic_store_explicit(count,
		atomic_load_explicit(count, memory_order_relaxed) + (uint32_t)change,
		memory_order_relaxed);
}

void answer_clients_join(struct answer_clients *clients, const struct answer_entry *entry)
{
	answer_clients_count(clients, entry, 1);
}

void answer_clients_leave(struct answer_clients *clients, const struct answer_entry *entry)
{
	answer_clients_count(clients, entry, -1);
}

bool answer_clients_may_have(const struct answer_clients *clients, const uint8_t *client)
{
	return atomic_load_explicit(&clients->counts[answer_clients_group(client)],
		       memory_order_relaxed) > 0;
}
