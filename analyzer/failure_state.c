/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/failure_private.h"
#include "analyzer/seeded_hash.h"
#include "shared/brief_lock.h"
#include "shared/compiler.h"
#include "shared/heap_bytes.h"

static void failure_resolver_forgetting(void *body, void *argument)
{
	struct failure_resolver *resolver = body;
	struct failure_state *state = argument;

	if (resolver->is_listed)
		cds_list_del(&resolver->asked);
	if (resolver->generation != state->generation)
		return;
	state->silent_count -= resolver->is_silent;
	state->lossy_count -= resolver->is_lossy;
}

int failure_state_new(
	struct failure_state **out_state, const struct failure_limits *limits, uint64_t seed)
{
	struct failure_state *state = calloc(1, sizeof(*state));
	int r;

	if (state == NULL)
		return -ENOMEM;
	brief_lock_init(&state->lock);
	CDS_INIT_LIST_HEAD(&state->asked);
	state->generation = 1;
	state->seed = seed;
	r = record_table_new(
		&state->resolvers, sizeof(struct failure_resolver), FAILURE_RESOLVERS_MAX, seed);
	r = r ?: one_sided_new(&state->one_sided, seed);
	r = r ?: failing_names_new(&state->names, seed);
	r = r ?: failure_zones_new(state);
	if (r < 0) {
		failure_state_free(state);
		return r;
	}
	record_table_set_forgetter(state->resolvers, failure_resolver_forgetting, state);
	failure_set_limits(state, limits);

	*out_state = state;
	return 0;
}

uint64_t failure_state_bytes(void)
{
	return heap_bytes(sizeof(struct failure_state)) + one_sided_bytes() +
	       failing_names_bytes() + failure_zones_bytes() +
	       record_table_bytes(sizeof(struct failure_resolver),
		       sizeof(struct failure_resolver_key), FAILURE_RESOLVERS_MAX);
}

void failure_state_free(struct failure_state *state)
{
	if (state == NULL)
		return;
	record_table_free(state->resolvers);
	one_sided_free(state->one_sided);
	failing_names_free(state->names);
	record_table_free(state->zones);
	(void)pthread_mutex_destroy(&state->lock);
	free(state);
}

void failure_set_limits(struct failure_state *state, const struct failure_limits *limits)
{
	FAILURE_HOLD(state);
	state->limits = *limits;
	failure_zones_configure(state, limits->zones);
	state->limits.zones = NULL;
	/* Half of what is judged as the newest must be old enough to have timed out. */
	if (state->limits.window_ns < 5 * limits->failed_after_ns)
		state->limits.window_ns = 5 * limits->failed_after_ns;
	state->judge_at_ns = 0;
}

/* Seldom changed: a line that all workers only read stays in all their caches. */
static void failure_say(_Atomic bool *said, bool is_so)
{
	if (is_so != atomic_load_explicit(said, memory_order_relaxed))
		atomic_store_explicit(said, is_so, memory_order_relaxed);
}

void failure_unlock(struct failure_state **held)
{
	struct failure_state *state = *held;

	failure_say(&state->is_calm, state->silent_count == 0 && state->lossy_count == 0 &&
					     state->zones_lossy_count == 0 &&
					     !state->is_host_failing &&
					     !failing_names_any(state->names));
	failure_say(&state->is_watching, record_table_used(state->zones) > 0);
	(void)pthread_mutex_unlock(&state->lock);
}

bool failure_is_calm(const struct failure_state *state)
{
	return atomic_load_explicit(&state->is_calm, memory_order_relaxed);
}

bool failure_takes_successes(const struct failure_state *state)
{
	return failure_is_calm(state) &&
	       !atomic_load_explicit(&state->is_watching, memory_order_relaxed);
}

struct failure_resolver *failure_resolver_refresh(
	const struct failure_state *state, struct failure_resolver *resolver)
{
	if (resolver != NULL && resolver->generation != state->generation) {
		resolver->generation = state->generation;
		resolver->suspect.sent_ns = 0;
		resolver->is_silent = false;
		resolver->is_lossy = false;
		resolver->is_well = false;
		loss_window_clear(&resolver->window);
	}
	return resolver;
}

struct failure_resolver *failure_resolver_find(
	struct failure_state *state, const struct failure_path *path)
{
	const struct failure_resolver_key key = failure_path_resolver(path);

	return failure_resolver_refresh(
		state, record_table_find(state->resolvers, &key, sizeof(key)));
}

struct failing_names_validity failure_validity(
	const struct failure_state *state, const struct failure_resolver *resolver)
{
	return (struct failing_names_validity){ state->generation, resolver->last_response_ns };
}

bool failure_is_known(struct failure_state *state, const struct failure_path *path)
{
	FAILURE_HOLD(state);
	return failure_resolver_find(state, path) != NULL;
}

enum failure_level failure_look(struct failure_state *state, const struct failure_path *path,
	const struct dns_name *name, uint64_t sent_ns, uint64_t now_ns)
{
	FAILURE_HOLD(state);
	const struct failure_resolver *resolver = failure_resolver_find(state, path);
	struct failing_names_validity validity;
	enum one_sided_view heard;

	if (resolver == NULL)
		return FAILURE_ONE_SIDED;
	heard = one_sided_look(state->one_sided, path);
	/* Unheard: it answered others since, and this edge never; perhaps this query too. */
	if (heard == ONE_SIDED_VIEW_ONE_SIDED ||
		(heard == ONE_SIDED_VIEW_UNHEARD && resolver->last_response_ns > sent_ns))
		return FAILURE_ONE_SIDED;
	if (resolver->is_silent)
		return FAILURE_SILENT;
	validity = failure_validity(state, resolver);
	if (failing_names_look(state->names, path, name, &validity, now_ns))
		return FAILURE_NAME;
	if (failure_zone_is_failing(state, resolver, name))
		return FAILURE_ZONE;
	if (resolver->is_lossy)
		return FAILURE_LOSSY;
	return state->is_host_failing && !resolver->is_well ? FAILURE_HOST : FAILURE_NONE;
}

uint64_t failure_answer_after_ns(struct failure_state *state, const struct failure_path *path)
{
	FAILURE_HOLD(state);
	const struct failure_resolver *resolver = failure_resolver_find(state, path);
	const uint64_t p99_ns = resolver ? response_times_p99_ns(&resolver->times) : 0;

	if (p99_ns == 0 || 4 * p99_ns > FAILURE_ANSWER_AFTER_MAX_NS)
		return FAILURE_ANSWER_AFTER_MAX_NS;
	return 4 * p99_ns < FAILURE_ANSWER_AFTER_MIN_NS ? FAILURE_ANSWER_AFTER_MIN_NS : 4 * p99_ns;
}

void failure_void(
	struct failure_state *state, uint64_t missed_ns, struct failure_levels *out_ended)
{
	FAILURE_HOLD(state);
	*out_ended = (struct failure_levels){
		.zones = state->zones_lossy_count,
		.resolvers_silent = state->silent_count,
		.resolvers_lossy = state->lossy_count,
		.hosts = state->is_host_failing,
	};
	state->generation++;
	if (missed_ns > state->missed_ns)
		state->missed_ns = missed_ns;
	state->silent_count = 0;
	state->lossy_count = 0;
	state->is_host_failing = false;
	loss_window_clear(&state->host);
	failure_zones_clear(state);
}
