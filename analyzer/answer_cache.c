/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/seeded_hash.h"
#include "shared/compiler.h"
#include "shared/fault.h"

const struct answer_entry *answer_cache_find(
	struct answer_cache *cache, const struct answer_key *key, uint64_t now_ns)
{
	uint64_t hash = seeded_hash(key->bytes, key->size_bytes, cache->seed);
	struct answer_entry *entry = answer_cache_look_up(cache, hash, key);

	if (!entry || now_ns >= answer_entry_stale_until_ns(entry))
		return NULL;

	/* Tested first: a line that all readers only read stays in all their caches. */
	if (!atomic_load_explicit(&entry->visited, memory_order_relaxed))
		atomic_store_explicit(&entry->visited, 1, memory_order_relaxed);
	return entry;
}

static uint64_t answer_cache_entry_bytes(const struct answer_entry *entry)
{
	return answer_entry_memory_bytes(entry->key_bytes, entry->message_bytes);
}

/* RCU's thread, after the grace period. */
static void answer_cache_reclaim(struct rcu_head *rcu)
{
	struct answer_entry *entry = caa_container_of(rcu, struct answer_entry, rcu);

	atomic_fetch_sub_explicit(&entry->cache->retired_bytes, answer_cache_entry_bytes(entry),
		memory_order_relaxed);
	free(entry);
}

/* Free an entry that is in no table and no queue any more, once nobody reads it. */
static void answer_cache_retire(struct answer_cache *cache, struct answer_entry *entry)
{
	uint64_t bytes = answer_cache_entry_bytes(entry);

	if (answer_bounds_load(&cache->retired_bytes) + bytes > cache->retired_bytes_max) {
		synchronize_rcu();
		free(entry);
		return;
	}

	atomic_fetch_add_explicit(&cache->retired_bytes, bytes, memory_order_relaxed);
	entry->cache = cache;
	call_rcu(&entry->rcu, answer_cache_reclaim);
}

/* In the bounds' queue, counted and in the wheel, or none of it. */
static void answer_cache_join(struct answer_cache *cache, struct answer_entry *entry)
{
	answer_bounds_join(&cache->bounds, entry);
	answer_owners_join(&cache->owners, entry);
	timer_wheel_set(&cache->wheel, &entry->expiry, answer_entry_stale_until_ns(entry));
}

void answer_cache_leave(struct answer_cache *cache, struct answer_entry *entry)
{
	answer_bounds_leave(&cache->bounds, entry);
	answer_owners_leave(&cache->owners, entry);
	timer_wheel_cancel(&cache->wheel, &entry->expiry);
}

void answer_cache_remove(struct answer_cache *cache, struct answer_entry *entry)
{
	int r;

	rcu_read_lock();
	r = cds_lfht_del(cache->table, &entry->node);
	rcu_read_unlock();
	assert(r == 0);
}

static void answer_cache_drop(struct answer_cache *cache, struct answer_entry *entry)
{
	answer_cache_remove(cache, entry);
	answer_cache_leave(cache, entry);
	answer_cache_retire(cache, entry);
}

static void answer_cache_make_room(
	struct answer_cache *cache, const struct answer_facts *facts, uint64_t bytes)
{
	struct answer_entry *victim;

	while ((victim = answer_bounds_victim(&cache->bounds, facts, bytes))) {
		answer_cache_drop(cache, victim);
		answer_bounds_count(&cache->evictions, 1);
	}
}

/* Put an entry into the table, in the place of the one of the same key if there is one. */
static void answer_cache_publish(struct answer_cache *cache, uint64_t hash,
	const struct answer_key *key, struct answer_entry *entry)
{
	struct cds_lfht_node *node;
	struct answer_entry *old;

	rcu_read_lock();
	node = cds_lfht_add_replace(cache->table, hash, answer_cache_is_match, key, &entry->node);
	rcu_read_unlock();
	if (!node)
		return;

	old = caa_container_of(node, struct answer_entry, node);
	atomic_store_explicit(&entry->visited, 1, memory_order_relaxed);
	answer_cache_leave(cache, old);
	answer_cache_retire(cache, old);
}

bool answer_cache_may_have_of(const struct answer_cache *cache, const uint8_t *client)
{
	return answer_owners_may_have(&cache->owners, client);
}

