/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include "analyzer/answer_learn.h"
#include "shared/clock.h"
#include "shared/config_zone.h"

/* Freshness of a negative answer that says nothing of its own time. */
#define WORKER_NEGATIVE_NS (30 * NS_PER_S)

/* How long positive answers below cluster.local are stale, if no [zone] says otherwise. */
#define WORKER_CLUSTER_STALE_NS (30 * NS_PER_S)

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

/* What a cluster says of its services and pods is soon given to others (addresses are). */
static bool worker_is_of_cluster(const struct transaction *transaction)
{
	static const struct dns_name cluster = { 15, "\7cluster\5local" };
	struct dns_name name = worker_name(transaction);

	dns_name_fold(&name);
	return config_zone_holds(&cluster, &name);
}

/* Negative answers of a cluster end most walks along a search list: they are kept. */
static uint64_t worker_stale_max_ns(const struct worker *worker,
	const struct transaction *transaction, const struct worker_response *response)
{
	const struct config_zone *zone = worker_zone(worker, transaction);

	if (zone != NULL && config_zone_gives_max_stale(zone))
		return zone->max_stale_ns;
	if (worker->config->cache_max_stale_ns > WORKER_CLUSTER_STALE_NS &&
		response->view != NULL && worker_is_of_cluster(transaction) &&
		!dns_read_is_negative(response->packet->dns, response->view))
		return WORKER_CLUSTER_STALE_NS;
	return worker->config->cache_max_stale_ns;
}

static struct learn_limits worker_learn_limits(const struct worker *worker,
	const struct transaction *transaction, const struct worker_response *response,
	uint64_t now_ns)
{
	return (struct learn_limits){
		.fresh_max_ns = worker->config->cache_ttl_ns,
		.stale_max_ns = worker_stale_max_ns(worker, transaction, response),
		.seed = worker->shared->seed,
		.wall_s = (uint32_t)((now_ns + worker->wall_ahead_ns) / NS_PER_S),
		.negative_ns = WORKER_NEGATIVE_NS,
	};
}

static enum learn_outcome worker_learn_facts(const struct transaction *transaction,
	const struct worker_response *response, const struct learn_limits *limits, uint64_t now_ns,
	struct answer_facts *out_facts)
{
	if (response->view == NULL)
		return response->is_cut ? LEARN_CUT : LEARN_MALFORMED;
	if (!transaction->is_eligible || !transaction->is_answerable || transaction->drew_error ||
		transaction->teaches_nothing)
		return LEARN_NOT_ELIGIBLE;
	if (!answer_learn_checksum_is_good(response->packet))
		return LEARN_CHECKSUM;
	return answer_learn_facts(response->packet->dns, response->view, limits, now_ns, out_facts);
}

/* For its client alone, for now. Return: whether it was. */
static bool worker_learn_young(struct worker *worker, const struct answer_share *share,
	const struct answer_facts *facts, const struct worker_response *response,
	const struct learn_limits *limits)
{
	struct answer_key young;
	uint16_t bytes;

	answer_share_young_key(share, &young);
	if (answer_cache_renew(worker->cache, &young, facts)) {
		worker->counters.cache_renewals++;
		return true;
	}
	bytes = answer_learn_copy(response->packet->dns, response->view,
		answer_learn_ttl_max_s(response->packet->dns, response->view, limits),
		worker->scratch);
	if (bytes == 0) {
		worker->counters.drops_malformed++;
		return false;
	}
	if (answer_cache_put(worker->cache, &young, facts, worker->scratch, bytes) ==
		ANSWER_CACHE_OK)
		return true;
	worker->counters.drops_too_large++;
	return false;
}

/* Of those who were told something between the same two losses of one worker. */
static uint16_t worker_voucher(const struct transaction *transaction)
{
	return (uint16_t)(1 + transaction->generation % UINT16_MAX);
}

