/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include <string.h>

#include "analyzer/worker_private.h"
#include "shared/clock.h"

#define WORKER_TIMER_TICK_NS    (4 * NS_PER_MS)
#define WORKER_EXPIRE_COUNT_MAX 4096

void worker_init(struct worker *worker)
{
	memset(worker, 0, sizeof(*worker));
	blindness_init(&worker->blindness);
}

static void worker_forgetting(struct transaction *transaction, void *argument)
{
	struct worker *worker = argument;

	timer_wheel_cancel(&worker->timers, &transaction->timer);
}

static int worker_open_match(struct worker *worker, uint64_t seed)
{
	const struct config *config = worker->config;
	const struct query_match_limits limits = {
		.matching_max = config->matching_capacity,
		.matched_max = config->matched_capacity,
		.unmatched_max = config->unmatched_capacity,
		.matched_ttl_ns = config->matched_ttl_ns,
		.unmatched_ttl_ns = config->unmatched_ttl_ns,
	};
	int r;

	r = query_match_new(&worker->match, &limits, seed);
	if (r < 0)
		return r;
	query_match_set_forgetter(worker->match, worker_forgetting, worker);
	return 0;
}

int worker_open(struct worker *worker, const struct config *config,
	const struct worker_output *output, uint64_t seed, uint64_t now_ns)
{
	int r;

	worker->config = config;
	worker->output = *output;
	timer_wheel_init(&worker->timers, WORKER_TIMER_TICK_NS, now_ns);
	r = answer_cache_new(
		&worker->cache, config->cache_capacity, config->cache_memory_bytes, seed, now_ns);
	r = r ?: worker_open_match(worker, seed);
	r = r ?: failure_state_new(&worker->failures, config->failed_after_ns, seed);
	r = r ?: answering_clients_new(&worker->answering, seed);
	return r;
}

void worker_reload(struct worker *worker)
{
	const struct config *config = worker->config;

	query_match_set_ttls(worker->match, config->matched_ttl_ns, config->unmatched_ttl_ns);
	failure_set_failed_after(worker->failures, config->failed_after_ns);
}

void worker_close(struct worker *worker)
{
	answering_clients_free(worker->answering);
	failure_state_free(worker->failures);
	query_match_free(worker->match);
	answer_cache_free(worker->cache);
	worker_init(worker);
}

/* At a client's edge, from the client: a query, or proof that it answers others. */
static void worker_inbound(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	if (!dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_TO_SERVER)) {
		worker_query(worker, packet, now_ns);
	} else if (dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_FROM_SERVER)) {
		answering_clients_put(
			worker->answering, packet->if_index, packet->source_ip, now_ns);
		worker_route_coming(worker, packet, head);
	}
}

/* At an edge, to whoever is behind it: a response, or a query that a container may answer. */
static void worker_outbound(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	if (dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_FROM_SERVER))
		worker_response(worker, packet, head, now_ns);
	else if (!dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_TO_SERVER))
		worker_route_leaving(worker, packet, head);
}

void worker_packet(struct worker *worker, const struct message_packet *packet, uint64_t now_ns)
{
	const bool is_inbound = packet->direction == MESSAGE_DIRECTION_INBOUND;
	struct dns_head head;

	/* The batch's time was taken before the ring was read: a packet in it may be younger. */
	if (now_ns < packet->seen_ns)
		now_ns = packet->seen_ns;
	if (is_inbound)
		worker->counters.packets_inbound++;
	else
		worker->counters.packets_outbound++;

	if (dns_read_head(packet->dns, packet->dns_bytes, &head) != DNS_READ_OK) {
		if (is_inbound)
			worker->counters.queries_malformed++;
		else
			worker->counters.drops_malformed++;
		return;
	}
	if (is_inbound)
		worker_inbound(worker, packet, &head, now_ns);
	else
		worker_outbound(worker, packet, &head, now_ns);
}

void worker_missed(struct worker *worker, enum blindness_cause cause)
{
	if (cause == BLINDNESS_NONE)
		return;
	worker->counters.blind_gap += cause == BLINDNESS_GAP;
	worker->counters.blind_loss += cause == BLINDNESS_LOSS;
	worker->counters.blind_epoch += cause == BLINDNESS_EPOCH;
	failure_void(worker->failures);
}

void worker_housekeep(struct worker *worker, uint64_t now_ns)
{
	struct analyzer_counters *counters = &worker->counters;
	struct answer_cache_usage usage;

	answer_cache_expire(worker->cache, now_ns, WORKER_EXPIRE_COUNT_MAX);
	query_match_expire(worker->match, now_ns);

	answer_cache_usage(worker->cache, &usage);
	counters->cache_entries_success = usage.entries;
	counters->cache_entries_denial = usage.entries_negative;
	counters->cache_capacity_entries = worker->config->cache_capacity;
	counters->cache_memory_bytes = usage.memory_bytes;
	counters->cache_insertions = usage.insertions;
	counters->cache_evictions = usage.evictions;
	counters->cache_expirations = usage.expirations;
	counters->queries_inflight = query_match_waiting(worker->match);
	counters->resolvers_silent = failure_silent_count(worker->failures);
}
