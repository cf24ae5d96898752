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
 * Two messages that say the same are one message, aged, only if the signatures beside
 * the answer (of a denial, say) are the same, too: a zone that is signed anew says what it
 * said, but the older message's signatures run out sooner.
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
	uint64_t lives;   /* of how much longer each record lives than the answer; of signatures */
};

/**
 * answer_likeness_of() - of a message that dns_read_message() made @view of
 * @ttl_s: how long the answer counts as fresh
 */
void answer_likeness_of(const uint8_t *message, const struct dns_message *view, uint32_t ttl_s,
	uint64_t seed, struct answer_likeness *out_likeness);

/* The same records and signatures, whose TTLs differ alike: the one's message is the other's, aged. */
static inline bool answer_likeness_is_aged(
	const struct answer_likeness *one, const struct answer_likeness *other)
{
	return one->records == other->records && one->lives == other->lives;
}
