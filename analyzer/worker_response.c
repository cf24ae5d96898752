/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <string.h>

#include "analyzer/answer_addresses.h"
#include "analyzer/answer_learn.h"
#include "shared/clock.h"

/* RFC 8914: these codes say that the resolver means it: bogus, blocked, censored, filtered, prohibited. */
#define WORKER_MEANT_EDE_BITS (0x7full << 6 | 0xfull << 15)

/* Freshness of a negative answer that says nothing of its own time. */
#define WORKER_NEGATIVE_NS (30 * NS_PER_S)

static struct transaction *worker_response_query(
	struct worker *worker, const struct message_packet *packet, const struct dns_head *head)
{
	struct transaction_path path = {
		.client_port_be = packet->destination_port_be,
		.server_port_be = packet->source_port_be,
	};

	worker_path_edge(packet, &path);
	memcpy(path.client_ip, packet->destination_ip, sizeof(path.client_ip));
	memcpy(path.server_ip, packet->source_ip, sizeof(path.server_ip));
	return query_match_find(worker->match, &path, head);
}

/*
 * Forged or damaged. A damaged one the client drops, and goes on waiting. One that came
 * in by a wrong way it takes: whether its resolver answered can no longer be told, and
 * a reply of ours would come too late.
 */
static bool worker_response_is_refused(
	struct worker *worker, const struct message_packet *packet, struct transaction *transaction)
{
	bool is_right;

	if (packet->checksum == MESSAGE_CHECKSUM_WRONG) {
		worker->counters.responses_checksum++;
		return true;
	}
	is_right = answer_learn_entered_right(packet, &transaction->route);
	worker_route_arrived(transaction);
	if (!is_right) {
		worker->counters.responses_wrong_entry++;
		transaction->is_disputed = true;
	}
	return !is_right;
}

static enum failure_response worker_response_kind(uint16_t rcode, uint32_t extended_error_bits)
{
	switch (rcode) {
	case DNS_RCODE_NOERROR:
	case DNS_RCODE_NXDOMAIN:
		return FAILURE_RESPONSE_GOOD;
	case DNS_RCODE_SERVFAIL:
	case DNS_RCODE_REFUSED:
		if (extended_error_bits & WORKER_MEANT_EDE_BITS)
			return FAILURE_RESPONSE_OTHER;
		return rcode == DNS_RCODE_SERVFAIL ? FAILURE_RESPONSE_SERVFAIL
						   : FAILURE_RESPONSE_REFUSED;
	default:
		return FAILURE_RESPONSE_OTHER;
	}
}

void worker_tell_successes(struct worker *worker, uint64_t now_ns)
{
	const struct failure_success *successes = worker->successes;
	unsigned int told = 0;

	while (told < worker->success_count) {
		struct failure_path path;
		struct failure_change change;

		told += (unsigned int)failure_succeeded(
			worker->failures, &successes[told], worker->success_count - told, &change);
		path = failure_success_path(&successes[told - 1]);
		worker_log_change(worker, &path, &change, now_ns);
	}
	worker->success_count = 0;
}

/* Most of the time nothing is failing, and a good response is told with the others of its batch. */
static void worker_succeeded(struct worker *worker, const struct failure_path *path,
	const struct dns_name *name, uint64_t sent_ns, uint64_t seen_ns, uint64_t now_ns)
{
	failure_success_make(worker->failures, path, name, sent_ns, seen_ns,
		&worker->successes[worker->success_count++]);
	if (worker->success_count == WORKER_SUCCESSES_MAX)
		worker_tell_successes(worker, now_ns);
}

static void worker_response_happened(struct worker *worker, const struct transaction *transaction,
	enum failure_response kind, uint64_t seen_ns, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);
	struct failure_change change;

	/* Servers of zones, which a container that resolves asks by the thousand, are no resolvers. */
	if (!(transaction->query.flags & DNS_FLAG_RD) && !failure_is_known(worker->failures, &path))
		return;
	/* Not to be counted if it was not answered, and so not if it was. */
	if (worker_is_void(worker, transaction) || !worker_counts_failure(transaction))
		kind = FAILURE_RESPONSE_OTHER;
	if (kind == FAILURE_RESPONSE_GOOD && failure_takes_successes(worker->failures)) {
		worker_succeeded(worker, &path, &name, transaction->seen_ns, seen_ns, now_ns);
		return;
	}
	worker_tell_successes(worker, now_ns);
	change = failure_responded(
		worker->failures, &path, &name, kind, transaction->seen_ns, seen_ns);
	worker_log_change(worker, &path, &change, now_ns);
}

static void worker_count_learn(struct worker *worker, enum learn_outcome outcome)
{
	struct analyzer_counters *counters = &worker->counters;

	counters->drops_malformed += outcome == LEARN_MALFORMED;
	counters->drops_checksum += outcome == LEARN_CHECKSUM;
	counters->drops_cut += outcome == LEARN_CUT;
	counters->drops_no_answer += outcome == LEARN_NO_ANSWER;
	counters->drops_no_ttl += outcome == LEARN_NO_TTL;
	counters->drops_signed += outcome == LEARN_SIGNED;
	counters->drops_opt_place += outcome == LEARN_OPT_PLACE;
	counters->drops_not_eligible += outcome == LEARN_NOT_ELIGIBLE;
}

