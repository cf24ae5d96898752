/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/transaction_pool.h"

#include <stdlib.h>
#include <string.h>

/* For a name and its key. */
static const uint64_t transaction_room_bytes[TRANSACTION_SIZE_COUNT] = {
	[TRANSACTION_USUAL] = TRANSACTION_POOL_USUAL_BYTES,
	[TRANSACTION_LONG] = DNS_NAME_BYTES_MAX + ANSWER_KEY_BYTES_MAX,
};

void transaction_pool_init(struct transaction_pool *pool)
{
	grace_queue_init(&pool->retired);
	for (int size = 0; size < TRANSACTION_SIZE_COUNT; size++) {
		CDS_INIT_LIST_HEAD(&pool->spares[size].list);
		pool->spares[size].count = 0;
	}
}

/* Neither size's spares take what the other's may have. */
static bool transaction_pool_has_room(const struct transaction_pool *pool, bool is_long)
{
	const uint64_t usual_count = pool->spares[TRANSACTION_USUAL].count;
	const uint64_t long_count = pool->spares[TRANSACTION_LONG].count;

	if (usual_count + long_count + pool->retired.count >= TRANSACTION_POOL_SPARE_MAX)
		return false;
	if (is_long)
		return long_count < TRANSACTION_POOL_LONG_SPARE_MAX;
	return usual_count < TRANSACTION_POOL_SPARE_MAX - TRANSACTION_POOL_LONG_SPARE_MAX;
}

void transaction_pool_give(struct transaction_pool *pool, struct transaction *transaction)
{
	const bool is_long = transaction->is_long;
	struct transaction_spares *spares =
		&pool->spares[is_long ? TRANSACTION_LONG : TRANSACTION_USUAL];

	if (!transaction_pool_has_room(pool, is_long)) {
		free(transaction);
		return;
	}
	cds_list_add(&transaction->retired, &spares->list);
	spares->count++;
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

static struct transaction *transaction_pool_spare(
	struct transaction_pool *pool, enum transaction_size size)
{
	struct transaction_spares *spares = &pool->spares[size];
	struct transaction *transaction;

	if (cds_list_empty(&spares->list))
		transaction_pool_collect(pool);
	if (cds_list_empty(&spares->list))
		return NULL;
	transaction = cds_list_entry(spares->list.next, struct transaction, retired);
	cds_list_del(&transaction->retired);
	spares->count--;
	return transaction;
}

/* All zero, with room for so many of `bytes`. Return: NULL when there is no memory. */
static struct transaction *transaction_pool_take(struct transaction_pool *pool, size_t bytes)
{
	const enum transaction_size size =
		bytes <= TRANSACTION_POOL_USUAL_BYTES ? TRANSACTION_USUAL : TRANSACTION_LONG;
	struct transaction *transaction = transaction_pool_spare(pool, size);

	if (transaction == NULL)
		transaction = malloc(sizeof(*transaction) + transaction_room_bytes[size]);
	if (transaction == NULL)
		return NULL;
	memset(transaction, 0, sizeof(*transaction));
	transaction->is_long = size == TRANSACTION_LONG;
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
	for (int size = 0; size < TRANSACTION_SIZE_COUNT; size++)
		cds_list_for_each_safe(item, next, &pool->spares[size].list)
			free(cds_list_entry(item, struct transaction, retired));
	transaction_pool_init(pool);
}
