/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/failing_names.h"
#include "analyzer/one_sided.h"
#include "analyzer/record_table.h"
#include "analyzer/response_times.h"
#include "analyzer/seeded_hash.h"
#include "shared/compiler.h"

/* What a query is counted as: all types of one name from one client are one. */
struct failure_unit {
	uint64_t sent_ns; /* 0 = none */
	uint64_t name_hash;
	uint8_t client_ip[16];
};

struct failure_resolver {
	uint64_t last_response_ns;
	uint64_t silent_until_ns; /* the end of the last silence */
	struct response_times times;

	/* Void when `generation` is not the state's: */
	uint64_t generation;
	struct failure_unit suspect; /* the first unanswered unit since the last response */
	bool is_silent;
	uint64_t silent_since_ns;
};

struct failure_state {
	struct record_table *resolvers; /* those that ever responded */
	struct one_sided *one_sided;
	struct failing_names *names;
	uint64_t failed_after_ns;
	uint64_t generation;
	uint64_t silent_count;
	uint64_t seed;
};

static void failure_resolver_forgetting(void *body, void *argument)
{
	const struct failure_resolver *resolver = body;
	struct failure_state *state = argument;

	if (resolver->generation == state->generation && resolver->is_silent)
		state->silent_count--;
}

int failure_state_new(struct failure_state **out_state, uint64_t failed_after_ns, uint64_t seed)
{
	struct failure_state *state = calloc(1, sizeof(*state));
	int r;

	if (state == NULL)
		return -ENOMEM;
	state->failed_after_ns = failed_after_ns;
	state->generation = 1;
	state->seed = seed;
	r = record_table_new(
		&state->resolvers, sizeof(struct failure_resolver), FAILURE_RESOLVERS_MAX, seed);
	r = r ?: one_sided_new(&state->one_sided, seed);
	r = r ?: failing_names_new(&state->names, seed);
	if (r < 0) {
		failure_state_free(state);
		return r;
	}
	record_table_set_forgetter(state->resolvers, failure_resolver_forgetting, state);

	*out_state = state;
	return 0;
}

void failure_state_free(struct failure_state *state)
{
	if (state == NULL)
		return;
	record_table_free(state->resolvers);
	one_sided_free(state->one_sided);
	failing_names_free(state->names);
	free(state);
}

void failure_set_failed_after(struct failure_state *state, uint64_t failed_after_ns)
{
	state->failed_after_ns = failed_after_ns;
}

/* A resolver's record, its voided part cleared; NULL if unknown. */
static struct failure_resolver *failure_resolver_refresh(
	const struct failure_state *state, struct failure_resolver *resolver)
{
	if (resolver != NULL && resolver->generation != state->generation) {
		resolver->generation = state->generation;
		resolver->suspect.sent_ns = 0;
		resolver->is_silent = false;
	}
	return resolver;
}

static struct failure_resolver *failure_resolver_find(
	struct failure_state *state, const struct failure_path *path)
{
	const struct failure_resolver_key key = failure_path_resolver(path);

	return failure_resolver_refresh(
		state, record_table_find(state->resolvers, &key, sizeof(key)));
}

static struct failure_resolver *failure_resolver_get(
	struct failure_state *state, const struct failure_path *path)
{
	const struct failure_resolver_key key = failure_path_resolver(path);

	return failure_resolver_refresh(
		state, record_table_get(state->resolvers, &key, sizeof(key)));
}

static struct failing_names_validity failure_validity(
	const struct failure_state *state, const struct failure_resolver *resolver)
{
	return (struct failing_names_validity){ state->generation, resolver->last_response_ns };
}

static struct failure_change failure_resolver_responded(struct failure_state *state,
	struct failure_resolver *resolver, uint64_t sent_ns, uint64_t now_ns)
{
	struct failure_change change = { .ended_silence = resolver->is_silent,
		.since_ns = resolver->silent_since_ns };

	if (resolver->is_silent) {
		state->silent_count--;
		resolver->silent_until_ns = now_ns;
	}
	resolver->is_silent = false;
	resolver->suspect.sent_ns = 0;
	if (now_ns > resolver->last_response_ns)
		resolver->last_response_ns = now_ns;
	/* What was sent into a silence, or failed, tells how long that was and not how it answers. */
	if (sent_ns > resolver->silent_until_ns && now_ns - sent_ns < state->failed_after_ns)
		response_times_add(&resolver->times, now_ns - sent_ns);
	return change;
}

bool failure_is_known(struct failure_state *state, const struct failure_path *path)
{
	return failure_resolver_find(state, path) != NULL;
}

struct failure_change failure_responded(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name,
	enum failure_response response, uint64_t sent_ns, uint64_t now_ns)
{
	struct failure_resolver *resolver = failure_resolver_get(state, path);
	struct failing_names_validity validity;
	struct failure_change change;

