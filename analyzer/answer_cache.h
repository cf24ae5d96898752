/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer cache -- the table of answers: RCU readers, writers in turn, bounded twice.
 *
 * A. Readers (any registered thread) find entries inside rcu_read_lock() and may use
 *    them until rcu_read_unlock(). They write at most one byte, once (`visited`), and what
 *    renewing and vouching do.
 * B. Writers (registered threads) put, expire and evict, one at a time: a mutex is
 *    theirs, and no reader's. An entry that left the hash table is freed after a grace
 *    period.
 * C. Bounds: never more than entries_max entries in the table, and never more than
 *    memory_bytes of hash table, entries, and entries waiting for their grace period
 *    (counted by answer_entry_memory_bytes()); but one entry more for each writer whose put
 *    is under way. Those that wait may take 1/16 of the bytes. When they would take more,
 *    the writer waits itself (and the others for it), for as long as the longest
 *    rcu_read_lock() of any thread.
 *    About 90 KiB of wheel and counters come on top.
 * D. Eviction is SIEVE (answer_sieve.h). An answer that replaces another counts as
 *    visited: it was asked for again.
 * E. Negative answers have a quarter of both bounds, positive ones the rest; neither kind
 *    ever evicts the other (answer_bounds.h).
 *
 * Time is an argument.
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/answer_entry.h"

#define ANSWER_CACHE_MEMORY_BYTES_MIN 65536u

struct answer_cache;

enum answer_cache_outcome {
	ANSWER_CACHE_OK = 0,
	ANSWER_CACHE_TOO_LARGE = 1, /* one entry alone would pass the memory of its kind */
};

struct answer_cache_usage {
	uint64_t entries; /* positive ones */
	uint64_t entries_negative;
	uint64_t memory_bytes; /* all that the bound counts */
	uint64_t insertions;   /* since the start; replacements included */
	uint64_t evictions;    /* for room */
	uint64_t expirations;
};

/**
 * answer_cache_new() - an empty table
 * @entries_max:  at least 2
 * @memory_bytes: at least ANSWER_CACHE_MEMORY_BYTES_MIN
 * @seed:         of the hash; random in production, fixed in tests
 *
 * Starts liburcu's thread that frees what is no longer read, so do not fork without
 * exec afterwards.
 *
 * Context: a thread registered with RCU.
 * Return: 0 or -ENOMEM.
 */
int answer_cache_new(struct answer_cache **out_cache, uint64_t entries_max, uint64_t memory_bytes,
	uint64_t seed, uint64_t now_ns);

/**
 * answer_cache_free() - give everything back
 * @cache: may be NULL; no thread looks for an entry any more
 *
 * Context: a registered thread, outside rcu_read_lock(). Waits for those inside.
 */
void answer_cache_free(struct answer_cache *cache);

/**
 * answer_cache_find() - the entry of this key, fresh or stale, not forgotten
 *
 * Context: any registered thread, inside rcu_read_lock().
 * Return: the entry, valid until rcu_read_unlock(), or NULL.
 */
const struct answer_entry *answer_cache_find(
	struct answer_cache *cache, const struct answer_key *key, uint64_t now_ns);

/**
 * answer_cache_renew() - a response came that may say what the entry of its key says
 *
 * Takes no lock and no memory.
 *
 * Context: any registered thread.
 * Return: false if there is none, or it cannot stand for the response: put that.
 */
bool answer_cache_renew(
	struct answer_cache *cache, const struct answer_key *key, const struct answer_facts *facts);

/**
 * answer_cache_put() - remember an answer, replacing the one of the same key
 * @message: copied
 *
 * Context: a writer, outside rcu_read_lock().
 * Return: ANSWER_CACHE_OK, ANSWER_CACHE_TOO_LARGE, or -ENOMEM. The previous answer
 * stays unless it is ANSWER_CACHE_OK.
 */
int answer_cache_put(struct answer_cache *cache, const struct answer_key *key,
	const struct answer_facts *facts, const uint8_t *message, uint16_t message_bytes);

/**
 * answer_cache_has() - whether there is an entry of this key that says this
 * @records: of its likeness
 *
 * Context: any registered thread.
 */
bool answer_cache_has(struct answer_cache *cache, const struct answer_key *key, uint64_t records);

/**
 * answer_cache_vouch() - whose word an entry stands on: see answer_share.h
 * @records: nothing is done to an entry that says something else
 * @voucher: not 0
 *
 * Takes no lock.
 *
 * Context: any registered thread.
 * Return: false if it stands on that already, or there is none.
 */
bool answer_cache_vouch(struct answer_cache *cache, const struct answer_key *key, uint64_t records,
	uint16_t voucher);

/* It stands on nobody's any more, if it stood on this one. Context: as above. */
void answer_cache_unvouch(struct answer_cache *cache, const struct answer_key *key,
	uint64_t records, uint16_t voucher);

/**
 * answer_cache_may_have_of() - whether there may be entries of this client alone
 * @client: ANSWER_KEY_CLIENT_BYTES
 *
 * Context: any thread. What another thread has just put may be missed for a moment.
 */
bool answer_cache_may_have_of(const struct answer_cache *cache, const uint8_t *client);

/**
 * answer_cache_forget() - forget the entry of this key; takes no lock if there is none
 *
 * Context: a writer, outside rcu_read_lock().
 * Return: whether there was one.
 */
bool answer_cache_forget(struct answer_cache *cache, const struct answer_key *key);

/**
 * answer_cache_move() - give the entry of one key another
 * @records: unless it says something else by now
 *
 * Replaces the one that stands there, as answer_cache_put() does.
 *
 * Context: a writer, outside rcu_read_lock().
 * Return: false if there was none, or no memory; then it stays where it is.
 */
bool answer_cache_move(struct answer_cache *cache, const struct answer_key *from, uint64_t records,
	const struct answer_key *to);

/**
 * answer_cache_expire() - forget what is past stale_until_ns
 *
 * Nothing finds such an entry any more, but it takes room until it is a second or two
 * past its time and this is called.
 *
 * Context: a writer, outside rcu_read_lock(); at most @count_max entries per call.
 * Return: entries looked at; @count_max means that there may be more to forget.
 */
unsigned int answer_cache_expire(
	struct answer_cache *cache, uint64_t now_ns, unsigned int count_max);

/**
 * answer_cache_walk() - call @visit for every entry, past stale_until_ns or not
 *
 * Context: any registered thread, inside rcu_read_lock(). Entries put or forgotten
 * meanwhile may or may not be seen, and none is seen twice unless it was replaced.
 * Nothing is freed meanwhile: see C.
 */
void answer_cache_walk(struct answer_cache *cache,
	void (*visit)(const struct answer_entry *entry, void *argument), void *argument);

/* Any thread, for display: each figure is right by itself. */
void answer_cache_usage(const struct answer_cache *cache, struct answer_cache_usage *out_usage);
