/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker lab lookups -- the last part of worker_lab.h: whole look-ups and outages in one line.
 */

#include "analyzer/answer_share.h"

#define LAB_TTL_S 300

/* A record of the asked type, for LAB_TTL_S. */
static inline void lab_begin_good(const struct lab_query *query)
{
	lab_begin(query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, query->type,
		LAB_TTL_S, "0123456789abcdef", query->type == DNS_TYPE_A ? 4 : 16);
}

static inline void lab_answer(const struct lab_query *query)
{
	lab_begin_good(query);
	lab_respond(query);
}

/* NXDOMAIN, or with rcode 0 NODATA, with an SOA. */
static inline void lab_answer_negative(const struct lab_query *query, uint16_t rcode)
{
	lab_begin(query, rcode);
	dns_builder_soa(&lab_builder, LAB_TTL_S, LAB_TTL_S);
	lab_respond(query);
}

/* A response without records; extended_error < 0: without OPT too. */
static inline void lab_answer_failed(
	const struct lab_query *query, uint16_t rcode, int extended_error)
{
	uint8_t option[6] = { 0, DNS_EDNS_OPTION_EXTENDED_ERROR, 0, 2 };

	lab_begin(query, rcode);
	dns_write_u16(option + 4, (uint16_t)extended_error);
	if (extended_error >= 0)
		dns_builder_opt(&lab_builder, 1232, 0, option, sizeof(option));
	lab_respond(query);
}

/* A look-up with all going well, in one millisecond. */
static inline void lab_resolve(const struct lab_query *query)
{
	lab_ask(query);
	lab_pass(1);
	lab_answer(query);
}

/* What was learned is good for all of its scope. */
static inline void lab_settle(void)
{
	lab_pass(ANSWER_SHARE_SETTLE_NS / NS_PER_MS + LAB_STEP_MS);
}

/* Client 1 looks it up, and its scope has it. */
static inline void lab_teach(const char *name)
{
	const struct lab_query query = lab_a(name);

	lab_resolve(&query);
	lab_settle();
}

/* Orders that came for queries asked and nothing answered within the time. */
static inline unsigned int lab_orders_after(const struct lab_query *query, uint64_t ms)
{
	const unsigned int before = lab.order_count;

	lab_ask(query);
	lab_pass(ms);
	return lab.order_count - before;
}

/*
 * The resolver has fallen silent: two look-ups of client 1 went unanswered. Their
 * names were not learned, so nothing was ordered.
 */
static inline void lab_fall_silent(void)
{
	const struct lab_query first = lab_a("silent1.example");
	const struct lab_query second = lab_a("silent2.example");

	lab_pass(1); /* after the last response */
	lab_ask(&first);
	lab_ask(&second);
	lab_pass(1810);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 1);
}

/* Whether a query of client 1 for a learned name is answered at once. */
static inline bool lab_is_answered_at_once(const char *name)
{
	const struct lab_query query = lab_a(name);
	const unsigned int before = lab.order_count;

	lab_ask(&query);
	return lab.order_count > before;
}

/* The last order's message, read to its last byte. */
static inline const union lab_order *lab_last_order(struct dns_message *out_view)
{
	const union lab_order *order;

	ck_assert_uint_gt(lab.order_count, 0);
	ck_assert_uint_le(lab.order_count, LAB_ORDERS_MAX);
	order = &lab.orders[lab.order_count - 1];
	ck_assert_int_eq(
		dns_read_message(order->head.dns, order->head.dns_bytes, out_view), DNS_READ_OK);
	return order;
}