	if (resolver == NULL)
		return (struct failure_change){ 0 };
	change = failure_resolver_responded(state, resolver, sent_ns, now_ns);
	one_sided_responded(state->one_sided, path);
	validity = failure_validity(state, resolver);
	if (response == FAILURE_RESPONSE_GOOD)
		failing_names_succeeded(state->names, path, name);
	if (response == FAILURE_RESPONSE_FAILED)
		failing_names_failed(state->names, path, name, &validity, FAILING_NAMES_RESPONSE,
			sent_ns, now_ns);
	return change;
}

/* Return: true if this unit is the second one since the last response. */
static bool failure_suspect(struct failure_resolver *resolver, const struct failure_unit *unit)
{
	struct failure_unit *suspect = &resolver->suspect;

	if (suspect->sent_ns == 0) {
		*suspect = *unit;
		return false;
	}
	return unit->name_hash != suspect->name_hash ||
	       memcmp(unit->client_ip, suspect->client_ip, sizeof(unit->client_ip)) != 0;
}

static struct failure_unit failure_unit(const struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name, uint64_t sent_ns)
{
	struct failure_unit unit = { .sent_ns = sent_ns };
	struct dns_name folded = *name;

	dns_name_fold(&folded);
	unit.name_hash = seeded_hash(folded.bytes, folded.length_bytes, state->seed);
	memcpy(unit.client_ip, path->client_ip, sizeof(unit.client_ip));
	return unit;
}

/* Return: true if the resolver became silent by this unit. */
static bool failure_resolver_timed_out(struct failure_state *state,
	struct failure_resolver *resolver, const struct failure_unit *unit, uint64_t now_ns)
{
	if (!failure_suspect(resolver, unit) || resolver->is_silent)
		return false;
	resolver->is_silent = true;
	resolver->silent_since_ns = now_ns;
	state->silent_count++;
	return true;
}

struct failure_change failure_timed_out(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name, uint64_t sent_ns,
	uint64_t now_ns)
{
	const struct failure_unit unit = failure_unit(state, path, name, sent_ns);
	struct failure_resolver *resolver = failure_resolver_find(state, path);
	struct failing_names_validity validity;
	struct failure_change change = { 0 };

	if (resolver == NULL) {
		change.became_one_sided = one_sided_unheard(state->one_sided, path);
		return change;
	}
	if (sent_ns <= resolver->last_response_ns) {
		change.became_one_sided =
			one_sided_unanswered(state->one_sided, path, unit.name_hash, sent_ns);
		return change;
	}
	if (one_sided_has(state->one_sided, path))
		return change;
	validity = failure_validity(state, resolver);
	failing_names_failed(
		state->names, path, name, &validity, FAILING_NAMES_TIMEOUT, sent_ns, now_ns);
	change.since_ns = resolver->last_response_ns;
	change.became_silent = failure_resolver_timed_out(state, resolver, &unit, now_ns);
	return change;
}

enum failure_level failure_look(struct failure_state *state, const struct failure_path *path,
	const struct dns_name *name, uint64_t sent_ns, uint64_t now_ns)
{
	const struct failure_resolver *resolver = failure_resolver_find(state, path);
	struct failing_names_validity validity;

	if (resolver == NULL || one_sided_has(state->one_sided, path))
		return FAILURE_ONE_SIDED;
	/* It answered others since, and this edge never: perhaps this query too. */
	if (resolver->last_response_ns > sent_ns && one_sided_is_unheard_at(state->one_sided, path))
		return FAILURE_ONE_SIDED;
	if (resolver->is_silent)
		return FAILURE_RESOLVER;
	validity = failure_validity(state, resolver);
	return failing_names_look(state->names, path, name, &validity, now_ns) ? FAILURE_NAME
									       : FAILURE_NONE;
}

uint64_t failure_answer_after_ns(struct failure_state *state, const struct failure_path *path)
{
	const struct failure_resolver *resolver = failure_resolver_find(state, path);
	const uint64_t p99_ns = resolver ? response_times_p99_ns(&resolver->times) : 0;

	if (p99_ns == 0 || 4 * p99_ns > FAILURE_ANSWER_AFTER_MAX_NS)
		return FAILURE_ANSWER_AFTER_MAX_NS;
	return 4 * p99_ns < FAILURE_ANSWER_AFTER_MIN_NS ? FAILURE_ANSWER_AFTER_MIN_NS : 4 * p99_ns;
}

void failure_void(struct failure_state *state)
{
	state->generation++;
	state->silent_count = 0;
}

uint64_t failure_silent_count(const struct failure_state *state)
{
	return state->silent_count;
}
