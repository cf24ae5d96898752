/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "tests/scenario/rpl_match.h"
#include "tests/scenario/scenario_message.h"

#define SCENARIO_WAY_NS NS_PER_MS /* from a client to its resolver and back */

static bool scenario_resolver_is_in(const struct scenario *scenario, const struct rpl_range *range,
	const struct scenario_query *query)
{
	const char *asked = scenario->resolvers.text[query->path.resolver];

	if (query->step < range->first || query->step > range->last)
		return false;
	for (unsigned int i = 0; i < range->address_count; i++) {
		if (strcmp(range->addresses[i], asked) == 0)
			return true;
	}
	return range->address_count == 0;
}

static const struct rpl_entry *scenario_resolver_find(
	const struct scenario *scenario, const struct scenario_query *query)
{
	char difference[RPL_DIFFERENCE_BYTES];

	for (const struct rpl_range *range = scenario->rpl->ranges; range; range = range->next) {
		if (!scenario_resolver_is_in(scenario, range, query))
			continue;
		for (const struct rpl_entry *entry = range->entries; entry; entry = entry->next) {
			if (rpl_match_is(entry, query->message, difference))
				return entry;
		}
	}
	return NULL;
}

static void scenario_resolver_answer(struct scenario *scenario, struct scenario_query *query,
	const struct rpl_entry *entry, uint64_t after_ns)
{
	if (entry->is_silent)
		return;
	query->is_over = true;
	query->response_at_ns = scenario_lab_now_ns() + after_ns;
	query->response =
		scenario_message_response(entry, query->message, scenario->rpl->is_minimal);
	scenario_busy_until(scenario, query->response_at_ns + NS_PER_S);
}

void scenario_resolver_hear(struct scenario *scenario, struct scenario_query *query)
{
	const struct rpl_entry *entry = scenario_resolver_find(scenario, query);

	if (entry != NULL)
		scenario_resolver_answer(scenario, query, entry, SCENARIO_WAY_NS + entry->sleep_ns);
}

static void scenario_resolver_send(struct scenario *scenario, struct scenario_query *query)
{
	uint8_t *bytes;
	size_t size_bytes;

	bytes = scenario_message_bytes(query->response, &size_bytes);
	if (scenario_lab_respond(&query->path, bytes, size_bytes))
		scenario_client_respond(query);
	scenario_client_listen(scenario);
	free(bytes);
	ldns_pkt_free(query->response);
	query->response = NULL;
}

void scenario_resolver_due(struct scenario *scenario)
{
	const uint64_t now_ns = scenario_lab_now_ns();

	for (struct scenario_query *query = scenario->queries; query; query = query->next) {
		if (query->response != NULL && query->response_at_ns <= now_ns)
			scenario_resolver_send(scenario, query);
	}
}

/* The oldest query under way that fits the entry. */
static struct scenario_query *scenario_resolver_waiting(
	struct scenario *scenario, const struct rpl_entry *entry)
{
	char difference[RPL_DIFFERENCE_BYTES];
	struct scenario_query *query = scenario->queries;

	while (query != NULL &&
		(query->is_over ||
			(entry != NULL && !rpl_match_is(entry, query->message, difference))))
		query = query->next;
	return query;
}

/* The last query that fits the entry and has had its response. */
static struct scenario_query *scenario_resolver_responded(
	struct scenario *scenario, const struct rpl_entry *entry)
{
	char difference[RPL_DIFFERENCE_BYTES];
	struct scenario_query *last = NULL;

	for (struct scenario_query *query = scenario->queries; query; query = query->next) {
		if (query->response_at_ns != 0 && query->response == NULL &&
			rpl_match_is(entry, query->message, difference))
			last = query;
	}
	return last;
}

bool scenario_resolver_reply(struct scenario *scenario)
{
	const struct rpl_entry *entry = scenario->step->entry;
	struct scenario_query *query = entry->is_second
					       ? scenario_resolver_responded(scenario, entry)
					       : scenario_resolver_waiting(scenario, entry);

	if (query == NULL)
		return scenario_fail(scenario, "no query that fits %s",
			entry->is_second ? "has had its response" : "is under way");
	scenario_resolver_answer(scenario, query, entry, entry->sleep_ns);
	scenario_resolver_due(scenario);
	return true;
}

bool scenario_resolver_was_asked(struct scenario *scenario)
{
	return scenario_resolver_waiting(scenario, scenario->step->entry) != NULL ||
	       scenario_fail(scenario, "no query that fits is under way");
}

bool scenario_resolver_lose(struct scenario *scenario, bool draws_error)
{
	struct scenario_query *query = scenario_resolver_waiting(scenario, NULL);
	const uint64_t now_ns = scenario_lab_now_ns();
	uint64_t failed_ns;

	if (query == NULL)
		return scenario_fail(scenario, "no query is under way");
	query->is_over = true;
	if (draws_error) {
		if (scenario_lab_refuse(&query->path, query->bytes, query->size_bytes))
			query->has_given_up = scenario->are_clients_connected;
		scenario_client_listen(scenario);
		return true;
	}
	failed_ns = query->asked_ns + scenario_lab_failed_after_ns() + SCENARIO_STEP_NS;
	if (failed_ns > now_ns)
		scenario_pass(scenario, failed_ns - now_ns);
	return true;
}
