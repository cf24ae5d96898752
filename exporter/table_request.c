/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/table_request.h"

#include <stddef.h>

void table_request_init(struct table_requests *requests)
{
	*requests = (struct table_requests){ .request_ring = NULL };
}

static void table_request_attach(struct table_requests *requests)
{
	struct ring *ring;

	if (!requests->request_ring && ring_attach_producer(&ring, requests->request_ring_name,
					       TABLE_REQUEST_RING_BYTES) == RING_OK)
		requests->request_ring = ring;
	if (!requests->row_ring && ring_attach_consumer(&ring, requests->row_ring_name) == RING_OK)
		requests->row_ring = ring;
}

int table_request_open(struct table_requests *requests, const char *instance, uint64_t now_ns)
{
	ring_name(requests->request_ring_name, sizeof(requests->request_ring_name), instance,
		"exporter", 0, "analyzer", 0);
	ring_name(requests->row_ring_name, sizeof(requests->row_ring_name), instance, "analyzer", 0,
		"exporter", 0);
	requests->last_request_id = now_ns;
	table_request_attach(requests);
	return 0;
}

void table_request_close(struct table_requests *requests)
{
	ring_detach(requests->request_ring);
	ring_detach(requests->row_ring);
	table_request_init(requests);
}

void table_request_housekeep(struct table_requests *requests)
{
	if (requests->request_ring && ring_is_replaced(requests->request_ring)) {
		ring_detach(requests->request_ring);
		requests->request_ring = NULL;
	}
	if (requests->row_ring && ring_is_replaced(requests->row_ring)) {
		ring_detach(requests->row_ring);
		requests->row_ring = NULL;
	}
	table_request_attach(requests);
}

static struct table_request *table_request_find(
	struct table_requests *requests, uint64_t request_id)
{
	for (unsigned int i = 0; i < TABLE_REQUEST_OPEN_MAX; i++)
		if (requests->open[i].request_id == request_id)
			return &requests->open[i];
	return NULL;
}

static void table_request_forget(struct table_requests *requests, struct table_request *request)
{
	request->request_id = 0;
	requests->open_count--;
}

/* Return: true once the request is on its way. */
static bool table_request_send(struct table_requests *requests, uint64_t request_id, uint32_t table,
	const struct table_request_page *page)
{
	const struct message_table_request message = {
		.request_id = request_id,
		.table = table,
		.offset_rows = page->offset_rows,
		.limit_rows = page->limit_rows,
	};
	void *body;

	if (!requests->row_ring || !requests->request_ring ||
		ring_reserve(requests->request_ring, sizeof(message), &body) != RING_OK)
		return false;

	*(struct message_table_request *)body = message;
	ring_commit(requests->request_ring, MESSAGE_TABLE_REQUEST, sizeof(message));
	ring_publish(requests->request_ring);
	return true;
}

int table_request_start(struct table_requests *requests, enum message_table table,
	const struct table_request_page *page, const struct table_request_receiver *receiver,
	void *context, uint64_t now_ns, uint64_t *out_request_id)
{
	struct table_request *request = table_request_find(requests, 0);

	if (!request)
		return TABLE_REQUEST_TOO_MANY;
	if (!table_request_send(requests, requests->last_request_id + 1, table, page))
		return TABLE_REQUEST_NO_ANALYZER;

	*request = (struct table_request){
		.request_id = ++requests->last_request_id,
		.quiet_since_ns = now_ns,
		.table = table,
		.page = *page,
		.receiver = receiver,
		.context = context,
	};
	requests->open_count++;
	*out_request_id = request->request_id;
	return TABLE_REQUEST_OK;
}

void table_request_cancel(struct table_requests *requests, uint64_t request_id)
{
	struct table_request *request =
		request_id ? table_request_find(requests, request_id) : NULL;

	if (!request)
		return;
	table_request_forget(requests, request);
	requests->counts.cancelled++;
}

static void table_request_take_row(
	struct table_requests *requests, const struct message_table_row *row, uint64_t now_ns)
{
	struct table_request *request =
		row->request_id ? table_request_find(requests, row->request_id) : NULL;

	if (!request) {
		requests->counts.rows_unasked++;
		return;
	}
	if (row->table != request->table) {
		requests->counts.rows_malformed++;
		return;
	}
	request->quiet_since_ns = now_ns;
	request->row_count++;
	requests->counts.rows_taken++;
	request->receiver->row(request->context, row);
}

/* How many rows of a table of @row_count stand on a page of it. */
static uint64_t table_request_page_rows(const struct table_request_page *page, uint64_t row_count)
{
	const uint64_t left = row_count > page->offset_rows ? row_count - page->offset_rows : 0;

	return page->limit_rows != 0 && page->limit_rows < left ? page->limit_rows : left;
}

static void table_request_take_end(
	struct table_requests *requests, const struct message_table_end *end)
{
	struct table_request *request =
		end->request_id ? table_request_find(requests, end->request_id) : NULL;
	struct table_request closed;
	uint64_t row_count;

	if (!request)
		return;
	closed = *request;
	row_count = table_request_page_rows(&closed.page, end->row_count);
	if (row_count > closed.row_count)
		requests->counts.rows_lost += row_count - closed.row_count;
	requests->counts.complete++;
	table_request_forget(requests, request);
	closed.receiver->end(closed.context, TABLE_REQUEST_COMPLETE);
}

static void table_request_take(
	struct table_requests *requests, const struct ring_record *record, uint64_t now_ns)
{
	if (record->type == MESSAGE_TABLE_ROW &&
		record->body_bytes >= sizeof(struct message_table_row))
		table_request_take_row(requests, record->body, now_ns);
	else if (record->type == MESSAGE_TABLE_END &&
		 record->body_bytes >= sizeof(struct message_table_end))
		table_request_take_end(requests, record->body);
	else
		requests->counts.rows_malformed++;
}

static bool table_request_is_quiet(
	const struct table_requests *requests, const struct table_request *request, uint64_t now_ns)
{
	const uint64_t last_ns = requests->last_record_ns > request->quiet_since_ns
					 ? requests->last_record_ns
					 : request->quiet_since_ns;

	return now_ns > last_ns + TABLE_REQUEST_QUIET_NS_MAX ||
	       now_ns > request->quiet_since_ns + TABLE_REQUEST_TURN_NS_MAX;
}

static void table_request_end_quiet(struct table_requests *requests, uint64_t now_ns)
{
	for (unsigned int i = 0; i < TABLE_REQUEST_OPEN_MAX; i++) {
		struct table_request *request = &requests->open[i];
		const struct table_request closed = *request;

		if (closed.request_id == 0 || !table_request_is_quiet(requests, request, now_ns))
			continue;
		requests->counts.quiet++;
		table_request_forget(requests, request);
		closed.receiver->end(closed.context, TABLE_REQUEST_QUIET);
	}
}

int table_request_work(struct table_requests *requests, uint64_t now_ns)
{
	struct ring_record record;
	unsigned int count = 0;

	if (requests->request_ring)
		ring_beat(requests->request_ring, now_ns);
	if (requests->row_ring) {
		ring_beat(requests->row_ring, now_ns);
		while (count < TABLE_REQUEST_BATCH_MAX &&
			ring_read(requests->row_ring, &record) == RING_OK) {
			table_request_take(requests, &record, now_ns);
			count++;
		}
		if (count > 0) {
			requests->last_record_ns = now_ns;
			ring_release(requests->row_ring);
		}
	}
	if (requests->open_count > 0)
		table_request_end_quiet(requests, now_ns);
	return (int)count;
}
