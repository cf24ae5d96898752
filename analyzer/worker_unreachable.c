/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include "analyzer/answer_learn.h"

/* It failed, and a client that has not given up at the error itself may be answered at once. */
static void worker_unreachable_failed(
	struct worker *worker, struct transaction *transaction, uint64_t seen_ns, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);
	const struct failure_span span = worker_span(transaction, seen_ns);
	struct failure_change change;
	enum failure_level level;

	worker_tell_successes(worker, now_ns);
	change = failure_responded(
		worker->failures, &path, &name, FAILURE_RESPONSE_UNREACHABLE, &span);
	worker_log_name(worker, transaction, &change, "an ICMP error", now_ns);
	if (worker->held != WORKER_HELD_NOT) /* it is decided about that error itself */
		return;
	level = failure_look(worker->failures, &path, &name, transaction->seen_ns, now_ns);
	if (transaction->is_eligible && transaction->order_id == 0 && level != FAILURE_NONE &&
		level != FAILURE_ONE_SIDED)
		(void)worker_answer(
			worker, transaction, level, MESSAGE_TRIGGER_UNREACHABLE, now_ns);
	if (transaction->order_id == 0) { /* its client knows, and may go on to another name */
		const struct search_query query = worker_search_query(transaction, &name);

		search_siblings_failed(worker->siblings, &query, seen_ns);
	}
}

static void worker_unreachable_first(
	struct worker *worker, struct transaction *transaction, uint64_t seen_ns, uint64_t now_ns)
{
	transaction->drew_error = true;
	worker->counters.failures_unreachable++;
	if ((transaction->query.flags & DNS_FLAG_RD) && !worker_is_void(worker, transaction))
		worker_unreachable_failed(worker, transaction, seen_ns, now_ns);
}

/* It waits for its response, or what that said has yet to settle. */
static bool worker_unreachable_is_awaited(const struct transaction *transaction)
{
	return transaction->outcome == TRANSACTION_WAITING ||
	       (transaction->due & TRANSACTION_DUE_SETTLE);
}

void worker_unreachable(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	struct transaction *transaction;
	struct transaction_path path;

	worker_query_path(packet, &path);
	transaction = query_match_find(worker->match, &path, head);
	if (transaction == NULL || !worker_unreachable_is_awaited(transaction)) {
		worker->counters.errors_unsolicited++;
		return;
	}
	if (!answer_learn_entered_right(packet, &transaction->route)) {
		worker->counters.errors_wrong_entry++;
		return;
	}
	if (transaction->due & TRANSACTION_DUE_SETTLE) { /* who answered, if nobody was asked? */
		worker_opposed(worker, transaction, packet->seen_ns);
		return;
	}
	if (!transaction->drew_error)
		worker_unreachable_first(worker, transaction, packet->seen_ns, now_ns);
	worker_held_failure(worker, transaction, FAILURE_RESPONSE_UNREACHABLE, now_ns);
}
