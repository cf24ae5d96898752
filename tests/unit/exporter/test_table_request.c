/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/table_request.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/temp_shm.h"

#define INSTANCE_AT (sizeof("/dnscache-") - 1)
#define NOW_NS      1000000000000ull
#define ROW_BYTES   65536

/* Both of the analyzer's ends, in this process. */
static struct ring *requests_in;
static struct ring *rows_out;

static struct table_requests tables;
static char instance[TEMP_SHM_NAME_BYTES_MAX];

static struct got {
	unsigned int row_count;
	unsigned int end_count;
	enum table_request_end end;
	uint16_t last_dns_id;
} got[TABLE_REQUEST_OPEN_MAX + 1];

static void take_row(void *context, const struct message_table_row *row)
{
	struct got *mine = context;

	mine->row_count++;
	mine->last_dns_id = row->dns_id;
}

static void take_end(void *context, enum table_request_end end)
{
	struct got *mine = context;

	mine->end_count++;
	mine->end = end;
}

static const struct table_request_receiver receiver = { .row = take_row, .end = take_end };

static void setup(void)
{
	(void)snprintf(instance, sizeof(instance), "%s", temp_shm_name("t") + INSTANCE_AT);
	memset(got, 0, sizeof(got));
	table_request_init(&tables);
	ck_assert_int_eq(table_request_open(&tables, instance, NOW_NS), 0);
}

static void teardown(void)
{
	table_request_close(&tables);
	ring_detach(requests_in);
	ring_detach(rows_out);
	requests_in = rows_out = NULL;
}

static void start_analyzer(void)
{
	char name[SEGMENT_NAME_BYTES_MAX];

	ring_name(name, sizeof(name), instance, "analyzer", 0, "exporter", 0);
	ck_assert_int_eq(ring_attach_producer(&rows_out, name, ROW_BYTES), RING_OK);
	ring_name(name, sizeof(name), instance, "exporter", 0, "analyzer", 0);
	ck_assert_int_eq(ring_attach_consumer(&requests_in, name), RING_OK);
	table_request_housekeep(&tables);
}

static int ask(unsigned int index, enum message_table table, uint64_t *out_request_id)
{
	static const struct table_request_page all;

	return table_request_start(
		&tables, table, &all, &receiver, &got[index], NOW_NS, out_request_id);
}

static void send(uint16_t type, const void *body, uint32_t body_bytes)
{
	void *room;

	ck_assert_int_eq(ring_reserve(rows_out, body_bytes, &room), RING_OK);
	memcpy(room, body, body_bytes);
	ring_commit(rows_out, type, body_bytes);
	ring_publish(rows_out);
}

static void send_row(uint64_t request_id, uint32_t table, uint16_t dns_id)
{
	const struct message_table_row row = {
		.request_id = request_id,
		.table = table,
		.dns_id = dns_id,
	};

	send(MESSAGE_TABLE_ROW, &row, sizeof(row));
}

static void send_end(uint64_t request_id, uint64_t row_count)
{
	const struct message_table_end end = { .request_id = request_id, .row_count = row_count };

	send(MESSAGE_TABLE_END, &end, sizeof(end));
}

START_TEST(nothing_can_be_asked_without_an_analyzer)
{
	uint64_t id = 0;

	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_NO_ANALYZER);
	ck_assert_uint_eq(id, 0);
	ck_assert_int_eq(table_request_work(&tables, NOW_NS), 0);
}
END_TEST

START_TEST(request_reaches_the_analyzer_and_its_rows_come_back)
{
	const struct message_table_request *request;
	struct ring_record record;
	uint64_t id;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_MATCHED, &id), TABLE_REQUEST_OK);
	ck_assert_int_eq(ring_read(requests_in, &record), RING_OK);
	ck_assert_uint_eq(record.type, MESSAGE_TABLE_REQUEST);
	ck_assert_uint_eq(record.body_bytes, sizeof(*request));
	request = record.body;
	ck_assert_uint_eq(request->request_id, id);
	ck_assert_uint_eq(request->table, MESSAGE_TABLE_MATCHED);
	ck_assert_uint_eq(request->offset_rows, 0);
	ck_assert_uint_eq(request->limit_rows, 0);

	send_row(id, MESSAGE_TABLE_MATCHED, 1);
	send_row(id, MESSAGE_TABLE_MATCHED, 2);
	send_end(id, 2);
	ck_assert_int_eq(table_request_work(&tables, NOW_NS), 3);
	ck_assert_uint_eq(got[0].row_count, 2);
	ck_assert_uint_eq(got[0].last_dns_id, 2);
	ck_assert_uint_eq(got[0].end_count, 1);
	ck_assert_int_eq(got[0].end, TABLE_REQUEST_COMPLETE);
	ck_assert_uint_eq(tables.open_count, 0);
	ck_assert_uint_eq(tables.counts.rows_lost, 0);
}
END_TEST

