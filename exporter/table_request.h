/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Table request -- ask the analyzer for a table and get its rows.
 *
 * Requests go out through one ring, rows of all open requests come back mixed through
 * another; the request's id tells them apart. Ids are never used twice on this boot,
 * so rows ordered by a predecessor of this process, or for a client that left, are
 * recognised and thrown away. What comes back is input: type, size, id and table are
 * checked here, the row's inner fields by whoever prints it.
 *
 * Restart: an analyzer that dies in the middle of a table falls silent, and that ends its
 * requests after TABLE_REQUEST_QUIET_NS_MAX. While it sends other requests' rows it is
 * not silent: a request waits for its turn, up to TABLE_REQUEST_TURN_NS_MAX.
 *
 * Threads: belongs to one thread.
 * Limits: TABLE_REQUEST_OPEN_MAX at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/layout/message_layout.h"
#include "shared/ring.h"
#include "shared/segment.h"

#define TABLE_REQUEST_OPEN_MAX     16u
#define TABLE_REQUEST_BATCH_MAX    64u            /* rows per table_request_work() */
#define TABLE_REQUEST_QUIET_NS_MAX 2000000000ull  /* without anything from the analyzer */
#define TABLE_REQUEST_TURN_NS_MAX  15000000000ull /* without a row or the end of this one */
#define TABLE_REQUEST_RING_BYTES   4096u          /* of requests; a row is none */

enum table_request_outcome {
	TABLE_REQUEST_OK = 0,
	TABLE_REQUEST_TOO_MANY = 1,
	TABLE_REQUEST_NO_ANALYZER = 2, /* its ring is not there, or it does not take requests */
};

enum table_request_end {
	TABLE_REQUEST_COMPLETE = 1, /* the analyzer said so; rows it could not send are counted */
	TABLE_REQUEST_QUIET = 2,    /* it fell silent */
};

/* Which rows of a table. */
struct table_request_page {
	uint64_t offset_rows;
	uint64_t limit_rows; /* 0 = all */
};

/* Who gets the rows. Neither function may start or cancel a request. */
struct table_request_receiver {
	void (*row)(void *context, const struct message_table_row *row);
	void (*end)(void *context, enum table_request_end end); /* the request is closed */
};

struct table_request {
	uint64_t request_id; /* 0 = not open */
	uint64_t quiet_since_ns;
	uint64_t row_count;
	uint32_t table;
	struct table_request_page page;
	const struct table_request_receiver *receiver;
	void *context;
};

struct table_request_counts {
	uint64_t complete, quiet, cancelled;
	uint64_t rows_taken, rows_unasked, rows_lost, rows_malformed;
};

struct table_requests {
	char request_ring_name[SEGMENT_NAME_BYTES_MAX];
	char row_ring_name[SEGMENT_NAME_BYTES_MAX];
	struct ring *request_ring; /* NULL until this process has its end */
	struct ring *row_ring;     /* NULL while the analyzer has not made it */
	uint64_t last_request_id;
	uint64_t last_record_ns; /* of any request */
	unsigned int open_count;
	struct table_request open[TABLE_REQUEST_OPEN_MAX];
	struct table_request_counts counts;
};

void table_request_init(struct table_requests *requests);

/**
 * table_request_open() - take this stage's ends of both rings, as far as they are there
 * @now_ns: CLOCK_BOOTTIME, the start of the ids
 *
 * Return: 0 or -errno.
 */
int table_request_open(struct table_requests *requests, const char *instance, uint64_t now_ns);

void table_request_close(struct table_requests *requests);

/**
 * table_request_start() - ask for a table
 * @receiver, @context: kept by reference until the end or table_request_cancel()
 *
 * Return: enum table_request_outcome; *@out_request_id is set on TABLE_REQUEST_OK.
 */
int table_request_start(struct table_requests *requests, enum message_table table,
	const struct table_request_page *page, const struct table_request_receiver *receiver,
	void *context, uint64_t now_ns, uint64_t *out_request_id);

/* Nobody wants these rows any more; the receiver is not called again. Unknown ids are fine. */
void table_request_cancel(struct table_requests *requests, uint64_t request_id);

/**
 * table_request_work() - hand out the rows that came, and end what is quiet for too long
 *
 * Context: never blocks; at most TABLE_REQUEST_BATCH_MAX rows.
 * Return: records taken.
 */
int table_request_work(struct table_requests *requests, uint64_t now_ns);

/* Re-attach a ring that was replaced. */
void table_request_housekeep(struct table_requests *requests);
