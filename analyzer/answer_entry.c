/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_entry.h"

#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/heap_bytes.h"

static uint32_t answer_entry_seconds(uint64_t from_ns, uint64_t until_ns)
{
	return (uint32_t)((until_ns - from_ns) / NS_PER_S);
}

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
	atomic_init(&entry->voucher, 0);
	entry->message_bytes = message_bytes;
	entry->key_bytes = key->size_bytes;
	atomic_init(&entry->learned_ns, facts->learned_ns);
	atomic_init(&entry->told_ns, facts->learned_ns);
	entry->fresh_s = answer_entry_seconds(facts->learned_ns, facts->fresh_until_ns);
	entry->stale_s = answer_entry_seconds(facts->learned_ns, facts->stale_until_ns);
	entry->likeness = facts->likeness;
	entry->flags = facts->flags;
	entry->rcode = facts->rcode;
	memcpy(entry->bytes, key->bytes, key->size_bytes);
	memcpy(entry->bytes + key->size_bytes, message, message_bytes);
	return entry;
}

bool answer_entry_renew(struct answer_entry *entry, const struct answer_facts *facts)
{
	const uint32_t fresh_s = answer_entry_seconds(facts->learned_ns, facts->fresh_until_ns);
	const uint32_t kept_s = answer_entry_seconds(facts->fresh_until_ns, facts->stale_until_ns);

	/* A message that says less than the response cannot be made to say more. */
	if (!answer_likeness_is_aged(&entry->likeness, &facts->likeness) ||
		entry->fresh_s < fresh_s || entry->stale_s - entry->fresh_s != kept_s ||
		entry->flags != facts->flags)
		return false;
	atomic_store_explicit(&entry->learned_ns,
		facts->learned_ns - (entry->fresh_s - fresh_s) * NS_PER_S, memory_order_relaxed);
	atomic_store_explicit(&entry->told_ns, facts->learned_ns, memory_order_relaxed);
	atomic_store_explicit(&entry->visited, 1, memory_order_relaxed);
	return true;
}

uint64_t answer_entry_memory_bytes(uint16_t key_bytes, uint16_t message_bytes)
{
	return heap_bytes(sizeof(struct answer_entry) + (size_t)key_bytes + message_bytes);
}
