/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_edns.h"

#include <stddef.h>

#include "shared/dns_numbers.h"
#include "shared/dns_read.h"

#define DNS_EDNS_OPTION_HEADER_BYTES     4 /* code and length, RFC 6891 §6.1.2 */
#define DNS_EDNS_COOKIE_WHOLE_BYTES_MIN  16
#define DNS_EDNS_SUBNET_FIXED_BYTES      4 /* RFC 7871 §6 */
#define DNS_EDNS_EXTENDED_ERROR_BYTES    2 /* RFC 8914 §2 */
#define DNS_EDNS_EXTENDED_ERROR_BIT_LAST 31

static int dns_edns_read_cookie(struct dns_edns *edns, uint16_t at, uint16_t bytes)
{
	if (bytes != DNS_EDNS_COOKIE_CLIENT_BYTES &&
		(bytes < DNS_EDNS_COOKIE_WHOLE_BYTES_MIN || bytes > DNS_EDNS_COOKIE_BYTES_MAX))
		return DNS_EDNS_MALFORMED;

	if (!edns->has_cookie) {
		edns->has_cookie = true;
		edns->cookie_at = at;
		edns->cookie_bytes = bytes;
	}
	return DNS_EDNS_OK;
}

static int dns_edns_read_client_subnet(
	struct dns_edns *edns, const uint8_t *message, uint16_t at, uint16_t bytes)
{
	if (bytes < DNS_EDNS_SUBNET_FIXED_BYTES ||
		bytes - DNS_EDNS_SUBNET_FIXED_BYTES != (message[at + 2] + 7) / 8)
		return DNS_EDNS_MALFORMED;

	if (!edns->has_client_subnet) {
		edns->has_client_subnet = true;
		edns->client_subnet_at = at;
		edns->client_subnet_bytes = bytes;
	}
	return DNS_EDNS_OK;
}

static int dns_edns_read_extended_error(
	struct dns_edns *edns, const uint8_t *message, uint16_t at, uint16_t bytes)
{
	uint16_t info_code;

	if (bytes < DNS_EDNS_EXTENDED_ERROR_BYTES)
		return DNS_EDNS_MALFORMED;

	info_code = dns_read_u16(message + at);
	if (info_code > DNS_EDNS_EXTENDED_ERROR_BIT_LAST)
		info_code = DNS_EDNS_EXTENDED_ERROR_BIT_LAST;
	edns->extended_error_bits |= UINT32_C(1) << info_code;
	return DNS_EDNS_OK;
}

static int dns_edns_read_option(
	struct dns_edns *edns, const uint8_t *message, uint16_t code, uint16_t at, uint16_t bytes)
{
	switch (code) {
	case DNS_EDNS_OPTION_COOKIE:
		return dns_edns_read_cookie(edns, at, bytes);
	case DNS_EDNS_OPTION_CLIENT_SUBNET:
		return dns_edns_read_client_subnet(edns, message, at, bytes);
	case DNS_EDNS_OPTION_EXTENDED_ERROR:
		return dns_edns_read_extended_error(edns, message, at, bytes);
	default:
		return DNS_EDNS_OK;
	}
}

static int dns_edns_read_options(
	struct dns_edns *edns, const uint8_t *message, const struct dns_record *record)
{
	size_t end_at = (size_t)record->rdata_at + record->rdata_bytes;
	size_t at = record->rdata_at;
	int r;

	while (at < end_at) {
		uint16_t code, bytes;

		if (end_at - at < DNS_EDNS_OPTION_HEADER_BYTES)
			return DNS_EDNS_MALFORMED;
		code = dns_read_u16(message + at);
		bytes = dns_read_u16(message + at + 2);
		at += DNS_EDNS_OPTION_HEADER_BYTES;
		if (bytes > end_at - at)
			return DNS_EDNS_MALFORMED;

		r = dns_edns_read_option(edns, message, code, (uint16_t)at, bytes);
		if (r)
			return r;
		at += bytes;
	}
	return DNS_EDNS_OK;
}

int dns_edns_read(
	const uint8_t *message, const struct dns_record *record, struct dns_edns *out_edns)
{
	struct dns_edns edns = { .is_present = true };
	int r;

	if (message[record->owner_at] != 0)
		return DNS_EDNS_MALFORMED;

	edns.record_at = record->owner_at;
	edns.record_bytes = (uint16_t)(record->next_at - record->owner_at);
	edns.udp_payload_bytes =
		record->class < DNS_UDP_BYTES_MIN ? DNS_UDP_BYTES_MIN : record->class;
	edns.extended_rcode = (uint8_t)(record->ttl_s >> 24);
	edns.version = (uint8_t)(record->ttl_s >> 16);
	edns.dnssec_ok = record->ttl_s & DNS_EDNS_FLAG_DO;
	r = dns_edns_read_options(&edns, message, record);
	if (r)
		return r;

	*out_edns = edns;
	return DNS_EDNS_OK;
}
