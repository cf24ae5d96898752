/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario -- one that is being played: its clients, its resolvers, and what went wrong first.
 *
 * A client takes the first answer to its query, whoever sent it, as a socket does that is
 * closed then; and none after its patience. A resolver hears each query 1 ms after it was sent (dnscache takes none
 * away) and responds by the first range and entry that fit, or never.
 *
 * scenario_play.c goes through the steps, scenario_client.c and scenario_resolver.c are
 * the two sides of the worker.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/clock.h"
#include "tests/scenario/rpl.h"
#include "tests/scenario/scenario_lab.h"

#define SCENARIO_ADDRESSES_MAX 32u
#define SCENARIO_FAILURE_BYTES 4096
#define SCENARIO_STEP_NS       (5 * NS_PER_MS)
#define SCENARIO_PATIENCE_NS   (5 * NS_PER_S) /* how long a client waits */

struct scenario_query {
	struct scenario_query *next;
	unsigned int step; /* that asked it, last */
	struct scenario_path path;
	ldns_pkt *message;
	uint8_t *bytes;
	size_t size_bytes;
	uint64_t asked_ns;

	/* The resolver's. */
	bool is_over;            /* responded to, or never will be */
	uint64_t response_at_ns; /* 0: never */
	ldns_pkt *response;      /* under way until then; NULL for none */

	/* The client's. */
	bool has_given_up; /* an ICMP error came */
	ldns_pkt *answer;  /* NULL while there is none */
	uint64_t answered_ns;
	bool is_reply; /* dnscache sent it */
	bool is_checked;
};

/* The n-th address that the scenario names. */
struct scenario_addresses {
	unsigned int count;
	char text[SCENARIO_ADDRESSES_MAX][RPL_ADDRESS_BYTES];
};

struct scenario {
	const char *path; /* of its file */
	const struct rpl *rpl;
	const struct rpl_step *step; /* the current one */
	struct scenario_addresses clients;
	struct scenario_addresses resolvers;
	struct scenario_path next_path; /* of the next query */
	bool are_clients_connected;     /* their sockets: an ICMP error ends their waiting */
	struct scenario_query *queries; /* in their order */
	struct scenario_query **query_end;
	const struct scenario_query *checked; /* last */
	uint64_t busy_until_ns;               /* until then time goes by in small steps */
	char failure[SCENARIO_FAILURE_BYTES]; /* "" for none */
};

/* Say what went wrong in the current step, unless something did before. Return: false. */
bool scenario_fail(struct scenario *scenario, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Time goes by; resolvers and clients do what is theirs meanwhile. */
void scenario_pass(struct scenario *scenario, uint64_t ns);
void scenario_busy_until(struct scenario *scenario, uint64_t until_ns);

/* The number of an address, from 0. */
uint8_t scenario_address(
	struct scenario *scenario, struct scenario_addresses *addresses, const char *text);

/* scenario_client.c */
bool scenario_client_ask(struct scenario *scenario);
bool scenario_client_again(struct scenario *scenario);      /* the last query */
void scenario_client_listen(struct scenario *scenario);     /* take what was ordered */
void scenario_client_respond(struct scenario_query *query); /* a response comes */
bool scenario_client_check(struct scenario *scenario);
bool scenario_client_unchecked(struct scenario *scenario);
bool scenario_client_unanswered(struct scenario *scenario);
void scenario_client_free(struct scenario *scenario);

/* scenario_resolver.c */
void scenario_resolver_hear(struct scenario *scenario, struct scenario_query *query);
void scenario_resolver_due(struct scenario *scenario);
bool scenario_resolver_reply(struct scenario *scenario);
bool scenario_resolver_was_asked(struct scenario *scenario);
bool scenario_resolver_lose(struct scenario *scenario, bool draws_error);
