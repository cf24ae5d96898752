/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <string.h>

#include "analyzer/answer_addresses.h"
#include "analyzer/answer_learn.h"

/* RFC 8914: these codes say that the resolver means it: bogus, blocked, censored, filtered, prohibited. */
#define WORKER_MEANT_EDE_BITS (0x7full << 6 | 0xfull << 15)

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

static enum failure_response worker_rcode_kind(uint16_t rcode, uint32_t extended_error_bits)
{
	switch (rcode) {
	case DNS_RCODE_NOERROR:
	case DNS_RCODE_NXDOMAIN:
		return FAILURE_RESPONSE_GOOD;
	case DNS_RCODE_SERVFAIL:
	case DNS_RCODE_REFUSED:
		if (extended_error_bits & WORKER_MEANT_EDE_BITS)
			return FAILURE_RESPONSE_MEANT;
		return rcode == DNS_RCODE_SERVFAIL ? FAILURE_RESPONSE_SERVFAIL
						   : FAILURE_RESPONSE_REFUSED;
	default:
		return FAILURE_RESPONSE_OTHER;
	}
}

static enum failure_response worker_response_kind(const struct worker_response *response)
{
	if (response->view != NULL)
		return worker_rcode_kind(
			dns_read_rcode(response->view), response->view->edns.extended_error_bits);
	return response->is_cut ? worker_rcode_kind(dns_head_rcode(response->head), 0)
				: FAILURE_RESPONSE_OTHER;
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
	const struct dns_name *name, const struct failure_span *span, uint64_t now_ns)
{
	failure_success_make(
		worker->failures, path, name, span, &worker->successes[worker->success_count++]);
	if (worker->success_count == WORKER_SUCCESSES_MAX)
		worker_tell_successes(worker, now_ns);
}

struct failure_span worker_span(const struct transaction *transaction, uint64_t seen_ns)
{
	return (struct failure_span){ transaction->seen_ns, seen_ns,
		transaction->asked_ns != transaction->seen_ns };
}

/* How a name fails by a response, or no longer does. */
static const char *worker_response_text(enum failure_response kind)
{
	switch (kind) {
	case FAILURE_RESPONSE_GOOD:
		return "";
	case FAILURE_RESPONSE_MEANT:
		return ": its response is meant";
	case FAILURE_RESPONSE_SERVFAIL:
		return "SERVFAIL";
	case FAILURE_RESPONSE_REFUSED:
		return "REFUSED";
	case FAILURE_RESPONSE_NXDOMAIN_AFTER_POSITIVE:
		return "NXDOMAIN, and it had records";
	default:
		return "no records, and it had some";
	}
}

static void worker_response_happened(struct worker *worker, const struct transaction *transaction,
	enum failure_response kind, uint64_t seen_ns, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);
	const struct failure_span span = worker_span(transaction, seen_ns);
	struct failure_change change;

	/* Servers of zones, which a container that resolves asks by the thousand, are no resolvers. */
	if (!(transaction->query.flags & DNS_FLAG_RD) && !failure_is_known(worker->failures, &path))
		return;
	/* Not to be counted if it was not answered, and so not if it was. */
	if (worker_is_void(worker, transaction) || !worker_counts_failure(transaction))
		kind = FAILURE_RESPONSE_OTHER;
	if (kind == FAILURE_RESPONSE_GOOD && failure_takes_successes(worker->failures)) {
		worker_succeeded(worker, &path, &name, &span, now_ns);
		return;
	}
	worker_tell_successes(worker, now_ns);
	change = failure_responded(worker->failures, &path, &name, kind, &span);
	worker_log_change(worker, &path, &change, now_ns);
	worker_log_name(worker, transaction, &change, worker_response_text(kind), now_ns);
}

