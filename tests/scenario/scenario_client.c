/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "shared/dns_read.h"
#include "tests/scenario/rpl_match.h"
#include "tests/scenario/scenario_message.h"

#define SCENARIO_PORT_FIRST 30000

/* After this a query is neither waited for nor recognised: worker.h's times, and some more. */
#define SCENARIO_BUSY_NS (25 * NS_PER_S)

static ldns_pkt *scenario_client_parse(const uint8_t *bytes, size_t size_bytes)
{
	ldns_pkt *message = NULL;

	return ldns_wire2pkt(&message, bytes, size_bytes) == LDNS_STATUS_OK ? message : NULL;
}

static struct scenario_query *scenario_client_new_query(struct scenario *scenario)
{
	struct scenario_query *query = calloc(1, sizeof(*query));

	if (query == NULL)
		abort();
	*scenario->query_end = query;
	scenario->query_end = &query->next;
	query->step = scenario->step->number;
	query->asked_ns = scenario_lab_now_ns();
	query->path = scenario->next_path;
	query->path.id = ++scenario->next_path.id;
	query->path.port = (uint16_t)(SCENARIO_PORT_FIRST + query->path.id);
	query->path.client =
		1 + scenario_address(scenario, &scenario->clients, scenario->step->address);
	query->path.hops = scenario->step->entry->hops;
	query->message = scenario_message_query(scenario->step->entry, query->path.id);
	query->bytes = scenario_message_bytes(query->message, &query->size_bytes);
	return query;
}

static bool scenario_client_send(struct scenario *scenario, struct scenario_query *query)
{
	scenario_busy_until(scenario, scenario_lab_now_ns() + SCENARIO_BUSY_NS);
	scenario_lab_ask(&query->path, query->bytes, query->size_bytes);
	scenario_client_listen(scenario);
	if (!query->is_over)
		scenario_resolver_hear(scenario, query);
	scenario_pass(scenario, NS_PER_MS);
	return true;
}

bool scenario_client_again(struct scenario *scenario)
{
	struct scenario_query *query = scenario->queries;

	while (query != NULL && query->next != NULL)
		query = query->next;
	if (query == NULL)
		return scenario_fail(scenario, "nothing was asked yet");
	query->step = scenario->step->number;
	return scenario_client_send(scenario, query);
}

bool scenario_client_ask(struct scenario *scenario)
{
	if (ldns_rr_list_rr_count(ldns_pkt_question(scenario->step->entry->message)) != 1)
		return scenario_fail(scenario, "a query has one question");
	scenario_pass(scenario, NS_PER_MS); /* nobody asks in the moment of an answer */
	return scenario_client_send(scenario, scenario_client_new_query(scenario));
}

static bool scenario_client_is_listening(const struct scenario_query *query)
{
	return query->answer == NULL && !query->has_given_up &&
	       scenario_lab_now_ns() - query->asked_ns <= SCENARIO_PATIENCE_NS;
}

static void scenario_client_take(struct scenario_query *query, ldns_pkt *answer, bool is_reply)
{
	query->answer = answer;
	query->is_reply = is_reply;
	query->answered_ns = scenario_lab_now_ns();
}

void scenario_client_respond(struct scenario_query *query)
{
	if (!scenario_client_is_listening(query))
		return;
	scenario_client_take(query, ldns_pkt_clone(query->response), false);
}

/* What makes a client, or any reader, refuse it. */
static const char *scenario_client_fault(
	const struct scenario_query *query, const uint8_t *dns, size_t bytes)
{
	const size_t question_end =
		DNS_HEADER_BYTES +
		ldns_rdf_size(
			ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(query->message), 0))) +
		DNS_QUESTION_FIXED_BYTES;
	struct dns_message view;

	if (bytes < question_end || memcmp(dns, query->bytes, 2) != 0)
		return "a reply without the query's id";
	if (memcmp(dns + DNS_HEADER_BYTES, query->bytes + DNS_HEADER_BYTES,
		    question_end - DNS_HEADER_BYTES) != 0)
		return "a reply whose question is not the query's, byte for byte";
	if (bytes > scenario_message_payload(query->message))
		return "a reply longer than the client takes";
	return dns_read_message(dns, bytes, &view) == DNS_READ_OK ? NULL : "a malformed reply";
}

