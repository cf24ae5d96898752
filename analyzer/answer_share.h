/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer share -- for whom a learned answer is good.
 *
 * Neither port nor id of a query is ours, so a response that fits may still be a forgery,
 * and one cache would hand it to all containers. Therefore:
 *
 *   young    what a response taught serves its own client at once, nobody else
 *   settled  once it stood unopposed for ANSWER_SHARE_SETTLE_NS, it takes the place of
 *            what was known before. Until then others are served the latter.
 *   opposed  a second response to the query that vouches said something else: the young one is
 *            forgotten. Which of the two lied nobody can tell; what was known before stays.
 *
 * For whom a settled answer is good, [cache] share says:
 *
 *   network    for all of its scope
 *   confirmed  for its client; for all of its scope when an answer of another client,
 *              at another edge, settled that says the same
 *   client     for its client
 *
 * A response that says what a settled answer says renews it and is never young.
 *
 * One query vouches for a young answer: it stays in the matching table, where a second
 * response finds it, until the answer has settled. Responses to later queries of the
 * client that say the same renew the young answer and need no place there. Once nobody
 * vouches for it any more, because room was wanted, or whoever does cannot know what it
 * missed, the next one does.
 *
 * A client is an address within a scope: a response reaches a client's edge only if the
 * address is its own there. To confirm, it takes more: another address at another edge, for
 * a container may give itself addresses. The host is one edge, so it confirms nothing that
 * it was told itself.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/answer_cache.h"
#include "shared/config.h"

#define ANSWER_SHARE_SETTLE_NS (2 * 1000000000ull)

/* One client's question, and the cache's view of it. */
struct answer_share {
	struct answer_cache *cache;
	enum config_share share;
	const uint8_t *client; /* ANSWER_KEY_CLIENT_BYTES */
	struct answer_key key; /* everybody's: that answer_key_make() made */
	uint32_t if_index;     /* the client's edge */
};

/**
 * answer_share_renew() - a response says what is settled already
 *
 * Context: a writer, outside rcu_read_lock(). Takes a lock only if the client had been told
 * something else of late.
 * Return: false if it does not.
 */
bool answer_share_renew(const struct answer_share *share, const struct answer_facts *facts);

/* The key of what its response taught this client, until that has settled. */
void answer_share_young_key(const struct answer_share *share, struct answer_key *out_key);

/**
 * answer_share_vouch() - whether a query that was told @records is to vouch for that
 * @voucher: not 0; another number than that of those who may have missed something
 */
bool answer_share_vouch(const struct answer_share *share, uint64_t records, uint16_t voucher);

/* It vouches no more. */
void answer_share_unvouch(const struct answer_share *share, uint64_t records, uint16_t voucher);

/* It has stood unopposed. @records: what it said. Context: as above. */
void answer_share_settle(const struct answer_share *share, uint64_t records, uint64_t now_ns);

/* A second response said something else. Return: whether it was remembered. Context: as above. */
bool answer_share_oppose(const struct answer_share *share, uint64_t records);

/**
 * answer_share_find() - the answer that is good for this client
 *
 * Context: any registered thread, inside rcu_read_lock().
 * Return: the one that was said last, valid until rcu_read_unlock(), or NULL.
 */
const struct answer_entry *answer_share_find(const struct answer_share *share, uint64_t now_ns);
