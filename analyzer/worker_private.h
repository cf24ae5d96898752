/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker private -- what the worker's files tell each other.
 *
 *   worker.c              which of these a packet is
 *   worker_query.c        a query came, and what is due about it later
 *   worker_response.c     its response came
 *   worker_learn.c        what that teaches, and whom
 *   worker_unreachable.c  an ICMP error came instead
 *   worker_held.c         either of them was kept from its client: who gets what
 *   worker_route.c        where else its datagrams were seen
 *   worker_answer.c       is it answered, and with what
 *   worker_count.c        counters by type and RCODE; lines in the log
 */

#include "analyzer/answer_share.h"
#include "analyzer/worker.h"
#include "shared/config_zone.h"
#include "shared/dns_read.h"

void worker_query(struct worker *worker, const struct message_packet *packet, uint64_t now_ns);
void worker_response(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns);

/* Tell failure_state of the good responses since the last time. */
void worker_tell_successes(struct worker *worker, uint64_t now_ns);

/* A response to a transaction, as far as it can be read. */
struct worker_response {
	const struct message_packet *packet;
	const struct dns_head *head;
	const struct dns_message *view; /* NULL: cut, or refused by our reader */
	bool is_cut;
};

/**
 * worker_learn() - remember what a transaction's response says
 * @transaction: not finished yet
 *
 * Return: whether this transaction is to vouch for what its client was told: answer_share.h.
 */
bool worker_learn(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response, uint64_t now_ns);

/* Another response, while what the first one said has yet to settle. May end the transaction. */
void worker_response_second(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response);

/* Something contradicts its first response: what that said is forgotten. Ends the transaction. */
void worker_opposed(struct worker *worker, struct transaction *transaction, uint64_t seen_ns);

/* An error quotes a query of this client: nobody will answer it. */
void worker_unreachable(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns);

/* A packet, whether it was held or not. */
void worker_look(struct worker *worker, const struct message_packet *packet, uint64_t now_ns);

/* One that was held: look at it, and answer its client, let it go on, or drop it. */
void worker_held(struct worker *worker, const struct message_packet *packet, uint64_t now_ns);

/**
 * worker_held_failure() - the packet that is looked at is this query's failure
 * @kind: what of failure
 *
 * Sets worker->held, and orders a reply if its client is to have one. Does nothing if the
 * packet was not held.
 */
void worker_held_failure(struct worker *worker, struct transaction *transaction,
	enum failure_response kind, uint64_t now_ns);

/* The path's side of a packet at its client's edge: the edge, and the VLAN there. */
void worker_path_edge(const struct message_packet *packet, struct transaction_path *out_path);

/* The path of a query, or of one that an error quotes. */
void worker_query_path(const struct message_packet *packet, struct transaction_path *out_path);

/* A query leaves to a container: it may answer. */
void worker_route_leaving(
	struct worker *worker, const struct message_packet *packet, const struct dns_head *head);

/* Whoever sent this response answers others: behind this edge, or this host (MESSAGE_HOST_IF_INDEX). */
void worker_answers_others(struct worker *worker, const struct message_packet *packet,
	uint32_t if_index, uint64_t now_ns);

/* A response comes from a container. */
void worker_route_coming(
	struct worker *worker, const struct message_packet *packet, const struct dns_head *head);

/* It has reached its client's edge: where the next one comes in is another matter. */
void worker_route_arrived(struct transaction *transaction);

/**
 * worker_answer() - decide whether to answer now, and do
 * @level:   what is failing for this query
 * @trigger: why it is asked now
 *
 * Return: false if it is to be asked again: the time has not come, or an order could not
 * be given for want of room.
 */
bool worker_answer(struct worker *worker, struct transaction *transaction, enum failure_level level,
	enum message_trigger trigger, uint64_t now_ns);

/* How long its response is waited for: as configured, or asked of failure_state the first time. */
uint64_t worker_answer_after_ns(struct worker *worker, struct transaction *transaction);

/* CONFIG_CONDITION_* of this zone, or of the host. */
static inline uint64_t worker_conditions(
	const struct worker *worker, const struct config_zone *zone)
{
	return zone != NULL ? zone->conditions : worker->config->conditions;
}

/* Whether there is a usable answer with records for it. */
bool worker_had_records(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns);

/* The answers that are good for it. */
void worker_answer_share(const struct worker *worker, const struct transaction *transaction,
	struct answer_share *out_share);

/* For search_siblings.h; @name: worker_name() of it. */
struct search_query worker_search_query(
	const struct transaction *transaction, const struct dns_name *name);

/* Its timer, at the earliest of what is due. */
void worker_set_timer(struct worker *worker, struct transaction *transaction);

/* What its response taught cannot settle by it: it stays its client's. */
void worker_unsettled(struct worker *worker, const struct transaction *transaction);

/* Its client asks anew: what its response taught is forgotten if it has yet to settle. */
void worker_asked_anew(struct worker *worker, const struct transaction *transaction);

/* What its response taught has stood unopposed. */
void worker_settle(struct worker *worker, const struct transaction *transaction, uint64_t now_ns);

/* Where a transaction's query went, for failure_state. */
struct failure_path worker_failure_path(const struct transaction *transaction);

/* Here, so that no more is copied than there is of it. */
static inline struct dns_name worker_name(const struct transaction *transaction)
{
	struct dns_name name;

	dns_name_copy(transaction_name(transaction), (uint8_t)transaction->name_bytes, &name);
	return name;
}

struct failure_span worker_span(const struct transaction *transaction, uint64_t seen_ns);

/* The [zone NAME] that its name is of, or NULL. */
const struct config_zone *worker_zone(
	const struct worker *worker, const struct transaction *transaction);

/* Whether its response came cannot be known. */
bool worker_is_void(const struct worker *worker, const struct transaction *transaction);

/* Whether it asks a resolver to resolve, and could be answered: else it tells nothing of failing. */
bool worker_counts_failure(const struct transaction *transaction);

/* @dns_bytes: what was sent, be it more than was captured. */
void worker_count_request(
	struct worker *worker, uint8_t ip_version, uint16_t type, uint16_t dns_bytes);
void worker_count_response(struct worker *worker, uint16_t rcode, uint16_t dns_bytes);
void worker_count_extended_errors(struct worker *worker, uint32_t bits); /* dns_edns.h's */
void worker_count_duration(struct worker *worker, uint64_t took_ns);
void worker_log_change(const struct worker *worker, const struct failure_path *path,
	const struct failure_change *change, uint64_t now_ns);
void worker_log_loss(const struct failure_loss *loss);
void worker_log_void(const struct failure_levels *ended);

/* One line every ten seconds at most, with how many there were in between; @how: see its texts. */
void worker_log_notice(struct worker *worker, const struct transaction *transaction,
	enum worker_notice notice, const char *how, uint64_t now_ns);

/* What @change says of its name, in such lines; @how: in which way it fails. */
void worker_log_name(struct worker *worker, const struct transaction *transaction,
	const struct failure_change *change, const char *how, uint64_t now_ns);
