/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Grace queue -- things out of use, in order, until no RCU reader can see them any more.
 *
 * One thread adds and takes back (or several in turn, under their lock). Nothing is
 * freed here: what comes back is the owner's to use again. Many things share one
 * grace period, and one call_rcu(): that costs nothing per thing, and RCU's thread
 * touches none of them.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/rcu.h"

struct grace_queue {
	struct cds_list_head collecting; /* no grace period for them yet */
	struct cds_list_head passing;    /* theirs is under way */
	struct cds_list_head passed;
	uint64_t count; /* in all three */
	struct rcu_head rcu;
	bool is_passing;
	_Atomic bool is_passed; /* RCU's thread says that it is over */
};

void grace_queue_init(struct grace_queue *queue);

/* @item: of a thing that no new reader can find */
void grace_queue_add(struct grace_queue *queue, struct cds_list_head *item);

/* Return: an item that no reader sees, out of the queue; NULL if there is none yet. */
struct cds_list_head *grace_queue_take(struct grace_queue *queue);

/**
 * grace_queue_wait() - until grace_queue_take() gives back what was added last
 *
 * Context: outside rcu_read_lock(); takes as long as the longest of any thread.
 */
void grace_queue_wait(struct grace_queue *queue);

/* The same, and the queue's own memory is seen by nobody. Context: the same. */
void grace_queue_close(struct grace_queue *queue);
