/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/table_dump.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/table_row.h"
#include "shared/clock.h"
#include "shared/fault.h"
#include "shared/segment.h"

#define TABLE_DUMP_WAIT_NS (20 * NS_PER_MS)
#define TABLE_DUMP_POLL_NS NS_PER_MS
#define TABLE_DUMP_BATCH   32 /* records published together */

/* Rows copied out of a table, growing as they come. */
struct table_dump_rows {
	struct message_table_row *rows;
	uint64_t count;
	uint64_t capacity;
	uint64_t total;    /* seen, also before and behind the page */
	uint64_t page_at;  /* the first one wanted */
	uint64_t page_max; /* wanted at most */
	uint64_t now_ns;
	enum message_table table;
};

void table_dump_init(struct table_dump *dump)
{
	memset(dump, 0, sizeof(*dump));
}

static void table_dump_sleep(uint64_t ns)
{
	const struct timespec time = { .tv_nsec = (long)ns };

	(void)nanosleep(&time, NULL);
}

/* Room for one more row; NULL where it is not wanted, or there is none. */
static struct message_table_row *table_dump_next_row(struct table_dump_rows *rows)
{
	if (rows->total++ < rows->page_at || rows->count >= rows->page_max)
		return NULL;
	if (rows->count == rows->capacity) {
		const uint64_t capacity = rows->capacity ? 2 * rows->capacity : 256;
		void *larger = realloc(rows->rows, capacity * sizeof(*rows->rows));

		if (larger == NULL)
			return NULL;
		rows->rows = larger;
		rows->capacity = capacity;
	}
	return &rows->rows[rows->count++];
}

static void table_dump_answer(const struct answer_entry *entry, void *argument)
{
	struct table_dump_rows *rows = argument;
	struct message_table_row *row;

	if (!table_row_is_of_answer(entry))
		return;
	row = table_dump_next_row(rows);
	if (row != NULL)
		table_row_of_answer(entry, rows->now_ns, row);
}

static void table_dump_transaction(const struct transaction *transaction, void *argument)
{
	struct table_dump_rows *rows = argument;
	struct message_table_row *row = table_dump_next_row(rows);

	if (row != NULL)
		table_row_of_transaction(transaction, rows->table, row);
}

/* Each worker's part of a table. */
static void table_dump_walk(
	struct table_dump *dump, enum query_match_table table, struct table_dump_rows *rows)
{
	for (unsigned int i = 0; i < dump->match_count; i++)
		query_match_walk(dump->matches[i], table, table_dump_transaction, rows);
}

static void table_dump_copy(struct table_dump *dump, struct table_dump_rows *rows)
{
	rcu_read_lock();
	switch (rows->table) {
	case MESSAGE_TABLE_CACHE:
		answer_cache_walk(dump->cache, table_dump_answer, rows);
		break;
	case MESSAGE_TABLE_MATCHING:
		table_dump_walk(dump, QUERY_MATCH_WAITING, rows);
		break;
	case MESSAGE_TABLE_MATCHED:
		table_dump_walk(dump, QUERY_MATCH_MATCHED, rows);
		break;
	case MESSAGE_TABLE_UNMATCHED:
		table_dump_walk(dump, QUERY_MATCH_UNMATCHED, rows);
		break;
	}
	rcu_read_unlock();
}

/* Wait for room for one record. Return: false if the exporter stopped reading. */
static bool table_dump_wait_for_room(struct table_dump *dump, uint32_t body_bytes)
{
	/* What is used is known of what was published; a padding record may stand before this one. */
	const uint64_t needed = (TABLE_DUMP_BATCH + 2) * (uint64_t)(body_bytes + 64);
	const uint64_t until_ns = clock_ns() + TABLE_DUMP_PATIENCE_NS;
	struct ring_usage usage;

	for (;;) {
		ring_usage(dump->rows, &usage);
		if (usage.capacity_bytes - usage.used_bytes >= needed)
			return true;
		ring_publish(dump->rows);
		if (atomic_load(&dump->is_stopping) || clock_ns() > until_ns)
			return false;
		table_dump_sleep(TABLE_DUMP_POLL_NS);
	}
}

static bool table_dump_send(
	struct table_dump *dump, enum message_type type, const void *body, uint32_t body_bytes)
{
	void *reserved;

