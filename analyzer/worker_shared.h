/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker shared -- what the workers of one process have in common.
 *
 * Clients are split among the workers, answers and resolvers are everybody's: the cache
 * (readers without a lock), who is failing, and who is itself a resolver (each call
 * takes a mutex of its own for a moment).
 *
 * A query is judged only when every worker has seen everything up to its deadline: a
 * response that another worker has yet to read would show that the resolver lives. So
 * the time that deadlines run on is the least of all workers'. A worker whose ring does
 * not exist gets no packets, and nobody waits for it; one that has just attached to its
 * ring may find there what came while nobody read, and all wait until it has.
 */

#include <stdatomic.h>
#include <stdint.h>

#include "analyzer/answer_cache.h"
#include "analyzer/answering_clients.h"
#include "analyzer/failure_state.h"
#include "shared/config.h"
#include "shared/layout/layout_rules.h"

#define WORKER_SHARED_COUNT_MAX 16u
#define WORKER_SHARED_NO_RING   UINT64_MAX
#define WORKER_SHARED_UNREAD    0u /* it has a ring, and has yet to read what stands there */

struct worker_progress {
	ON_OWN_CACHE_LINES _Atomic uint64_t complete_until_ns;
};

struct worker_shared {
	unsigned int count; /* of workers */
	uint64_t seed;      /* of likenesses: answers of all workers are compared */
	struct answer_cache *cache;
	struct failure_state *failures;
	struct answering_clients *answering;
	struct worker_progress progress[WORKER_SHARED_COUNT_MAX];
};

/* Closed state. */
void worker_shared_init(struct worker_shared *shared);

/**
 * worker_shared_open() - empty tables
 * @count: of workers, at most WORKER_SHARED_COUNT_MAX
 * @seed:  of their hashes
 *
 * Context: a thread registered with RCU.
 * Return: 0 or -errno.
 */
int worker_shared_open(struct worker_shared *shared, unsigned int count,
	const struct config *config, uint64_t seed, uint64_t now_ns);
void worker_shared_close(struct worker_shared *shared);

/* What of the configuration was copied is put in force. */
void worker_shared_reload(struct worker_shared *shared, const struct config *config);

/* Worker @number has seen everything before @complete_until_ns, or WORKER_SHARED_*. */
void worker_shared_progress(
	struct worker_shared *shared, unsigned int number, uint64_t complete_until_ns);

/* What every worker with a ring has seen, or WORKER_SHARED_*. */
uint64_t worker_shared_complete_until_ns(const struct worker_shared *shared);