/* Was our reply what the resolver says? */
static void worker_count_race(struct worker *worker, const struct transaction *transaction,
	const struct worker_response *response)
{
	struct analyzer_counters *counters = &worker->counters;
	struct answer_likeness said;
	bool is_same;

	if (worker_response_kind(response) != FAILURE_RESPONSE_GOOD) {
		counters->lost_races_failure++;
		return;
	}
	if (response->view == NULL || dns_head_is_truncated(response->head)) {
		counters->lost_races_unclear++;
		return;
	}
	answer_likeness_of(response->packet->dns, response->view, 0, worker->shared->seed, &said);
	is_same = said.records == transaction->replied_records;
	counters->lost_races_same += is_same;
	counters->lost_races_different += !is_same;
	if (!is_same)
		worker_log_notice(worker, transaction, WORKER_NOTICE_DIFFERENT, "",
			response->packet->seen_ns);
}

static void worker_response_race(struct worker *worker, const struct transaction *transaction,
	const struct worker_response *response)
{
	if (transaction->order_id == 0 || worker->held == WORKER_HELD_ANSWERED)
		return;
	worker_count_race(worker, transaction, response);
	if (worker->held == WORKER_HELD_SUPERSEDED) /* our reply is all that its client gets */
		return;
	worker->counters.orders_cancelled++;
	worker->output.cancel(worker->output.argument, transaction->order_id);
}

static void worker_response_matched(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response, bool is_settling)
{
	const uint64_t seen_ns = response->packet->seen_ns;

	worker->counters.queries_matched++;
	worker_count_duration(worker, seen_ns - transaction->seen_ns);
	transaction->finished_ns = seen_ns;
	transaction->rcode = dns_head_rcode(response->head);
	if (response->view != NULL)
		transaction->address_count = answer_addresses(
			response->packet->dns, response->view, transaction->addresses);
	if (is_settling)
		query_match_settling(worker->match, transaction);
	else
		query_match_matched(worker->match, transaction);
}

/* The transaction ends with this response; @is_settling: but may be contradicted. */
static void worker_response_finish(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response, bool is_settling)
{
	const bool is_late = transaction->outcome != TRANSACTION_WAITING;

	worker_response_race(worker, transaction, response);
	timer_wheel_cancel(&worker->timers, &transaction->timer);
	worker->counters.responses_late += is_late;
	if (is_settling) {
		transaction->due = TRANSACTION_DUE_SETTLE;
		transaction->settle_at_ns = response->packet->seen_ns + ANSWER_SHARE_SETTLE_NS;
		worker_set_timer(worker, transaction);
	}
	if (!is_late)
		worker_response_matched(worker, transaction, response, is_settling);
	else if (is_settling)
		query_match_settling_late(worker->match, transaction);
	else
		query_match_forget(worker->match, transaction);
}

/*
 * Where that is a condition, a good response that says that there is nothing, though there
 * was something, is a failure and teaches nothing.
 */
static enum failure_response worker_response_meaning(struct worker *worker,
	const struct transaction *transaction, const struct worker_response *response,
	uint64_t now_ns)
{
	const enum failure_response kind = worker_response_kind(response);
	const uint64_t conditions = worker_conditions(worker, worker_zone(worker, transaction));
	bool is_nxdomain;

	if (kind != FAILURE_RESPONSE_GOOD || response->view == NULL ||
		dns_head_is_truncated(response->head) ||
		!(conditions & (CONFIG_CONDITION_NXDOMAIN_AFTER_POSITIVE |
				       CONFIG_CONDITION_NODATA_AFTER_POSITIVE)) ||
		!dns_read_is_negative(response->packet->dns, response->view))
		return kind;
	is_nxdomain = dns_read_rcode(response->view) == DNS_RCODE_NXDOMAIN;
	if (!(conditions & (is_nxdomain ? CONFIG_CONDITION_NXDOMAIN_AFTER_POSITIVE
					: CONFIG_CONDITION_NODATA_AFTER_POSITIVE)) ||
		!worker_had_records(worker, transaction, now_ns))
		return kind;
	worker->counters.failures_nxdomain_after_positive += is_nxdomain;
	worker->counters.failures_nodata_after_positive += !is_nxdomain;
	return is_nxdomain ? FAILURE_RESPONSE_NXDOMAIN_AFTER_POSITIVE
			   : FAILURE_RESPONSE_NODATA_AFTER_POSITIVE;
}

