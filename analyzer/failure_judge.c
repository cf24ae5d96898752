/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_private.h"

#include "analyzer/loss_rule.h"
#include "shared/clock.h"
#include "shared/compiler.h"

#define FAILURE_JUDGE_NS       (100 * NS_PER_MS)
#define FAILURE_NAMES_COUNT_NS NS_PER_S

/* What a walk over the resolvers that are asked found. */
struct failure_walk {
	uint64_t now_ns;
	bool is_client_bound;
	uint64_t asked;
	uint64_t failing;
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
	const struct loss_rule rule = { .loss_ppm = state->limits.resolver_loss_ppm,
		.units_min = state->limits.min_samples,
		.is_client_bound = walk->is_client_bound };
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

/* Return: whether it changed, and @out_loss is set. */
static bool failure_judge_resolver(struct failure_state *state, struct failure_resolver *resolver,
	struct failure_walk *walk, struct failure_loss *out_loss)
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
		return false;
	if (resolver->is_lossy)
		state->lossy_count++;
	else
		state->lossy_count--;
	failure_tell(&resolver->window, walk->now_ns, resolver->is_lossy, out_loss);
	out_loss->resolver = resolver->key;
	return true;
}

/* Return: as above. */
static bool failure_judge_host(struct failure_state *state, const struct failure_walk *walk,
	const struct loss_sum *whole, struct failure_loss *out_loss)
{
	const struct loss_rule rule = { .loss_ppm = state->limits.loss_ppm,
		.units_min = state->limits.min_samples,
		.is_client_bound = walk->is_client_bound,
		.is_resolver_bound = record_table_used(state->resolvers) > 1 };
	const bool was_failing = state->is_host_failing;

	state->is_host_failing =
		(walk->failing > 1 && 2 * walk->failing > walk->asked) ||
		failure_window_is_failing(&state->host, &rule, was_failing, walk->now_ns, whole);
	if (state->is_host_failing == was_failing)
		return false;
	failure_tell(&state->host, walk->now_ns, state->is_host_failing, out_loss);
	out_loss->is_host = true;
	out_loss->resolvers_asked = walk->asked;
	out_loss->resolvers_failing = walk->failing;
	return true;
}

size_t failure_judge(struct failure_state *state, uint64_t now_ns, struct failure_loss *out_losses,
	size_t losses_max)
{
	FAILURE_HOLD(state);
	struct failure_resolver *resolver, *next;
	struct failure_walk walk = { .now_ns = now_ns };
	struct loss_sum host;
	size_t count = 0;

	if (now_ns < state->judge_at_ns)
		return 0;
	failure_sum(&state->host, now_ns, &host);
	walk.is_client_bound = host.clients > 1;
	cds_list_for_each_entry_safe(resolver, next, &state->asked, asked)
	{
		/* Those found before are as they were: the next call goes on behind them. */
		if (count == losses_max)
			return count;
		failure_resolver_refresh(state, resolver);
		count += failure_judge_resolver(state, resolver, &walk, &out_losses[count]);
	}
	if (count == losses_max)
		return count;
	count += failure_judge_host(state, &walk, &host, &out_losses[count]);
	state->judge_at_ns = now_ns + FAILURE_JUDGE_NS;
	return count;
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
		.resolvers_silent = state->silent_count,
		.resolvers_lossy = state->lossy_count,
		.hosts = state->is_host_failing,
		.loss_ppm = loss_sum_ppm(&host),
	};
}
