/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <string.h>

#include "analyzer/verdict.h"
#include "shared/compiler.h"

#define WORKER_LOSSES_MAX 8 /* changes told in one go */

/* Systems begin with 64 or more: with less, it may be meant to end before its resolver. */
#define WORKER_IP_TTL_MIN 32

/* An MTU of 1,500 bytes less the IP and UDP headers. */
#define WORKER_PAYLOAD_IPV4_BYTES_MAX 1472
#define WORKER_PAYLOAD_IPV6_BYTES_MAX 1452

struct failure_path worker_failure_path(const struct transaction *transaction)
{
	return (struct failure_path){
		.scope = transaction->scope,
		.resolver_ip = transaction->path.server_ip,
		.client_ip = transaction->path.client_ip,
		.if_index = transaction->path.if_index,
		.resolver_port_be = transaction->path.server_port_be,
	};
}

const struct config_zone *worker_zone(
	const struct worker *worker, const struct transaction *transaction)
{
	struct dns_name name;

	if (worker->config->zones.count == 0) /* nearly everywhere */
		return NULL;
	name = worker_name(transaction);
	dns_name_fold(&name);
	return config_zone_find(worker->config, &name);
}

bool worker_is_void(const struct worker *worker, const struct transaction *transaction)
{
	return transaction->is_disputed || transaction->generation != worker->blindness.generation;
}

bool worker_counts_failure(const struct transaction *transaction)
{
	return transaction->is_answerable && (transaction->query.flags & DNS_FLAG_RD);
}

void worker_query_path(const struct message_packet *packet, struct transaction_path *out_path)
{
	worker_path_edge(packet, out_path);
	out_path->client_port_be = packet->source_port_be;
	out_path->server_port_be = packet->destination_port_be;
	memcpy(out_path->client_ip, packet->source_ip, sizeof(out_path->client_ip));
	memcpy(out_path->server_ip, packet->destination_ip, sizeof(out_path->server_ip));
}

static enum failure_level worker_query_level(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);

	return failure_look(worker->failures, &path, &name, transaction->seen_ns, now_ns);
}

/* When each thing that is due about a waiting query comes. */
static uint64_t worker_due_at_ns(
	const struct worker *worker, const struct transaction *transaction, uint8_t due)
{
	switch (due) {
	case TRANSACTION_DUE_ANSWER:
		return transaction->seen_ns +
		       (transaction->answer_after_ns ?: FAILURE_ANSWER_AFTER_MIN_NS);
	case TRANSACTION_DUE_FAILURE:
		return transaction->seen_ns + worker->config->failed_after_ns;
	case TRANSACTION_DUE_TIMEOUT:
		return transaction->seen_ns + worker->config->matching_timeout_ns;
	case TRANSACTION_DUE_SETTLE:
		return transaction->settle_at_ns;
	default:
		if (transaction->due & TRANSACTION_DUE_SETTLE) /* then it is forgotten */
			return UINT64_MAX;
		return transaction->seen_ns + worker->config->matching_timeout_ns + WORKER_LATE_NS;
	}
}

/* What is due first. */
static uint8_t worker_due_next(const struct worker *worker, const struct transaction *transaction)
{
	uint8_t next = TRANSACTION_DUE_FORGET;

	for (uint8_t due = TRANSACTION_DUE_ANSWER; due < TRANSACTION_DUE_FORGET; due <<= 1) {
		if ((transaction->due & due) && worker_due_at_ns(worker, transaction, due) <
							worker_due_at_ns(worker, transaction, next))
			next = due;
	}
	return next;
}

void worker_set_timer(struct worker *worker, struct transaction *transaction)
{
	const uint8_t next = worker_due_next(worker, transaction);

	timer_wheel_set(
		&worker->timers, &transaction->timer, worker_due_at_ns(worker, transaction, next));
}

static void worker_query_again(
	struct worker *worker, struct transaction *transaction, uint64_t seen_ns, uint64_t now_ns)
{
	const enum failure_level level = worker_query_level(worker, transaction, now_ns);

	worker->counters.retransmits++;
	transaction->asked_ns = seen_ns;
	/* The client did not get, or not take, what was sent before, by whomever. */
	transaction->is_disputed = false;
	if (level != FAILURE_NONE || transaction->order_id != 0)
		(void)worker_answer(worker, transaction, level,
			level != FAILURE_NONE ? MESSAGE_TRIGGER_FAILING : MESSAGE_TRIGGER_TIMEOUT,
			now_ns);
}

/* What the client accepts, and what a frame at an edge carries: the injector makes no fragments. */
static uint16_t worker_query_payload_bytes(
	const struct message_packet *packet, const struct dns_message *view)
{
	const uint16_t frame_max = packet->ip_version == 4 ? WORKER_PAYLOAD_IPV4_BYTES_MAX
							   : WORKER_PAYLOAD_IPV6_BYTES_MAX;

	if (!view->edns.is_present)
		return DNS_UDP_BYTES_MIN;
	return view->edns.udp_payload_bytes < frame_max ? view->edns.udp_payload_bytes : frame_max;
}

