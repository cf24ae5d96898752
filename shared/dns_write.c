/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_write.h"

#include <string.h>

#include "shared/dns_rdata.h"

#define DNS_WRITE_OPTION_HEADER_BYTES 4      /* code and length, RFC 6891 §6.1.2 */
#define DNS_WRITE_INFO_CODE_BYTES     2      /* RFC 8914 §2 */
#define DNS_WRITE_POINTER_BEYOND      0x3f00 /* where one leads that begins with all ones */

void dns_write_ttls_aged(uint8_t *message, const struct dns_message *view, uint32_t elapsed_s)
{
	struct dns_record record;

	for (uint16_t at = view->answer_at; dns_read_record(message, view, at, &record) == 0;
		at = record.next_at) {
		if (record.type == DNS_TYPE_OPT)
			continue;
		dns_write_u32(message + record.ttl_at,
			record.ttl_s > elapsed_s ? record.ttl_s - elapsed_s : 0);
	}
}

void dns_write_ttls_capped(uint8_t *message, const struct dns_message *view, uint32_t cap_s)
{
	struct dns_record record;

	for (uint16_t at = view->answer_at; dns_read_record(message, view, at, &record) == 0;
		at = record.next_at) {
		if (record.type == DNS_TYPE_OPT)
			continue;
		dns_write_u32(message + record.ttl_at, record.ttl_s < cap_s ? record.ttl_s : cap_s);
	}
}

/* The name at *at, which is moved behind it; nothing from end_at on belongs to it. */
static bool dns_write_kept_name(
	const uint8_t *before, const uint8_t *message, size_t end_at, size_t *at)
{
	struct dns_name was, is;
	size_t next_at;

	if (dns_name_read(before, end_at, *at, &was, &next_at) != DNS_NAME_OK ||
		dns_name_read(message, end_at, *at, &is, at) != DNS_NAME_OK)
		return false;
	return dns_name_is_equal_folded(&was, &is);
}

static bool dns_write_kept_rdata(
	const uint8_t *before, const uint8_t *message, const struct dns_record *record)
{
	const struct dns_rdata_form *form = dns_rdata_find_form(record);
	size_t at = record->rdata_at;

	if (form == NULL || record->rdata_bytes == 0)
		return true;
	at += form->before_bytes;
	for (int i = 0; i < form->name_count; i++) {
		if (!dns_write_kept_name(before, message, record->next_at, &at))
			return false;
	}
	return true;
}

bool dns_write_kept_names(
	const uint8_t *before, const uint8_t *message, const struct dns_message *view)
{
	struct dns_record record;

	for (uint16_t at = view->answer_at; dns_read_record(before, view, at, &record) == 0;
		at = record.next_at) {
		size_t owner_at = at;

		if (!dns_write_kept_name(before, message, record.next_at, &owner_at) ||
			!dns_write_kept_rdata(before, message, &record))
			return false;
	}
	return true;
}

static void dns_write_ttls(uint8_t *message, const struct dns_message *view, uint32_t ttl_s)
{
	struct dns_record record;

	for (uint16_t at = view->answer_at; dns_read_record(message, view, at, &record) == 0;
		at = record.next_at)
		dns_write_u32(message + record.ttl_at, ttl_s);
}

/*
 * Two values tell for all whose first byte is 0. The first other byte of a TTL that a name
 * comes to is in a label, where one of the two differs from what was there; or begins one,
 * where one ends the name and the other is a pointer behind the message. It is no pointer's
 * second byte: before it is a 0, or a byte that comes to a name earlier.
 */
bool dns_write_names_avoid_ttls(
	const uint8_t *message, const struct dns_message *view, uint8_t *scratch)
{
	if (view->end_at > DNS_WRITE_POINTER_BEYOND)
		return false;
	memcpy(scratch, message, view->end_at);
	dns_write_ttls(scratch, view, 0);
	if (!dns_write_kept_names(message, scratch, view))
		return false;
	dns_write_ttls(scratch, view, DNS_WRITE_TTL_S_MAX);
	return dns_write_kept_names(message, scratch, view);
}

static size_t dns_write_text_bytes(const struct dns_opt *opt)
{
	return opt->error && opt->error->text ? strlen(opt->error->text) : 0;
}

static size_t dns_write_options_bytes(const struct dns_opt *opt)
{
	size_t bytes = 0;

	if (opt->cookie_bytes > 0)
		bytes += DNS_WRITE_OPTION_HEADER_BYTES + opt->cookie_bytes;
	if (opt->error)
		bytes += DNS_WRITE_OPTION_HEADER_BYTES + DNS_WRITE_INFO_CODE_BYTES +
			 dns_write_text_bytes(opt);
	return bytes;
}

/* The caller has made sure of the room. Return: where the next one goes. */
static uint8_t *dns_write_option(uint8_t *out, uint16_t code, size_t bytes)
{
	dns_write_u16(out, code);
	dns_write_u16(out + 2, (uint16_t)bytes);
	return out + DNS_WRITE_OPTION_HEADER_BYTES;
}

static uint8_t *dns_write_cookie(uint8_t *out, const struct dns_opt *opt)
{
	out = dns_write_option(out, DNS_EDNS_OPTION_COOKIE, opt->cookie_bytes);
	memcpy(out, opt->cookie, opt->cookie_bytes);
	return out + opt->cookie_bytes;
}

static void dns_write_extended_error(uint8_t *out, const struct dns_opt *opt)
{
	const size_t text_bytes = dns_write_text_bytes(opt);

	out = dns_write_option(
		out, DNS_EDNS_OPTION_EXTENDED_ERROR, DNS_WRITE_INFO_CODE_BYTES + text_bytes);
	dns_write_u16(out, opt->error->info_code);
	if (text_bytes > 0)
		memcpy(out + DNS_WRITE_INFO_CODE_BYTES, opt->error->text, text_bytes);
}

int dns_write_opt(uint8_t *out, size_t out_bytes, const struct dns_opt *opt)
{
	const size_t options_bytes = dns_write_options_bytes(opt);
	uint8_t *at = out + DNS_WRITE_OPT_BYTES_MIN;

	if (options_bytes > UINT16_MAX || out_bytes < DNS_WRITE_OPT_BYTES_MIN + options_bytes)
		return 0;

	out[0] = 0;
	dns_write_u16(out + 1, DNS_TYPE_OPT);
	dns_write_u16(out + 3, opt->udp_payload_bytes);
	dns_write_u32(out + 5, opt->dnssec_ok ? DNS_EDNS_FLAG_DO : 0);
	dns_write_u16(out + 9, (uint16_t)options_bytes);
	if (opt->cookie_bytes > 0)
		at = dns_write_cookie(at, opt);
	if (opt->error)
		dns_write_extended_error(at, opt);
	return (int)(DNS_WRITE_OPT_BYTES_MIN + options_bytes);
}
