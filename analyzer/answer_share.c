/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_share.h"

#include <string.h>

/* How long another client has time to confirm what one was told. */
#define ANSWER_SHARE_WITNESS_NS (3600 * 1000000000ull)

/* Who was told an answer. */
struct share_witness {
	uint8_t client[ANSWER_KEY_CLIENT_BYTES];
	uint32_t if_index;
};

/* Where a settled answer of this client stands before any other client confirms it. */
static void share_own_key(const struct answer_share *share, struct answer_key *out_key)
{
	answer_key_of(out_key, ANSWER_KEY_OWN, share->client, &share->key);
}

void answer_share_young_key(const struct answer_share *share, struct answer_key *out_key)
{
	answer_key_of(out_key, ANSWER_KEY_YOUNG, share->client, &share->key);
}

static bool share_renew_settled(const struct answer_share *share, const struct answer_facts *facts)
{
	struct answer_key own;

	if (share->share != CONFIG_SHARE_CLIENT &&
		answer_cache_renew(share->cache, &share->key, facts))
		return true;
	if (share->share == CONFIG_SHARE_NETWORK)
		return false;
	share_own_key(share, &own);
	return answer_cache_renew(share->cache, &own, facts);
}

bool answer_share_renew(const struct answer_share *share, const struct answer_facts *facts)
{
	struct answer_key young;

	if (!share_renew_settled(share, facts))
		return false;
	if (answer_cache_may_have_of(share->cache, share->client)) {
		answer_share_young_key(share, &young);
		(void)answer_cache_forget(share->cache, &young);
	}
	return true;
}

bool answer_share_vouch(const struct answer_share *share, uint64_t records, uint16_t voucher)
{
	struct answer_key young;

	answer_share_young_key(share, &young);
	return answer_cache_vouch(share->cache, &young, records, voucher);
}

void answer_share_unvouch(const struct answer_share *share, uint64_t records, uint16_t voucher)
{
	struct answer_key young;

	answer_share_young_key(share, &young);
	answer_cache_unvouch(share->cache, &young, records, voucher);
}

/* The one that was said last. */
static const struct answer_entry *share_newer(
	const struct answer_entry *one, const struct answer_entry *other)
{
	if (one == NULL || other == NULL)
		return one ?: other;
	return atomic_load_explicit(&other->told_ns, memory_order_relaxed) >
			       atomic_load_explicit(&one->told_ns, memory_order_relaxed)
		       ? other
		       : one;
}

/* Whether what is settled was said again since the young one was learned, and is something else. */
static bool share_is_outdated(const struct answer_share *share, const struct answer_key *young_key,
	const struct answer_key *settled_key, uint64_t now_ns)
{
	const struct answer_entry *young, *settled;
	bool is_outdated;

	rcu_read_lock();
	young = answer_cache_find(share->cache, young_key, now_ns);
	settled = answer_cache_find(share->cache, settled_key, now_ns);
	is_outdated = young != NULL && settled != NULL &&
		      young->likeness.records != settled->likeness.records &&
		      share_newer(young, settled) == settled;
	rcu_read_unlock();
	return is_outdated;
}

static uint8_t share_flags(
	const struct answer_share *share, const struct answer_key *key, uint64_t now_ns)
{
	const struct answer_entry *entry;
	uint8_t flags;

	rcu_read_lock();
	entry = answer_cache_find(share->cache, key, now_ns);
	flags = entry != NULL ? entry->flags : 0;
	rcu_read_unlock();
	return flags;
}

static struct share_witness share_witness_of(const struct answer_share *share)
{
	struct share_witness witness = { .if_index = share->if_index };

	memcpy(witness.client, share->client, sizeof(witness.client));
	return witness;
}

/*
 * One may have many addresses at its edge, or come again at a new edge with its address:
 * what differs in one of them only may be the same client.
 */
static bool share_is_other(const struct share_witness *self, const struct answer_entry *told)
{
	struct share_witness other;

	memcpy(&other, answer_entry_message(told), sizeof(other));
	return other.if_index != self->if_index &&
	       memcmp(other.client, self->client, sizeof(other.client)) != 0;
}

/* Whether another client's answer said the same; if not, this one is remembered for the next. */
static bool share_is_confirmed(
	const struct answer_share *share, uint64_t records, uint8_t flags, uint64_t now_ns)
{
	const struct answer_facts facts = {
		.flags = flags & ANSWER_NEGATIVE, /* whose part of the memory it takes */
		.learned_ns = now_ns,
		.fresh_until_ns = now_ns + ANSWER_SHARE_WITNESS_NS,
		.stale_until_ns = now_ns + ANSWER_SHARE_WITNESS_NS,
		.likeness = { .records = records },
	};
	const struct share_witness self = share_witness_of(share);
	const struct answer_entry *told;
	struct answer_key key;
	bool is_confirmed;

	answer_key_of(&key, ANSWER_KEY_WITNESS, NULL, &share->key);
	rcu_read_lock();
	told = answer_cache_find(share->cache, &key, now_ns);
	is_confirmed =
		told != NULL && told->likeness.records == records && share_is_other(&self, told);
	rcu_read_unlock();
	if (!is_confirmed)
		(void)answer_cache_put(
			share->cache, &key, &facts, (const uint8_t *)&self, sizeof(self));
	return is_confirmed;
}

void answer_share_settle(const struct answer_share *share, uint64_t records, uint64_t now_ns)
{
	struct answer_key young, own;
	bool is_shared = share->share == CONFIG_SHARE_NETWORK;

	answer_share_young_key(share, &young);
	if (!answer_cache_has(share->cache, &young, records))
		return;
	if (share->share == CONFIG_SHARE_CONFIRMED)
		is_shared = share_is_confirmed(
			share, records, share_flags(share, &young, now_ns), now_ns);
	share_own_key(share, &own);
	if (share_is_outdated(share, &young, is_shared ? &share->key : &own, now_ns))
		(void)answer_cache_forget(share->cache, &young);
	else
		(void)answer_cache_move(
			share->cache, &young, records, is_shared ? &share->key : &own);
}

/*
 * Only the worker of this client puts and forgets its young answers. One that asks from a
 * server's port may be another worker's, too; then what that has just put may go instead,
 * and is learned again.
 */
bool answer_share_oppose(const struct answer_share *share, uint64_t records)
{
	struct answer_key young;

	answer_share_young_key(share, &young);
	return answer_cache_has(share->cache, &young, records) &&
	       answer_cache_forget(share->cache, &young);
}

/* Of those that only this client may have. */
static const struct answer_entry *share_find_of_client(
	const struct answer_share *share, uint64_t now_ns)
{
	const struct answer_entry *young;
	struct answer_key key;

	answer_share_young_key(share, &key);
	young = answer_cache_find(share->cache, &key, now_ns);
	if (share->share == CONFIG_SHARE_NETWORK)
		return young;
	share_own_key(share, &key);
	return share_newer(young, answer_cache_find(share->cache, &key, now_ns));
}

const struct answer_entry *answer_share_find(const struct answer_share *share, uint64_t now_ns)
{
	const struct answer_entry *found = NULL;

	if (answer_cache_may_have_of(share->cache, share->client))
		found = share_find_of_client(share, now_ns);
	if (share->share != CONFIG_SHARE_CLIENT)
		found = share_newer(found, answer_cache_find(share->cache, &share->key, now_ns));
	return found;
}
