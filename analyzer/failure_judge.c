/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_private.h"

#include "analyzer/loss_rule.h"
#include "shared/clock.h"
#include "shared/compiler.h"

#define FAILURE_JUDGE_NS       (100 * NS_PER_MS)
#define FAILURE_NAMES_COUNT_NS NS_PER_S

/* What a walk over the resolvers that are asked, and over zones, found. */
struct failure_walk {
	struct failure_state *state;
	uint64_t now_ns;
	bool is_client_bound;
	uint64_t asked;
	uint64_t failing;
	struct failure_loss *losses;
	size_t losses_max;
	size_t count; /* of losses */
};

static void failure_sum(const struct loss_window *window, uint64_t now_ns, struct loss_sum *out_sum)
{
	loss_window_sum(window, now_ns, LOSS_WINDOW_BUCKETS, LOSS_RULE_NAMES_MIN, out_sum);
}

static bool failure_window_is_failing(const struct loss_window *window,
	const struct loss_rule *rule, bool is_failing, uint64_t now_ns,
	const struct loss_sum *whole)
{
	struct loss_sum recent;

	loss_window_sum(window, now_ns, LOSS_RULE_RECENT_BUCKETS, 0, &recent);
	return loss_rule_holds(rule, is_failing, whole, &recent);
}

/*
 * What the log tells: why it begins, or what is left of it. All names and clients are
 * counted; that takes a while, and happens seldom.
 */
static void failure_tell(const struct loss_window *window, uint64_t now_ns, bool is_failing,
	struct failure_loss *out_loss)
{
	*out_loss = (struct failure_loss){ .is_failing = is_failing };
	loss_window_sum(window, now_ns, is_failing ? LOSS_WINDOW_BUCKETS : LOSS_RULE_RECENT_BUCKETS,
		UINT32_MAX, &out_loss->sum);
}

/* Return: whether it is lossy now. */
static bool failure_resolver_is_lossy(const struct failure_state *state,
	struct failure_resolver *resolver, const struct failure_walk *walk)
{
	const struct loss_rule rule = { .loss_ppm = state->limits.loss_ppm,
		.units_min = state->limits.min_samples,
		.is_client_bound = walk->is_client_bound,
		.is_zone_bound = true };
	struct loss_sum whole;

	/* Most resolvers, most of the time. */
	if (!loss_window_has_failed(&resolver->window, walk->now_ns)) {
		resolver->is_well =
			walk->now_ns < resolver->last_response_ns + state->limits.window_ns;
		return false;
	}
	failure_sum(&resolver->window, walk->now_ns, &whole);
	resolver->is_well =
		whole.units > 0 && !resolver->is_silent && loss_sum_ppm(&whole) < rule.loss_ppm / 2;
	return !resolver->is_silent && failure_window_is_failing(&resolver->window, &rule,
					       resolver->is_lossy, walk->now_ns, &whole);
}

/* One more change, to be filled in; there is room. */
static struct failure_loss *failure_walk_add(
	struct failure_walk *walk, const struct loss_window *window, bool is_failing)
{
	struct failure_loss *loss = &walk->losses[walk->count++];

	failure_tell(window, walk->now_ns, is_failing, loss);
	return loss;
}

static void failure_judge_resolver(
	struct failure_state *state, struct failure_resolver *resolver, struct failure_walk *walk)
{
	const bool was_lossy = resolver->is_lossy;

	if (walk->now_ns >= resolver->asked_ns + state->limits.window_ns) {
		cds_list_del(&resolver->asked);
		resolver->is_listed = false;
		resolver->is_well = false;
		resolver->is_lossy = false;
	} else {
		resolver->is_lossy = failure_resolver_is_lossy(state, resolver, walk);
		walk->asked++;
		walk->failing += resolver->is_silent || resolver->is_lossy;
	}
	if (resolver->is_lossy == was_lossy)
		return;
	if (resolver->is_lossy)
		state->lossy_count++;
	else
		state->lossy_count--;
	failure_walk_add(walk, &resolver->window, resolver->is_lossy)->resolver = resolver->key;
}

static void failure_judge_host(
	struct failure_state *state, struct failure_walk *walk, const struct loss_sum *whole)
{
	const struct loss_rule rule = { .loss_ppm = state->limits.loss_ppm,
		.units_min = state->limits.min_samples,
		.is_client_bound = walk->is_client_bound,
		.is_resolver_bound = record_table_used(state->resolvers) > 1,
		.is_zone_bound = true };
	const bool was_failing = state->is_host_failing;
	struct failure_loss *loss;