/* It joins the queue last, so it cannot be evicted to make room for itself. */
static void answer_cache_add(struct answer_cache *cache, uint64_t hash,
	const struct answer_key *key, struct answer_entry *entry)
{
	const struct answer_facts facts = answer_entry_facts(entry);
	HOLD(&cache->lock);

	answer_cache_publish(cache, hash, key, entry);
	answer_cache_make_room(cache, &facts, answer_cache_entry_bytes(entry));
	answer_cache_join(cache, entry);
}

int answer_cache_put(struct answer_cache *cache, const struct answer_key *key,
	const struct answer_facts *facts, const uint8_t *message, uint16_t message_bytes)
{
	uint64_t bytes = answer_entry_memory_bytes(key->size_bytes, message_bytes);
	uint64_t hash = seeded_hash(key->bytes, key->size_bytes, cache->seed);
	struct answer_entry *entry;

	assert(!rcu_read_ongoing());
	if (!answer_bounds_is_possible(&cache->bounds, facts, bytes))
		return ANSWER_CACHE_TOO_LARGE;
	entry = answer_entry_new(key, facts, message, message_bytes);
	if (!entry)
		return FAULT(ENOMEM, "no memory for an answer of %u bytes", message_bytes);

	answer_cache_add(cache, hash, key, entry);
	atomic_fetch_add_explicit(&cache->insertions, 1, memory_order_relaxed);
	return ANSWER_CACHE_OK;
}

/* It stays while the lock is held. */
static struct answer_entry *answer_cache_hold(
	struct answer_cache *cache, const struct answer_key *key)
{
	const uint64_t hash = seeded_hash(key->bytes, key->size_bytes, cache->seed);
	struct answer_entry *entry;

	rcu_read_lock();
	entry = answer_cache_look_up(cache, hash, key);
	rcu_read_unlock();
	return entry;
}

static bool answer_cache_forget_locked(struct answer_cache *cache, const struct answer_key *key)
{
	HOLD(&cache->lock);
	struct answer_entry *entry = answer_cache_hold(cache, key);

	if (entry != NULL)
		answer_cache_drop(cache, entry);
	return entry != NULL;
}

bool answer_cache_forget(struct answer_cache *cache, const struct answer_key *key)
{
	/* Most of the time there is none; whether it is still there is seen under the lock. */
	return answer_cache_hold(cache, key) != NULL && answer_cache_forget_locked(cache, key);
}

/* A copy for another key, the old one is gone; NULL if there was none that says this. */
static struct answer_entry *answer_cache_take(struct answer_cache *cache,
	const struct answer_key *from, uint64_t records, const struct answer_key *to)
{
	HOLD(&cache->lock);
	struct answer_entry *entry = answer_cache_hold(cache, from);
	struct answer_entry *taken;
	struct answer_facts facts;

	if (entry == NULL || entry->likeness.records != records)
		return NULL;
	facts = answer_entry_facts(entry);
	taken = answer_entry_new(to, &facts, answer_entry_message(entry), entry->message_bytes);
	if (taken == NULL)
		return NULL;
	atomic_init(&taken->told_ns, atomic_load_explicit(&entry->told_ns, memory_order_relaxed));
	answer_cache_drop(cache, entry);
	return taken;
}

bool answer_cache_move(struct answer_cache *cache, const struct answer_key *from, uint64_t records,
	const struct answer_key *to)
{
	struct answer_entry *entry = answer_cache_take(cache, from, records, to);

	if (entry != NULL)
		answer_cache_add(
			cache, seeded_hash(to->bytes, to->size_bytes, cache->seed), to, entry);
	return entry != NULL;
}

/* Its timer has run out. Return: whether it is forgotten; if it was renewed, it waits again. */
static bool answer_cache_expire_entry(
	struct answer_cache *cache, struct answer_entry *entry, uint64_t now_ns)
{
	const uint64_t until_ns = answer_entry_stale_until_ns(entry);

	if (until_ns > now_ns) {
		timer_wheel_set(&cache->wheel, &entry->expiry, until_ns);
		return false;
	}
	answer_cache_drop(cache, entry);
	return true;
}

unsigned int answer_cache_expire(
	struct answer_cache *cache, uint64_t now_ns, unsigned int count_max)
{
	HOLD(&cache->lock);
	unsigned int count, expired = 0;

	assert(!rcu_read_ongoing());
	for (count = 0; count < count_max; count++) {
		struct timer *timer = timer_wheel_next(&cache->wheel, now_ns);

		if (!timer)
			break;
		expired += answer_cache_expire_entry(
			cache, caa_container_of(timer, struct answer_entry, expiry), now_ns);
	}
	answer_bounds_count(&cache->expirations, expired);
	return count;
}
