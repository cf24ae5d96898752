/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_entry.h"

#include <stdlib.h>
#include <string.h>

#include "shared/heap_bytes.h"

struct answer_entry *answer_entry_new(const struct answer_key *key,
	const struct answer_facts *facts, const uint8_t *message, uint16_t message_bytes)
{
	struct answer_entry *entry;

	entry = malloc(sizeof(*entry) + key->size_bytes + message_bytes);
	if (!entry)
		return NULL;

	cds_lfht_node_init(&entry->node);
	timer_init(&entry->expiry);
	atomic_init(&entry->visited, 0);
	entry->message_bytes = message_bytes;
	entry->key_bytes = key->size_bytes;
	entry->facts = *facts;
	memcpy(entry->bytes, key->bytes, key->size_bytes);
	memcpy(entry->bytes + key->size_bytes, message, message_bytes);
	return entry;
}

uint64_t answer_entry_memory_bytes(uint16_t key_bytes, uint16_t message_bytes)
{
	return heap_bytes(sizeof(struct answer_entry) + (size_t)key_bytes + message_bytes);
}
