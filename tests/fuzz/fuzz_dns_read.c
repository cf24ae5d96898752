/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz: dns_name, dns_read, dns_edns, dns_rdata and dns_write over arbitrary bytes.
 *
 * What must hold whatever the bytes are: no offset outside the message, an
 * iteration that meets every record once and ends exactly at the end, names
 * that fit and whose text is printable ASCII, and writing that moves nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/dns_read.h"
#include "shared/dns_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static size_t check_text(const uint8_t *wire, size_t wire_bytes, size_t out_bytes)
{
	char *text = malloc(out_bytes); /* of this size, so that a sanitizer sees its end */
	size_t text_bytes;

	assert(text);
	text_bytes = dns_name_to_text(wire, wire_bytes, text, out_bytes);
	assert(text_bytes < out_bytes);
	assert(strlen(text) == text_bytes);
	for (size_t i = 0; i < text_bytes; i++)
		assert(text[i] >= 0x21 && text[i] <= 0x7e && text[i] != '"');
	free(text);
	return text_bytes;
}

static void check_name(const uint8_t *data, size_t data_bytes, size_t at)
{
	struct dns_name name, folded;
	size_t next_at, skipped_at;

	if (dns_name_read(data, data_bytes, at, &name, &next_at)) {
		assert(dns_name_skip(data, data_bytes, at, &skipped_at) == DNS_NAME_MALFORMED);
		return;
	}
	assert(next_at > at && next_at <= data_bytes && next_at - at <= DNS_NAME_BYTES_MAX + 1);
	assert(dns_name_skip(data, data_bytes, at, &skipped_at) == DNS_NAME_OK);
	assert(skipped_at == next_at);

	/* What was read is a name by itself, and reads as the same one. */
	assert(name.length_bytes >= 1 && name.bytes[name.length_bytes - 1] == 0);
	assert(dns_name_read(name.bytes, name.length_bytes, 0, &folded, &next_at) == 0);
	assert(next_at == name.length_bytes && dns_name_is_equal(&name, &folded));
	dns_name_fold(&folded);
	assert(dns_name_is_equal_folded(&name, &folded));

	assert(check_text(name.bytes, name.length_bytes, DNS_NAME_TEXT_BYTES_MAX) > 0);
}

static void check_edns(const struct dns_message *view)
{
	const struct dns_edns *edns = &view->edns;
	size_t end_at = (size_t)edns->record_at + edns->record_bytes;

	if (!edns->is_present)
		return;
	assert(edns->record_at >= view->additional_at && end_at <= view->end_at);
	assert(edns->is_last_record == (end_at == view->end_at));
	assert(edns->cookie_at + edns->cookie_bytes <= (int)end_at);
	assert(edns->client_subnet_at + edns->client_subnet_bytes <= (int)end_at);
}

/* Iterate; check each record and its owner; return how many there are. */
static size_t check_records(const uint8_t *data, const struct dns_message *view)
{
	const struct dns_head *head = &view->head;
	size_t found[DNS_SECTION_COUNT] = { 1, 0, 0, 0 };
	struct dns_record record;
	uint16_t at;

	for (at = view->answer_at; dns_read_record(data, view, at, &record) == 0;
		at = record.next_at) {
		assert(record.owner_at == at && record.next_at > at);
		assert(record.ttl_at > at && record.ttl_at + 6 == record.rdata_at);
		assert(record.rdata_at + record.rdata_bytes == record.next_at);
		assert(record.next_at <= view->end_at);
		found[record.section]++;
		check_name(data, view->end_at, record.owner_at);
	}
	assert(at == view->end_at);
	for (int section = 0; section < DNS_SECTION_COUNT; section++)
		assert(found[section] == head->counts[section]);
	return found[1] + found[2] + found[3];
}

static void check_written(const uint8_t *data, const struct dns_message *view, size_t record_count)
{
	uint8_t *copy = malloc(view->end_at);
	struct dns_record before, after;
	size_t copied_count = 0;

	assert(copy);
	memcpy(copy, data, view->end_at);
	dns_write_ttls_aged(copy, view, dns_read_u16(data));
	dns_write_ttls_capped(copy, view, dns_read_u16(data + 2));
	for (uint16_t at = view->answer_at; dns_read_record(copy, view, at, &after) == 0;
		at = after.next_at) {
		assert(dns_read_record(data, view, at, &before) == 0);
		assert(after.next_at == before.next_at && after.type == before.type);
		assert(after.ttl_s <= before.ttl_s);
		assert(after.type != DNS_TYPE_OPT || after.ttl_s == before.ttl_s);
		copied_count++;
	}
	assert(copied_count == record_count);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
	struct dns_head head;
	struct dns_message view;
	uint32_t ttl_s;
	int r;

	for (size_t at = 0; at <= data_bytes && at <= 64; at++)
		check_name(data, data_bytes, at);
	(void)check_text(data, data_bytes, 1 + data_bytes % DNS_NAME_TEXT_BYTES_MAX);

	if (dns_read_head(data, data_bytes, &head)) {
		assert(dns_read_message(data, data_bytes, &view) != DNS_READ_OK);
		return 0;
	}
	assert(head.question.end_at <= data_bytes);
	assert(head.question.name.length_bytes + 16 == head.question.end_at);

	if (dns_read_message(data, data_bytes, &view))
		return 0;
	assert(view.end_at == data_bytes && view.answer_at == head.question.end_at);
	check_edns(&view);
	check_written(data, &view, check_records(data, &view));

	r = dns_read_ttl(data, &view, &ttl_s);
	assert(r == DNS_READ_OK || r == DNS_READ_NO_SOA || r == DNS_READ_NO_RECORD);
	assert(r != DNS_READ_OK || ttl_s <= DNS_TTL_SECONDS_MAX);
	assert(r != DNS_READ_NO_SOA || dns_read_is_negative(data, &view));
	return 0;
}
