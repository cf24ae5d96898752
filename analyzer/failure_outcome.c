/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_private.h"

#include <string.h>

#include "analyzer/seeded_hash.h"

static struct failure_resolver *failure_resolver_get(
	struct failure_state *state, const struct failure_resolver_key *key)
{
	struct failure_resolver *resolver = failure_resolver_refresh(
		state, record_table_get(state->resolvers, key, sizeof(*key)));

	if (resolver != NULL && resolver->asked_ns == 0) { /* it is new */
		resolver->key = *key;
		resolver->hash = (uint32_t)seeded_hash(key, sizeof(*key), state->seed);
	}
	return resolver;
}

/* A query met its response or its failure: its resolver is one that is asked. */
static void failure_resolver_asked(
	struct failure_state *state, struct failure_resolver *resolver, uint64_t now_ns)
{
	if (!resolver->is_listed)
		cds_list_add(&resolver->asked, &state->asked);
	resolver->is_listed = true;
	if (now_ns > resolver->asked_ns)
		resolver->asked_ns = now_ns;
}

/* What a query met goes into the windows of its resolver, of the host, and of its zone if known. */
static void failure_windows_add(struct failure_state *state, struct failure_resolver *resolver,
	const struct failure_path *path, const struct failure_name *name, enum loss_outcome outcome,
	uint64_t sent_ns, uint64_t now_ns)
{
	const struct loss_unit unit = { (uint32_t)name->hash, path->if_index, resolver->hash,
		(uint32_t)name->zone_hash };
	const uint64_t bucket_ns = state->limits.window_ns / LOSS_WINDOW_BUCKETS;

	/* Sent into a silence, or where no response could have been seen. */
	if (outcome == LOSS_UNANSWERED &&
		(sent_ns <= resolver->silent_until_ns ||
			one_sided_look(state->one_sided, path) != ONE_SIDED_VIEW_HEARD))
		return;
	loss_window_add(&resolver->window, bucket_ns, &unit, outcome, sent_ns);
	loss_window_add(&state->host, bucket_ns, &unit, outcome, sent_ns);
	if (name->zone_hash != 0)
		failure_zone_add(state, resolver, name, &unit, outcome, sent_ns, now_ns);
}

static void failure_resolver_end_silence(
	struct failure_state *state, struct failure_resolver *resolver, uint64_t now_ns)
{
	resolver->is_silent = false;
	state->silent_count--;
	resolver->silent_until_ns = now_ns;
	loss_window_take_back(&resolver->window, resolver->hash);
	loss_window_take_back(&state->host, resolver->hash);
	failure_zones_take_back(state, resolver);
	state->judge_at_ns = 0; /* the host may have been failing because of it */
}

static struct failure_change failure_resolver_responded(struct failure_state *state,
	struct failure_resolver *resolver, const struct failure_span *span)
{
	struct failure_change change = { .ended_silence = resolver->is_silent,
		.since_ns = resolver->silent_since_ns };

	if (resolver->is_silent)
		failure_resolver_end_silence(state, resolver, span->seen_ns);
	resolver->suspect.sent_ns = 0;
	if (span->seen_ns > resolver->last_response_ns)
		resolver->last_response_ns = span->seen_ns;
	/* What was sent into a silence, or failed, tells how long that was and not how it answers. */
	if (!span->is_sent_again && span->sent_ns > resolver->silent_until_ns &&
		span->seen_ns - span->sent_ns < state->limits.failed_after_ns)
		response_times_add(&resolver->times, span->seen_ns - span->sent_ns);
	return change;
}

/* FAILURE_CONDITION_* for this name. */
static uint32_t failure_conditions(
	const struct failure_state *state, const struct failure_name *name)
{
	const struct config_zone *zone = failure_zone_configured(state, &name->folded);

	return zone == NULL ? state->limits.conditions : (uint32_t)zone->conditions;
}

