/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_read.h"

#include <string.h>

#include "shared/dns_rdata.h"

#define DNS_READ_SOA_BYTES_MIN 22 /* two root names and five numbers, RFC 1035 §3.3.13 */
#define DNS_READ_SIG_BYTES_MIN 2  /* type covered, RFC 2535 §4.1 */

int dns_read_head(const uint8_t *message, size_t message_bytes, struct dns_head *out_head)
{
	size_t fixed_at;

	if (message_bytes < DNS_HEADER_BYTES)
		return DNS_READ_SHORT;
	if (dns_read_u16(message + 4) != 1)
		return DNS_READ_QUESTION_COUNT;

	/* A pointer could only lead into the header, so what is accepted is uncompressed. */
	if (dns_name_skip(message, message_bytes, DNS_HEADER_BYTES, &fixed_at))
		return DNS_READ_NAME;
	if (message_bytes - fixed_at < DNS_QUESTION_FIXED_BYTES)
		return DNS_READ_SHORT;

	out_head->id = dns_read_u16(message);
	out_head->flags = dns_read_u16(message + 2);
	for (int section = 0; section < DNS_SECTION_COUNT; section++)
		out_head->counts[section] = dns_read_u16(message + 4 + 2 * section);

	out_head->question.name.length_bytes = (uint8_t)(fixed_at - DNS_HEADER_BYTES);
	memcpy(out_head->question.name.bytes, message + DNS_HEADER_BYTES,
		fixed_at - DNS_HEADER_BYTES);
	out_head->question.type = dns_read_u16(message + fixed_at);
	out_head->question.class = dns_read_u16(message + fixed_at + 2);
	out_head->question.end_at = (uint16_t)(fixed_at + DNS_QUESTION_FIXED_BYTES);
	return DNS_READ_OK;
}

/* RFC 2181 §8 */
static uint32_t dns_read_seconds(const uint8_t *from)
{
	uint32_t seconds = dns_read_u32(from);

	return seconds > DNS_TTL_SECONDS_MAX ? 0 : seconds;
}

/* The record whose owner is at owner_at and ends at fixed_at; its section is left to the caller. */
static int dns_read_fixed(const uint8_t *message, size_t message_bytes, size_t owner_at,
	size_t fixed_at, struct dns_record *record)
{
	size_t rdata_at = fixed_at + DNS_RECORD_FIXED_BYTES;
	const uint8_t *fixed;

	if (rdata_at > message_bytes)
		return DNS_READ_SHORT;

	fixed = message + fixed_at;
	if (dns_read_u16(fixed + 8) > message_bytes - rdata_at)
		return DNS_READ_SHORT;

	record->owner_at = (uint16_t)owner_at;
	record->type = dns_read_u16(fixed);
	record->class = dns_read_u16(fixed + 2);
	record->ttl_at = (uint16_t)(fixed_at + 4);
	record->ttl_s = record->type == DNS_TYPE_OPT ? dns_read_u32(fixed + 4)
						     : dns_read_seconds(fixed + 4);
	record->rdata_at = (uint16_t)rdata_at;
	record->rdata_bytes = dns_read_u16(fixed + 8);
	record->next_at = (uint16_t)(rdata_at + record->rdata_bytes);
	return DNS_READ_OK;
}

static int dns_read_opt(
	const uint8_t *message, const struct dns_record *record, struct dns_message *view)
{
	if (record->section != DNS_SECTION_ADDITIONAL || view->edns.is_present)
		return DNS_READ_EDNS;

	return dns_edns_read(message, record, &view->edns) ? DNS_READ_EDNS : DNS_READ_OK;
}

static bool dns_read_is_signature(const uint8_t *message, const struct dns_record *record)
{
	if (record->type == DNS_TYPE_TSIG)
		return true;

	/* A SIG that covers type 0 signs the message: RFC 2931 §3. */
	return record->type == DNS_TYPE_SIG && record->rdata_bytes >= DNS_READ_SIG_BYTES_MIN &&
	       dns_read_u16(message + record->rdata_at) == 0;
}

static bool dns_read_is_update_without_rdata(
	const struct dns_message *view, const struct dns_record *record)
{
	return record->rdata_bytes == 0 && dns_head_opcode(&view->head) == DNS_OPCODE_UPDATE &&
	       (record->class == DNS_CLASS_ANY || record->class == DNS_CLASS_NONE);
}

/* Check the record at *at, note in the view what it means, and move *at behind it. */
static int dns_read_checked(const uint8_t *message, size_t message_bytes, enum dns_section section,
	struct dns_message *view, size_t *at)
{
	struct dns_record record = { .section = section };
	size_t fixed_at;
	int r;

	if (*at == message_bytes)
		return DNS_READ_SHORT;
	if (dns_name_skip(message, message_bytes, *at, &fixed_at))
		return DNS_READ_NAME;

	r = dns_read_fixed(message, message_bytes, *at, fixed_at, &record);
	if (r)
		return r;

	*at = record.next_at;
	if (record.type == DNS_TYPE_OPT)
		return dns_read_opt(message, &record, view);

