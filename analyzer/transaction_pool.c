/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/transaction_pool.h"

#include <stdlib.h>
#include <string.h>

void transaction_pool_init(struct transaction_pool *pool)
{
	grace_queue_init(&pool->retired);
	CDS_INIT_LIST_HEAD(&pool->spare);
	pool->spare_count = 0;
}

void transaction_pool_give(struct transaction_pool *pool, struct transaction *transaction)
{
	if (!transaction->is_pooled ||
		pool->spare_count + pool->retired.count >= TRANSACTION_POOL_SPARE_MAX) {
		free(transaction);
		return;
	}
	cds_list_add(&transaction->retired, &pool->spare);
	pool->spare_count++;
}

/* Those that no reader sees any more. */
static void transaction_pool_collect(struct transaction_pool *pool)
{
	struct cds_list_head *item;

	while ((item = grace_queue_take(&pool->retired)))
		transaction_pool_give(pool, cds_list_entry(item, struct transaction, retired));
}

void transaction_pool_retire(struct transaction_pool *pool, struct transaction *transaction)
{
	if (pool->retired.count >= TRANSACTION_POOL_SPARE_MAX) {
		grace_queue_wait(&pool->retired);
		transaction_pool_collect(pool);
	}
	grace_queue_add(&pool->retired, &transaction->retired);
}

static struct transaction *transaction_pool_spare(struct transaction_pool *pool)
{
	struct transaction *transaction;

	if (cds_list_empty(&pool->spare))
		transaction_pool_collect(pool);
	if (cds_list_empty(&pool->spare))
		return NULL;
	transaction = cds_list_entry(pool->spare.next, struct transaction, retired);
	cds_list_del(&transaction->retired);
	pool->spare_count--;
	return transaction;
}

/* All zero, with room for so many of `bytes`. Return: NULL when there is no memory. */
static struct transaction *transaction_pool_take(struct transaction_pool *pool, size_t bytes)
{
	const bool is_pooled = bytes <= TRANSACTION_POOL_USUAL_BYTES;
	struct transaction *transaction = is_pooled ? transaction_pool_spare(pool) : NULL;

	if (transaction == NULL)
		transaction = malloc(
			sizeof(*transaction) + (is_pooled ? TRANSACTION_POOL_USUAL_BYTES : bytes));
	if (transaction == NULL)
		return NULL;
	memset(transaction, 0, sizeof(*transaction));
	transaction->is_pooled = is_pooled;
	return transaction;
}

static void transaction_fill(struct transaction *transaction, const struct transaction_path *path,
	const struct dns_head *head, const struct answer_key *key)
{
	const struct dns_question *question = &head->question;

	transaction->path = *path;
	transaction->query.id = head->id;
	transaction->query.flags = head->flags;
	transaction->query.type = question->type;
	transaction->query.class = question->class;
	transaction->name_bytes = question->name.length_bytes;
	transaction->key_bytes = key->size_bytes;
	memcpy(transaction->bytes, question->name.bytes, question->name.length_bytes);
	memcpy(transaction->bytes + transaction->name_bytes, key->bytes, key->size_bytes);
	timer_init(&transaction->timer);
	cds_lfht_node_init(&transaction->node);
}

struct transaction *transaction_pool_make(struct transaction_pool *pool,
	const struct transaction_path *path, const struct dns_head *head,
	const struct answer_key *key)
{
	struct transaction *transaction = transaction_pool_take(
		pool, (size_t)head->question.name.length_bytes + key->size_bytes);

	if (transaction != NULL)
		transaction_fill(transaction, path, head, key);
	return transaction;
}

void transaction_pool_close(struct transaction_pool *pool)
{
	struct cds_list_head *item, *next;

	grace_queue_close(&pool->retired);
	transaction_pool_collect(pool);
	cds_list_for_each_safe(item, next, &pool->spare)
		free(cds_list_entry(item, struct transaction, retired));
	transaction_pool_init(pool);
}
