/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer cache probe -- one cache under test, filled with samples, and short questions to it.
 */

#include <stdbool.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

#define PROBE_NOW_NS       (1000 * NS_PER_S)
#define PROBE_KEEP_S       (ANSWER_SAMPLE_TTL_S + 3600)
#define PROBE_ENTRIES_MAX  1024
#define PROBE_MEMORY_BYTES (1u << 20)

static struct answer_cache *probe_cache;

static inline void probe_open(uint64_t entries_max, uint64_t memory_bytes)
{
	ck_assert_int_eq(
		answer_cache_new(&probe_cache, entries_max, memory_bytes, 1, PROBE_NOW_NS), 0);
}

static inline void probe_start(void)
{
	rcu_register_thread();
	probe_cache = NULL;
}

static inline void probe_end(void)
{
	answer_cache_free(probe_cache);
	rcu_unregister_thread();
}

static inline void probe_put(uint32_t number)
{
	ck_assert_int_eq(answer_sample_put(probe_cache, number, PROBE_NOW_NS, 0), ANSWER_CACHE_OK);
}

/* Finding marks as visited, so tests of eviction ask the walk instead. */
static inline bool probe_find(uint32_t number, uint64_t now_ns)
{
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES];
	const struct answer_entry *entry;
	struct answer_key key;
	bool is_found;

	answer_sample_key(&key, number);
	answer_sample_message(message, number);
	rcu_read_lock();
	entry = answer_cache_find(probe_cache, &key, now_ns);
	is_found = entry != NULL;
	if (entry) {
		ck_assert_uint_eq(entry->message_bytes, sizeof(message));
		ck_assert_mem_eq(answer_entry_message(entry), message, sizeof(message));
	}
	rcu_read_unlock();
	return is_found;
}

struct probe_walked {
	uint64_t count;
	uint64_t sought_count;
	struct answer_key sought;
};

static inline void probe_walk_visit(const struct answer_entry *entry, void *argument)
{
	struct probe_walked *walked = argument;

	walked->count++;
	walked->sought_count +=
		entry->key_bytes == walked->sought.size_bytes &&
		memcmp(answer_entry_key(entry), walked->sought.bytes, entry->key_bytes) == 0;
}

static inline struct probe_walked probe_walk(uint32_t sought)
{
	struct probe_walked walked = { 0 };

	answer_sample_key(&walked.sought, sought);
	rcu_read_lock();
	answer_cache_walk(probe_cache, probe_walk_visit, &walked);
	rcu_read_unlock();
	return walked;
}

static inline bool probe_keeps(uint32_t number)
{
	return probe_walk(number).sought_count == 1;
}

static inline struct answer_cache_usage probe_usage(void)
{
	struct answer_cache_usage now;

	answer_cache_usage(probe_cache, &now);
	return now;
}
