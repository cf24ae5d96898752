/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/transaction_list.h"

#include <urcu/rculist.h>

void transaction_list_init(struct transaction_list *list, struct transaction_pool *pool,
	uint64_t count_max, uint64_t ttl_ns)
{
	list->pool = pool;
	CDS_INIT_LIST_HEAD(&list->transactions);
	list->count = 0;
	list->count_max = count_max;
	list->ttl_ns = ttl_ns;
}

void transaction_list_set_ttl(struct transaction_list *list, uint64_t ttl_ns)
{
	list->ttl_ns = ttl_ns;
}

void transaction_release(struct transaction_pool *pool, struct transaction *transaction)
{
	if (!transaction->is_followed && !transaction->is_listed)
		transaction_pool_retire(pool, transaction);
}

static struct transaction *transaction_list_oldest(struct transaction_list *list)
{
	return cds_list_entry(list->transactions.next, struct transaction, listed);
}

static void transaction_list_drop_oldest(struct transaction_list *list)
{
	struct transaction *oldest = transaction_list_oldest(list);

	cds_list_del_rcu(&oldest->listed);
	oldest->is_listed = false;
	list->count--;
	transaction_release(list->pool, oldest);
}

void transaction_list_add(struct transaction_list *list, struct transaction *transaction)
{
	if (list->count_max == 0)
		return;
	if (list->count >= list->count_max)
		transaction_list_drop_oldest(list);
	transaction->is_listed = true;
	list->count++;
	cds_list_add_tail_rcu(&transaction->listed, &list->transactions);
}

void transaction_list_expire(struct transaction_list *list, uint64_t now_ns)
{
	while (!cds_list_empty(&list->transactions) &&
		transaction_list_oldest(list)->finished_ns + list->ttl_ns <= now_ns)
		transaction_list_drop_oldest(list);
}

void transaction_list_clear(struct transaction_list *list)
{
	while (!cds_list_empty(&list->transactions))
		transaction_list_drop_oldest(list);
}

void transaction_list_walk(struct transaction_list *list,
	void (*visit)(const struct transaction *transaction, void *argument), void *argument)
{
	struct transaction *transaction;

	cds_list_for_each_entry_rcu(transaction, &list->transactions, listed)
		visit(transaction, argument);
}
