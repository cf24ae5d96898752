/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Second reader -- a DNS message as ldns reads it: whole, and record by record.
 *
 * ldns's packet keeps OPT and TSIG apart from the records and says nothing of bytes at
 * the end. So each record is also read by itself: the list has them all, in the order of
 * the message, questions first.
 */

#include <assert.h>
#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/dns_numbers.h"
#include "shared/dns_read.h"

#define SECOND_RECORD_BYTES_MIN 5 /* a question for the root */

struct second_record {
	ldns_rr *rr;
	size_t at; /* where its owner is */
	enum dns_section section;
};

struct second_message {
	ldns_pkt *packet;
	struct second_record *records; /* questions too */
	size_t record_count;
	size_t answer_at; /* where each section starts */
	size_t authority_at;
	size_t additional_at;
	size_t end_at;
};

static inline void second_reader_close(struct second_message *message)
{
	for (size_t i = 0; i < message->record_count; i++)
		ldns_rr_free(message->records[i].rr);
	free(message->records);
	ldns_pkt_free(message->packet);
	*message = (struct second_message){ 0 };
}

static inline ldns_status second_reader_section(struct second_message *message,
	const uint8_t *bytes, size_t size_bytes, enum dns_section section)
{
	static const ldns_pkt_section sections[DNS_SECTION_COUNT] = { LDNS_SECTION_QUESTION,
		LDNS_SECTION_ANSWER, LDNS_SECTION_AUTHORITY, LDNS_SECTION_ADDITIONAL };
	const unsigned int count = dns_read_u16(bytes + 4 + 2 * section);

	for (unsigned int i = 0; i < count; i++) {
		struct second_record record = { .at = message->end_at, .section = section };
		ldns_status status = ldns_wire2rr(
			&record.rr, bytes, size_bytes, &message->end_at, sections[section]);

		if (status != LDNS_STATUS_OK)
			return status;
		message->records[message->record_count++] = record;
	}
	return LDNS_STATUS_OK;
}

/* Return: LDNS_STATUS_OK and *out_message to close, or why ldns refuses the message. */
static inline ldns_status second_reader_open(
	struct second_message *out_message, const uint8_t *bytes, size_t size_bytes)
{
	struct second_message message = { .end_at = DNS_HEADER_BYTES };
	ldns_status status = ldns_wire2pkt(&message.packet, bytes, size_bytes);
	size_t ends[DNS_SECTION_COUNT];

	if (status != LDNS_STATUS_OK)
		return status;
	message.records =
		calloc(size_bytes / SECOND_RECORD_BYTES_MIN + 1, sizeof(message.records[0]));
	assert(message.records);
	for (int section = 0; section < DNS_SECTION_COUNT && status == LDNS_STATUS_OK; section++) {
		status = second_reader_section(&message, bytes, size_bytes, section);
		ends[section] = message.end_at;
	}
	if (status != LDNS_STATUS_OK) {
		second_reader_close(&message);
		return status;
	}
	message.answer_at = ends[DNS_SECTION_QUESTION];
	message.authority_at = ends[DNS_SECTION_ANSWER];
	message.additional_at = ends[DNS_SECTION_AUTHORITY];
	*out_message = message;
	return LDNS_STATUS_OK;
}

/* The number-th record behind the question. */
static inline const struct second_record *second_reader_record(
	const struct second_message *message, size_t number)
{
	const size_t question_count = ldns_pkt_qdcount(message->packet);

	return number + question_count < message->record_count
		       ? &message->records[question_count + number]
		       : NULL;
}

static inline bool second_reader_is_type(const struct second_record *record, uint16_t type)
{
	return ldns_rr_get_type(record->rr) == (ldns_rr_type)type;
}

/* Its rdata with every name that ldns knows of written out. Return: bytes. */
static inline size_t second_reader_rdata(const ldns_rr *rr, uint8_t out[DNS_MESSAGE_BYTES_MAX * 4])
{
	size_t bytes = 0;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *part = ldns_rr_rdf(rr, i);

		assert(part && bytes + ldns_rdf_size(part) <= DNS_MESSAGE_BYTES_MAX * 4);
		memcpy(out + bytes, ldns_rdf_data(part), ldns_rdf_size(part));
		bytes += ldns_rdf_size(part);
	}
	return bytes;
}

static inline bool second_reader_has_name_in_rdata(const ldns_rr *rr)
{
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		if (ldns_rdf_get_type(ldns_rr_rdf(rr, i)) == LDNS_RDF_TYPE_DNAME)
			return true;
	}
	return false;
}

/* As text, for what a test says. Valid until the next call. */
static inline const char *second_reader_text(ldns_status status)
{
	const char *text = ldns_get_errorstr_by_id(status);

	return text ? text : "no reason";
}
