/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <string.h>

#include "analyzer/reply_message.h"
#include "analyzer/verdict.h"
#include "shared/clock.h"

void worker_answer_share(const struct worker *worker, const struct transaction *transaction,
	struct answer_share *out_share)
{
	out_share->cache = worker->cache;
	out_share->share = (enum config_share)worker->config->share;
	out_share->client = transaction->path.client_ip;
	out_share->if_index = transaction->path.if_index;
	out_share->key.size_bytes = transaction->key_bytes;
	memcpy(out_share->key.bytes, transaction_key(transaction), transaction->key_bytes);
}

/* A zone's answers may be too old for it before the cache forgets them. */
static bool worker_is_too_stale(
	const struct answer_entry *entry, const struct config_zone *zone, uint64_t now_ns)
{
	return zone != NULL &&
	       now_ns >= answer_entry_facts(entry).fresh_until_ns + zone->max_stale_ns;
}

static const struct answer_entry *worker_find_answer(struct worker *worker,
	const struct transaction *transaction, const struct config_zone *zone, uint64_t now_ns)
{
	const struct answer_entry *entry;
	struct answer_share share;

	if (transaction->key_bytes == 0) /* no answer is good for it */
		return NULL;
	worker->counters.cache_requests++;
	worker_answer_share(worker, transaction, &share);
	entry = answer_share_find(&share, now_ns);
	if (entry == NULL || worker_is_too_stale(entry, zone, now_ns))
		return NULL;
	if (entry->flags & ANSWER_NEGATIVE)
		worker->counters.cache_hits_denial++;
	else
		worker->counters.cache_hits_success++;
	return entry;
}

bool worker_had_records(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct config_zone *zone = worker_zone(worker, transaction);
	const struct answer_entry *entry;
	struct answer_share share;
	bool had_records;

	if (transaction->key_bytes == 0)
		return false;
	worker_answer_share(worker, transaction, &share);
	rcu_read_lock();
	entry = answer_share_find(&share, now_ns);
	had_records = entry != NULL && !(entry->flags & ANSWER_NEGATIVE) &&
		      !worker_is_too_stale(entry, zone, now_ns);
	rcu_read_unlock();
	return had_records;
}

static void worker_count_verdict(struct worker *worker, enum verdict verdict)
{
	struct analyzer_counters *counters = &worker->counters;

	counters->suppressed_not_eligible += verdict == VERDICT_NOT_ELIGIBLE;
	counters->suppressed_policy += verdict == VERDICT_CLIENT_IS_RESOLVER ||
				       verdict == VERDICT_NEVER || verdict == VERDICT_NO_CONDITION;
	counters->suppressed_one_sided += verdict == VERDICT_ONE_SIDED;
	counters->suppressed_expired += verdict == VERDICT_EXPIRED;
	counters->suppressed_no_entry += verdict == VERDICT_NO_ENTRY;
	counters->suppressed_partial_search += verdict == VERDICT_PARTIAL_SEARCH;
	counters->suppressed_disabled += verdict == VERDICT_DISABLED;
	counters->suppressed_rate_limit += verdict == VERDICT_RATE_LIMIT;
}

static void worker_fill_order(const struct worker *worker, const struct transaction *transaction,
	enum message_trigger trigger, bool is_stale, uint64_t now_ns,
	struct message_order *out_order)
{
	*out_order = (struct message_order){
		.order_id = worker->last_order_id + 1,
		.ordered_ns = now_ns,
		.deadline_ns = transaction->asked_ns + worker->config->matching_timeout_ns,
		.query_ns = transaction->asked_ns,
		.if_index = transaction->path.if_index,
		.ip_version = transaction->is_ipv6 ? 6 : 4,
		.trigger = (uint8_t)trigger,
		.freshness = is_stale ? MESSAGE_FRESHNESS_STALE : MESSAGE_FRESHNESS_FRESH,
		.client_port_be = transaction->path.client_port_be,
		.server_port_be = transaction->path.server_port_be,
	};
	memcpy(out_order->client_mac, transaction->client_mac, sizeof(out_order->client_mac));
	memcpy(out_order->server_mac, transaction->server_mac, sizeof(out_order->server_mac));
	memcpy(out_order->client_ip, transaction->path.client_ip, sizeof(out_order->client_ip));
	memcpy(out_order->server_ip, transaction->path.server_ip, sizeof(out_order->server_ip));
	memcpy(out_order->vlans, transaction->vlans, sizeof(out_order->vlans));
}

/* Inside rcu_read_lock(). Return: as worker_answer(). */
static bool worker_order(struct worker *worker, struct transaction *transaction,
	const struct answer_entry *entry, enum message_trigger trigger, uint64_t now_ns)
{
	const struct answer_facts facts = answer_entry_facts(entry);
	const bool is_stale = now_ns >= facts.fresh_until_ns;
	const struct reply_source source = {
		.message = answer_entry_message(entry),
		.message_bytes = entry->message_bytes,
		.facts = &facts,
		.query = &transaction->query,
		.name = transaction_name(transaction),
		.name_bytes = transaction->name_bytes,
		.stale_ttl_s = (uint32_t)(worker->config->cache_stale_ttl_ns / NS_PER_S),
		.now_ns = now_ns,
	};
	enum reply_outcome outcome;
	struct message_order order;
	uint16_t bytes;

	outcome = reply_message_make(&source, worker->scratch, sizeof(worker->scratch), &bytes);
	if (outcome != REPLY_OK) {
		worker->counters.suppressed_too_large += outcome == REPLY_TOO_LARGE;
		worker->counters.suppressed_unusable += outcome == REPLY_UNUSABLE;
		return true;
	}
	worker_fill_order(worker, transaction, trigger, is_stale, now_ns, &order);
	order.dns_bytes = bytes;
	if (!worker->output.order(worker->output.argument, &order, worker->scratch)) {
		worker->counters.suppressed_ring_full++;
		return false;
	}
	worker->last_order_id = order.order_id;
	worker->counters.orders_sent++;
	worker->counters.cache_served_stale += is_stale;
	transaction->order_id = order.order_id;
	transaction->ordered_asked_ns = transaction->asked_ns;
	transaction->replied_records = entry->likeness.records;
	transaction->is_rescued = true;
	return true;
}

