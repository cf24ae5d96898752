/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS builder -- DNS messages for tests, built record by record, well-formed or not.
 *
 * Names are given as "www.example.com" ("" is the root; no escapes). The
 * counts in the header follow the records that are added; whatever is wrong on
 * purpose is written into bytes[] afterwards.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "shared/dns_write.h"

#define DNS_BUILDER_TO_QUESTION NULL /* owner: a pointer to the question's name */

struct dns_builder {
	size_t size_bytes;
	uint8_t bytes[DNS_MESSAGE_BYTES_MAX + 1];
};

static inline void dns_builder_bytes(struct dns_builder *builder, const void *from, size_t bytes)
{
	assert(bytes <= sizeof(builder->bytes) - builder->size_bytes);
	if (bytes > 0)
		memcpy(builder->bytes + builder->size_bytes, from, bytes);
	builder->size_bytes += bytes;
}

static inline void dns_builder_u16(struct dns_builder *builder, uint16_t value)
{
	uint8_t bytes[2];

	dns_write_u16(bytes, value);
	dns_builder_bytes(builder, bytes, sizeof(bytes));
}

static inline void dns_builder_u32(struct dns_builder *builder, uint32_t value)
{
	dns_builder_u16(builder, (uint16_t)(value >> 16));
	dns_builder_u16(builder, (uint16_t)value);
}

static inline void dns_builder_name(struct dns_builder *builder, const char *text)
{
	while (*text != '\0') {
		uint8_t label_bytes = (uint8_t)strcspn(text, ".");

		dns_builder_bytes(builder, &label_bytes, 1);
		dns_builder_bytes(builder, text, label_bytes);
		text += label_bytes;
		if (*text == '.')
			text++;
	}
	dns_builder_bytes(builder, "", 1);
}

/* Begin a message with one question, in class IN. */
static inline void dns_builder_start(
	struct dns_builder *builder, uint16_t flags, const char *name, uint16_t type)
{
	const uint16_t counts[DNS_SECTION_COUNT] = { 1, 0, 0, 0 };

	builder->size_bytes = DNS_HEADER_BYTES;
	dns_write_id(builder->bytes, 0x1234);
	dns_write_flags(builder->bytes, flags);
	dns_write_counts(builder->bytes, counts);
	dns_builder_name(builder, name);
	dns_builder_u16(builder, type);
	dns_builder_u16(builder, DNS_CLASS_IN);
}

/* Add a record and count it. Returns its offset. */
static inline size_t dns_builder_record_of_class(struct dns_builder *builder,
	enum dns_section section, const char *owner, uint16_t type, uint16_t class, uint32_t ttl_s,
	const void *rdata, uint16_t rdata_bytes)
{
	uint8_t *count = builder->bytes + 4 + 2 * section;
	size_t record_at = builder->size_bytes;

	dns_write_u16(count, (uint16_t)(dns_read_u16(count) + 1));
	if (owner == DNS_BUILDER_TO_QUESTION)
		dns_builder_u16(builder, 0xc000 | DNS_HEADER_BYTES);
	else
		dns_builder_name(builder, owner);
	dns_builder_u16(builder, type);
	dns_builder_u16(builder, class);
	dns_builder_u32(builder, ttl_s);
	dns_builder_u16(builder, rdata_bytes);
	dns_builder_bytes(builder, rdata, rdata_bytes);
	return record_at;
}

/* Add a record of class IN and count it. Returns its offset. */
static inline size_t dns_builder_record(struct dns_builder *builder, enum dns_section section,
	const char *owner, uint16_t type, uint32_t ttl_s, const void *rdata, uint16_t rdata_bytes)
{
	return dns_builder_record_of_class(
		builder, section, owner, type, DNS_CLASS_IN, ttl_s, rdata, rdata_bytes);
}

/* Add 192.0.2.1 for the question's name to the answer section. Returns the record's offset. */
static inline size_t dns_builder_a(struct dns_builder *builder, uint32_t ttl_s)
{
	return dns_builder_record(builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_A,
		ttl_s, "\300\0\2\1", 4);
}

/* Add the SOA of a negative answer to the authority section. Returns the record's offset. */
static inline size_t dns_builder_soa(
	struct dns_builder *builder, uint32_t ttl_s, uint32_t minimum_s)
{
	uint8_t rdata[] = "\2ns\300\14\4root\300\14SSSSRRRRYYYYEEEEMMMM";

	dns_write_u32(rdata + sizeof(rdata) - 1 - 4, minimum_s);
	return dns_builder_record(builder, DNS_SECTION_AUTHORITY, DNS_BUILDER_TO_QUESTION,
		DNS_TYPE_SOA, ttl_s, rdata, sizeof(rdata) - 1);
}

/* Add an OPT to the additional section. Returns the record's offset. */
static inline size_t dns_builder_opt(struct dns_builder *builder, uint16_t udp_payload_bytes,
	uint32_t ttl_field, const void *options, uint16_t options_bytes)
{
	return dns_builder_record_of_class(builder, DNS_SECTION_ADDITIONAL, "", DNS_TYPE_OPT,
		udp_payload_bytes, ttl_field, options, options_bytes);
}
