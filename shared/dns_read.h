/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS read -- a DNS message in parts: the head alone, the whole to its last byte, record by record.
 *
 * Nothing is copied but the question's name: views hold offsets into the
 * message (uint16_t, from its first byte, without TCP's length field), so they
 * are as good for a copy of it. All numbers are in host byte order.
 *
 * What dns_read_message() accepted can be iterated:
 *
 *	for (at = view.answer_at; dns_read_record(message, &view, at, &record) == 0;
 *		at = record.next_at)
 *
 * Names may be compressed into any earlier part of the message but the header,
 * TTL fields included. So after dns_write_ttls_*() the records of a hostile
 * message are still where they were, but dns_name_read() may refuse a name it
 * took before, or read another one: dns_write_names_avoid_ttls() tells.
 *
 * Limits: messages of 12 to 65,535 bytes with exactly one question. The time
 * taken is bounded by the bytes: 254 steps for each name.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/dns_edns.h"
#include "shared/dns_head.h"
#include "shared/dns_numbers.h"

enum dns_read_outcome {
	DNS_READ_OK = 0,
	DNS_READ_SHORT,          /* ends inside the header, the question or a record */
	DNS_READ_LONG,           /* more than DNS_MESSAGE_BYTES_MAX */
	DNS_READ_QUESTION_COUNT, /* none, or several */
	DNS_READ_NAME,           /* the question's name or an owner is malformed or cut */
	DNS_READ_RECORD,         /* rdata is not what its type says */
	DNS_READ_EDNS,           /* OPT twice, in a wrong section, or malformed */
	DNS_READ_TRAILING,       /* bytes after the last record */
	DNS_READ_END,            /* no record there: the iteration is over */
	DNS_READ_NO_SOA,         /* a negative answer that may not be cached */
	DNS_READ_NO_RECORD,      /* no record that has a TTL */
};

struct dns_record {
	uint16_t owner_at;
	uint16_t type;
	uint16_t class;
	uint16_t ttl_at;
	uint32_t ttl_s; /* 0 if sent greater than 2^31 - 1 (RFC 2181 §8); of OPT: as sent */
	uint16_t rdata_at;
	uint16_t rdata_bytes;
	uint16_t next_at; /* after the rdata */
	enum dns_section section;
};

struct dns_message {
	struct dns_head head;
	uint16_t answer_at; /* where each section starts; an empty one where the next does */
	uint16_t authority_at;
	uint16_t additional_at;
	uint16_t end_at;    /* the message's length */
	bool has_signature; /* TSIG (RFC 8945) or SIG(0) (RFC 2931): never to be replayed */
	struct dns_edns edns;
};

/* Big-endian loads from any address. */
static inline uint16_t dns_read_u16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static inline uint32_t dns_read_u32(const uint8_t *from)
{
	return (uint32_t)dns_read_u16(from) << 16 | dns_read_u16(from + 2);
}

/* enum dns_rcode with OPT's upper bits: BADVERS looks like NOERROR without them. */
static inline uint16_t dns_read_rcode(const struct dns_message *view)
{
	return (uint16_t)(view->edns.extended_rcode << 4 | dns_head_rcode(&view->head));
}

/**
 * dns_read_head() - the header and the question, for matching every packet
 * @message_bytes: may end anywhere after the question
 *
 * The question's name is never compressed: nothing precedes it to point to.
 *
 * Return: DNS_READ_OK, _SHORT, _QUESTION_COUNT or _NAME.
 */
int dns_read_head(const uint8_t *message, size_t message_bytes, struct dns_head *out_head);

/**
 * dns_read_message() - check the whole message, to its last byte
 *
 * Every owner, length and rdata (dns_rdata.h) is checked. OPT may come once,
 * in the additional section, with the root as owner (RFC 6891 §6.1.1), and its
 * options as dns_edns.h says. The empty rdata that UPDATE uses in classes ANY
 * and NONE is allowed there (RFC 2136 §2.4, §2.5).
 *
 * Return: DNS_READ_OK, _SHORT, _LONG, _QUESTION_COUNT, _NAME, _RECORD, _EDNS or
 * _TRAILING.
 */
int dns_read_message(const uint8_t *message, size_t message_bytes, struct dns_message *out_message);

/**
 * dns_read_record() - the record at an offset
 * @view: what dns_read_message() made of this message or of one it is a copy of
 * @at:   the start of a section, or another record's next_at
 *
 * Return: DNS_READ_OK, or DNS_READ_END at the end of the message and wherever
 * no record fits.
 */
int dns_read_record(const uint8_t *message, const struct dns_message *view, uint16_t at,
	struct dns_record *out_record);

/**
 * dns_read_is_negative() - whether it says that the name, or the asked type, is not there
 *
 * NXDOMAIN, also at the end of a chain of aliases (RFC 2308 §2.1), or NODATA:
 * NOERROR without a record of the asked type and class in the answer section,
 * be there aliases or not (§2.2). A referral looks the same; it has no SOA.
 */
bool dns_read_is_negative(const uint8_t *message, const struct dns_message *view);

/**
 * dns_read_ttl() - for how long the message may be replayed whole
 * @out_ttl_s: the smallest TTL of all records but OPT, in all sections; for a
 *             negative answer also at most the SOA's MINIMUM (RFC 2308 §5); with
 *             DNS_READ_NO_SOA that of what else there is, UINT32_MAX for nothing
 *
 * Return: DNS_READ_OK; DNS_READ_NO_SOA for a negative answer without an SOA in
 * the authority section (RFC 2308 §5: not to be cached); DNS_READ_NO_RECORD for
 * others without any record.
 */
int dns_read_ttl(const uint8_t *message, const struct dns_message *view, uint32_t *out_ttl_s);
