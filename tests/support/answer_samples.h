/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer samples -- keys, facts and messages of answers, by number.
 *
 * Sample n is the A record of a name of 22 bytes with n in it, at one resolver and in
 * one scope: a typical entry. Equal numbers make equal bytes.
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/answer_cache.h"
#include "shared/clock.h"
#include "shared/dns_write.h"

#define ANSWER_SAMPLE_NAME_BYTES    22
#define ANSWER_SAMPLE_MESSAGE_BYTES (DNS_HEADER_BYTES + ANSWER_SAMPLE_NAME_BYTES + 4 + 16)
#define ANSWER_SAMPLE_TTL_S         300

static inline void answer_sample_name(uint8_t *out_name, uint32_t number)
{
	char text[ANSWER_SAMPLE_NAME_BYTES + 1];

	(void)snprintf(text, sizeof(text), "\10%08x\7example\3com", number);
	memcpy(out_name, text, ANSWER_SAMPLE_NAME_BYTES);
}

static inline void answer_sample_key(struct answer_key *out_key, uint32_t number)
{
	static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:docker0";
	static const uint8_t resolver[ANSWER_KEY_RESOLVER_BYTES] = {
		[10] = 0xff, 0xff, 10, 0, 0, 53
	};
	struct dns_message view;

	memset(&view, 0, sizeof(view));
	view.head.question.type = DNS_TYPE_A;
	view.head.question.class = DNS_CLASS_IN;
	view.head.question.name.length_bytes = ANSWER_SAMPLE_NAME_BYTES;
	answer_sample_name(view.head.question.name.bytes, number);
	(void)answer_key_make(out_key, scope, resolver, htons(5300), NULL, &view);
}

/* A response with the address 10.x.x.x, x.x.x from the number. */
static inline void answer_sample_message(uint8_t *out_message, uint32_t number)
{
	static const uint8_t header[DNS_HEADER_BYTES] = { 0, 0, 0x81, 0x80, 0, 1, 0, 1 };
	static const uint8_t question_end[4] = { 0, DNS_TYPE_A, 0, DNS_CLASS_IN };
	static const uint8_t record[12] = { 0xc0, DNS_HEADER_BYTES, 0, DNS_TYPE_A, 0, DNS_CLASS_IN,
		0, 0, ANSWER_SAMPLE_TTL_S >> 8, ANSWER_SAMPLE_TTL_S & 0xff, 0, 4 };
	uint8_t *at = out_message;

	memcpy(at, header, sizeof(header));
	answer_sample_name(at + sizeof(header), number);
	at += sizeof(header) + ANSWER_SAMPLE_NAME_BYTES;
	memcpy(at, question_end, sizeof(question_end));
	memcpy(at + sizeof(question_end), record, sizeof(record));
	dns_write_u32(at + sizeof(question_end) + sizeof(record), 10u << 24 | (number & 0xffffff));
}

/* Fresh for a TTL from now on, then kept for an hour. */
static inline struct answer_facts answer_sample_facts(uint64_t now_ns, uint8_t flags)
{
	return (struct answer_facts){
		.learned_ns = now_ns,
		.fresh_until_ns = now_ns + ANSWER_SAMPLE_TTL_S * NS_PER_S,
		.stale_until_ns = now_ns + (ANSWER_SAMPLE_TTL_S + 3600) * NS_PER_S,
		.flags = flags,
		.rcode = flags & ANSWER_NEGATIVE ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR,
	};
}

/* Put sample number, learned now. Returns what answer_cache_put() returns. */
static inline int answer_sample_put(
	struct answer_cache *cache, uint32_t number, uint64_t now_ns, uint8_t flags)
{
	const struct answer_facts facts = answer_sample_facts(now_ns, flags);
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES];
	struct answer_key key;

	answer_sample_key(&key, number);
	answer_sample_message(message, number);
	return answer_cache_put(cache, &key, &facts, message, sizeof(message));
}
