/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/grace_queue.h"

#include <assert.h>

void grace_queue_init(struct grace_queue *queue)
{
	CDS_INIT_LIST_HEAD(&queue->collecting);
	CDS_INIT_LIST_HEAD(&queue->passing);
	CDS_INIT_LIST_HEAD(&queue->passed);
	queue->count = 0;
	queue->is_passing = false;
	atomic_init(&queue->is_passed, false);
}

/* RCU's thread, after the grace period. */
static void grace_queue_is_over(struct rcu_head *rcu)
{
	struct grace_queue *queue = caa_container_of(rcu, struct grace_queue, rcu);

	atomic_store_explicit(&queue->is_passed, true, memory_order_release);
}

/* All of @from behind all of @to. */
static void grace_queue_move(struct cds_list_head *from, struct cds_list_head *to)
{
	if (cds_list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	CDS_INIT_LIST_HEAD(from);
}

static void grace_queue_turn(struct grace_queue *queue)
{
	if (queue->is_passing && !atomic_load_explicit(&queue->is_passed, memory_order_acquire))
		return;
	grace_queue_move(&queue->passing, &queue->passed);
	queue->is_passing = !cds_list_empty(&queue->collecting);
	if (!queue->is_passing)
		return;
	grace_queue_move(&queue->collecting, &queue->passing);
	atomic_store_explicit(&queue->is_passed, false, memory_order_relaxed);
	call_rcu(&queue->rcu, grace_queue_is_over);
}

void grace_queue_add(struct grace_queue *queue, struct cds_list_head *item)
{
	cds_list_add_tail(item, &queue->collecting);
	queue->count++;
}

struct cds_list_head *grace_queue_take(struct grace_queue *queue)
{
	struct cds_list_head *item;

	if (cds_list_empty(&queue->passed))
		grace_queue_turn(queue);
	if (cds_list_empty(&queue->passed))
		return NULL;
	item = queue->passed.next;
	cds_list_del(item);
	queue->count--;
	return item;
}

void grace_queue_wait(struct grace_queue *queue)
{
	assert(!rcu_read_ongoing());
	synchronize_rcu();
	grace_queue_move(&queue->passing, &queue->passed);
	grace_queue_move(&queue->collecting, &queue->passed);
}

void grace_queue_close(struct grace_queue *queue)
{
	grace_queue_wait(queue);
	rcu_barrier();
}