static enum failure_response failure_response_that_counts(const struct failure_state *state,
	const struct failure_name *name, enum failure_response response)
{
	static const uint32_t conditions[] = {
		[FAILURE_RESPONSE_SERVFAIL] = FAILURE_CONDITION_SERVFAIL,
		[FAILURE_RESPONSE_REFUSED] = FAILURE_CONDITION_REFUSED,
		[FAILURE_RESPONSE_UNREACHABLE] = FAILURE_CONDITION_UNREACHABLE,
		[FAILURE_RESPONSE_NXDOMAIN_AFTER_POSITIVE] =
			FAILURE_CONDITION_NXDOMAIN_AFTER_POSITIVE,
		[FAILURE_RESPONSE_NODATA_AFTER_POSITIVE] = FAILURE_CONDITION_NODATA_AFTER_POSITIVE,
	};

	if (response == FAILURE_RESPONSE_GOOD || response == FAILURE_RESPONSE_MEANT ||
		response == FAILURE_RESPONSE_OTHER ||
		(failure_conditions(state, name) & conditions[response]))
		return response;
	return FAILURE_RESPONSE_OTHER;
}

/* Not a word of the resolver's: it stays silent if it was, and proves nothing of the path. */
static struct failure_change failure_unreachable(struct failure_state *state,
	const struct failure_path *path, struct failure_name *name, uint64_t sent_ns,
	uint64_t now_ns)
{
	struct failure_resolver *resolver = failure_resolver_find(state, path);
	struct failure_change change = { 0 };
	struct failing_names_validity validity;

	if (resolver == NULL || one_sided_look(state->one_sided, path) == ONE_SIDED_VIEW_ONE_SIDED)
		return change;
	validity = failure_validity(state, resolver);
	change.name_began = failing_names_failed(state->names, path, &name->folded, &validity,
				    FAILING_NAMES_UNANSWERED, sent_ns, now_ns) &&
			    !resolver->is_silent;
	failure_resolver_asked(state, resolver, now_ns);
	failure_name_zone(state, name);
	failure_windows_add(state, resolver, path, name, LOSS_UNANSWERED, sent_ns, now_ns);
	return change;
}

/* A response that says something about its name goes into the windows, unless it is meant. */
static void failure_name_counts(struct failure_state *state, struct failure_resolver *resolver,
	const struct failure_path *path, struct failure_name *name, enum failure_response counted,
	const struct failure_span *span)
{
	const bool is_good = counted == FAILURE_RESPONSE_GOOD;

	if (counted == FAILURE_RESPONSE_MEANT)
		return;
	if (!is_good || record_table_used(state->zones) > 0)
		failure_name_zone(state, name);
	failure_windows_add(state, resolver, path, name, is_good ? LOSS_GOOD : LOSS_FAILED,
		span->sent_ns, span->seen_ns);
}

/* It makes its name failing, or ends that. @before: what of its failures counted before it came. */
static void failure_name_responded(struct failure_state *state,
	const struct failure_resolver *resolver, const struct failure_path *path,
	const struct failure_name *name, enum failure_response counted,
	const struct failing_names_validity *before, const struct failure_span *span,
	struct failure_change *change)
{
	const struct failing_names_validity validity = failure_validity(state, resolver);

	if (counted == FAILURE_RESPONSE_GOOD || counted == FAILURE_RESPONSE_MEANT)
		/* where it ended a silence, that is told instead */
		change->name_ended = failing_names_succeeded(state->names, path, &name->folded,
					     before, span->seen_ns) &&
				     !change->ended_silence;
	else
		change->name_began = failing_names_failed(state->names, path, &name->folded,
			&validity, FAILING_NAMES_RESPONSE, span->sent_ns, span->seen_ns);
}

struct failure_change failure_responded(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *any_case,
	enum failure_response response, const struct failure_span *span)
{
	FAILURE_HOLD(state);
	const struct failure_resolver_key key = failure_path_resolver(path);
	struct failing_names_validity before;
	struct failure_resolver *resolver;
	struct failure_change change;
	struct failure_name name;
	enum failure_response counted;

	failure_name(state, any_case, &name);
	counted = failure_response_that_counts(state, &name, response);
	if (response == FAILURE_RESPONSE_UNREACHABLE) {
		if (counted != response)
			return (struct failure_change){ 0 };
		return failure_unreachable(state, path, &name, span->sent_ns, span->seen_ns);
	}
	resolver = failure_resolver_get(state, &key);
	if (resolver == NULL)
		return (struct failure_change){ 0 };
	before = failure_validity(state, resolver);
	change = failure_resolver_responded(state, resolver, span);
	failure_resolver_asked(state, resolver, span->seen_ns);
	one_sided_responded(state->one_sided, path);
	if (counted == FAILURE_RESPONSE_OTHER)
		return change;
	failure_name_counts(state, resolver, path, &name, counted, span);
	failure_name_responded(state, resolver, path, &name, counted, &before, span, &change);
	return change;
}

