/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer bounds -- how much the answers may take, and which of them has to go.
 *
 * Two kinds, strictly apart: negative answers have a quarter of both bounds, positive
 * ones the rest. Each has its own SIEVE queue and evicts its own kind only, so that a flood
 * of names that do not exist costs no positive answer, and a flood of names that do no
 * negative one.
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

/* Of both kinds together. @entries_max: at least 2 */
void answer_bounds_init(struct answer_bounds *bounds, uint64_t entries_max, uint64_t bytes_max);

/* Whether such an entry fits if all others of its kind went. */
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