/* On lo, who asks and who answers share their addresses: none proves anything. */
static bool worker_is_from_resolver(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct transaction_path *path = &transaction->path;
	const struct answering_client client =
		answering_client_at(path->if_index, path->client_ip, transaction->client_mac);

	if (transaction->is_loopback)
		return false;
	return transaction->is_from_resolver ||
	       answering_clients_has(worker->answering, &client, now_ns);
}

uint64_t worker_answer_after_ns(struct worker *worker, struct transaction *transaction)
{
	if (transaction->answer_after_ns == 0) {
		const struct failure_path path = worker_failure_path(transaction);

		transaction->answer_after_ns = failure_answer_after_ns(worker->failures, &path);
	}
	return transaction->answer_after_ns;
}

struct search_query worker_search_query(
	const struct transaction *transaction, const struct dns_name *name)
{
	return (struct search_query){ transaction->path.if_index, transaction->path.client_ip,
		name };
}

static bool worker_is_partial_search(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct dns_name name = worker_name(transaction);
	const struct search_query query = worker_search_query(transaction, &name);

	return search_siblings_has(worker->siblings, &query, transaction->seen_ns, now_ns);
}

/* Whoever asked it may go on to another name. What is not ours to answer is no name of a search list. */
static void worker_left_unanswered(
	struct worker *worker, const struct transaction *transaction, enum verdict verdict)
{
	const struct dns_name name = worker_name(transaction);
	const struct search_query query = worker_search_query(transaction, &name);

	if (verdict == VERDICT_NOT_ELIGIBLE || verdict == VERDICT_CLIENT_IS_RESOLVER ||
		verdict == VERDICT_PARTIAL_SEARCH)
		return;
	search_siblings_failed(
		worker->siblings, &query, transaction->asked_ns + SEARCH_SIBLINGS_GIVE_UP_NS);
}

static struct verdict_question worker_question(struct worker *worker,
	struct transaction *transaction, const struct config_zone *zone, enum failure_level level,
	const struct answer_entry *entry, uint64_t now_ns)
{
	const uint64_t conditions = worker_conditions(worker, zone);
	struct verdict_question question = {
		.mode = worker->config->mode,
		.level = level,
		.is_eligible = transaction->is_eligible,
		.is_client_resolver = worker_is_from_resolver(worker, transaction, now_ns),
		.is_never = zone != NULL && zone->is_never,
		.is_timeout_condition = conditions & CONFIG_CONDITION_TIMEOUT,
		.has_answer = entry != NULL,
		.is_fresh = entry != NULL && now_ns < answer_entry_facts(entry).fresh_until_ns,
		.is_partial_search =
			entry != NULL && worker_is_partial_search(worker, transaction, now_ns),
		.sent_ns = transaction->seen_ns,
		.asked_ns = transaction->asked_ns,
		.now_ns = now_ns,
		.patience_ns = worker->config->matching_timeout_ns,
	};

	if (verdict_is_patient(&question))
		question.answer_after_ns = worker_answer_after_ns(worker, transaction);
	return question;
}

static bool worker_is_in_rate(
	struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	const struct reply_rate_limits limits = {
		.client = worker->config->client_rate,
		.total = worker_share(worker->config->total_rate, worker->shared->count),
	};

	return reply_rate_take(worker->rate, &limits, transaction->path.if_index, now_ns);
}

bool worker_answer(struct worker *worker, struct transaction *transaction, enum failure_level level,
	enum message_trigger trigger, uint64_t now_ns)
{
	const struct config_zone *zone = worker_zone(worker, transaction);
	const struct answer_entry *entry;
	struct verdict_question question;
	enum verdict verdict;
	const uint64_t order_id = transaction->order_id;
	bool is_settled = true;

	rcu_read_lock();
	entry = worker_find_answer(worker, transaction, zone, now_ns);
	question = worker_question(worker, transaction, zone, level, entry, now_ns);
	verdict = verdict_decide(&question);
	if (verdict == VERDICT_ANSWER && !worker_is_in_rate(worker, transaction, now_ns))
		verdict = VERDICT_RATE_LIMIT;
	if (verdict == VERDICT_ANSWER)
		is_settled = worker_order(worker, transaction, entry, trigger, now_ns);
	else
		worker_count_verdict(worker, verdict);
	rcu_read_unlock();
	if (verdict != VERDICT_WAIT && transaction->order_id == order_id)
		worker_left_unanswered(worker, transaction, verdict);
	return is_settled && verdict != VERDICT_WAIT;
}
