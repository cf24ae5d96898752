/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/info_stream.h"

#include <errno.h>

#include <event2/bufferevent.h>

#include "exporter/info_json.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define INFO_STREAM_TYPE "application/json"

void info_stream_init(struct info_streams *streams)
{
	*streams = (struct info_streams){ .server = NULL };
}

int info_stream_open(
	struct info_streams *streams, struct http_server *server, struct table_requests *tables)
{
	streams->server = server;
	streams->tables = tables;
	for (unsigned int i = 0; i < ARRAY_COUNT(streams->all); i++) {
		streams->all[i].streams = streams;
		streams->all[i].text = evbuffer_new();
		if (!streams->all[i].text)
			return FAULT(ENOMEM, "no memory for clients");
	}
	return 0;
}

void info_stream_close(struct info_streams *streams)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(streams->all); i++)
		if (streams->all[i].text)
			evbuffer_free(streams->all[i].text);
	info_stream_init(streams);
}

static struct info_stream *info_stream_find_free(struct info_streams *streams)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(streams->all); i++)
		if (!streams->all[i].request)
			return &streams->all[i];
	return NULL;
}

/* The stream may be used again; its request is somebody else's to free, or was never begun. */
static void info_stream_release(struct info_stream *stream)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(stream->request);

	if (connection)
		evhttp_connection_set_closecb(connection, NULL, NULL);
	evhttp_request_set_on_complete_cb(stream->request, NULL, NULL);
	table_request_cancel(stream->streams->tables, stream->request_id);
	(void)evbuffer_drain(stream->text, evbuffer_get_length(stream->text));
	stream->request = NULL;
	stream->request_id = 0;
	stream->is_begun = false;
	stream->has_rows = false;
}

/* evhttp: the last byte was sent. */
static void info_stream_sent(struct evhttp_request *request, void *context)
{
	(void)request;
	info_stream_release(context);
}

/* evhttp: the connection is going down. A request cut off from it is left to us. */
static void info_stream_closed(struct evhttp_connection *connection, void *context)
{
	struct info_stream *stream = context;
	struct evhttp_request *request = stream->request;
	const bool is_ours = !evhttp_request_get_connection(request);

	(void)connection;
	info_stream_release(stream);
	if (is_ours)
		evhttp_request_free(request);
}

/* Cut the connection, and with it the request and all that was not sent. */
static void info_stream_drop(struct info_stream *stream)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(stream->request);

	stream->streams->clients_dropped++;
	info_stream_release(stream);
	evhttp_connection_free(connection);
}

static void info_stream_begin(struct info_stream *stream)
{
	if (stream->is_begun)
		return;
	stream->is_begun = true;
	http_server_begin(stream->streams->server, stream->request, HTTP_OK, INFO_STREAM_TYPE);
	(void)evbuffer_add(stream->text, "[", 1);
}

static void info_stream_row(void *context, const struct message_table_row *row)
{
	struct info_stream *stream = context;
	const char *before = stream->has_rows ? ",\n" : "";

	info_stream_begin(stream);
	if (info_json_row(stream->text, before, row, stream->streams->now_ns) == INFO_JSON_OK)
		stream->has_rows = true;
	else
		stream->streams->rows_malformed++;
}

static void info_stream_end(void *context, enum table_request_end end)
{
	struct info_stream *stream = context;
	struct evhttp_request *request = stream->request;

	stream->request_id = 0;
	if (end == TABLE_REQUEST_COMPLETE) {
		info_stream_begin(stream);
		(void)evbuffer_add(stream->text, "]\n", 2);
		evhttp_send_reply_chunk(request, stream->text);
		evhttp_send_reply_end(request); /* calls info_stream_sent(), now or later */
	} else if (stream->is_begun) {
		info_stream_drop(stream);
	} else {
		info_stream_release(stream);
		http_server_reply_text(stream->streams->server, request, HTTP_SERVUNAVAIL,
			"the analyzer did not answer in time");
	}
}

static const struct table_request_receiver receiver = {
	.row = info_stream_row,
	.end = info_stream_end,
};

/* Give the connection what rows there are, unless it has too many already. */
static void info_stream_flush(struct info_stream *stream)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(stream->request);
	struct evbuffer *output =
		bufferevent_get_output(evhttp_connection_get_bufferevent(connection));

	if (evbuffer_get_length(output) > INFO_STREAM_OUTPUT_BYTES_MAX)
		info_stream_drop(stream);
	else
		evhttp_send_reply_chunk(stream->request, stream->text);
}

static void info_stream_refuse(
	struct info_streams *streams, struct evhttp_request *request, int outcome)
{
	if (outcome == TABLE_REQUEST_TOO_MANY)
		http_server_reply_text(streams->server, request, HTTP_SERVUNAVAIL,
			"%u tables are being sent already, try again", TABLE_REQUEST_OPEN_MAX);
	else
		http_server_reply_text(streams->server, request, HTTP_SERVUNAVAIL,
			"the analyzer is not there, or takes no requests");
}

void info_stream_answer(struct info_streams *streams, struct evhttp_request *request,
	enum message_table table, const struct table_request_page *page, uint64_t now_ns)
{
	struct info_stream *stream = info_stream_find_free(streams);
	int outcome;

	if (!stream) {
		info_stream_refuse(streams, request, TABLE_REQUEST_TOO_MANY);
		return;
	}
	outcome = table_request_start(
		streams->tables, table, page, &receiver, stream, now_ns, &stream->request_id);
	if (outcome != TABLE_REQUEST_OK) {
		info_stream_refuse(streams, request, outcome);
		return;
	}
	stream->request = request;
	evhttp_connection_set_closecb(
		evhttp_request_get_connection(request), info_stream_closed, stream);
	evhttp_request_set_on_complete_cb(request, info_stream_sent, stream);
}

int info_stream_work(struct info_streams *streams, uint64_t now_ns)
{
	int record_count;

	streams->now_ns = now_ns;
	record_count = table_request_work(streams->tables, now_ns);
	for (unsigned int i = 0; record_count > 0 && i < ARRAY_COUNT(streams->all); i++)
		if (streams->all[i].request && streams->all[i].is_begun &&
			streams->all[i].request_id != 0)
			info_stream_flush(&streams->all[i]);
	return record_count;
}