static enum learn_outcome worker_learn(struct worker *worker, const struct message_packet *packet,
	const struct dns_message *view, const struct transaction *transaction, uint64_t now_ns)
{
	const struct learn_limits limits = {
		.fresh_max_ns = worker->config->cache_ttl_ns,
		.stale_max_ns = worker->config->cache_max_stale_ns,
		.seed = worker->shared->seed,
		.negative_ns = WORKER_NEGATIVE_NS,
	};
	struct answer_facts facts;
	enum learn_outcome outcome;
	struct answer_key key;
	uint16_t bytes;

	if (!transaction->is_eligible || !transaction->is_answerable || transaction->drew_error)
		return LEARN_NOT_ELIGIBLE;
	if (!answer_learn_checksum_is_good(packet))
		return LEARN_CHECKSUM;
	outcome = answer_learn_facts(packet->dns, view, &limits, now_ns, &facts);
	if (outcome != LEARN_OK)
		return outcome;
	worker_transaction_key(transaction, &key);
	if (answer_cache_renew(worker->cache, &key, &facts)) {
		worker->counters.cache_renewals++;
		return LEARN_OK;
	}
	bytes = answer_learn_copy(
		packet->dns, view, (uint32_t)(limits.fresh_max_ns / NS_PER_S), worker->scratch);
	if (answer_cache_put(worker->cache, &key, &facts, worker->scratch, bytes) !=
		ANSWER_CACHE_OK)
		worker->counters.drops_too_large++;
	return LEARN_OK;
}

static void worker_response_race(struct worker *worker, const struct transaction *transaction)
{
	if (transaction->order_id == 0)
		return;
	worker->counters.lost_races++;
	worker->counters.orders_cancelled++;
	worker->output.cancel(worker->output.argument, transaction->order_id);
}

/* The transaction ends with this response. @view: NULL if only its head could be read. */
static void worker_response_finish(struct worker *worker, struct transaction *transaction,
	const struct message_packet *packet, const struct dns_head *head,
	const struct dns_message *view)
{
	const bool is_late = transaction->outcome != TRANSACTION_WAITING;

	worker_response_race(worker, transaction);
	timer_wheel_cancel(&worker->timers, &transaction->timer);
	if (is_late) {
		worker->counters.responses_late++;
		query_match_forget(worker->match, transaction);
		return;
	}
	worker->counters.queries_matched++;
	worker_count_duration(worker, packet->seen_ns - transaction->seen_ns);
	transaction->finished_ns = packet->seen_ns;
	transaction->rcode = dns_head_rcode(head);
	if (view != NULL)
		transaction->address_count =
			answer_addresses(packet->dns, view, transaction->addresses);
	query_match_matched(worker->match, transaction);
}

/* Of a first fragment nobody knows whether its client gets the others. */
static bool worker_response_is_cut(const struct message_packet *packet)
{
	return packet->dns_bytes != packet->dns_bytes_sent ||
	       (packet->flags & MESSAGE_PACKET_FIRST_FRAGMENT);
}

/*
 * Longer than a tap copies, a first fragment, or refused by our reader. It is a response all the same:
 * the client has it and may well take it. It teaches nothing.
 */
static void worker_response_unreadable(struct worker *worker, const struct message_packet *packet,
	struct transaction *transaction, const struct dns_head *head, uint64_t now_ns)
{
	const bool is_cut = worker_response_is_cut(packet);
	const enum failure_response kind =
		is_cut ? worker_response_kind(dns_head_rcode(head), 0) : FAILURE_RESPONSE_OTHER;

	worker_count_learn(worker, is_cut ? LEARN_CUT : LEARN_MALFORMED);
	if (is_cut)
		worker_count_response(worker, dns_head_rcode(head));
	else
		worker->counters.failures_malformed++;
	worker_response_happened(worker, transaction, kind, packet->seen_ns, now_ns);
	worker_response_finish(worker, transaction, packet, head, NULL);
}

static void worker_response_readable(struct worker *worker, const struct message_packet *packet,
	struct transaction *transaction, const struct dns_message *view, uint64_t now_ns)
{
	const uint16_t rcode = dns_read_rcode(view);
	const enum failure_response kind =
		worker_response_kind(rcode, view->edns.extended_error_bits);

	worker_count_response(worker, rcode);
	worker_response_happened(worker, transaction, kind, packet->seen_ns, now_ns);
	worker_count_learn(worker, worker_learn(worker, packet, view, transaction, now_ns));
	worker_response_finish(worker, transaction, packet, &view->head, view);
}

void worker_response(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	struct transaction *transaction = worker_response_query(worker, packet, head);
	struct dns_message view;

	if (packet->entry == MESSAGE_ENTRY_LOCAL && packet->if_index != MESSAGE_HOST_IF_INDEX)
		answering_clients_put(
			worker->answering, MESSAGE_HOST_IF_INDEX, packet->source_ip, now_ns);
	if (transaction == NULL) {
		/* At the uplink: of a container behind NAT, seen at its edge under another name. */
		worker->counters.responses_unsolicited += packet->if_index != MESSAGE_HOST_IF_INDEX;
		return;
	}
	if (worker_response_is_refused(worker, packet, transaction))
		return;
	if (!worker_response_is_cut(packet) &&
		dns_read_message(packet->dns, packet->dns_bytes, &view) == DNS_READ_OK)
		worker_response_readable(worker, packet, transaction, &view, now_ns);
	else
		worker_response_unreadable(worker, packet, transaction, head, now_ns);
}