	if (dns_read_is_signature(message, &record))
		view->has_signature = true;
	if (dns_read_is_update_without_rdata(view, &record))
		return DNS_READ_OK;
	return dns_rdata_check(message, &record) ? DNS_READ_RECORD : DNS_READ_OK;
}

int dns_read_message(const uint8_t *message, size_t message_bytes, struct dns_message *out_message)
{
	struct dns_message view = { .has_signature = false };
	size_t starts[DNS_SECTION_COUNT];
	size_t at;
	int r;

	if (message_bytes > DNS_MESSAGE_BYTES_MAX)
		return DNS_READ_LONG;

	r = dns_read_head(message, message_bytes, &view.head);
	if (r)
		return r;

	at = view.head.question.end_at;
	for (int section = DNS_SECTION_ANSWER; section <= DNS_SECTION_ADDITIONAL; section++) {
		starts[section] = at;
		for (int i = 0; i < view.head.counts[section]; i++) {
			r = dns_read_checked(message, message_bytes, section, &view, &at);
			if (r)
				return r;
		}
	}
	if (at != message_bytes)
		return DNS_READ_TRAILING;

	view.answer_at = (uint16_t)starts[DNS_SECTION_ANSWER];
	view.authority_at = (uint16_t)starts[DNS_SECTION_AUTHORITY];
	view.additional_at = (uint16_t)starts[DNS_SECTION_ADDITIONAL];
	view.end_at = (uint16_t)at;
	view.edns.is_last_record =
		view.edns.is_present && view.edns.record_at + view.edns.record_bytes == view.end_at;
	*out_message = view;
	return DNS_READ_OK;
}

/*
 * Where the owner at `at` ends, as it stands; at least message_bytes if it does not.
 * Pointers are not followed: their targets may have changed since they were checked.
 */
static size_t dns_read_owner_end(const uint8_t *message, size_t message_bytes, size_t at)
{
	while (at < message_bytes) {
		uint8_t label_bytes = message[at];

		if (label_bytes == 0)
			return at + 1;
		if (label_bytes > DNS_LABEL_BYTES_MAX)
			return at + 2;
		at += 1 + (size_t)label_bytes;
	}
	return at;
}

int dns_read_record(const uint8_t *message, const struct dns_message *view, uint16_t at,
	struct dns_record *out_record)
{
	size_t fixed_at = dns_read_owner_end(message, view->end_at, at);

	if (dns_read_fixed(message, view->end_at, at, fixed_at, out_record))
		return DNS_READ_END;

	out_record->section = DNS_SECTION_ANSWER;
	if (at >= view->additional_at)
		out_record->section = DNS_SECTION_ADDITIONAL;
	else if (at >= view->authority_at)
		out_record->section = DNS_SECTION_AUTHORITY;
	return DNS_READ_OK;
}

static bool dns_read_is_asked(const struct dns_question *question, const struct dns_record *record)
{
	return (question->type == record->type || question->type == DNS_TYPE_ANY) &&
	       (question->class == record->class || question->class == DNS_CLASS_ANY);
}

bool dns_read_is_negative(const uint8_t *message, const struct dns_message *view)
{
	struct dns_record record;
	uint16_t rcode = dns_read_rcode(view);

	if (rcode != DNS_RCODE_NOERROR)
		return rcode == DNS_RCODE_NXDOMAIN;

	for (uint16_t at = view->answer_at; at < view->authority_at; at = record.next_at) {
		if (dns_read_record(message, view, at, &record))
			break;
		if (dns_read_is_asked(&view->head.question, &record))
			return false;
	}
	return true;
}

static bool dns_read_is_negative_soa(const struct dns_record *record)
{
	return record->section == DNS_SECTION_AUTHORITY && record->type == DNS_TYPE_SOA &&
	       record->rdata_bytes >= DNS_READ_SOA_BYTES_MIN;
}

int dns_read_ttl(const uint8_t *message, const struct dns_message *view, uint32_t *out_ttl_s)
{
	struct dns_record record;
	bool is_negative = dns_read_is_negative(message, view);
	bool has_soa = false;
	uint32_t ttl_s = UINT32_MAX; /* greater than any */
	uint32_t minimum_s;

	for (uint16_t at = view->answer_at; dns_read_record(message, view, at, &record) == 0;
		at = record.next_at) {
		if (record.type == DNS_TYPE_OPT)
			continue;
		if (record.ttl_s < ttl_s)
			ttl_s = record.ttl_s;
		if (is_negative && dns_read_is_negative_soa(&record)) {
			has_soa = true;
			minimum_s = dns_read_seconds(message + record.next_at - 4);
			if (minimum_s < ttl_s)
				ttl_s = minimum_s;
		}
	}
	if (ttl_s == UINT32_MAX && !is_negative)
		return DNS_READ_NO_RECORD;

	*out_ttl_s = ttl_s;
	return is_negative && !has_soa ? DNS_READ_NO_SOA : DNS_READ_OK;
}
