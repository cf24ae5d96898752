/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/reply_message.h"

#include <string.h>

#include "shared/clock.h"
#include "shared/dns_write.h"

#define REPLY_OPT_PAYLOAD_BYTES  1232 /* what a resolver that avoids fragments offers */
#define REPLY_OPT_BYTES_MAX      128
#define REPLY_EDE_STALE_ANSWER   3
#define REPLY_EDE_STALE_NXDOMAIN 19

static bool reply_is_stale(const struct reply_source *source)
{
	return source->now_ns >= source->facts->fresh_until_ns;
}

static uint16_t reply_flags(const struct reply_source *source)
{
	const uint16_t asked = source->query->flags;
	uint16_t flags = DNS_FLAG_QR | DNS_FLAG_RA | (asked & (DNS_FLAG_RD | DNS_FLAG_CD));

	if ((source->facts->flags & ANSWER_AD) &&
		((asked & DNS_FLAG_AD) || source->query->dnssec_ok))
		flags |= DNS_FLAG_AD;
	return flags | (source->facts->rcode & DNS_FLAG_RCODE_MASK);
}

static void reply_write_ttls(
	const struct reply_source *source, uint8_t *reply, const struct dns_message *view)
{
	/* Signed: it may have been renewed after now, and learned before the clock began. */
	const int64_t age_ns = (int64_t)(source->now_ns - source->facts->learned_ns);
	const uint64_t age_s = age_ns > 0 ? (uint64_t)age_ns / NS_PER_S : 0;

	if (reply_is_stale(source))
		dns_write_ttls_capped(reply, view, source->stale_ttl_s);
	else
		dns_write_ttls_aged(reply, view, (uint32_t)age_s);
}

static int reply_make_opt(const struct reply_source *source, uint8_t *out_opt)
{
	const struct dns_extended_error error = {
		source->facts->rcode == DNS_RCODE_NXDOMAIN ? REPLY_EDE_STALE_NXDOMAIN
							   : REPLY_EDE_STALE_ANSWER,
		"dnscache",
	};
	const struct dns_opt opt = {
		.udp_payload_bytes = REPLY_OPT_PAYLOAD_BYTES,
		.dnssec_ok = source->query->dnssec_ok,
		.error = reply_is_stale(source) ? &error : NULL,
		.cookie = source->query->cookie,
		.cookie_bytes = source->query->cookie_bytes,
	};

	if (!source->query->has_opt)
		return 0;
	return dns_write_opt(out_opt, REPLY_OPT_BYTES_MAX, &opt);
}

/* Cut sections off until it fits. Return: bytes left, or 0 if it cannot fit. */
static size_t reply_trim(const struct dns_message *view, const struct answer_facts *facts,
	size_t room, uint16_t counts[DNS_SECTION_COUNT])
{
	if (view->end_at <= room)
		return view->end_at;
	counts[DNS_SECTION_ADDITIONAL] = 0;
	if (view->additional_at <= room)
		return view->additional_at;
	if ((facts->flags & ANSWER_NEGATIVE) || view->authority_at > room)
		return 0;
	counts[DNS_SECTION_AUTHORITY] = 0;
	return view->authority_at;
}

static bool reply_question_fits(const struct reply_source *source, const struct dns_message *view)
{
	const struct dns_question *question = &view->head.question;
	struct dns_name name;

	if (source->name_bytes == 0 || source->name_bytes > DNS_NAME_BYTES_MAX)
		return false;
	dns_name_copy(source->name, (uint8_t)source->name_bytes, &name);
	return question->type == source->query->type && question->class == source->query->class &&
	       dns_name_is_equal_folded(&question->name, &name);
}

/* As its client wrote it. Return: false if that would make other names of the message's. */
static bool reply_write_name(
	const struct reply_source *source, uint8_t *reply, const struct dns_message *view)
{
	uint8_t *name = reply + DNS_HEADER_BYTES;

	if (memcmp(name, source->name, source->name_bytes) == 0) /* nearly always */
		return true;
	memcpy(name, source->name, source->name_bytes);
	return dns_write_kept_names(source->message, reply, view);
}

enum reply_outcome reply_message_make(const struct reply_source *source, uint8_t *out_reply,
	size_t reply_bytes_max, uint16_t *out_bytes)
{
	const size_t accepted = source->query->udp_payload_bytes;
	const size_t room = accepted < reply_bytes_max ? accepted : reply_bytes_max;
	uint16_t counts[DNS_SECTION_COUNT];
	uint8_t opt[REPLY_OPT_BYTES_MAX];
	struct dns_message view;
	size_t bytes;
	int opt_bytes;

	if (source->message_bytes > reply_bytes_max)
		return REPLY_TOO_LARGE;
	if (dns_read_message(source->message, source->message_bytes, &view) != DNS_READ_OK ||
		!reply_question_fits(source, &view))
		return REPLY_UNUSABLE;

	opt_bytes = reply_make_opt(source, opt);
	memcpy(out_reply, source->message, source->message_bytes);
	memcpy(counts, view.head.counts, sizeof(counts));
	reply_write_ttls(source, out_reply, &view);
	bytes = reply_trim(&view, source->facts,
		room > (size_t)opt_bytes ? room - (size_t)opt_bytes : 0, counts);
	if (bytes == 0)
		return REPLY_TOO_LARGE;

	if (!reply_write_name(source, out_reply, &view))
		return REPLY_UNUSABLE;
	memcpy(out_reply + bytes, opt, (size_t)opt_bytes);
	counts[DNS_SECTION_ADDITIONAL] += opt_bytes > 0;
	dns_write_id(out_reply, source->query->id);
	dns_write_flags(out_reply, reply_flags(source));
	dns_write_counts(out_reply, counts);
	*out_bytes = (uint16_t)(bytes + (size_t)opt_bytes);
	return REPLY_OK;
}
