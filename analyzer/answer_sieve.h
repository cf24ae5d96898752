/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer sieve -- which entry to evict: SIEVE (Zhang et al., NSDI 2024).
 *
 * A first-in-first-out queue and a hand that moves from the oldest towards the newest
 * and then starts again. It spares once what was visited since it last passed, and
 * what it spares keeps its place.
 *
 * Limits: at most ANSWER_SIEVE_SPARED_MAX are spared in a row, so a table full of
 * visited entries does not hold up the writer.
 *
 * Threads: the writer's; readers only set `visited`.
 */

#include "analyzer/answer_entry.h"

#define ANSWER_SIEVE_SPARED_MAX 1024

struct answer_sieve {
	struct cds_list_head fifo;  /* newest first */
	struct cds_list_head *hand; /* looked at next; &fifo = start at the oldest */
};

void answer_sieve_init(struct answer_sieve *sieve);

/* As the newest. */
void answer_sieve_add(struct answer_sieve *sieve, struct answer_entry *entry);

void answer_sieve_remove(struct answer_sieve *sieve, struct answer_entry *entry);

/* The entry to evict, where it is still in the queue; NULL when the queue is empty. */
struct answer_entry *answer_sieve_victim(struct answer_sieve *sieve);

/* The oldest, NULL when the queue is empty. */
struct answer_entry *answer_sieve_oldest(struct answer_sieve *sieve);
