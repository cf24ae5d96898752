/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure private -- what the files of failure_state.h tell each other.
 *
 *   failure_outcome.c   what one query met
 *   failure_zone.c      zones of names, and the windows of those that are watched
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

#define FAILURE_ZONE_MEMOS 1024u /* of 24 bytes; a look into the list of suffixes takes longer */

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

/* A name as it is looked for; its zone once failure_name_zone() was asked. */
struct failure_name {
	struct dns_name folded;
	uint64_t hash;
	uint64_t zone_hash; /* 0 = not known */
	size_t zone_at;     /* where in the name it begins */
};

/* A resolver's zone, watched since one of its names failed. */
struct failure_zone {
	struct failure_resolver_key resolver;
	struct dns_name name;
	uint64_t
		began_ns; /* what was sent before is not counted: of that, good ones are not known */
	bool is_lossy;
	struct loss_window window;
};

/* What was found last for one of the names with this place. */
struct failure_zone_memo {
	uint64_t name_hash;
	uint64_t zone_hash; /* 0 = none */
	uint8_t at;
};

struct failure_state {
	pthread_mutex_t lock; /* held by all functions of failure_state.h that say nothing else */
	_Atomic bool is_calm; /* nothing below is failing; set by failure_unlock() */
	_Atomic bool is_watching; /* there are zones; the same */
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
	struct record_table *zones; /* those that are watched */
	uint64_t zones_lossy_count;
	struct config_zones zones_configured;
	struct failure_zone_memo zone_memos[FAILURE_ZONE_MEMOS];
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

/* Set it but for its zone. Needs no lock. */
void failure_name(const struct failure_state *state, const struct dns_name *name,
	struct failure_name *out_name);
void failure_name_zone(struct failure_state *state, struct failure_name *name);

/* The [zone NAME] of a name, or NULL. */
const struct config_zone *failure_zone_configured(
	const struct failure_state *state, const struct dns_name *folded);

/* Zones: 0 or -ENOMEM; what they may take; forget all that is watched; copy [zone NAME]. */
int failure_zones_new(struct failure_state *state);
uint64_t failure_zones_bytes(void);
void failure_zones_clear(struct failure_state *state);
void failure_zones_configure(struct failure_state *state, const struct config_zones *configured);

/* What a query met goes into the window of its zone; a failure has it watched. */
void failure_zone_add(struct failure_state *state, const struct failure_resolver *resolver,
	const struct failure_name *name, const struct loss_unit *unit, enum loss_outcome outcome,
	uint64_t sent_ns, uint64_t now_ns);

/* Forget every LOSS_UNANSWERED of this resolver. */
void failure_zones_take_back(struct failure_state *state, struct failure_resolver *resolver);

bool failure_zone_is_failing(struct failure_state *state, const struct failure_resolver *resolver,
	const struct dns_name *name);
