/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer bounds -- how much the answers may take, and which of them has to go.
 *
 * Two kinds, each with its own SIEVE queue. Negative answers take at most a quarter
 * of both bounds and evict each other from there on, so that a flood of names that do
 * not exist leaves the others alone. Positive answers may take all that negative ones
 * leave, and evict each other when nothing is left.
 *
 * Threads: the writer's, but for the counts, which any thread may read.
 */

#include <stdbool.h>

#include "analyzer/answer_sieve.h"

enum answer_kind {
	ANSWER_KIND_POSITIVE,
	ANSWER_KIND_NEGATIVE,
};

#define ANSWER_KIND_COUNT 2

/* What entries of one kind take, and may take. */
struct answer_budget {
	struct answer_sieve sieve;
	uint64_t entries_max;
	uint64_t bytes_max;
	_Atomic uint64_t entries;
	_Atomic uint64_t bytes; /* by answer_entry_memory_bytes() */
};

struct answer_bounds {
	struct answer_budget shares[ANSWER_KIND_COUNT];
	uint64_t entries_max; /* of both kinds together */
	uint64_t bytes_max;
};

/* A figure that one thread writes and any thread may read. @change may be negative. */
static inline uint64_t answer_bounds_load(const _Atomic uint64_t *figure)
{
	return atomic_load_explicit(figure, memory_order_relaxed);
}

static inline void answer_bounds_count(_Atomic uint64_t *figure, int64_t change)
{
	atomic_store_explicit(
		figure, answer_bounds_load(figure) + (uint64_t)change, memory_order_relaxed);
}

void answer_bounds_init(struct answer_bounds *bounds, uint64_t entries_max, uint64_t bytes_max);

/* Whether such an entry fits if all others went. */
bool answer_bounds_is_possible(
	const struct answer_bounds *bounds, const struct answer_facts *facts, uint64_t bytes);

/* Count it in, as the newest of its kind, and out. */
void answer_bounds_join(struct answer_bounds *bounds, struct answer_entry *entry);
void answer_bounds_leave(struct answer_bounds *bounds, struct answer_entry *entry);

/**
 * answer_bounds_victim() - the next one to go until such an entry fits
 * @bytes: of an entry that is possible
 *
 * Return: an entry, for answer_bounds_leave() before the next call, or NULL when there is room.
 */
struct answer_entry *answer_bounds_victim(
	struct answer_bounds *bounds, const struct answer_facts *facts, uint64_t bytes);
