/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Table dump -- a thread that shows the tables to the exporter when asked.
 *
 * In: requests from ring exporter.0-analyzer.0. Out: one record per row, then an end,
 * into ring analyzer.0-exporter.0. A table is copied under RCU in one go and then sent
 * as fast as the exporter reads, so that a slow reader holds up neither the worker nor
 * the freeing of entries.
 *
 * A request may ask for a page: the rows before it and behind it are counted, not copied.
 * Between two requests a table changes, so pages may miss rows and repeat some.
 *
 * Limits: TABLE_DUMP_ROWS_MAX rows per request; an exporter that reads nothing for
 * TABLE_DUMP_PATIENCE_NS loses the rest.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "analyzer/answer_cache.h"
#include "analyzer/query_match.h"
#include "analyzer/worker_shared.h"
#include "shared/ring.h"

#define TABLE_DUMP_ROWS_MAX    65536u
#define TABLE_DUMP_PATIENCE_NS (2 * 1000000000ull)
#define TABLE_DUMP_RING_BYTES  (1u << 20)

struct table_dump {
	const char *instance;
	struct answer_cache *cache;
	struct query_match *matches[WORKER_SHARED_COUNT_MAX]; /* of each worker */
	unsigned int match_count;
	struct ring *requests; /* the thread's, while it runs */
	struct ring *rows;
	pthread_t thread;
	atomic_bool is_stopping;
	bool is_running;
};

void table_dump_init(struct table_dump *dump);

/* Start the thread; cache and match outlive it. Return: 0 or -errno. */
int table_dump_start(struct table_dump *dump, const char *instance, struct answer_cache *cache,
	struct query_match *const *matches, unsigned int match_count);

/* Stop and join it. Accepts init-only. */
void table_dump_stop(struct table_dump *dump);