static void worker_query_facts(struct worker *worker, struct transaction *transaction,
	const struct message_packet *packet, const struct dns_message *view)
{
	const struct config_zone *zone = worker_zone(worker, transaction);
	struct transaction_query *query = &transaction->query;

	query->has_opt = view->edns.is_present;
	query->dnssec_ok = view->edns.dnssec_ok;
	query->udp_payload_bytes = worker_query_payload_bytes(packet, view);
	if (view->edns.cookie_bytes > DNS_EDNS_COOKIE_CLIENT_BYTES) {
		query->cookie_bytes = (uint8_t)view->edns.cookie_bytes;
		memcpy(query->cookie, packet->dns + view->edns.cookie_at, query->cookie_bytes);
	}
	transaction->seen_ns = packet->seen_ns;
	transaction->asked_ns = packet->seen_ns;
	transaction->is_answerable =
		packet->ip_ttl > 1 && packet->checksum != MESSAGE_CHECKSUM_WRONG;
	transaction->teaches_nothing = packet->ip_ttl < WORKER_IP_TTL_MIN;
	transaction->is_ipv6 = packet->ip_version == 6;
	transaction->is_from_resolver = packet->flags & MESSAGE_PACKET_CLIENT_SERVES;
	transaction->is_loopback =
		packet->if_index == MESSAGE_HOST_IF_INDEX && packet->entry == MESSAGE_ENTRY_LOCAL;
	memcpy(transaction->vlans, packet->vlans, sizeof(transaction->vlans));
	memcpy(transaction->scope, packet->scope, sizeof(transaction->scope));
	memcpy(transaction->client_mac, packet->source_mac, sizeof(transaction->client_mac));
	memcpy(transaction->server_mac, packet->destination_mac, sizeof(transaction->server_mac));

	transaction->answer_after_ns =
		zone ? zone->answer_after_ns : worker->config->answer_after_ns;
	transaction->generation = worker->blindness.generation;
	transaction->is_eligible = transaction->key_bytes > 0 && verdict_is_eligible(view);
	transaction->due = TRANSACTION_DUE_ANSWER | TRANSACTION_DUE_FAILURE |
			   TRANSACTION_DUE_TIMEOUT | TRANSACTION_DUE_FORGET;
}

static void worker_query_key(const struct message_packet *packet, const struct dns_message *view,
	struct answer_key *out_key)
{
	if (!answer_key_make(out_key, packet->scope, packet->destination_ip,
		    packet->destination_port_be, packet->dns, view))
		out_key->size_bytes = 0;
}

/* Whether a query is @transaction's sent again, and not another with its port, id and name. */
static bool worker_query_is_same(const struct transaction *transaction,
	const struct message_packet *packet, const struct dns_message *view)
{
	const struct transaction_query *query = &transaction->query;
	struct answer_key key;

	worker_query_key(packet, view, &key);
	return key.size_bytes == transaction->key_bytes &&
	       memcmp(key.bytes, transaction_key(transaction), key.size_bytes) == 0 &&
	       query->flags == view->head.flags && query->has_opt == view->edns.is_present &&
	       query->udp_payload_bytes == worker_query_payload_bytes(packet, view);
}

static void worker_query_new(struct worker *worker, const struct message_packet *packet,
	const struct transaction_path *path, const struct dns_message *view, bool is_mixed,
	uint64_t now_ns)
{
	struct transaction *transaction;
	struct answer_key key;
	enum failure_level level;

	worker_query_key(packet, view, &key);
	transaction = query_match_make(worker->match, path, &view->head, &key);
	if (transaction == NULL) {
		worker->counters.queries_unfollowed++;
		return;
	}
	worker_query_facts(worker, transaction, packet, view);
	transaction->teaches_nothing |= is_mixed;
	if (!query_match_follow(worker->match, transaction, &view->head)) {
		worker->counters.queries_unfollowed++;
		return;
	}

	level = failure_is_calm(worker->failures) ? FAILURE_NONE
						  : worker_query_level(worker, transaction, now_ns);
	if (transaction->is_eligible && level != FAILURE_NONE && level != FAILURE_ONE_SIDED &&
		worker_answer(worker, transaction, level, MESSAGE_TRIGGER_FAILING, now_ns))
		transaction->due &= (uint8_t)~TRANSACTION_DUE_ANSWER;
	worker_set_timer(worker, transaction);
}

