/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_play.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SCENARIO_LONG_STEP_NS NS_PER_S
#define SCENARIO_EXACT_NS     (2 * SCENARIO_STEP_NS) /* a time told is meant within this */

bool scenario_fail(struct scenario *scenario, const char *format, ...)
{
	const struct rpl_step *step = scenario->step;
	const size_t room = sizeof(scenario->failure);
	va_list arguments;
	int bytes;

	if (scenario->failure[0] != '\0')
		return false;
	if (step != NULL)
		bytes = snprintf(scenario->failure, room, "%s:%u: step %u: ", scenario->path,
			step->line, step->number);
	else
		bytes = snprintf(scenario->failure, room, "%s: ", scenario->path);
	if (bytes < 0 || (size_t)bytes >= room)
		return false;
	va_start(arguments, format);
	(void)vsnprintf(scenario->failure + bytes, room - (size_t)bytes, format, arguments);
	va_end(arguments);
	return false;
}

void scenario_busy_until(struct scenario *scenario, uint64_t until_ns)
{
	if (until_ns > scenario->busy_until_ns)
		scenario->busy_until_ns = until_ns;
}

void scenario_pass(struct scenario *scenario, uint64_t ns)
{
	const uint64_t until_ns = scenario_lab_now_ns() + ns;
	uint64_t now_ns;

	while ((now_ns = scenario_lab_now_ns()) < until_ns) {
		const uint64_t step_ns =
			now_ns < scenario->busy_until_ns ? SCENARIO_STEP_NS : SCENARIO_LONG_STEP_NS;

		scenario_lab_step(step_ns < until_ns - now_ns ? step_ns : until_ns - now_ns);
		scenario_client_listen(scenario);
		scenario_resolver_due(scenario);
	}
}

uint8_t scenario_address(
	struct scenario *scenario, struct scenario_addresses *addresses, const char *text)
{
	for (unsigned int i = 0; i < addresses->count; i++) {
		if (strcmp(addresses->text[i], text) == 0)
			return (uint8_t)i;
	}
	if (addresses->count == SCENARIO_ADDRESSES_MAX) {
		(void)scenario_fail(scenario, "more than %u addresses", SCENARIO_ADDRESSES_MAX);
		return 0;
	}
	memcpy(addresses->text[addresses->count], text, strlen(text) + 1);
	return (uint8_t)addresses->count++;
}

static bool scenario_set_scope(struct scenario *scenario, const char *scope)
{
	if (strlen(scope) >= sizeof(scenario->next_path.scope))
		return scenario_fail(
			scenario, "a scope of more than %u bytes", MESSAGE_SCOPE_BYTES - 1);
	memset(scenario->next_path.scope, 0, sizeof(scenario->next_path.scope));
	memcpy(scenario->next_path.scope, scope, strlen(scope));
	return true;
}

static bool scenario_is_address(struct scenario *scenario, const char *text)
{
	return strlen(text) < RPL_ADDRESS_BYTES ||
	       scenario_fail(scenario, "'%s' is no address", text);
}

static bool scenario_serves(struct scenario *scenario, const char *address)
{
	if (!scenario_is_address(scenario, address))
		return false;
	scenario_lab_serve(1 + scenario_address(scenario, &scenario->clients, address));
	return true;
}

static bool scenario_set_resolver(struct scenario *scenario, const char *address)
{
	if (!scenario_is_address(scenario, address))
		return false;
	scenario->next_path.resolver = scenario_address(scenario, &scenario->resolvers, address);
	return true;
}

static bool scenario_reload(struct scenario *scenario)
{
	const char *fault = scenario_lab_reload(scenario->step->text);

	return fault == NULL || scenario_fail(scenario, "%s", fault);
}

/* Errors are held for the sake of connected sockets. */
static bool scenario_set_holding(struct scenario *scenario)
{
	scenario->are_clients_connected = scenario->step->is_holding;
	scenario_lab_hold(scenario->step->is_holding, scenario->step->elapse_ns);
	return true;
}