START_TEST(rows_of_several_requests_are_told_apart)
{
	uint64_t first, second;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &first), TABLE_REQUEST_OK);
	ck_assert_int_eq(ask(1, MESSAGE_TABLE_CACHE, &second), TABLE_REQUEST_OK);
	ck_assert_uint_ne(first, second);
	send_row(first, MESSAGE_TABLE_CACHE, 1);
	send_row(second, MESSAGE_TABLE_CACHE, 2);
	send_row(first, MESSAGE_TABLE_CACHE, 3);
	send_end(second, 1);
	(void)table_request_work(&tables, NOW_NS);
	ck_assert_uint_eq(got[0].row_count, 2);
	ck_assert_uint_eq(got[0].end_count, 0);
	ck_assert_uint_eq(got[1].row_count, 1);
	ck_assert_uint_eq(got[1].end_count, 1);
}
END_TEST

START_TEST(rows_nobody_asked_for_are_thrown_away)
{
	uint64_t id;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	send_row(0, MESSAGE_TABLE_CACHE, 1);
	send_row(id - 1, MESSAGE_TABLE_CACHE, 1); /* a predecessor's */
	send_end(id - 1, 1);
	send_end(0, 1);
	table_request_cancel(&tables, id);
	send_row(id, MESSAGE_TABLE_CACHE, 1);
	send_end(id, 1);
	ck_assert_int_eq(table_request_work(&tables, NOW_NS), 6);
	ck_assert_uint_eq(got[0].row_count, 0);
	ck_assert_uint_eq(got[0].end_count, 0);
	ck_assert_uint_eq(tables.counts.rows_unasked, 3);
	ck_assert_uint_eq(tables.open_count, 0);
}
END_TEST

START_TEST(hostile_records_are_counted_and_skipped)
{
	struct message_table_row row = { .table = MESSAGE_TABLE_CACHE };
	struct message_table_end end = { .row_count = 0 };
	uint64_t id;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	row.request_id = end.request_id = id;
	send(MESSAGE_TABLE_ROW, &row, sizeof(row) - 1);
	send(MESSAGE_TABLE_ROW, &row, 0);
	send(MESSAGE_TABLE_END, &end, sizeof(end) - 1);
	send(MESSAGE_ORDER, &row, sizeof(row));
	send_row(id, MESSAGE_TABLE_MATCHED, 1); /* of a table not asked for */
	send_row(id, MESSAGE_TABLE_CACHE, 7);
	ck_assert_int_eq(table_request_work(&tables, NOW_NS), 6);
	ck_assert_uint_eq(tables.counts.rows_malformed, 5);
	ck_assert_uint_eq(got[0].row_count, 1);
	ck_assert_uint_eq(got[0].end_count, 0);
}
END_TEST

START_TEST(rows_that_did_not_fit_the_ring_are_counted)
{
	uint64_t id;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	send_row(id, MESSAGE_TABLE_CACHE, 1);
	send_end(id, 10);
	(void)table_request_work(&tables, NOW_NS);
	ck_assert_int_eq(got[0].end, TABLE_REQUEST_COMPLETE);
	ck_assert_uint_eq(tables.counts.rows_lost, 9);
}
END_TEST

/* Ask for a page, get one row and the end of a table of @table_rows. Returns what is missing. */
static uint64_t lost_of_page(uint64_t offset_rows, uint64_t limit_rows, uint64_t table_rows)
{
	const struct table_request_page page = { offset_rows, limit_rows };
	const uint64_t lost_before = tables.counts.rows_lost;
	const struct message_table_request *request;
	struct ring_record record;
	uint64_t id;

	ck_assert_int_eq(table_request_start(&tables, MESSAGE_TABLE_CACHE, &page, &receiver,
				 &got[0], NOW_NS, &id),
		TABLE_REQUEST_OK);
	ck_assert_int_eq(ring_read(requests_in, &record), RING_OK);
	request = record.body;
	ck_assert_uint_eq(request->offset_rows, offset_rows);
	ck_assert_uint_eq(request->limit_rows, limit_rows);
	ring_release(requests_in);
	send_row(id, MESSAGE_TABLE_CACHE, 1);
	send_end(id, table_rows);
	(void)table_request_work(&tables, NOW_NS);
	return tables.counts.rows_lost - lost_before;
}

START_TEST(only_rows_of_the_page_are_missed)
{
	start_analyzer();
	ck_assert_uint_eq(lost_of_page(0, 1, 100), 0);
	ck_assert_uint_eq(lost_of_page(99, 0, 100), 0);
	ck_assert_uint_eq(lost_of_page(99, 10, 100), 0);
	ck_assert_uint_eq(lost_of_page(100, 10, 100), 0);
	ck_assert_uint_eq(lost_of_page(UINT64_MAX, UINT64_MAX, 100), 0);
	ck_assert_uint_eq(lost_of_page(0, 3, 100), 2);
	ck_assert_uint_eq(lost_of_page(90, 0, 100), 9);
	ck_assert_uint_eq(lost_of_page(90, 20, 100), 9);
}
END_TEST