static void scenario_client_order(void *argument, const struct message_order *order)
{
	struct scenario *scenario = argument;
	struct scenario_query *query = scenario->queries;
	const char *fault;
	ldns_pkt *answer;

	while (query != NULL && (htons(query->path.port) != order->client_port_be ||
					query->path.client != order->if_index))
		query = query->next;
	if (query == NULL) {
		(void)scenario_fail(scenario, "a reply to nobody was ordered");
		return;
	}
	if (!scenario_client_is_listening(query))
		return;
	fault = scenario_client_fault(query, order->dns, order->dns_bytes);
	answer = scenario_client_parse(order->dns, order->dns_bytes);
	if (fault != NULL || answer == NULL)
		(void)scenario_fail(scenario, "%s", fault ?: "a reply that ldns refuses");
	scenario_client_take(query, answer, true);
}

void scenario_client_listen(struct scenario *scenario)
{
	scenario_lab_orders(scenario_client_order, scenario);
}

/* From the step's client, or from any. */
static bool scenario_client_is_due(struct scenario *scenario, const struct scenario_query *query)
{
	const char *client = scenario->clients.text[query->path.client - 1];

	return query->answer != NULL && !query->is_checked &&
	       (scenario->step->address[0] == '\0' || strcmp(scenario->step->address, client) == 0);
}

/* Mark the first answer that fits as checked. @out_other: one that does not, or NULL. */
static bool scenario_client_find(struct scenario *scenario, struct scenario_query **out_other,
	char difference[RPL_DIFFERENCE_BYTES])
{
	char unused[RPL_DIFFERENCE_BYTES];

	*out_other = NULL;
	for (struct scenario_query *query = scenario->queries; query; query = query->next) {
		if (!scenario_client_is_due(scenario, query))
			continue;
		if (rpl_match_is(scenario->step->entry, query->answer,
			    *out_other != NULL ? unused : difference)) {
			query->is_checked = true;
			scenario->checked = query;
			return true;
		}
		if (*out_other == NULL)
			*out_other = query;
	}
	return false;
}

bool scenario_client_check(struct scenario *scenario)
{
	const uint64_t until_ns = scenario_lab_now_ns() + SCENARIO_PATIENCE_NS;
	char difference[RPL_DIFFERENCE_BYTES] = "";
	struct scenario_query *other;
	char *text;

	while (!scenario_client_find(scenario, &other, difference)) {
		if (scenario->failure[0] != '\0')
			return false;
		if (scenario_lab_now_ns() < until_ns) {
			scenario_pass(scenario, SCENARIO_STEP_NS);
			continue;
		}
		if (other == NULL)
			return scenario_fail(scenario, "no answer came");
		text = ldns_pkt2str(other->answer);
		(void)scenario_fail(scenario, "the answer to step %u differs: %s\n%s", other->step,
			difference, text);
		free(text);
		return false;
	}
	return true;
}

bool scenario_client_unchecked(struct scenario *scenario)
{
	const struct rpl_step *step = scenario->step;
	uint64_t replies = 0;
	uint64_t responses = 0;

	for (struct scenario_query *query = scenario->queries; query; query = query->next) {
		if (query->answer == NULL || query->is_checked)
			continue;
		query->is_checked = true;
		replies += query->is_reply;
		responses += !query->is_reply;
	}
	return (responses == step->value && replies == step->more_value) ||
	       scenario_fail(scenario, "%llu responses and %llu replies were not checked",
		       (unsigned long long)responses, (unsigned long long)replies);
}

bool scenario_client_unanswered(struct scenario *scenario)
{
	scenario_pass(scenario, SCENARIO_PATIENCE_NS);
	for (const struct scenario_query *query = scenario->queries; query; query = query->next) {
		if (query->answer != NULL && !query->is_checked)
			return scenario_fail(scenario,
				"step %u was answered, by %s after %llu ms, and nothing checks it",
				query->step, query->is_reply ? "reply" : "response",
				(unsigned long long)((query->answered_ns - query->asked_ns) /
						     NS_PER_MS));
	}
	return scenario->failure[0] == '\0';
}

void scenario_client_free(struct scenario *scenario)
{
	while (scenario->queries != NULL) {
		struct scenario_query *query = scenario->queries;

		scenario->queries = query->next;
		ldns_pkt_free(query->message);
		ldns_pkt_free(query->response);
		ldns_pkt_free(query->answer);
		free(query->bytes);
		free(query);
	}
}