void worker_query(struct worker *worker, const struct message_packet *packet, uint64_t now_ns)
{
	struct transaction *known;
	struct transaction_path path;
	struct dns_message view;
	bool is_mixed = false;

	if (packet->dns_bytes != packet->dns_bytes_sent ||
		dns_read_message(packet->dns, packet->dns_bytes, &view) != DNS_READ_OK) {
		worker->counters.queries_malformed++;
		return;
	}
	if (dns_head_opcode(&view.head) != DNS_OPCODE_QUERY) {
		worker->counters.queries_other_opcode++;
		return;
	}
	worker_query_path(packet, &path);
	known = query_match_find(worker->match, &path, &view.head);
	if (known != NULL && known->outcome == TRANSACTION_WAITING) {
		if (worker_query_is_same(known, packet, &view)) {
			worker_query_again(worker, known, packet->seen_ns, now_ns);
			return;
		}
		is_mixed = true; /* one response would be taken for that to the other */
	}
	if (known != NULL) { /* the client begins anew */
		worker_asked_anew(worker, known);
		worker->counters.queries_voided += known->outcome == TRANSACTION_WAITING;
		timer_wheel_cancel(&worker->timers, &known->timer);
		query_match_forget(worker->match, known);
	}
	worker_count_request(
		worker, packet->ip_version, view.head.question.type, packet->dns_bytes_sent);
	worker_query_new(worker, packet, &path, &view, is_mixed, now_ns);
}

/* Given up already where a reload has made the timeout the shorter of the two. */
static void worker_due_answer(
	struct worker *worker, struct transaction *transaction, bool is_void, uint64_t now_ns)
{
	/* The least it can be: now that no response came, see how long it is. */
	if (transaction->answer_after_ns == 0 &&
		worker_answer_after_ns(worker, transaction) > FAILURE_ANSWER_AFTER_MIN_NS)
		transaction->due |= TRANSACTION_DUE_ANSWER;
	else if (is_void)
		worker->counters.suppressed_voided++;
	else if (transaction->order_id == 0 && transaction->outcome == TRANSACTION_WAITING)
		(void)worker_answer(worker, transaction,
			worker_query_level(worker, transaction, now_ns), MESSAGE_TRIGGER_TIMEOUT,
			now_ns);
}

static void worker_due_failure(
	struct worker *worker, struct transaction *transaction, bool is_void, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);
	struct failure_change change;

	if (is_void || !worker_counts_failure(transaction))
		return;
	change = failure_timed_out(worker->failures, &path, &name, transaction->seen_ns, now_ns);
	worker->counters.resolvers_one_sided += change.became_one_sided;
	worker_log_change(worker, &path, &change, now_ns);
	worker_log_name(worker, transaction, &change, "no response", now_ns);
}

static void worker_due_timeout(
	struct worker *worker, struct transaction *transaction, bool is_void, uint64_t now_ns)
{
	transaction->finished_ns = now_ns;
	if (is_void) {
		worker->counters.queries_voided++;
		query_match_voided(worker->match, transaction);
	} else {
		worker->counters.queries_unmatched++;
		worker->counters.failures_timeout += !transaction->drew_error;
		query_match_unmatched(worker->match, transaction);
	}
}

/* Do the one thing whose time has come, and wait for the next. */
static void worker_due(struct worker *worker, struct transaction *transaction, uint64_t now_ns)
{
	const uint8_t due = worker_due_next(worker, transaction);
	const bool is_void = worker_is_void(worker, transaction);

	transaction->due &= (uint8_t)~due;
	switch (due) {
	case TRANSACTION_DUE_ANSWER:
		worker_due_answer(worker, transaction, is_void, now_ns);
		break;
	case TRANSACTION_DUE_FAILURE:
		worker_due_failure(worker, transaction, is_void, now_ns);
		break;
	case TRANSACTION_DUE_TIMEOUT:
		worker_due_timeout(worker, transaction, is_void, now_ns);
		break;
	case TRANSACTION_DUE_SETTLE:
		worker_settle(worker, transaction, now_ns);
		query_match_forget(worker->match, transaction);
		return;
	default:
		query_match_forget(worker->match, transaction);
		return;
	}
	worker_set_timer(worker, transaction);
}

/* One worker looks at what all of them met. */
static void worker_judge(struct worker *worker, uint64_t complete_until_ns)
{
	struct failure_loss losses[WORKER_LOSSES_MAX];
	size_t count;

	do {
		count = failure_judge(
			worker->failures, complete_until_ns, losses, ARRAY_COUNT(losses));
		for (size_t i = 0; i < count; i++)
			worker_log_loss(&losses[i]);
	} while (count == ARRAY_COUNT(losses));
}

int worker_advance(struct worker *worker, uint64_t now_ns)
{
	uint64_t complete_until_ns;
	struct timer *timer;
	int due_count = 0;

	worker_tell_successes(worker, now_ns);
	if (worker->blindness.is_attached)
		worker_shared_progress(
			worker->shared, worker->number, worker->blindness.complete_until_ns);
	complete_until_ns = worker_shared_complete_until_ns(worker->shared);
	if (complete_until_ns == WORKER_SHARED_NO_RING || complete_until_ns == WORKER_SHARED_UNREAD)
		return 0;
	while ((timer = timer_wheel_next(&worker->timers, complete_until_ns))) {
		worker_due(worker, caa_container_of(timer, struct transaction, timer), now_ns);
		due_count++;
	}
	if (worker->number == 0)
		worker_judge(worker, complete_until_ns);
	return due_count;
}
