/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include <arpa/inet.h>
#include <string.h>

#include "analyzer/worker_private.h"
#include "shared/clock.h"

#define WORKER_TIMER_TICK_NS    (4 * NS_PER_MS)
#define WORKER_EXPIRE_COUNT_MAX 4096
#define WORKER_VLAN_ID_MASK     0x0fffu

/* Above: the worker; below: its orders, more than anybody lives to see. */
#define WORKER_ORDER_NUMBER_SHIFT 56

void worker_init(struct worker *worker)
{
	memset(worker, 0, sizeof(*worker));
	blindness_init(&worker->blindness);
}

static void worker_forgetting(struct transaction *transaction, void *argument)
{
	struct worker *worker = argument;

	timer_wheel_cancel(&worker->timers, &transaction->timer);
	worker->counters.queries_unfollowed += transaction->outcome == TRANSACTION_WAITING;
	if (transaction->due & TRANSACTION_DUE_SETTLE)
		worker_unsettled(worker, transaction);
}

/* A worker's part of what all may hold. */
static int worker_open_match(struct worker *worker, uint64_t seed)
{
	const struct config *config = worker->config;
	const struct query_match_limits limits = {
		.matching_max = worker_share(config->matching_capacity, worker->shared->count),
		.matched_max = worker_share(config->matched_capacity, worker->shared->count),
		.unmatched_max = worker_share(config->unmatched_capacity, worker->shared->count),
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

int worker_open(struct worker *worker, struct worker_shared *shared, unsigned int number,
	const struct config *config, const struct worker_output *output, uint64_t seed,
	uint64_t now_ns)
{
	int r;

	worker->number = number;
	worker->config = config;
	worker->output = *output;
	worker->shared = shared;
	worker->cache = shared->cache;
	worker->failures = shared->failures;
	worker->answering = shared->answering;
	worker->last_order_id = (uint64_t)number << WORKER_ORDER_NUMBER_SHIFT;
	worker_detached(worker);
	timer_wheel_init(&worker->timers, WORKER_TIMER_TICK_NS, now_ns);
	r = search_siblings_new(&worker->siblings, seed);
	r = r ?: reply_rate_new(&worker->rate, seed);
	return r ?: worker_open_match(worker, seed);
}

void worker_reload(struct worker *worker)
{
	query_match_set_ttls(
		worker->match, worker->config->matched_ttl_ns, worker->config->unmatched_ttl_ns);
}

void worker_close(struct worker *worker)
{
	query_match_free(worker->match);
	search_siblings_free(worker->siblings);
	reply_rate_free(worker->rate);
	worker_init(worker);
}

/* A tag with id 0 gives a priority and no VLAN (IEEE 802.1Q). */
void worker_path_edge(const struct message_packet *packet, struct transaction_path *out_path)
{
	unsigned int count = 0;

	out_path->if_index = packet->if_index;
	memset(out_path->vlan_ids, 0, sizeof(out_path->vlan_ids));
	for (unsigned int i = 0; i < MESSAGE_VLANS_MAX; i++) {
		const uint16_t id = ntohs(packet->vlans[i].tci_be) & WORKER_VLAN_ID_MASK;

		if (id != 0)
			out_path->vlan_ids[count++] = id;
	}
}

void worker_answers_others(
	struct worker *worker, const struct message_packet *packet, uint32_t if_index, uint64_t now_ns)
{
	const struct answering_client client =
		answering_client_at(if_index, packet->source_ip, packet->source_mac);

	answering_clients_put(worker->answering, &client, now_ns);
}

/* At a client's edge, from the client: a query, or proof that it answers others. */
static void worker_inbound(struct worker *worker, const struct message_packet *packet,
	const struct dns_head *head, uint64_t now_ns)
{
	if (!dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_TO_SERVER)) {
		worker_query(worker, packet, now_ns);
	} else if (dns_head_is_response(head) && (packet->flags & MESSAGE_PACKET_FROM_SERVER)) {
		worker_answers_others(worker, packet, packet->if_index, now_ns);
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
	/* The batch's time was taken before the ring was read: a packet in it may be younger. */
	if (now_ns < packet->seen_ns)
		now_ns = packet->seen_ns;
	if (packet->flags & MESSAGE_PACKET_HELD)
		worker_held(worker, packet, now_ns);
	else
		worker_look(worker, packet, now_ns);
}

void worker_look(struct worker *worker, const struct message_packet *packet, uint64_t now_ns)
{
	const bool is_inbound = packet->direction == MESSAGE_DIRECTION_INBOUND;
	struct dns_head head;

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
	if (packet->kind == MESSAGE_PACKET_UNREACHABLE) {
		if (!is_inbound) /* the other way it is a container's own word to a server */
			worker_unreachable(worker, packet, &head, now_ns);
	} else if (is_inbound) {
		worker_inbound(worker, packet, &head, now_ns);
	} else {
		worker_outbound(worker, packet, &head, now_ns);
	}
}

void worker_missed(struct worker *worker, enum blindness_cause cause, uint64_t now_ns)
{
	struct failure_levels ended;

	if (cause == BLINDNESS_NONE)
		return;
	worker->counters.blind_gap += cause == BLINDNESS_GAP;
	worker->counters.blind_loss += cause == BLINDNESS_LOSS;
	worker->counters.blind_epoch += cause == BLINDNESS_EPOCH;
	failure_void(worker->failures, now_ns, &ended);
	worker_log_void(&ended);
}

void worker_attached(struct worker *worker)
{
	worker_shared_progress(worker->shared, worker->number, WORKER_SHARED_UNREAD);
}

void worker_detached(struct worker *worker)
{
	worker_shared_progress(worker->shared, worker->number, WORKER_SHARED_NO_RING);
}

/* What is everybody's is told once. */
static void worker_housekeep_shared(struct worker *worker, uint64_t now_ns)
{
	struct analyzer_counters *counters = &worker->counters;
	struct answer_cache_usage usage;
	struct failure_levels levels;

	answer_cache_expire(worker->cache, now_ns, WORKER_EXPIRE_COUNT_MAX);
	answer_cache_usage(worker->cache, &usage);
	counters->cache_entries_success = usage.entries;
	counters->cache_entries_denial = usage.entries_negative;
	counters->cache_capacity_entries = worker->config->cache_capacity;
	counters->cache_memory_bytes = usage.memory_bytes;
	counters->cache_insertions = usage.insertions;
	counters->cache_evictions = usage.evictions;
	counters->cache_expirations = usage.expirations;

	failure_count_levels(worker->failures, now_ns, &levels);
	counters->resolvers_silent = levels.resolvers_silent;
	counters->failing_names = levels.names;
	counters->failing_zones = levels.zones;
	counters->failing_resolvers = levels.resolvers_silent + levels.resolvers_lossy;
	counters->failing_hosts = levels.hosts;
	counters->loss_ratio_ppm = levels.loss_ppm;
}

void worker_housekeep(struct worker *worker, uint64_t now_ns)
{
	query_match_expire(worker->match, now_ns);
	worker->counters.queries_inflight = query_match_waiting(worker->match);
	if (worker->number == 0)
		worker_housekeep_shared(worker, now_ns);
}
