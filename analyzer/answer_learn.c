/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_learn.h"

#include <assert.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/dns_write.h"

/* RFC 4034 section 3.1: what precedes the signer's name, and where the expiration is in it. */
#define LEARN_RRSIG_BYTES_MIN  18
#define LEARN_RRSIG_EXPIRES_AT 8

bool answer_learn_entered_right(
	const struct message_packet *packet, const struct transaction_route *route)
{
	const uint32_t came_by =
		route->came_by_if_index != 0 ? route->came_by_if_index : packet->ingress_if_index;

	switch (packet->entry) {
	case MESSAGE_ENTRY_LOCAL:
		return true;
	case MESSAGE_ENTRY_UPLINK:
		if (route->came_by_if_index == 0)
			return true;
		break;
	case MESSAGE_ENTRY_EDGE:
		break;
	default:
		return false;
	}
	return route->left_by_if_index != 0 && route->left_by_if_index == came_by &&
	       !route->left_by_several && !route->came_by_several;
}

bool answer_learn_checksum_is_good(const struct message_packet *packet)
{
	return packet->checksum == MESSAGE_CHECKSUM_RIGHT ||
	       packet->checksum == MESSAGE_CHECKSUM_PENDING ||
	       (packet->checksum == MESSAGE_CHECKSUM_NONE && packet->ip_version == 4);
}

/* UINT32_MAX if it has no signatures. */
static uint32_t answer_learn_signed_for_s(
	const uint8_t *message, const struct dns_message *view, uint32_t wall_s)
{
	struct dns_record record;
	uint32_t least_s = UINT32_MAX;

	for (uint16_t at = view->answer_at;
		dns_read_record(message, view, at, &record) == DNS_READ_OK; at = record.next_at) {
		int32_t left_s;

		if (record.type != DNS_TYPE_RRSIG || record.rdata_bytes < LEARN_RRSIG_BYTES_MIN)
			continue;
		/* Serial number arithmetic: RFC 4034 section 3.1.5. */
		left_s =
			(int32_t)(dns_read_u32(message + record.rdata_at + LEARN_RRSIG_EXPIRES_AT) -
				  wall_s);
		if (left_s < 0)
			left_s = 0;
		if ((uint32_t)left_s < least_s)
			least_s = (uint32_t)left_s;
	}
	return least_s;
}

static uint32_t answer_learn_least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

uint32_t answer_learn_ttl_max_s(
	const uint8_t *message, const struct dns_message *view, const struct learn_limits *limits)
{
	return answer_learn_least((uint32_t)(limits->fresh_max_ns / NS_PER_S),
		answer_learn_signed_for_s(message, view, limits->wall_s));
}

static enum learn_outcome answer_learn_is_answer(const struct dns_message *view)
{
	const struct dns_head *head = &view->head;
	const uint16_t rcode = dns_read_rcode(view);

	if (!dns_head_is_response(head) || dns_head_opcode(head) != DNS_OPCODE_QUERY ||
		dns_head_is_truncated(head))
		return LEARN_NO_ANSWER;
	if (rcode != DNS_RCODE_NOERROR && rcode != DNS_RCODE_NXDOMAIN)
		return LEARN_NO_ANSWER;
	if (view->has_signature)
		return LEARN_SIGNED;
	if (view->edns.is_present && !view->edns.is_last_record)
		return LEARN_OPT_PLACE;
	return LEARN_OK;
}

/*
 * How long it counts as fresh. A negative answer without an SOA has no time of its own, and by
 * RFC 2308 section 5 it should not be cached, for two servers that ask each other could keep
 * it alive for ever. Not so here: what we serve is never learned, nor given to clients that
 * serve DNS themselves. And it is needed: many resolvers leave the SOA out, a client whose A
 * is answered and whose AAAA is not waits in vain (glibc, for all of its time), and so does
 * one at each name of its search list that had ended in NXDOMAIN. So it is fresh for a short
 * time, and then stale as any other: given in place of a failure only.
 */
static enum learn_outcome answer_learn_fresh_ns(const uint8_t *message,
	const struct dns_message *view, const struct learn_limits *limits, uint64_t *out_ns)
{
	uint32_t ttl_s;

	switch (dns_read_ttl(message, view, &ttl_s)) {
	case DNS_READ_OK:
		*out_ns = ttl_s * NS_PER_S;
		break;
	case DNS_READ_NO_SOA:
		if (view->head.counts[DNS_SECTION_AUTHORITY] >
			0) /* a referral (RFC 2308 section 2.1) */
			return LEARN_NO_TTL;
		*out_ns = limits->negative_ns;
		if (ttl_s * NS_PER_S < *out_ns) /* of the aliases in front */
			*out_ns = ttl_s * NS_PER_S;
		break;
	default:
		return LEARN_NO_TTL;
	}
	ttl_s = answer_learn_ttl_max_s(message, view, limits);
	if (*out_ns > ttl_s * NS_PER_S)
		*out_ns = ttl_s * NS_PER_S;
	return *out_ns > 0 ? LEARN_OK : LEARN_NO_TTL;
}

enum learn_outcome answer_learn_facts(const uint8_t *message, const struct dns_message *view,
	const struct learn_limits *limits, uint64_t now_ns, struct answer_facts *out_facts)
{
	enum learn_outcome outcome = answer_learn_is_answer(view);
	uint64_t fresh_ns = 0;
	uint64_t kept_ns;

	if (outcome != LEARN_OK)
		return outcome;
	outcome = answer_learn_fresh_ns(message, view, limits, &fresh_ns);
	if (outcome != LEARN_OK)
		return outcome;

	kept_ns = answer_learn_signed_for_s(message, view, limits->wall_s) * NS_PER_S;
	if (kept_ns > fresh_ns + limits->stale_max_ns)
		kept_ns = fresh_ns + limits->stale_max_ns;
	*out_facts = (struct answer_facts){
		.learned_ns = now_ns,
		.fresh_until_ns = now_ns + fresh_ns,
		.stale_until_ns = now_ns + kept_ns,
		.rcode = dns_head_rcode(&view->head),
	};
	if (dns_read_is_negative(message, view))
		out_facts->flags |= ANSWER_NEGATIVE;
	if (dns_head_is_authentic(&view->head))
		out_facts->flags |= ANSWER_AD;
	answer_likeness_of(
		message, view, (uint32_t)(fresh_ns / NS_PER_S), limits->seed, &out_facts->likeness);
	return LEARN_OK;
}

uint16_t answer_learn_copy(const uint8_t *message, const struct dns_message *view,
	uint32_t ttl_max_s, uint8_t *out_message)
{
	const uint16_t additional_count = view->head.counts[DNS_SECTION_ADDITIONAL];

	assert(ttl_max_s <= DNS_WRITE_TTL_S_MAX);
	if (!dns_write_names_avoid_ttls(message, view, out_message))
		return 0;
	memcpy(out_message, message, view->end_at);
	dns_write_ttls_capped(out_message, view, ttl_max_s);
	if (!view->edns.is_present)
		return view->end_at;
	dns_write_count(out_message, DNS_SECTION_ADDITIONAL, additional_count - 1);
	return view->edns.record_at;
}
