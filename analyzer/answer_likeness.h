/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer likeness -- whether two responses to one question say the same.
 *
 * They do if their answer sections hold the same records, in whatever order, case of
 * names and compression, and whatever is left of their TTLs. A resolver that counts
 * down the TTLs of what it remembers says the same each time; so does one that turns
 * the order of addresses. What else a message carries (authority, additional) is no
 * part of what is said.
 *
 * Compared as seeded 64-bit sums: nobody outside can make two answers alike.
 *
 * Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/dns_read.h"

struct answer_likeness {
	uint64_t records; /* of what is said: the same in both if they say the same */
	uint64_t ttls;    /* of how much longer each record lives than the answer */
};

/**
 * answer_likeness_of() - of a message that dns_read_message() made @view of
 * @ttl_s: how long the answer counts as fresh
 */
void answer_likeness_of(const uint8_t *message, const struct dns_message *view, uint32_t ttl_s,
	uint64_t seed, struct answer_likeness *out_likeness);

/* The same records, whose TTLs differ alike: the one's message is the other's, aged. */
static inline bool answer_likeness_is_aged(
	const struct answer_likeness *one, const struct answer_likeness *other)
{
	return one->records == other->records && one->ttls == other->ttls;
}
