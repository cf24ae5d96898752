/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Info stream -- a table of the analyzer on its way to a client, as a JSON array.
 *
 * Rows are sent on as they come. A client that reads slower than they come costs
 * memory up to INFO_STREAM_OUTPUT_BYTES_MAX and is then dropped; so is one whose table
 * the analyzer stopped sending half-way: a transfer that breaks off is the only way
 * left to say that it is not whole.
 *
 * A stream lives from its request until the last byte left or the client did, so that
 * the limit on streams bounds the memory of all of them.
 *
 * Threads: belongs to the thread that runs the event base.
 * Limits: TABLE_REQUEST_OPEN_MAX streams.
 */

#include <stdbool.h>
#include <stdint.h>

#include "exporter/http_server.h"
#include "exporter/table_request.h"

#define INFO_STREAM_OUTPUT_BYTES_MAX (8u * 1024 * 1024)

struct info_streams;

struct info_stream {
	struct info_streams *streams;
	struct evhttp_request *request; /* NULL = not in use */
	uint64_t request_id;            /* 0 once the table is complete */
	bool is_begun;
	bool has_rows;
	struct evbuffer *text; /* rows not yet given to the connection */
};

struct info_streams {
	struct http_server *server;
	struct table_requests *tables;
	uint64_t now_ns;
	uint64_t clients_dropped;
	uint64_t rows_malformed;
	struct info_stream all[TABLE_REQUEST_OPEN_MAX];
};

void info_stream_init(struct info_streams *streams);

/* @server, @tables: kept by reference. Return: 0 or -errno. */
int info_stream_open(
	struct info_streams *streams, struct http_server *server, struct table_requests *tables);

/* After http_server_close(). */
void info_stream_close(struct info_streams *streams);

/* Answer @request with a page of a table, sooner or later. */
void info_stream_answer(struct info_streams *streams, struct evhttp_request *request,
	enum message_table table, const struct table_request_page *page, uint64_t now_ns);

/* Take rows and pass them on. Return: records taken. */
int info_stream_work(struct info_streams *streams, uint64_t now_ns);