START_TEST(silent_analyzer_ends_the_request)
{
	const uint64_t later_ns = NOW_NS + TABLE_REQUEST_QUIET_NS_MAX;
	uint64_t id;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	(void)table_request_work(&tables, later_ns);
	ck_assert_uint_eq(got[0].end_count, 0);
	send_row(id, MESSAGE_TABLE_CACHE, 1);
	(void)table_request_work(&tables, later_ns);
	(void)table_request_work(&tables, later_ns + TABLE_REQUEST_QUIET_NS_MAX);
	ck_assert_uint_eq(got[0].end_count, 0);
	(void)table_request_work(&tables, later_ns + TABLE_REQUEST_QUIET_NS_MAX + 1);
	ck_assert_uint_eq(got[0].end_count, 1);
	ck_assert_int_eq(got[0].end, TABLE_REQUEST_QUIET);
	ck_assert_uint_eq(tables.open_count, 0);
}
END_TEST

START_TEST(request_waits_for_its_turn_but_not_for_ever)
{
	uint64_t id, other, now_ns = NOW_NS;

	start_analyzer();
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	ck_assert_int_eq(ask(1, MESSAGE_TABLE_CACHE, &other), TABLE_REQUEST_OK);
	for (; now_ns <= NOW_NS + TABLE_REQUEST_TURN_NS_MAX; now_ns += TABLE_REQUEST_QUIET_NS_MAX) {
		send_row(other, MESSAGE_TABLE_CACHE, 1);
		(void)table_request_work(&tables, now_ns);
		ck_assert_uint_eq(got[0].end_count, 0);
	}
	send_row(other, MESSAGE_TABLE_CACHE, 1);
	(void)table_request_work(&tables, now_ns);
	ck_assert_uint_eq(got[0].end_count, 1);
	ck_assert_int_eq(got[0].end, TABLE_REQUEST_QUIET);
	ck_assert_uint_eq(got[1].end_count, 0);
	ck_assert_uint_eq(tables.open_count, 1);
}
END_TEST

START_TEST(open_requests_are_bounded)
{
	uint64_t ids[TABLE_REQUEST_OPEN_MAX + 1];

	start_analyzer();
	for (unsigned int i = 0; i < TABLE_REQUEST_OPEN_MAX; i++)
		ck_assert_int_eq(ask(i, MESSAGE_TABLE_CACHE, &ids[i]), TABLE_REQUEST_OK);
	ck_assert_int_eq(
		ask(TABLE_REQUEST_OPEN_MAX, MESSAGE_TABLE_CACHE, &ids[TABLE_REQUEST_OPEN_MAX]),
		TABLE_REQUEST_TOO_MANY);
	table_request_cancel(&tables, ids[3]);
	ck_assert_int_eq(ask(3, MESSAGE_TABLE_CACHE, &ids[3]), TABLE_REQUEST_OK);
}
END_TEST

START_TEST(analyzer_that_takes_no_requests_is_as_good_as_none)
{
	unsigned int asked = 0;
	uint64_t id;

	start_analyzer();
	while (ask(0, MESSAGE_TABLE_CACHE, &id) == TABLE_REQUEST_OK) {
		table_request_cancel(&tables, id);
		asked++;
	}
	ck_assert_uint_gt(asked, TABLE_REQUEST_OPEN_MAX);
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_NO_ANALYZER);
	ck_assert_uint_eq(tables.open_count, 0);
}
END_TEST

START_TEST(ring_of_a_new_analyzer_is_found)
{
	char name[SEGMENT_NAME_BYTES_MAX];
	uint64_t id;

	start_analyzer();
	ring_detach(rows_out);
	ring_name(name, sizeof(name), instance, "analyzer", 0, "exporter", 0);
	segment_destroy(name);
	table_request_housekeep(&tables);
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_NO_ANALYZER);
	ck_assert_int_eq(ring_attach_producer(&rows_out, name, ROW_BYTES), RING_OK);
	table_request_housekeep(&tables);
	ck_assert_int_eq(ask(0, MESSAGE_TABLE_CACHE, &id), TABLE_REQUEST_OK);
	send_row(id, MESSAGE_TABLE_CACHE, 5);
	(void)table_request_work(&tables, NOW_NS);
	ck_assert_uint_eq(got[0].last_dns_id, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_request");
	TCase *tcase = tcase_create("table_request");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, nothing_can_be_asked_without_an_analyzer);
	tcase_add_test(tcase, request_reaches_the_analyzer_and_its_rows_come_back);
	tcase_add_test(tcase, rows_of_several_requests_are_told_apart);
	tcase_add_test(tcase, rows_nobody_asked_for_are_thrown_away);
	tcase_add_test(tcase, hostile_records_are_counted_and_skipped);
	tcase_add_test(tcase, rows_that_did_not_fit_the_ring_are_counted);
	tcase_add_test(tcase, only_rows_of_the_page_are_missed);
	tcase_add_test(tcase, silent_analyzer_ends_the_request);
	tcase_add_test(tcase, request_waits_for_its_turn_but_not_for_ever);
	tcase_add_test(tcase, open_requests_are_bounded);
	tcase_add_test(tcase, analyzer_that_takes_no_requests_is_as_good_as_none);
	tcase_add_test(tcase, ring_of_a_new_analyzer_is_found);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
