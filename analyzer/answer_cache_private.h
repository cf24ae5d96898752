/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer cache private -- what the files of answer_cache.h tell each other.
 *
 *   answer_cache.c        one entry: found, put, renewed, moved, forgotten
 *   answer_cache_table.c  all of them: made, freed, looked over
 */

#include <pthread.h>

#include "analyzer/answer_bounds.h"
#include "analyzer/answer_cache.h"
#include "analyzer/answer_clients.h"
#include "shared/layout/layout_rules.h"

struct answer_cache {
	/* Everybody's, never written: */
	struct cds_lfht *table;
	uint64_t seed;
	uint64_t table_bytes;
	uint64_t retired_bytes_max;

	/* Writers', now and then: */
	struct answer_clients clients;

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

/* Out of all but the hash table. */
void answer_cache_leave(struct answer_cache *cache, struct answer_entry *entry);

/* Out of the hash table. */
void answer_cache_remove(struct answer_cache *cache, struct answer_entry *entry);