/* Whoever asked it may go on to another name at once, or is content. */
static void worker_response_in_search(struct worker *worker, const struct transaction *transaction,
	enum failure_response kind, uint64_t seen_ns)
{
	const struct dns_name name = worker_name(transaction);
	const struct search_query query = worker_search_query(transaction, &name);

	if (kind == FAILURE_RESPONSE_GOOD)
		search_siblings_answered(worker->siblings, &query);
	else if (kind != FAILURE_RESPONSE_OTHER && transaction->order_id == 0)
		search_siblings_failed(worker->siblings, &query, seen_ns);
}

static void worker_response_count(struct worker *worker, const struct worker_response *response)
{
	const uint16_t dns_bytes = response->packet->dns_bytes_sent;

	if (response->view != NULL) {
		worker_count_response(worker, dns_read_rcode(response->view), dns_bytes);
		worker_count_extended_errors(worker, response->view->edns.extended_error_bits);
	} else if (response->is_cut) {
		worker_count_response(worker, dns_head_rcode(response->head), dns_bytes);
	} else {
		worker->counters.failures_malformed++;
	}
}

static void worker_response_first(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response, uint64_t now_ns)
{
	const enum failure_response kind =
		worker_response_meaning(worker, transaction, response, now_ns);
	bool is_settling;

	worker_response_count(worker, response);
	worker_response_happened(worker, transaction, kind, response->packet->seen_ns, now_ns);
	worker_held_failure(worker, transaction, kind, now_ns);
	worker_response_in_search(worker, transaction, kind, response->packet->seen_ns);
	is_settling = kind == worker_response_kind(response) &&
		      worker_learn(worker, transaction, response, now_ns);
	worker_response_finish(worker, transaction, response, is_settling);
}

/* Of a first fragment nobody knows whether its client gets the others. */
static bool worker_response_is_cut(const struct message_packet *packet)
{
	return packet->dns_bytes != packet->dns_bytes_sent ||
	       (packet->flags & MESSAGE_PACKET_FIRST_FRAGMENT);
}

/*
 * Longer than a tap copies, a first fragment, or refused by our reader: it is a response all the
 * same. The client has it and may well take it.
 */
static void worker_response_fits(struct worker *worker, struct transaction *transaction,
	const struct message_packet *packet, const struct dns_head *head, uint64_t now_ns)
{
	struct worker_response response = {
		.packet = packet, .head = head, .is_cut = worker_response_is_cut(packet)
	};
	struct dns_message view;

	if (!response.is_cut &&
		dns_read_message(packet->dns, packet->dns_bytes, &view) == DNS_READ_OK)
		response.view = &view;
	if (transaction->due & TRANSACTION_DUE_SETTLE)
		worker_response_second(worker, transaction, &response);
	else
		worker_response_first(worker, transaction, &response, now_ns);
}

void worker_response(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	struct transaction *transaction = worker_response_query(worker, packet, head);

	if (packet->entry == MESSAGE_ENTRY_LOCAL && packet->if_index != MESSAGE_HOST_IF_INDEX)
		worker_answers_others(worker, packet, MESSAGE_HOST_IF_INDEX, now_ns);
	if (transaction == NULL) {
		/* At the uplink: of a container behind NAT, seen at its edge under another name. */
		worker->counters.responses_unsolicited += packet->if_index != MESSAGE_HOST_IF_INDEX;
		return;
	}
	if (!worker_response_is_refused(worker, packet, transaction))
		worker_response_fits(worker, transaction, packet, head, now_ns);
}
