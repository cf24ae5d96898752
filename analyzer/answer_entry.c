/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_entry.h"

#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"
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
	atomic_init(&entry->learned_ns, facts->learned_ns);
	entry->fresh_ns = facts->fresh_until_ns - facts->learned_ns;
	entry->stale_ns = facts->stale_until_ns - facts->learned_ns;
	entry->likeness = facts->likeness;
	entry->flags = facts->flags;
	entry->rcode = facts->rcode;
	memcpy(entry->bytes, key->bytes, key->size_bytes);
	memcpy(entry->bytes + key->size_bytes, message, message_bytes);
	return entry;
}

bool answer_entry_renew(struct answer_entry *entry, const struct answer_facts *facts)
{
	const uint64_t kept_ns = facts->stale_until_ns - facts->fresh_until_ns;
	uint64_t older_s;

	if (!answer_likeness_covers(&entry->likeness, &facts->likeness) ||
		entry->flags != facts->flags || entry->stale_ns - entry->fresh_ns != kept_ns)
		return false;
	older_s = entry->likeness.ttl_s - facts->likeness.ttl_s;
	atomic_store_explicit(
		&entry->learned_ns, facts->learned_ns - older_s * NS_PER_S, memory_order_relaxed);
	atomic_store_explicit(&entry->visited, 1, memory_order_relaxed);
	return true;
}

uint64_t answer_entry_memory_bytes(uint16_t key_bytes, uint16_t message_bytes)
{
	return heap_bytes(sizeof(struct answer_entry) + (size_t)key_bytes + message_bytes);
}
