/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Query match -- which transaction a packet belongs to, and the lists to look at.
 *
 * The matching table holds the waiting queries, and unanswered ones for some time
 * more, so that a late response is recognised, and answered ones whose answers have yet
 * to settle. Its key is the whole of edge, VLAN, addresses, ports, DNS id and question,
 * case as sent (RFC 5452 section 9.1). A transaction that ended stands in the matched or
 * unmatched list for `ttl`, within `capacity`.
 *
 * A. One writer, the worker. Other registered threads may walk table and lists inside
 *    rcu_read_lock(); a transaction is freed a grace period after it left both.
 * B. Bounds: at most `capacity` transactions in the table. When it is full, those kept
 *    for late responses make room, oldest first; without any, those whose answers have yet
 *    to settle while they are more than those that wait; then the oldest that waits of the
 *    edge that has most waiting (query_shares.h); where that is the one that asks, a new
 *    query is not followed.
 */

#include <stdint.h>

#include "analyzer/transaction.h"

struct query_match;

struct query_match_limits {
	uint64_t matching_max;
	uint64_t matched_max;
	uint64_t unmatched_max;
	uint64_t matched_ttl_ns;
	uint64_t unmatched_ttl_ns;
};

enum query_match_table {
	QUERY_MATCH_WAITING,
	QUERY_MATCH_MATCHED,
	QUERY_MATCH_UNMATCHED,
};

/* Return: 0 or -ENOMEM. */
int query_match_new(
	struct query_match **out_match, const struct query_match_limits *limits, uint64_t seed);

/* What it may take, with the longest names. */
uint64_t query_match_bytes(const struct query_match_limits *limits);

/* Accepts NULL. */
void query_match_free(struct query_match *match);

/* The transaction of this path, id and question, or NULL. */
struct transaction *query_match_find(struct query_match *match, const struct transaction_path *path,
	const struct dns_head *head);

/**
 * query_match_find_passing() - the same, for a datagram seen at another edge than its client's
 * @path: if_index TRANSACTION_ANY_EDGE: by whichever edge it entered, in any VLAN
 *
 * Where this host translates the server's address (a Kubernetes service and its pod),
 * that edge shows the translated one: if no transaction has this server's address, one
 * of any other server fits that has all the rest.
 */
struct transaction *query_match_find_passing(struct query_match *match,
	const struct transaction_path *path, const struct dns_head *head);

/**
 * query_match_make() - transaction_pool_make(): the caller sets what others read, then
 * calls query_match_follow()
 */
struct transaction *query_match_make(struct query_match *match, const struct transaction_path *path,
	const struct dns_head *head, const struct answer_key *key);

/* Into the table. Return: false, and @transaction is gone, if there is no room. */
bool query_match_follow(
	struct query_match *match, struct transaction *transaction, const struct dns_head *head);

/* It got its response: out of the table, into the matched list. */
void query_match_matched(struct query_match *match, struct transaction *transaction);

/* The same, but kept in the table for what may contradict its response. */
void query_match_settling(struct query_match *match, struct transaction *transaction);

/* A late response is what has to settle: it is in the unmatched list, or was voided, already. */
void query_match_settling_late(struct query_match *match, struct transaction *transaction);

/* It got none: into the unmatched list, and kept in the table for late responses. */
void query_match_unmatched(struct query_match *match, struct transaction *transaction);

/* Nobody can know whether it got one: kept in the table for late responses only. */
void query_match_voided(struct query_match *match, struct transaction *transaction);

/**
 * query_match_set_forgetter() - called before a transaction leaves the table for room,
 * so that its timer can be cancelled; one that still waits says so by its outcome
 */
void query_match_set_forgetter(struct query_match *match,
	void (*forgetting)(struct transaction *transaction, void *argument), void *argument);

/* Out of the table; freed unless a list holds it. Its timer must not be set. */
void query_match_forget(struct query_match *match, struct transaction *transaction);

/* Other ttls for the lists, also for what they hold already. */
void query_match_set_ttls(
	struct query_match *match, uint64_t matched_ttl_ns, uint64_t unmatched_ttl_ns);

/* Drop what stood in the lists for longer than their ttl. */
void query_match_expire(struct query_match *match, uint64_t now_ns);

/* In the table and neither matched, unmatched nor voided. */
uint64_t query_match_waiting(const struct query_match *match);

/**
 * query_match_walk() - call @visit for each transaction of a table
 *
 * Context: any registered thread, inside rcu_read_lock().
 */
void query_match_walk(struct query_match *match, enum query_match_table table,
	void (*visit)(const struct transaction *transaction, void *argument), void *argument);
