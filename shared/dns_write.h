/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS write -- turning a stored response into a reply, in place.
 *
 * The message is a copy of one that dns_read_message() accepted, and the view
 * is that one's. A copy may be cut at the start of a section (set its count to
 * zero) or before an OPT that is its last record: names only ever point
 * backwards, so what remains stays whole. The view is then the uncut one's;
 * call dns_write_ttls_*() before cutting.
 *
 * Numbers are given in host byte order.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/dns_numbers.h"
#include "shared/dns_read.h"

#define DNS_WRITE_OPT_BYTES_MIN 11 /* root owner and the fixed part, no options */

/* RFC 8914 §2 */
struct dns_extended_error {
	uint16_t info_code;
	const char *text; /* UTF-8, sent without its NUL; NULL or "" for none */
};

/* Big-endian stores to any address. */
static inline void dns_write_u16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static inline void dns_write_u32(uint8_t *to, uint32_t value)
{
	dns_write_u16(to, (uint16_t)(value >> 16));
	dns_write_u16(to + 2, (uint16_t)value);
}

/* The header's fields. The message has at least DNS_HEADER_BYTES. */
static inline void dns_write_id(uint8_t *message, uint16_t id)
{
	dns_write_u16(message, id);
}

static inline void dns_write_flags(uint8_t *message, uint16_t flags)
{
	dns_write_u16(message + 2, flags);
}

static inline void dns_write_count(uint8_t *message, enum dns_section section, uint16_t count)
{
	dns_write_u16(message + 4 + 2 * section, count);
}

static inline void dns_write_counts(uint8_t *message, const uint16_t counts[DNS_SECTION_COUNT])
{
	for (int section = 0; section < DNS_SECTION_COUNT; section++)
		dns_write_count(message, (enum dns_section)section, counts[section]);
}

/**
 * dns_write_ttls_aged() - subtract from every TTL the time since the response came, down to 0
 *
 * A TTL greater than 2^31 - 1 becomes 0 (RFC 2181 §8). OPT's is not a TTL and
 * stays as it is. A TTL that has run out becomes 0; whether to send it at all
 * is the caller's choice.
 */
void dns_write_ttls_aged(uint8_t *message, const struct dns_message *view, uint32_t elapsed_s);

/* Lower every TTL but OPT's to at most cap_s; one greater than 2^31 - 1 becomes 0. */
void dns_write_ttls_capped(uint8_t *message, const struct dns_message *view, uint32_t cap_s);

/* What an OPT record is to say. */
struct dns_opt {
	uint16_t udp_payload_bytes; /* what the sender of this message accepts */
	bool dnssec_ok;
	const struct dns_extended_error *error; /* NULL for none */
	const uint8_t *cookie;                  /* client's and server's, RFC 7873 §4 */
	uint8_t cookie_bytes;                   /* 0 for none */
};

/**
 * dns_write_kept_names() - whether its names still read as they did
 * @before:  the message that @view is of
 * @message: a copy of it with other TTLs, or another case of the question
 *
 * In a hostile message a name may lie in a TTL (see dns_read.h), or take a letter of the
 * question for a part of a pointer. Looked at are owners, and the names in rdata of a form
 * that dns_rdata.h knows; A to Z are a to z.
 */
bool dns_write_kept_names(
	const uint8_t *before, const uint8_t *message, const struct dns_message *view);

#define DNS_WRITE_TTL_S_MAX 0x00ffffffu

/**
 * dns_write_names_avoid_ttls() - whether these names stay as they are whatever the TTLs become
 * @scratch: room for view->end_at bytes; undefined afterwards
 *
 * Up to DNS_WRITE_TTL_S_MAX, that is, half a year; and of messages of up to 16,128 bytes.
 */
bool dns_write_names_avoid_ttls(
	const uint8_t *message, const struct dns_message *view, uint8_t *scratch);

/**
 * dns_write_opt() - write an OPT record where the message ends so far
 * @out_bytes: room for it
 *
 * Extended rcode and version are 0. The caller counts it in the additional section.
 *
 * Return: bytes written, or 0 if they do not fit.
 */
int dns_write_opt(uint8_t *out, size_t out_bytes, const struct dns_opt *opt);
