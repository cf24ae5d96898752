/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_name.h"

#include <string.h>

#include "shared/dns_numbers.h"

#define DNS_NAME_POINTER_BITS  0xc0u
#define DNS_NAME_TOP_BITS      0x8080808080808080ull
#define DNS_NAME_LOW_BITS      0x7f7f7f7f7f7f7f7full
#define DNS_NAME_EVERY_BYTE(n) (0x0101010101010101ull * (n))
#define DNS_NAME_ESCAPE_MAX    4 /* \DDD */
#define DNS_NAME_PRINTABLE_MIN 0x21
#define DNS_NAME_PRINTABLE_MAX 0x7e

/*
 * Where the pointer at `at` leads, or 0 (never a valid target) if it may not be followed.
 * run_at is the start of the run of labels that the pointer ends.
 */
static size_t dns_name_target(
	const uint8_t *message, size_t message_bytes, size_t at, size_t run_at)
{
	size_t target;

	if (message[at] < DNS_NAME_POINTER_BITS || message_bytes - at < 2)
		return 0;

	target = (size_t)(message[at] & ~DNS_NAME_POINTER_BITS) << 8 | message[at + 1];
	if (target >= run_at || target < DNS_HEADER_BYTES)
		return 0;
	return target;
}

/* Where the run of labels at `at` stops: on its root byte, on a pointer, or past the end. */
static size_t dns_name_run_stop(const uint8_t *message, size_t message_bytes, size_t at)
{
	while (at < message_bytes && message[at] != 0 && message[at] <= DNS_LABEL_BYTES_MAX)
		at += 1 + (size_t)message[at];
	return at;
}

/* Check the name at `at`, run by run; where out_name is not NULL, copy the runs there. */
static inline int dns_name_walk(const uint8_t *message, size_t message_bytes, size_t at,
	struct dns_name *out_name, size_t *out_next_at)
{
	size_t length_bytes = 0;
	size_t next_at = 0;

	for (int pointer_count = 0; pointer_count <= DNS_NAME_POINTERS_MAX; pointer_count++) {
		size_t stop_at = dns_name_run_stop(message, message_bytes, at);
		bool is_whole = stop_at < message_bytes && message[stop_at] == 0;
		size_t run_bytes = stop_at - at + is_whole;

		if (stop_at >= message_bytes || run_bytes > DNS_NAME_BYTES_MAX - length_bytes)
			return DNS_NAME_MALFORMED;

		if (out_name)
			memcpy(out_name->bytes + length_bytes, message + at, run_bytes);
		length_bytes += run_bytes;

		if (is_whole) {
			if (out_name)
				out_name->length_bytes = (uint8_t)length_bytes;
			*out_next_at = next_at ? next_at : stop_at + 1;
			return DNS_NAME_OK;
		}

		if (next_at == 0)
			next_at = stop_at + 2;
		at = dns_name_target(message, message_bytes, stop_at, at);
		if (at == 0)
			return DNS_NAME_MALFORMED;
	}
	return DNS_NAME_MALFORMED;
}

int dns_name_read(const uint8_t *message, size_t message_bytes, size_t at,
	struct dns_name *out_name, size_t *out_next_at)
{
	struct dns_name name;
	int r;

	r = dns_name_walk(message, message_bytes, at, &name, out_next_at);
	if (r)
		return r;

	out_name->length_bytes = name.length_bytes;
	memcpy(out_name->bytes, name.bytes, name.length_bytes);
	return DNS_NAME_OK;
}

int dns_name_skip(const uint8_t *message, size_t message_bytes, size_t at, size_t *out_next_at)
{
	return dns_name_walk(message, message_bytes, at, NULL, out_next_at);
}

/* Eight bytes at once; no carry leaves a byte, so the machine's byte order does not matter. */
static inline uint64_t dns_name_fold_word(uint64_t word)
{
	uint64_t low = word & DNS_NAME_LOW_BITS;
	uint64_t from_a = low + DNS_NAME_EVERY_BYTE(0x80 - 'A');
	uint64_t after_z = low + DNS_NAME_EVERY_BYTE(0x7f - 'Z');
	uint64_t is_upper = (from_a ^ after_z) & ~word & DNS_NAME_TOP_BITS;

	return word | is_upper >> 2; /* 0x80 >> 2 is the bit between 'A' and 'a' */
}

static inline uint64_t dns_name_load_folded(const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return dns_name_fold_word(word);
}

static inline void dns_name_store(uint8_t *to, uint64_t word)
{
	memcpy(to, &word, sizeof(word));
}

