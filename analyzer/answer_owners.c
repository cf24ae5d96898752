/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_owners.h"

static unsigned int answer_owners_group(const uint8_t *client)
{
	const unsigned int end = (unsigned int)client[ANSWER_KEY_CLIENT_BYTES - 2] << 8 |
				 client[ANSWER_KEY_CLIENT_BYTES - 1];

	return end % ANSWER_OWNERS_GROUPS;
}

static void answer_owners_count(
	struct answer_owners *owners, const struct answer_entry *entry, int change)
{
	struct answer_key_parts parts;
	_Atomic uint32_t *count;

	answer_key_read(answer_entry_key(entry), entry->key_bytes, &parts);
	if (parts.client == NULL)
		return;
	count = &owners->counts[answer_owners_group(parts.client)];
	atomic_store_explicit(count,
		atomic_load_explicit(count, memory_order_relaxed) + (uint32_t)change,
		memory_order_relaxed);
}

void answer_owners_join(struct answer_owners *owners, const struct answer_entry *entry)
{
	answer_owners_count(owners, entry, 1);
}

void answer_owners_leave(struct answer_owners *owners, const struct answer_entry *entry)
{
	answer_owners_count(owners, entry, -1);
}

bool answer_owners_may_have(const struct answer_owners *owners, const uint8_t *client)
{
	return atomic_load_explicit(
		       &owners->counts[answer_owners_group(client)], memory_order_relaxed) > 0;
}