	state->is_host_failing =
		(walk->failing > 1 && 2 * walk->failing > walk->asked) ||
		failure_window_is_failing(&state->host, &rule, was_failing, walk->now_ns, whole);
	if (state->is_host_failing == was_failing)
		return;
	loss = failure_walk_add(walk, &state->host, state->is_host_failing);
	loss->is_host = true;
	loss->resolvers_asked = walk->asked;
	loss->resolvers_failing = walk->failing;
}

static bool failure_zone_is_lossy(const struct failure_state *state,
	const struct failure_zone *zone, const struct failure_walk *walk)
{
	const struct config_zone *configured = failure_zone_configured(state, &zone->name);
	const struct loss_rule rule = {
		.loss_ppm = configured ? (uint32_t)configured->loss_ppm : state->limits.loss_ppm,
		.units_min = state->limits.min_samples,
		.is_client_bound = walk->is_client_bound,
	};
	struct loss_sum whole;

	if (!loss_window_has_failed(&zone->window, walk->now_ns))
		return false;
	failure_sum(&zone->window, walk->now_ns, &whole);
	return failure_window_is_failing(
		&zone->window, &rule, zone->is_lossy, walk->now_ns, &whole);
}

/* Return: whether it is watched on. */
static bool failure_judge_zone(void *body, const void *key, void *argument)
{
	struct failure_walk *walk = argument;
	struct failure_state *state = walk->state;
	struct failure_zone *zone = body;
	const struct failure_resolver *resolver = failure_resolver_refresh(state,
		record_table_peek(state->resolvers, &zone->resolver, sizeof(zone->resolver)));
	const bool was_lossy = zone->is_lossy;
	const bool is_silent = resolver == NULL || resolver->is_silent;
	struct failure_loss *loss;

	(void)key;
	if (walk->count == walk->losses_max)
		return true;
	zone->is_lossy = !is_silent && failure_zone_is_lossy(state, zone, walk);
	if (zone->is_lossy && !was_lossy)
		state->zones_lossy_count++;
	if (!zone->is_lossy && was_lossy)
		state->zones_lossy_count--;
	if (zone->is_lossy != was_lossy && !is_silent) { /* of a silent one that was told */
		loss = failure_walk_add(walk, &zone->window, zone->is_lossy);
		loss->is_zone = true;
		loss->resolver = zone->resolver;
		loss->zone = zone->name;
	}
	return resolver != NULL && (loss_window_has_failed(&zone->window, walk->now_ns) ||
					   walk->now_ns < zone->began_ns + state->limits.window_ns);
}

size_t failure_judge(struct failure_state *state, uint64_t now_ns, struct failure_loss *out_losses,
	size_t losses_max)
{
	FAILURE_HOLD(state);
	struct failure_resolver *resolver, *next;
	struct failure_walk walk = {
		.state = state, .now_ns = now_ns, .losses = out_losses, .losses_max = losses_max
	};
	struct loss_sum host;

	if (now_ns < state->judge_at_ns)
		return 0;
	failure_sum(&state->host, now_ns, &host);
	walk.is_client_bound = host.clients > 1;
	cds_list_for_each_entry_safe(resolver, next, &state->asked, asked)
	{
		/* Those found before are as they were: the next call goes on behind them. */
		if (walk.count == losses_max)
			return walk.count;
		failure_resolver_refresh(state, resolver);
		failure_judge_resolver(state, resolver, &walk);
	}
	if (walk.count == losses_max)
		return walk.count;
	failure_judge_host(state, &walk, &host);
	record_table_sweep(state->zones, failure_judge_zone, &walk);
	if (walk.count < losses_max)
		state->judge_at_ns = now_ns + FAILURE_JUDGE_NS;
	return walk.count;
}

static bool failure_ask_validity(const struct failure_resolver_key *key,
	struct failing_names_validity *out_validity, void *argument)
{
	struct failure_state *state = argument;
	const struct failure_resolver *resolver =
		record_table_peek(state->resolvers, key, sizeof(*key));

	if (resolver == NULL)
		return false;
	*out_validity = failure_validity(state, resolver);
	return true;
}

void failure_count_levels(
	struct failure_state *state, uint64_t now_ns, struct failure_levels *out_levels)
{
	FAILURE_HOLD(state);
	struct loss_sum host;

	if (now_ns >= state->names_count_at_ns) {
		state->names_count =
			failing_names_count(state->names, failure_ask_validity, state, now_ns);
		state->names_count_at_ns = now_ns + FAILURE_NAMES_COUNT_NS;
	}
	failure_sum(&state->host, now_ns, &host);
	*out_levels = (struct failure_levels){
		.names = state->names_count,
		.zones = state->zones_lossy_count,
		.resolvers_silent = state->silent_count,
		.resolvers_lossy = state->lossy_count,
		.hosts = state->is_host_failing,
		.loss_ppm = loss_sum_ppm(&host),
	};
}
