/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS name -- a domain name in its uncompressed wire form, and how to get one out of a message.
 *
 * The wire form is a row of labels, each a length byte (1 to 63) and that many
 * bytes of any value, closed by the root's length byte 0 (RFC 1035 §3.1). A
 * length byte is always less than 'A', so a name may be folded and compared
 * without looking where its labels begin.
 *
 * Compression (RFC 1035 §4.1.4): a pointer must point to before the start of
 * the run of labels it ends, and not into the header. Every hop goes strictly
 * backwards, so reading ends whatever the sender wrote, and no name depends on
 * bytes that come after it. The header is refused because we change it in
 * every reply; names that lie in it would change too.
 *
 * Limits: 255 bytes and 127 labels per name; 127 pointers, as a name needs at
 * most one per label (without this limit 16 kB of pointers to pointers would
 * be walked again for every record).
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DNS_NAME_BYTES_MAX    255 /* RFC 1035 §2.3.4, length bytes and root included */
#define DNS_LABEL_BYTES_MAX   63  /* RFC 1035 §2.3.4 */
#define DNS_NAME_POINTERS_MAX 127

/* Labels of 63, 63, 63 and 61 bytes, each byte as \DDD, three dots and the NUL. */
#define DNS_NAME_TEXT_BYTES_MAX (250 * 4 + 3 + 1)

struct dns_name {
	uint8_t length_bytes;              /* of bytes[], the root's included: 1 to 255 */
	uint8_t bytes[DNS_NAME_BYTES_MAX]; /* case as sent; undefined from length_bytes on */
};

enum dns_name_outcome {
	DNS_NAME_OK = 0,
	DNS_NAME_MALFORMED, /* cut, too long, a bad pointer, or a label type other than 00 and 11 */
};

/* A name from its wire form, which is known to be one, of @length_bytes. */
static inline void dns_name_copy(
	const uint8_t *wire, uint8_t length_bytes, struct dns_name *out_name)
{
	out_name->length_bytes = length_bytes;
	memcpy(out_name->bytes, wire, length_bytes);
}

/**
 * dns_name_read() - take a name out of a message, following its pointers
 * @message_bytes: nothing at or after message + message_bytes is looked at
 * @at:            offset of the name's first byte; any value is safe
 * @out_next_at:   offset after the name where it stands (after its first pointer, if any)
 *
 * Return: DNS_NAME_OK or DNS_NAME_MALFORMED.
 */
int dns_name_read(const uint8_t *message, size_t message_bytes, size_t at,
	struct dns_name *out_name, size_t *out_next_at);

/**
 * dns_name_skip() - all checks of dns_name_read(), without producing the name
 *
 * Return: DNS_NAME_OK or DNS_NAME_MALFORMED.
 */
int dns_name_skip(const uint8_t *message, size_t message_bytes, size_t at, size_t *out_next_at);

/* Make A to Z lower case and leave every other byte alone (RFC 4343 §3). */
void dns_name_fold(struct dns_name *name);

/* Byte for byte, case included. */
bool dns_name_is_equal(const struct dns_name *a, const struct dns_name *b);

/* The same name in DNS's sense: A to Z compare equal to a to z (RFC 4343 §3). */
bool dns_name_is_equal_folded(const struct dns_name *a, const struct dns_name *b);

/**
 * dns_name_to_text() - presentation form: "www.example.com", the root is "."
 * @wire:      uncompressed wire form; may be hostile, and may go on after the root
 * @out_text:  printable ASCII and a NUL; DNS_NAME_TEXT_BYTES_MAX bytes are always enough
 * @out_bytes: size of @out_text; nothing is written if 0
 *
 * No trailing dot. A dot or backslash inside a label becomes \. or \\, and
 * every byte outside 0x21 to 0x7e and the double quote becomes \DDD, decimal
 * (RFC 1035 §5.1, RFC 4343 §2.1).
 *
 * Return: characters written, without the NUL. 0, and an empty text, when
 * @wire is no name or the text does not fit.
 */
size_t dns_name_to_text(const uint8_t *wire, size_t wire_bytes, char *out_text, size_t out_bytes);
