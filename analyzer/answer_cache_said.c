/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache_private.h"

#include "analyzer/seeded_hash.h"

/* Inside rcu_read_lock(). */
static struct answer_entry *answer_cache_saying(
	struct answer_cache *cache, const struct answer_key *key, uint64_t records)
{
	const uint64_t hash = seeded_hash(key->bytes, key->size_bytes, cache->seed);
	struct answer_entry *entry = answer_cache_look_up(cache, hash, key);

	return entry != NULL && entry->likeness.records == records ? entry : NULL;
}

bool answer_cache_has(struct answer_cache *cache, const struct answer_key *key, uint64_t records)
{
	bool is_there;

	rcu_read_lock();
	is_there = answer_cache_saying(cache, key, records) != NULL;
	rcu_read_unlock();
	return is_there;
}

bool answer_cache_renew(
	struct answer_cache *cache, const struct answer_key *key, const struct answer_facts *facts)
{
	struct answer_entry *entry;
	bool is_renewed;

	rcu_read_lock();
	entry = answer_cache_saying(cache, key, facts->likeness.records);
	is_renewed = entry != NULL && answer_entry_renew(entry, facts);
	rcu_read_unlock();
	return is_renewed;
}

bool answer_cache_vouch(struct answer_cache *cache, const struct answer_key *key, uint64_t records,
	uint16_t voucher)
{
	struct answer_entry *entry;
	bool is_new;

	rcu_read_lock();
	entry = answer_cache_saying(cache, key, records);
	is_new = entry != NULL && atomic_exchange_explicit(&entry->voucher, voucher,
					  memory_order_relaxed) != voucher;
	rcu_read_unlock();
	return is_new;
}

void answer_cache_unvouch(struct answer_cache *cache, const struct answer_key *key,
	uint64_t records, uint16_t voucher)
{
	struct answer_entry *entry;

	rcu_read_lock();
	entry = answer_cache_saying(cache, key, records);
	if (entry != NULL)
		(void)atomic_compare_exchange_strong_explicit(
			&entry->voucher, &voucher, 0, memory_order_relaxed, memory_order_relaxed);
	rcu_read_unlock();
}
