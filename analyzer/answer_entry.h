/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer entry -- one cached response: its key, its message, its times.
 *
 * Immutable once it is in the table: another answer replaces the entry. Exceptions: its
 * times, which a response that says the same moves on; `visited`, which readers set and
 * the evicting writer clears; `voucher`, see answer_share.h.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/answer_key.h"
#include "analyzer/answer_likeness.h"
#include "analyzer/rcu.h"
#include "analyzer/timer_wheel.h"
#include "shared/clock.h"

#define ANSWER_NEGATIVE 0x01u /* NXDOMAIN or NODATA */
#define ANSWER_AD       0x02u /* learned with AD set */

struct answer_cache;

/* What is known of an answer besides its key and bytes. Times are whole seconds apart. */
struct answer_facts {
	uint64_t learned_ns;
	uint64_t fresh_until_ns;
	uint64_t stale_until_ns; /* then it is forgotten; >= fresh_until_ns */
	struct answer_likeness likeness;
	uint8_t flags; /* ANSWER_* */
	uint8_t rcode;
};

struct answer_entry {
	/* The writer's: */
	struct cds_lfht_node node;
	union {
		struct {                           /* in the table */
			struct cds_list_head fifo; /* answer_sieve's */
			struct timer expiry;       /* at stale_until_ns */
		};
		struct { /* afterwards */
			struct rcu_head rcu;
			struct answer_cache *cache;
		};
	};
	_Atomic uint8_t visited;

	/* Any worker's: */
	_Atomic uint64_t learned_ns; /* all TTLs count from it; may lie before the clock's start */
	_Atomic uint64_t told_ns;    /* when a response last said it */
	_Atomic uint16_t voucher;    /* 0 = none */

	/* Immutable: */
	uint8_t flags; /* ANSWER_* */
	uint8_t rcode;
	uint16_t message_bytes;
	uint16_t key_bytes;
	uint32_t fresh_s; /* from learned_ns on */
	uint32_t stale_s;
	struct answer_likeness likeness;
	uint8_t bytes[]; /* the key, then the message (without OPT) */
};

static inline const uint8_t *answer_entry_key(const struct answer_entry *entry)
{
	return entry->bytes;
}

static inline const uint8_t *answer_entry_message(const struct answer_entry *entry)
{
	return entry->bytes + entry->key_bytes;
}

/* What is known of it now. */
static inline struct answer_facts answer_entry_facts(const struct answer_entry *entry)
{
	const uint64_t learned_ns = atomic_load_explicit(&entry->learned_ns, memory_order_relaxed);

	return (struct answer_facts){
		.learned_ns = learned_ns,
		.fresh_until_ns = learned_ns + entry->fresh_s * NS_PER_S,
		.stale_until_ns = learned_ns + entry->stale_s * NS_PER_S,
		.likeness = entry->likeness,
		.flags = entry->flags,
		.rcode = entry->rcode,
	};
}

static inline uint64_t answer_entry_stale_until_ns(const struct answer_entry *entry)
{
	return atomic_load_explicit(&entry->learned_ns, memory_order_relaxed) +
	       entry->stale_s * NS_PER_S;
}

/**
 * answer_entry_renew() - a response came that says the same
 *
 * From now on the entry is as old as that response, as its TTLs show.
 *
 * Return: false if the entry's message cannot stand for the response's.
 */
bool answer_entry_renew(struct answer_entry *entry, const struct answer_facts *facts);

/* A copy of all arguments, in no table yet; give back with free(). NULL: no memory. */
struct answer_entry *answer_entry_new(const struct answer_key *key,
	const struct answer_facts *facts, const uint8_t *message, uint16_t message_bytes);

/* What such an entry takes from memory: as glibc's malloc rounds, with its header. */
uint64_t answer_entry_memory_bytes(uint16_t key_bytes, uint16_t message_bytes);
