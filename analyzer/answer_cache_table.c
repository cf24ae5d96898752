/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/brief_lock.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define ANSWER_CACHE_TICK_NS         NS_PER_S
#define ANSWER_CACHE_RETIRED_DIVISOR 16

/* Half empty buckets make lookups a fifth faster; a typical entry is twice as large as this. */
#define ANSWER_CACHE_BUCKETS_PER_ENTRY    2
#define ANSWER_CACHE_BYTES_PER_BUCKET_MIN 128

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
	const struct answer_budget *positive = &cache->bounds.shares[ANSWER_KIND_POSITIVE];
	const struct answer_budget *negative = &cache->bounds.shares[ANSWER_KIND_NEGATIVE];

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

	assert(entries_max >= 2 && memory_bytes >= ANSWER_CACHE_MEMORY_BYTES_MIN);

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
