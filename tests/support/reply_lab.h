/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Reply lab -- a stored message, a query, and the reply that is made of them.
 *
 * Build the stored message in reply_lab.stored; change query, facts and now as a test
 * needs; reply_lab_make() checks that what comes out is a whole DNS message.
 */

#include "analyzer/reply_message.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define REPLY_LAB_LEARNED_NS (1000 * NS_PER_S)
#define REPLY_LAB_FRESH_S    300u
#define REPLY_LAB_BYTES_MAX  4096u

static struct {
	struct dns_builder stored;
	struct answer_facts facts;
	struct transaction_query query;
	uint8_t name[DNS_NAME_BYTES_MAX];
	uint16_t name_bytes;
	uint64_t now_ns;
	size_t room_bytes;
	uint8_t reply[REPLY_LAB_BYTES_MAX];
	uint16_t reply_bytes;
	struct dns_message view; /* of the reply */
} reply_lab;

/* The name as this query sends it. */
static inline void reply_lab_ask(const char *name)
{
	struct dns_builder builder = { 0 };

	dns_builder_name(&builder, name);
	memcpy(reply_lab.name, builder.bytes, builder.size_bytes);
	reply_lab.name_bytes = (uint16_t)builder.size_bytes;
}

/* An empty answer of www.example.com, asked for by a client without EDNS, still fresh. */
static inline void reply_lab_start(void)
{
	memset(&reply_lab, 0, sizeof(reply_lab));
	reply_lab.room_bytes = sizeof(reply_lab.reply);
	dns_builder_start(&reply_lab.stored, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA,
		"www.example.com", DNS_TYPE_A);
	reply_lab.facts = (struct answer_facts){ .learned_ns = REPLY_LAB_LEARNED_NS,
		.fresh_until_ns = REPLY_LAB_LEARNED_NS + REPLY_LAB_FRESH_S * NS_PER_S,
		.stale_until_ns = REPLY_LAB_LEARNED_NS + 86400 * NS_PER_S };
	reply_lab.query = (struct transaction_query){ .id = 0xabcd,
		.flags = DNS_FLAG_RD,
		.type = DNS_TYPE_A,
		.class = DNS_CLASS_IN,
		.udp_payload_bytes = DNS_UDP_BYTES_MIN };
	reply_lab.now_ns = REPLY_LAB_LEARNED_NS;
	reply_lab_ask("www.example.com");
}

static inline void reply_lab_add_opt_to_query(uint16_t udp_payload_bytes)
{
	reply_lab.query.has_opt = true;
	reply_lab.query.udp_payload_bytes = udp_payload_bytes;
}

static inline void reply_lab_pass(uint64_t seconds)
{
	reply_lab.now_ns += seconds * NS_PER_S;
}

static inline enum reply_outcome reply_lab_try(void)
{
	const struct reply_source source = {
		.message = reply_lab.stored.bytes,
		.message_bytes = (uint16_t)reply_lab.stored.size_bytes,
		.facts = &reply_lab.facts,
		.query = &reply_lab.query,
		.name = reply_lab.name,
		.name_bytes = reply_lab.name_bytes,
		.stale_ttl_s = 30,
		.now_ns = reply_lab.now_ns,
	};

	return reply_message_make(
		&source, reply_lab.reply, reply_lab.room_bytes, &reply_lab.reply_bytes);
}

static inline void reply_lab_make(void)
{
	ck_assert_int_eq(reply_lab_try(), REPLY_OK);
	ck_assert_int_eq(dns_read_message(reply_lab.reply, reply_lab.reply_bytes, &reply_lab.view),
		DNS_READ_OK);
}

/* Of all sections but the question, OPT not counted. */
static inline unsigned int reply_lab_count(enum dns_section section)
{
	const unsigned int count = reply_lab.view.head.counts[section];

	return count - (section == DNS_SECTION_ADDITIONAL && reply_lab.view.edns.is_present);
}

/* The TTL of the number-th record of the reply, from 0. */
static inline uint32_t reply_lab_ttl(unsigned int number)
{
	struct dns_record record;
	uint16_t at = reply_lab.view.answer_at;

	do {
		ck_assert_int_eq(dns_read_record(reply_lab.reply, &reply_lab.view, at, &record),
			DNS_READ_OK);
		at = record.next_at;
	} while (number-- > 0);
	return record.ttl_s;
}
