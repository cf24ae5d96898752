/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer_memory.h"

#include "analyzer/order_out.h"
#include "analyzer/table_dump.h"
#include "analyzer/worker_thread.h"

/* A worker's own state, its stack, and what malloc keeps apart for a thread. */
#define ANALYZER_MEMORY_THREAD_BYTES (sizeof(struct worker_thread) + (1u << 20))

static uint64_t analyzer_memory_queries(const struct config *config)
{
	const struct query_match_limits limits = {
		.matching_max = worker_share(config->matching_capacity, config->worker_count),
		.matched_max = worker_share(config->matched_capacity, config->worker_count),
		.unmatched_max = worker_share(config->unmatched_capacity, config->worker_count),
	};

	return config->worker_count * query_match_bytes(&limits);
}

void analyzer_memory(const struct config *config, struct memory_bounds *out_bounds)
{
	const uint64_t rings =
		config->worker_count * memory_bounds_ring_bytes(config->capture_ring_bytes) +
		memory_bounds_ring_bytes(ORDER_OUT_RING_BYTES) +
		memory_bounds_ring_bytes(TABLE_DUMP_RING_BYTES);

	memory_bounds_add(out_bounds, "answers", config->cache_memory_bytes);
	memory_bounds_add(out_bounds, "queries", analyzer_memory_queries(config));
	memory_bounds_add(out_bounds, "resolvers and failing names", failure_state_bytes());
	memory_bounds_add(out_bounds, "names left unanswered",
		config->worker_count * search_siblings_bytes());
	memory_bounds_add(
		out_bounds, "rates of replies", config->worker_count * reply_rate_bytes());
	memory_bounds_add(out_bounds, "answering clients", answering_clients_bytes());
	memory_bounds_add(out_bounds, "showing a table",
		(uint64_t)TABLE_DUMP_ROWS_MAX * sizeof(struct message_table_row));
	memory_bounds_add(out_bounds, "rings", rings);
	memory_bounds_add(
		out_bounds, "workers", config->worker_count * ANALYZER_MEMORY_THREAD_BYTES);
	memory_bounds_add(out_bounds, "program", MEMORY_BOUNDS_PROGRAM_BYTES);
}
