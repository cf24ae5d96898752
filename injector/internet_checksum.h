/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Internet checksum -- ones' complement sums in the machine's byte order (RFC 1071 section 2 B).
 *
 * Pure.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INTERNET_CHECKSUM_NONE 0x0000 /* of UDP: says "none was computed" */
#define INTERNET_CHECKSUM_ZERO 0xffff /* the same number in ones' complement */

/* Add bytes to a sum; the last ones count as if zeros followed them. */
static inline uint64_t internet_checksum_add(uint64_t sum, const void *bytes, size_t bytes_count)
{
	const uint8_t *at = bytes;
	uint32_t word = 0;

	for (; bytes_count >= sizeof(word); bytes_count -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, at, bytes_count);
	return sum + word;
}

/* The checksum of what was summed up, ready to be stored. */
static inline uint16_t internet_checksum_of(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The same for UDP, where 0 has another meaning (RFC 768, RFC 8200 section 8.1). */
static inline uint16_t internet_checksum_of_udp(uint64_t sum)
{
	const uint16_t checksum = internet_checksum_of(sum);

	return checksum == INTERNET_CHECKSUM_NONE ? INTERNET_CHECKSUM_ZERO : checksum;
}
