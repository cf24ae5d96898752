/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_likeness.h"

#include "analyzer/seeded_hash.h"
#include "shared/dns_rdata.h"

/* A name as it is compared: whole, lower case. A bad one hashes as far as it is known: as nothing. */
static uint64_t likeness_name(const uint8_t *message, const struct dns_message *view, size_t at,
	size_t *out_next_at, uint64_t seed)
{
	struct dns_name name;

	if (dns_name_read(message, view->end_at, at, &name, out_next_at) != DNS_NAME_OK) {
		*out_next_at = view->end_at;
		return seed;
	}
	dns_name_fold(&name);
	return seeded_hash(name.bytes, name.length_bytes, seed);
}

static uint64_t likeness_rdata(const uint8_t *message, const struct dns_message *view,
	const struct dns_record *record, uint64_t seed)
{
	const struct dns_rdata_form *form = dns_rdata_find_form(record);
	const size_t end_at = (size_t)record->rdata_at + record->rdata_bytes;
	size_t at = record->rdata_at;
	uint64_t hash;

	if (form == NULL || form->name_count == 0)
		return seeded_hash(message + at, record->rdata_bytes, seed);
	hash = seeded_hash(message + at, form->before_bytes, seed);
	at += form->before_bytes;
	for (int i = 0; i < form->name_count; i++)
		hash = likeness_name(message, view, at, &at, hash);
	return at >= end_at ? hash : seeded_hash(message + at, end_at - at, hash);
}

static uint64_t likeness_record(const uint8_t *message, const struct dns_message *view,
	const struct dns_record *record, uint64_t seed)
{
	const uint16_t head[] = { record->type, record->class };
	size_t after_owner_at;
	uint64_t hash = seeded_hash(head, sizeof(head), seed);

	hash = likeness_name(message, view, record->owner_at, &after_owner_at, hash);
	return likeness_rdata(message, view, record, hash);
}

/* Of the signatures behind the answer section. */
static uint64_t likeness_signatures(
	const uint8_t *message, const struct dns_message *view, uint64_t seed)
{
	struct dns_record record;
	uint64_t sum = 0;

	for (uint16_t at = view->authority_at;
		dns_read_record(message, view, at, &record) == DNS_READ_OK; at = record.next_at)
		if (record.type == DNS_TYPE_RRSIG)
			sum += likeness_record(message, view, &record, seed);
	return sum;
}

void answer_likeness_of(const uint8_t *message, const struct dns_message *view, uint32_t ttl_s,
	uint64_t seed, struct answer_likeness *out_likeness)
{
	const uint8_t rcode = (uint8_t)dns_head_rcode(&view->head);
	struct dns_record record;

	*out_likeness = (struct answer_likeness){
		.records = seeded_hash(&rcode, sizeof(rcode), seed),
		.lives = likeness_signatures(message, view, seed),
	};
	for (uint16_t at = view->answer_at; at < view->authority_at; at = record.next_at) {
		uint64_t hash;
		uint32_t longer_s;

		if (dns_read_record(message, view, at, &record) != DNS_READ_OK)
			return;
		hash = likeness_record(message, view, &record, seed);
		longer_s = record.ttl_s - ttl_s;
		/* Sums: of any order. */
		out_likeness->records += hash;
		out_likeness->lives += seeded_hash(&longer_s, sizeof(longer_s), hash);
	}
}