	if (!table_dump_wait_for_room(dump, body_bytes) ||
		ring_reserve(dump->rows, body_bytes, &reserved) != RING_OK)
		return false;
	memcpy(reserved, body, body_bytes);
	ring_commit(dump->rows, type, body_bytes);
	return true;
}

static void table_dump_answer_request(
	struct table_dump *dump, const struct message_table_request *request)
{
	struct table_dump_rows rows = {
		.now_ns = clock_ns(),
		.table = request->table,
		.page_at = request->offset_rows,
		.page_max = TABLE_DUMP_ROWS_MAX,
	};
	struct message_table_end end = { .request_id = request->request_id };
	bool is_reading = true;

	if (request->limit_rows != 0 && request->limit_rows < rows.page_max)
		rows.page_max = request->limit_rows;
	table_dump_copy(dump, &rows);
	for (uint64_t i = 0; i < rows.count && is_reading; i++) {
		rows.rows[i].request_id = request->request_id;
		is_reading = table_dump_send(
			dump, MESSAGE_TABLE_ROW, &rows.rows[i], sizeof(rows.rows[i]));
		if (i % TABLE_DUMP_BATCH == TABLE_DUMP_BATCH - 1)
			ring_publish(dump->rows);
	}
	end.row_count = rows.total;
	if (is_reading)
		(void)table_dump_send(dump, MESSAGE_TABLE_END, &end, sizeof(end));
	ring_publish(dump->rows);
	free(rows.rows);
}

static void table_dump_attach(struct table_dump *dump)
{
	char name[SEGMENT_NAME_BYTES_MAX];

	if (dump->requests != NULL && ring_is_replaced(dump->requests)) {
		ring_detach(dump->requests);
		dump->requests = NULL;
	}
	if (dump->requests == NULL) {
		ring_name(name, sizeof(name), dump->instance, "exporter", 0, "analyzer", 0);
		(void)ring_attach_consumer(&dump->requests, name);
	}
	if (dump->rows != NULL && ring_is_replaced(dump->rows)) {
		ring_detach(dump->rows);
		dump->rows = NULL;
	}
	if (dump->rows == NULL) {
		ring_name(name, sizeof(name), dump->instance, "analyzer", 0, "exporter", 0);
		(void)ring_attach_producer(&dump->rows, name, TABLE_DUMP_RING_BYTES);
	}
}

static void table_dump_read_requests(struct table_dump *dump)
{
	struct ring_record record;

	while (ring_read(dump->requests, &record) == RING_OK) {
		if (record.type == MESSAGE_TABLE_REQUEST &&
			record.body_bytes == sizeof(struct message_table_request))
			table_dump_answer_request(dump, record.body);
	}
	ring_release(dump->requests);
	ring_beat(dump->requests, clock_ns());
}

static void *table_dump_run(void *argument)
{
	struct table_dump *dump = argument;

	rcu_register_thread();
	while (!atomic_load(&dump->is_stopping)) {
		table_dump_attach(dump);
		if (dump->requests == NULL || dump->rows == NULL) {
			table_dump_sleep(TABLE_DUMP_WAIT_NS);
			continue;
		}
		table_dump_read_requests(dump);
		ring_wait(dump->requests, TABLE_DUMP_WAIT_NS);
	}
	rcu_unregister_thread();
	return NULL;
}

int table_dump_start(struct table_dump *dump, const char *instance, struct answer_cache *cache,
	struct query_match *const *matches, unsigned int match_count)
{
	sigset_t all;
	sigset_t before;
	int r;

	dump->instance = instance;
	dump->cache = cache;
	memcpy(dump->matches, matches, match_count * sizeof(dump->matches[0]));
	dump->match_count = match_count;
	/* Signals are for the main thread: its waits must end by them. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&dump->thread, NULL, table_dump_run, dump);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return FAULT(r, "no thread to show the tables");
	dump->is_running = true;
	return 0;
}

void table_dump_stop(struct table_dump *dump)
{
	if (dump->is_running) {
		atomic_store(&dump->is_stopping, true);
		(void)pthread_join(dump->thread, NULL);
	}
	ring_detach(dump->requests);
	ring_detach(dump->rows);
	table_dump_init(dump);
}
