/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_bounds.h"

#include <assert.h>

#define ANSWER_BOUNDS_NEGATIVE_DIVISOR 4

static enum answer_kind answer_bounds_kind(uint8_t flags)
{
	return flags & ANSWER_NEGATIVE ? ANSWER_KIND_NEGATIVE : ANSWER_KIND_POSITIVE;
}

static void answer_budget_init(
	struct answer_budget *share, uint64_t entries_max, uint64_t bytes_max)
{
	answer_sieve_init(&share->sieve);
	share->entries_max = entries_max;
	share->bytes_max = bytes_max;
	atomic_init(&share->entries, 0);
	atomic_init(&share->bytes, 0);
}

void answer_bounds_init(struct answer_bounds *bounds, uint64_t entries_max, uint64_t bytes_max)
{
	const uint64_t entries_negative = entries_max / ANSWER_BOUNDS_NEGATIVE_DIVISOR ?: 1;
	const uint64_t bytes_negative = bytes_max / ANSWER_BOUNDS_NEGATIVE_DIVISOR;

	assert(entries_max >= 2);
	answer_budget_init(&bounds->shares[ANSWER_KIND_NEGATIVE], entries_negative, bytes_negative);
	answer_budget_init(&bounds->shares[ANSWER_KIND_POSITIVE], entries_max - entries_negative,
		bytes_max - bytes_negative);
}

bool answer_bounds_is_possible(
	const struct answer_bounds *bounds, const struct answer_facts *facts, uint64_t bytes)
{
	return bytes <= bounds->shares[answer_bounds_kind(facts->flags)].bytes_max;
}

/* Count an entry of these facts and lengths in (+1) or out (-1). */
static struct answer_budget *answer_bounds_move(
	struct answer_bounds *bounds, const struct answer_entry *entry, int64_t direction)
{
	struct answer_budget *share = &bounds->shares[answer_bounds_kind(entry->flags)];
	uint64_t bytes = answer_entry_memory_bytes(entry->key_bytes, entry->message_bytes);

	answer_bounds_count(&share->entries, direction);
	answer_bounds_count(&share->bytes, direction * (int64_t)bytes);
	return share;
}

void answer_bounds_join(struct answer_bounds *bounds, struct answer_entry *entry)
{
	answer_sieve_add(&answer_bounds_move(bounds, entry, 1)->sieve, entry);
}

void answer_bounds_leave(struct answer_bounds *bounds, struct answer_entry *entry)
{
	answer_sieve_remove(&answer_bounds_move(bounds, entry, -1)->sieve, entry);
}

static bool answer_budget_has_room(const struct answer_budget *share, uint64_t bytes)
{
	return answer_bounds_load(&share->entries) < share->entries_max &&
	       answer_bounds_load(&share->bytes) + bytes <= share->bytes_max;
}

struct answer_entry *answer_bounds_victim(
	struct answer_bounds *bounds, const struct answer_facts *facts, uint64_t bytes)
{
	struct answer_budget *own = &bounds->shares[answer_bounds_kind(facts->flags)];

	return answer_budget_has_room(own, bytes) ? NULL : answer_sieve_victim(&own->sieve);
}
