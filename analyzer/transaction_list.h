/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Transaction list -- the last transactions that ended one way, to look at.
 *
 * Oldest first, for `ttl`, within `count_max`. Written by the worker; other
 * registered threads may walk it inside rcu_read_lock(). Leaving the list retires a
 * transaction that the matching table does not hold either.
 */

#include <stdint.h>

#include "analyzer/transaction_pool.h"

struct transaction_list {
	struct cds_list_head transactions;
	struct transaction_pool *pool;
	uint64_t count;
	uint64_t count_max;
	uint64_t ttl_ns;
};

void transaction_list_init(struct transaction_list *list, struct transaction_pool *pool,
	uint64_t count_max, uint64_t ttl_ns);

/* From the next transaction_list_expire() on, also for what is listed already. */
void transaction_list_set_ttl(struct transaction_list *list, uint64_t ttl_ns);

/* Its outcome, times and addresses are set. Drops the oldest of a full list. */
void transaction_list_add(struct transaction_list *list, struct transaction *transaction);

/* Drop what ended longer than ttl ago. */
void transaction_list_expire(struct transaction_list *list, uint64_t now_ns);

void transaction_list_clear(struct transaction_list *list);

/* Inside rcu_read_lock(). */
void transaction_list_walk(struct transaction_list *list,
	void (*visit)(const struct transaction *transaction, void *argument), void *argument);

/* Retire it, once neither the table nor a list holds it. Context: that of transaction_pool_retire(). */
void transaction_release(struct transaction_pool *pool, struct transaction *transaction);