static bool scenario_answered(struct scenario *scenario)
{
	const struct scenario_query *checked = scenario->checked;
	const struct rpl_step *step = scenario->step;
	uint64_t took_ns;

	if (checked == NULL)
		return scenario_fail(scenario, "no answer was checked yet");
	took_ns = checked->answered_ns - checked->asked_ns;
	if (checked->is_reply == step->is_reply &&
		(!step->has_time || (took_ns >= step->elapse_ns &&
					    took_ns <= step->elapse_ns + SCENARIO_EXACT_NS)))
		return true;
	return scenario_fail(scenario, "it was a %s, after %llu ms",
		checked->is_reply ? "reply" : "response",
		(unsigned long long)(took_ns / NS_PER_MS));
}

static bool scenario_counter(struct scenario *scenario)
{
	const struct rpl_step *step = scenario->step;
	uint64_t value;

	if (!scenario_lab_counter(step->text, &value))
		return scenario_fail(scenario, "no counter is called '%s'", step->text);
	return value == step->value ||
	       scenario_fail(scenario, "%s = %llu", step->text, (unsigned long long)value);
}

static bool scenario_do_own(struct scenario *scenario)
{
	const struct rpl_step *step = scenario->step;

	switch (step->kind) {
	case RPL_STEP_AGAIN:
		return scenario_client_again(scenario);
	case RPL_STEP_MISSED:
		scenario_lab_lose();
		return true;
	case RPL_STEP_SERVES:
		return scenario_serves(scenario, step->text);
	case RPL_STEP_RESOLVER:
		return scenario_set_resolver(scenario, step->text);
	case RPL_STEP_SCOPE:
		return scenario_set_scope(scenario, step->text);
	case RPL_STEP_HOLDING:
		return scenario_set_holding(scenario);
	case RPL_STEP_RELOAD:
		return scenario_reload(scenario);
	case RPL_STEP_ANSWERED:
		return scenario_answered(scenario);
	case RPL_STEP_UNCHECKED:
		return scenario_client_unchecked(scenario);
	case RPL_STEP_UNANSWERED:
		return scenario_client_unanswered(scenario);
	case RPL_STEP_COUNTER:
		return scenario_counter(scenario);
	default:
		return true; /* NOTHING, TRAFFIC */
	}
}

static bool scenario_do(struct scenario *scenario)
{
	switch (scenario->step->kind) {
	case RPL_STEP_QUERY:
		return scenario_client_ask(scenario);
	case RPL_STEP_REPLY:
		return scenario_resolver_reply(scenario);
	case RPL_STEP_CHECK_ANSWER:
		return scenario_client_check(scenario);
	case RPL_STEP_CHECK_OUT_QUERY:
		return scenario_resolver_was_asked(scenario);
	case RPL_STEP_TIME_PASSES:
		scenario_pass(scenario, scenario->step->elapse_ns);
		return true;
	case RPL_STEP_TIMEOUT:
		return scenario_resolver_lose(scenario, false);
	case RPL_STEP_ERROR:
		return scenario_resolver_lose(scenario, true);
	default:
		return scenario_do_own(scenario);
	}
}

static void scenario_steps(struct scenario *scenario)
{
	for (const struct rpl_step *step = scenario->rpl->steps; step; step = step->next) {
		scenario->step = step;
		if (!scenario_do(scenario) || scenario->failure[0] != '\0')
			return;
	}
	(void)scenario_client_unanswered(scenario);
}

bool scenario_play(const struct rpl *rpl, const char *path, char *out_failure)
{
	struct scenario scenario = { .path = path, .rpl = rpl };

	scenario.query_end = &scenario.queries;
	(void)scenario_address(&scenario, &scenario.clients, "");
	if (scenario_lab_open(rpl->config)) {
		(void)scenario_set_resolver(&scenario, rpl->resolver);
		(void)scenario_set_scope(&scenario, "bridge:br0");
		scenario_steps(&scenario);
		scenario_client_free(&scenario);
		scenario_lab_close();
	} else {
		(void)scenario_fail(&scenario, "its configuration is refused");
	}
	memcpy(out_failure, scenario.failure, SCENARIO_FAILURE_BYTES);
	return scenario.failure[0] == '\0';
}
