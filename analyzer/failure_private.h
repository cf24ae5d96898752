/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure private -- what the files of failure_state.h tell each other.
 *
 *   failure_outcome.c   what one query met
 *   failure_judge.c     what all of them met: windows, the host, figures
 *   failure_state.c     the state, and what the next query has to expect
 */

#include <pthread.h>
#include <stdatomic.h>

#include "analyzer/failing_names.h"
#include "analyzer/failure_state.h"
#include "analyzer/one_sided.h"
#include "analyzer/rcu.h"
#include "analyzer/record_table.h"
#include "analyzer/response_times.h"

/* What a query is counted as: all types of one name from one client are one. */
struct failure_unit {
	uint64_t sent_ns; /* 0 = none */
	uint64_t name_hash;
	uint8_t client_ip[16];
};

struct failure_resolver {
	struct failure_resolver_key key;
	uint32_t hash; /* of the key: its number in windows */
	uint64_t last_response_ns;
	uint64_t silent_until_ns; /* the end of the last silence */
	struct response_times times;

	struct cds_list_head asked; /* in the state's list, if is_listed */
	bool is_listed;
	uint64_t asked_ns; /* when a query's response or failure last came */

	/* Void when `generation` is not the state's: */
	uint64_t generation;
	struct failure_unit suspect; /* the first unanswered unit since the last response */
	bool is_silent;
	bool is_lossy; /* not both */
	bool is_well;  /* its window speaks against the host's failing */
	uint64_t silent_since_ns;
	struct loss_window window;
};

struct failure_state {
	pthread_mutex_t lock; /* held by each function of failure_state.h but one */
	_Atomic bool is_calm; /* nothing below is failing; set by failure_unlock() */
	struct failure_limits limits;
	struct record_table *resolvers; /* those that ever responded */
	struct one_sided *one_sided;
	struct failing_names *names;
	struct cds_list_head asked; /* resolvers that are asked */
	struct loss_window host;
	bool is_host_failing;
	uint64_t generation;
	uint64_t missed_ns; /* what was sent before proves no failure */
	uint64_t silent_count;
	uint64_t lossy_count;
	uint64_t judge_at_ns;
	uint64_t names_count_at_ns;
	uint64_t names_count;
	uint64_t seed;
};

static inline struct failure_state *failure_lock(struct failure_state *state)
{
	(void)pthread_mutex_lock(&state->lock);
	return state;
}

void failure_unlock(struct failure_state **state);

/* Hold the state from here to the end of the block. */
#define FAILURE_HOLD(state)                                                            \
	struct failure_state *held_ __attribute__((cleanup(failure_unlock), unused)) = \
		failure_lock(state)

/* A resolver's record, its voided part cleared; NULL if unknown. */
struct failure_resolver *failure_resolver_refresh(
	const struct failure_state *state, struct failure_resolver *resolver);

struct failure_resolver *failure_resolver_find(
	struct failure_state *state, const struct failure_path *path);

struct failing_names_validity failure_validity(
	const struct failure_state *state, const struct failure_resolver *resolver);
