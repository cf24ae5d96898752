/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer cache private -- what the files of answer_cache.h tell each other.
 *
 *   answer_cache.c        one entry: found, put, moved, forgotten
 *   answer_cache_said.c   one entry, by what it says: renewed, vouched for
 *   answer_cache_table.c  all of them: made, freed, looked over
 */

#include <pthread.h>
#include <string.h>

#include "analyzer/answer_bounds.h"
#include "analyzer/answer_cache.h"
#include "analyzer/answer_owners.h"
#include "shared/layout/layout_rules.h"

struct answer_cache {
	/* Everybody's, never written: */
	struct cds_lfht *table;
	uint64_t seed;
	uint64_t table_bytes;
	uint64_t retired_bytes_max;

	/* Writers', now and then: */
	struct answer_owners owners;

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

/* Whether an entry is this key's. */
static inline int answer_cache_is_match(struct cds_lfht_node *node, const void *argument)
{
	const struct answer_entry *entry = caa_container_of(node, struct answer_entry, node);
	const struct answer_key *key = argument;

	return entry->key_bytes == key->size_bytes &&
	       memcmp(answer_entry_key(entry), key->bytes, key->size_bytes) == 0;
}

/* Inside rcu_read_lock(). */
static inline struct answer_entry *answer_cache_look_up(
	struct answer_cache *cache, uint64_t hash, const struct answer_key *key)
{
	struct cds_lfht_iter at;
	struct cds_lfht_node *node;

	cds_lfht_lookup(cache->table, hash, answer_cache_is_match, key, &at);
	node = cds_lfht_iter_get_node(&at);
	return node ? caa_container_of(node, struct answer_entry, node) : NULL;
}

/* Out of all but the hash table. */
void answer_cache_leave(struct answer_cache *cache, struct answer_entry *entry);

/* Out of the hash table. */
void answer_cache_remove(struct answer_cache *cache, struct answer_entry *entry);
