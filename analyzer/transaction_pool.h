/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Transaction pool -- where transactions come from, and where they go.
 *
 * One that readers may still see is used again only a grace period after it was
 * retired. They are of two sizes, for usual names and for all others, and those of a size
 * serve again and again: no memory is asked for while as many come as go.
 *
 * Limits: what is kept to serve again, below. After a burst of more the rest is freed.
 *
 * One thread's: the worker.
 */

#include <stdint.h>

#include "analyzer/grace_queue.h"
#include "analyzer/transaction.h"

/* Retired ones, and those that wait to be used again, together. */
#define TRANSACTION_POOL_SPARE_MAX 8192u

/* Of those that wait, the ones for long names; the rest is for usual ones. */
#define TRANSACTION_POOL_LONG_SPARE_MAX 1024u

/* Room for a name of 70 bytes and its key, of 60 with the longest client subnet. */
#define TRANSACTION_POOL_USUAL_BYTES 204u

enum transaction_size {
	TRANSACTION_USUAL,
	TRANSACTION_LONG, /* room for any name and key */
};

#define TRANSACTION_SIZE_COUNT 2

struct transaction_spares {
	struct cds_list_head list;
	uint64_t count;
};

struct transaction_pool {
	struct grace_queue retired; /* of both sizes */
	struct transaction_spares spares[TRANSACTION_SIZE_COUNT];
};

void transaction_pool_init(struct transaction_pool *pool);

/* Free what is in it: all that were taken have been given back or retired. */
void transaction_pool_close(struct transaction_pool *pool);

/**
 * transaction_pool_make() - a transaction for a new query, seen by nobody yet
 * @key: of the answer it asks for
 *
 * Path, query id, type, class, flags, name and key are set, everything else is zero.
 *
 * Return: NULL when there is no memory.
 */
struct transaction *transaction_pool_make(struct transaction_pool *pool,
	const struct transaction_path *path, const struct dns_head *head,
	const struct answer_key *key);

/* Back, before any reader could find it. */
void transaction_pool_give(struct transaction_pool *pool, struct transaction *transaction);

/**
 * transaction_pool_retire() - back, a grace period after the last reader could find it
 *
 * Context: not inside rcu_read_lock(); waits for readers while TRANSACTION_POOL_SPARE_MAX
 * have been retired and may still be seen.
 */
void transaction_pool_retire(struct transaction_pool *pool, struct transaction *transaction);