/* For what its client was told. Return: whether it is to stay until that has settled. */
static bool worker_vouch(struct worker *worker, const struct transaction *transaction,
	const struct answer_share *share)
{
	if (transaction->generation != worker->blindness.generation) {
		worker->counters.cache_unsettled++;
		return false;
	}
	return answer_share_vouch(share, transaction->said_records, worker_voucher(transaction));
}

bool worker_learn(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response, uint64_t now_ns)
{
	struct answer_share share;
	struct answer_facts facts;
	const struct learn_limits limits =
		worker_learn_limits(worker, transaction, response, now_ns);
	const enum learn_outcome outcome =
		worker_learn_facts(transaction, response, &limits, now_ns, &facts);

	worker_count_learn(worker, outcome);
	if (outcome != LEARN_OK)
		return false;
	worker_answer_share(worker, transaction, &share);
	if (answer_share_renew(&share, &facts)) {
		worker->counters.cache_renewals++;
		return false;
	}
	transaction->said_records = facts.likeness.records;
	return worker_learn_young(worker, &share, &facts, response, &limits) &&
	       worker_vouch(worker, transaction, &share);
}

void worker_opposed(struct worker *worker, struct transaction *transaction, uint64_t seen_ns)
{
	struct answer_share share;

	worker_answer_share(worker, transaction, &share);
	(void)answer_share_oppose(&share, transaction->said_records);
	worker->counters.drops_conflict++;
	worker_log_notice(worker, transaction, WORKER_NOTICE_CONFLICT, "", seen_ns);
	timer_wheel_cancel(&worker->timers, &transaction->timer);
	query_match_forget(worker->match, transaction);
}

/* The same records; of the two, the shorter life counts. */
static void worker_said_again(struct worker *worker, const struct transaction *transaction,
	const struct worker_response *response)
{
	const uint64_t now_ns = response->packet->seen_ns;
	const struct learn_limits limits =
		worker_learn_limits(worker, transaction, response, now_ns);
	struct answer_share share;
	struct answer_facts facts;
	struct answer_key young;

	worker->counters.responses_duplicate++;
	if (worker_learn_facts(transaction, response, &limits, now_ns, &facts) != LEARN_OK)
		return;
	worker_answer_share(worker, transaction, &share);
	answer_share_young_key(&share, &young);
	(void)answer_cache_renew(worker->cache, &young, &facts);
}

void worker_response_second(struct worker *worker, struct transaction *transaction,
	const struct worker_response *response)
{
	struct answer_likeness said;

	if (response->view != NULL) {
		answer_likeness_of(
			response->packet->dns, response->view, 0, worker->shared->seed, &said);
		if (said.records == transaction->said_records) {
			worker_said_again(worker, transaction, response);
			return;
		}
	}
	worker_opposed(worker, transaction, response->packet->seen_ns);
}

void worker_unsettled(struct worker *worker, const struct transaction *transaction)
{
	struct answer_share share;

	worker->counters.cache_unsettled++;
	worker_answer_share(worker, transaction, &share);
	answer_share_unvouch(&share, transaction->said_records, worker_voucher(transaction));
}

void worker_asked_anew(struct worker *worker, const struct transaction *transaction)
{
	struct answer_share share;

	if (!(transaction->due & TRANSACTION_DUE_SETTLE))
		return;
	worker->counters.cache_unsettled++;
	worker_answer_share(worker, transaction, &share);
	(void)answer_share_oppose(&share, transaction->said_records);
}

void worker_settle(struct worker *worker, const struct transaction *transaction, uint64_t now_ns)
{
	struct answer_share share;

	worker_answer_share(worker, transaction, &share);
	answer_share_unvouch(&share, transaction->said_records, worker_voucher(transaction));
	/* A second response may have been among what was missed. */
	if (transaction->generation != worker->blindness.generation)
		worker->counters.cache_unsettled++;
	else
		answer_share_settle(&share, transaction->said_records, now_ns);
}