void dns_name_fold(struct dns_name *name)
{
	size_t last_at;
	uint64_t last;

	if (name->length_bytes < sizeof(last)) {
		for (size_t at = 0; at < name->length_bytes; at++)
			name->bytes[at] = (uint8_t)dns_name_fold_word(name->bytes[at]);
		return;
	}

	/* The last word overlaps the one before; loaded after that one's store it would stall. */
	last_at = name->length_bytes - sizeof(last);
	last = dns_name_load_folded(name->bytes + last_at);
	for (size_t at = 0; at < last_at; at += sizeof(last))
		dns_name_store(name->bytes + at, dns_name_load_folded(name->bytes + at));
	dns_name_store(name->bytes + last_at, last);
}

bool dns_name_is_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->length_bytes == b->length_bytes &&
	       memcmp(a->bytes, b->bytes, a->length_bytes) == 0;
}

static inline bool dns_name_is_word_equal(const uint8_t *a, const uint8_t *b)
{
	return dns_name_load_folded(a) == dns_name_load_folded(b);
}

bool dns_name_is_equal_folded(const struct dns_name *a, const struct dns_name *b)
{
	size_t last_at;

	if (a->length_bytes != b->length_bytes)
		return false;

	if (a->length_bytes < sizeof(uint64_t)) {
		for (size_t at = 0; at < a->length_bytes; at++) {
			if (dns_name_fold_word(a->bytes[at]) != dns_name_fold_word(b->bytes[at]))
				return false;
		}
		return true;
	}

	last_at = a->length_bytes - sizeof(uint64_t); /* it overlaps the word before */
	for (size_t at = 0; at < last_at; at += sizeof(uint64_t)) {
		if (!dns_name_is_word_equal(a->bytes + at, b->bytes + at))
			return false;
	}
	return dns_name_is_word_equal(a->bytes + last_at, b->bytes + last_at);
}

static size_t dns_name_escape(uint8_t byte, char out_escaped[DNS_NAME_ESCAPE_MAX])
{
	if (byte == '.' || byte == '\\') {
		out_escaped[0] = '\\';
		out_escaped[1] = (char)byte;
		return 2;
	}
	if (byte >= DNS_NAME_PRINTABLE_MIN && byte <= DNS_NAME_PRINTABLE_MAX && byte != '"') {
		out_escaped[0] = (char)byte;
		return 1;
	}
	out_escaped[0] = '\\';
	out_escaped[1] = (char)('0' + byte / 100);
	out_escaped[2] = (char)('0' + byte / 10 % 10);
	out_escaped[3] = (char)('0' + byte % 10);
	return DNS_NAME_ESCAPE_MAX;
}

/* Append one label's text. Returns the characters used so far, or 0 if there is no room. */
static size_t dns_name_label_to_text(
	const uint8_t *label, size_t label_bytes, char *out_text, size_t out_bytes, size_t used)
{
	char escaped[DNS_NAME_ESCAPE_MAX];

	for (size_t i = 0; i < label_bytes; i++) {
		size_t escaped_bytes = dns_name_escape(label[i], escaped);

		if (out_bytes - used <= escaped_bytes)
			return 0;
		memcpy(out_text + used, escaped, escaped_bytes);
		used += escaped_bytes;
	}
	return used;
}

/* As dns_name_to_text(), but without the NUL and with rubbish in out_text where it returns 0. */
static size_t dns_name_labels_to_text(
	const uint8_t *wire, size_t wire_bytes, char *out_text, size_t out_bytes)
{
	size_t used = 0;
	size_t at = 0;

	while (at < wire_bytes && wire[at] != 0) {
		size_t label_bytes = wire[at++];

		if (label_bytes > DNS_LABEL_BYTES_MAX || label_bytes > wire_bytes - at)
			return 0;
		if (used > 0) {
			if (out_bytes - used <= 1)
				return 0;
			out_text[used++] = '.';
		}
		used = dns_name_label_to_text(wire + at, label_bytes, out_text, out_bytes, used);
		if (used == 0)
			return 0;
		at += label_bytes;
	}
	if (at >= wire_bytes)
		return 0;
	if (used == 0 && out_bytes > 1)
		out_text[used++] = '.';
	return used;
}

size_t dns_name_to_text(const uint8_t *wire, size_t wire_bytes, char *out_text, size_t out_bytes)
{
	size_t used;

	if (out_bytes == 0)
		return 0;
	if (wire_bytes > DNS_NAME_BYTES_MAX)
		wire_bytes = DNS_NAME_BYTES_MAX;

	used = dns_name_labels_to_text(wire, wire_bytes, out_text, out_bytes);
	out_text[used] = '\0';
	return used;
}