void failure_success_make(const struct failure_state *state, const struct failure_path *path,
	const struct dns_name *name, const struct failure_span *span,
	struct failure_success *out_success)
{
	struct failure_name asked;

	failure_name(state, name, &asked);
	*out_success = (struct failure_success){
		.resolver = failure_path_resolver(path),
		.if_index = path->if_index,
		.name_hash = asked.hash,
		.span = *span,
	};
}

static struct failure_change failure_success_tell(struct failure_state *state,
	struct failure_resolver *resolver, const struct failure_success *success)
{
	const struct failure_path path = failure_success_path(success);
	const struct failure_change change =
		failure_resolver_responded(state, resolver, &success->span);
	struct failure_name name;

	name.hash = success->name_hash;
	name.zone_hash = 0;
	failure_resolver_asked(state, resolver, success->span.seen_ns);
	one_sided_responded(state->one_sided, &path);
	failure_windows_add(state, resolver, &path, &name, LOSS_GOOD, success->span.sent_ns,
		success->span.seen_ns);
	return change;
}

size_t failure_succeeded(struct failure_state *state, const struct failure_success *successes,
	size_t count, struct failure_change *out_change)
{
	FAILURE_HOLD(state);
	struct failure_resolver *resolver = NULL;
	size_t told = 0;

	*out_change = (struct failure_change){ 0 };
	while (told < count && !out_change->ended_silence) {
		const struct failure_success *success = &successes[told++];

		if (resolver == NULL ||
			memcmp(&resolver->key, &success->resolver, sizeof(resolver->key)) != 0)
			resolver = failure_resolver_get(state, &success->resolver);
		if (resolver != NULL)
			*out_change = failure_success_tell(state, resolver, success);
	}
	return told;
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

static struct failure_unit failure_unit(
	const struct failure_path *path, const struct failure_name *name, uint64_t sent_ns)
{
	struct failure_unit unit = { .sent_ns = sent_ns, .name_hash = name->hash };

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
	state->lossy_count -= resolver->is_lossy;
	resolver->is_lossy = false;
	return true;
}

/* At a path that shows responses. */
static struct failure_change failure_known_timed_out(struct failure_state *state,
	struct failure_resolver *resolver, const struct failure_path *path,
	struct failure_name *name, uint64_t sent_ns, uint64_t now_ns)
{
	const struct failure_unit unit = failure_unit(path, name, sent_ns);
	const struct failing_names_validity validity = failure_validity(state, resolver);
	struct failure_change change = { 0 };

	failure_name_zone(state, name);
	failure_windows_add(state, resolver, path, name, LOSS_UNANSWERED, sent_ns, now_ns);
	if (sent_ns <= resolver->last_response_ns) /* it answered others since */
		return change;
	change.name_began = failing_names_failed(state->names, path, &name->folded, &validity,
		FAILING_NAMES_UNANSWERED, sent_ns, now_ns);
	change.since_ns = resolver->last_response_ns;
	change.became_silent = failure_resolver_timed_out(state, resolver, &unit, now_ns);
	change.name_began = change.name_began && !resolver->is_silent;
	return change;
}

struct failure_change failure_timed_out(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *any_case, uint64_t sent_ns,
	uint64_t now_ns)
{
	FAILURE_HOLD(state);
	struct failure_resolver *resolver = failure_resolver_find(state, path);
	struct failure_change change = { 0 };
	struct failure_name name;

	if (sent_ns < state->missed_ns)
		return change;
	if (resolver == NULL) {
		change.became_one_sided = one_sided_unheard(state->one_sided, path);
		return change;
	}
	failure_name(state, any_case, &name);
	failure_resolver_asked(state, resolver, now_ns);
	if (sent_ns <= resolver->last_response_ns)
		change.became_one_sided =
			one_sided_unanswered(state->one_sided, path, name.hash, sent_ns);
	if (one_sided_look(state->one_sided, path) == ONE_SIDED_VIEW_ONE_SIDED ||
		!(failure_conditions(state, &name) & FAILURE_CONDITION_TIMEOUT))
		return change;
	return failure_known_timed_out(state, resolver, path, &name, sent_ns, now_ns);
}
