/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/answer_bounds.h"
#include "analyzer/seeded_hash.h"
#include "shared/brief_lock.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/layout/layout_rules.h"

#define ANSWER_CACHE_TICK_NS         NS_PER_S
#define ANSWER_CACHE_RETIRED_DIVISOR 16

/* Half empty buckets make lookups a fifth faster; a typical entry is twice as large as this. */
#define ANSWER_CACHE_BUCKETS_PER_ENTRY    2
#define ANSWER_CACHE_BYTES_PER_BUCKET_MIN 128

struct answer_cache {
	/* Everybody's, never written: */
	struct cds_lfht *table;
	uint64_t seed;
	uint64_t table_bytes;
	uint64_t retired_bytes_max;

	/* Writers add, RCU's thread takes: */
	ON_OWN_CACHE_LINES _Atomic uint64_t retired_bytes;

	/* Writers', under the lock: */
	ON_OWN_CACHE_LINES pthread_mutex_t lock;
	struct answer_bounds bounds;
	_Atomic uint64_t insertions;
	_Atomic uint64_t evictions;
	_Atomic uint64_t expirations;
	struct timer_wheel wheel;
};

static int answer_cache_is_match(struct cds_lfht_node *node, const void *argument)
{
	const struct answer_entry *entry = caa_container_of(node, struct answer_entry, node);
	const struct answer_key *key = argument;

	return entry->key_bytes == key->size_bytes &&
	       memcmp(answer_entry_key(entry), key->bytes, key->size_bytes) == 0;
}

static inline struct answer_entry *answer_cache_look_up(
	struct answer_cache *cache, uint64_t hash, const struct answer_key *key)
{
	struct cds_lfht_iter at;
	struct cds_lfht_node *node;

	cds_lfht_lookup(cache->table, hash, answer_cache_is_match, key, &at);
	node = cds_lfht_iter_get_node(&at);
	return node ? caa_container_of(node, struct answer_entry, node) : NULL;
}

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

/* In the bounds' queue and in the wheel, or in neither. */
static void answer_cache_join(struct answer_cache *cache, struct answer_entry *entry)
{
	answer_bounds_join(&cache->bounds, entry);
	timer_wheel_set(&cache->wheel, &entry->expiry, answer_entry_stale_until_ns(entry));
}

static void answer_cache_leave(struct answer_cache *cache, struct answer_entry *entry)
{
	answer_bounds_leave(&cache->bounds, entry);
	timer_wheel_cancel(&cache->wheel, &entry->expiry);
}

static void answer_cache_remove(struct answer_cache *cache, struct answer_entry *entry)
{
	int r;

	rcu_read_lock();
	r = cds_lfht_del(cache->table, &entry->node);
	rcu_read_unlock();
	assert(r == 0);
}

static void answer_cache_forget(struct answer_cache *cache, struct answer_entry *entry)
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
		answer_cache_forget(cache, victim);
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

bool answer_cache_renew(
	struct answer_cache *cache, const struct answer_key *key, const struct answer_facts *facts)
{
	const uint64_t hash = seeded_hash(key->bytes, key->size_bytes, cache->seed);
	struct answer_entry *entry;
	bool is_renewed;

	rcu_read_lock();
	entry = answer_cache_look_up(cache, hash, key);
	is_renewed = entry != NULL && answer_entry_renew(entry, facts);
	rcu_read_unlock();
	return is_renewed;
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

