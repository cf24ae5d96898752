/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <assert.h>
#include <string.h>

#include "shared/clock.h"

/*
 * A failure that was kept from its client. It counts as any other; its client gets our reply or
 * the failure itself, and each ends in exactly one of the counters held_*.
 */

#define WORKER_HELD_NS_MAX NS_PER_S /* later its client has asked again, or has given up */

static_assert(MESSAGE_FRAME_BYTES_MAX <= MESSAGE_DNS_BYTES_MAX, "a frame fits the scratch");

/* Put its frame together again: false if nobody takes it. */
static bool worker_held_release(struct worker *worker, const struct message_packet *packet)
{
	const struct message_release release = {
		.held_ns = packet->seen_ns,
		.deadline_ns = packet->seen_ns + WORKER_HELD_NS_MAX,
		.if_index = packet->if_index,
		.frame_bytes = (uint16_t)(packet->head_bytes + packet->dns_bytes),
		.dns_at = packet->head_bytes,
		.checksum = packet->checksum,
	};

	memcpy(worker->scratch, packet->dns + packet->dns_bytes, packet->head_bytes);
	memcpy(worker->scratch + packet->head_bytes, packet->dns, packet->dns_bytes);
	return worker->output.release(worker->output.argument, &release, worker->scratch);
}

void worker_held(struct worker *worker, const struct message_packet *packet, uint64_t now_ns)
{
	struct analyzer_counters *counters = &worker->counters;

	/* Unless somebody decides otherwise. */
	worker->held = now_ns - packet->seen_ns > WORKER_HELD_NS_MAX ? WORKER_HELD_DISCARDED
								     : WORKER_HELD_RELEASED;
	worker_look(worker, packet, now_ns);
	counters->held_answered += worker->held == WORKER_HELD_ANSWERED;
	counters->held_superseded += worker->held == WORKER_HELD_SUPERSEDED;
	counters->held_discarded += worker->held == WORKER_HELD_DISCARDED;
	if (worker->held == WORKER_HELD_RELEASED) {
		if (worker_held_release(worker, packet))
			counters->held_released++;
		else
			counters->held_discarded++;
	}
	worker->held = WORKER_HELD_NOT;
}

/* Whether such a failure is one to be answered in place of, and as what that counts. */
static bool worker_held_trigger(
	uint64_t conditions, enum failure_response kind, enum message_trigger *out_trigger)
{
	switch (kind) {
	case FAILURE_RESPONSE_SERVFAIL:
		*out_trigger = MESSAGE_TRIGGER_SERVFAIL;
		return conditions & CONFIG_CONDITION_SERVFAIL;
	case FAILURE_RESPONSE_REFUSED:
		*out_trigger = MESSAGE_TRIGGER_REFUSED;
		return conditions & CONFIG_CONDITION_REFUSED;
	case FAILURE_RESPONSE_UNREACHABLE:
		*out_trigger = MESSAGE_TRIGGER_UNREACHABLE;
		return conditions & CONFIG_CONDITION_ICMP;
	default:
		return false;
	}
}

/* Nothing is left to wait for: this query has failed, whatever else fails. */
static enum failure_level worker_held_level(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct failure_path path = worker_failure_path(transaction);
	const struct dns_name name = worker_name(transaction);
	const enum failure_level level =
		failure_look(worker->failures, &path, &name, transaction->seen_ns, now_ns);

	return level == FAILURE_ONE_SIDED ? level : FAILURE_NAME;
}

/* Its client learns by the error that there is nothing to wait for. */
static void worker_held_gives_up(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct dns_name name = worker_name(transaction);
	const struct search_query query = worker_search_query(transaction, &name);

	search_siblings_failed(worker->siblings, &query, now_ns);
}

void worker_held_failure(struct worker *worker, struct transaction *transaction,
	enum failure_response kind, uint64_t now_ns)
{
	const uint64_t order_id = transaction->order_id;
	enum message_trigger trigger;

	if (worker->held == WORKER_HELD_NOT || worker->held == WORKER_HELD_DISCARDED)
		return;
	if (order_id != 0 && transaction->ordered_asked_ns == transaction->asked_ns) {
		worker->held = WORKER_HELD_SUPERSEDED;
		return;
	}
	if (transaction->outcome != TRANSACTION_WAITING || !worker_counts_failure(transaction) ||
		!worker_held_trigger(worker_conditions(worker, worker_zone(worker, transaction)),
			kind, &trigger))
		return;
	if (worker_is_void(worker, transaction)) {
		worker->counters.suppressed_voided++;
		return;
	}
	(void)worker_answer(worker, transaction, worker_held_level(worker, transaction, now_ns),
		trigger, now_ns);
	if (transaction->order_id != order_id)
		worker->held = WORKER_HELD_ANSWERED;
	else if (kind == FAILURE_RESPONSE_UNREACHABLE)
		worker_held_gives_up(worker, transaction, now_ns);
}