	(void)pthread_mutex_lock(&cache->lock);
	/* It joins the queue last, so it cannot be evicted to make room for itself. */
	answer_cache_publish(cache, hash, key, entry);
	answer_cache_make_room(cache, facts, bytes);
	answer_cache_join(cache, entry);
	answer_bounds_count(&cache->insertions, 1);
	(void)pthread_mutex_unlock(&cache->lock);
	return ANSWER_CACHE_OK;
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
	answer_cache_forget(cache, entry);
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

void answer_cache_walk(struct answer_cache *cache,
	void (*visit)(const struct answer_entry *entry, void *argument), void *argument)
{
	struct cds_lfht_iter at;
	struct cds_lfht_node *node;

	cds_lfht_for_each (cache->table, &at, node)
		visit(caa_container_of(node, struct answer_entry, node), argument);
}

void answer_cache_usage(const struct answer_cache *cache, struct answer_cache_usage *out_usage)
{
	const struct answer_share *positive = &cache->bounds.shares[ANSWER_KIND_POSITIVE];
	const struct answer_share *negative = &cache->bounds.shares[ANSWER_KIND_NEGATIVE];

	*out_usage = (struct answer_cache_usage){
		.entries = answer_bounds_load(&positive->entries),
		.entries_negative = answer_bounds_load(&negative->entries),
		.memory_bytes = cache->table_bytes + answer_bounds_load(&positive->bytes) +
				answer_bounds_load(&negative->bytes) +
				answer_bounds_load(&cache->retired_bytes),
		.insertions = answer_bounds_load(&cache->insertions),
		.evictions = answer_bounds_load(&cache->evictions),
		.expirations = answer_bounds_load(&cache->expirations),
	};
}

/* By entries_max, as far as so many entries fit into memory. */
static uint64_t answer_cache_bucket_count(uint64_t entries_max, uint64_t memory_bytes)
{
	uint64_t wanted_count = ANSWER_CACHE_BUCKETS_PER_ENTRY * entries_max;
	uint64_t count_max = memory_bytes / ANSWER_CACHE_BYTES_PER_BUCKET_MIN;
	uint64_t bucket_count = 1;

	while (bucket_count < wanted_count && 2 * bucket_count <= count_max)
		bucket_count *= 2;
	return bucket_count;
}

int answer_cache_new(struct answer_cache **out_cache, uint64_t entries_max, uint64_t memory_bytes,
	uint64_t seed, uint64_t now_ns)
{
	uint64_t bucket_count = answer_cache_bucket_count(entries_max, memory_bytes);
	cleanup_free struct answer_cache *cache = NULL;

	assert(entries_max > 0 && memory_bytes >= ANSWER_CACHE_MEMORY_BYTES_MIN);

	cache = aligned_alloc(_Alignof(struct answer_cache), sizeof(*cache));
	if (!cache)
		return FAULT(ENOMEM, "no memory for the table of answers");
	memset(cache, 0, sizeof(*cache));
	cache->table = cds_lfht_new(bucket_count, bucket_count, bucket_count, 0, NULL);
	if (!cache->table)
		return FAULT(ENOMEM, "no memory for a hash table of %llu buckets",
			(unsigned long long)bucket_count);

	brief_lock_init(&cache->lock);
	cache->seed = seed;
	cache->table_bytes = bucket_count * sizeof(struct cds_lfht_node);
	memory_bytes -= cache->table_bytes;
	cache->retired_bytes_max = memory_bytes / ANSWER_CACHE_RETIRED_DIVISOR;
	answer_bounds_init(&cache->bounds, entries_max, memory_bytes - cache->retired_bytes_max);
	timer_wheel_init(&cache->wheel, ANSWER_CACHE_TICK_NS, now_ns);
	(void)get_default_call_rcu_data(); /* its thread starts here, not in the first put */
	*out_cache = TAKE_PTR(cache);
	return 0;
}

void answer_cache_free(struct answer_cache *cache)
{
	struct answer_entry *entry;

	if (!cache)
		return;

	synchronize_rcu();
	for (int kind = 0; kind < ANSWER_KIND_COUNT; kind++) {
		while ((entry = answer_sieve_oldest(&cache->bounds.shares[kind].sieve))) {
			answer_cache_remove(cache, entry);
			answer_cache_leave(cache, entry);
			free(entry);
		}
	}
	rcu_barrier(); /* those retired before */
	(void)cds_lfht_destroy(cache->table, NULL);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}
