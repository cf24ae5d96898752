/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS EDNS -- what an OPT record says (RFC 6891).
 *
 * All offsets are into the message. Option lengths are checked for the options
 * that dnscache acts on; what they contain is not. Of an option that comes
 * twice the first counts.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stdint.h>

struct dns_record;

#define DNS_EDNS_COOKIE_CLIENT_BYTES 8  /* RFC 7873 §4 */
#define DNS_EDNS_COOKIE_BYTES_MAX    40 /* with a server's part */

struct dns_edns {
	bool is_present;     /* false: everything below is zero */
	bool is_last_record; /* the message ends with it: it can be cut off without moving anything */
	bool dnssec_ok;      /* DO, RFC 3225 */
	bool has_cookie;
	bool has_client_subnet;
	uint8_t extended_rcode;       /* upper eight bits; dns_read_rcode() puts both together */
	uint8_t version;              /* 0 is the only one there is */
	uint16_t record_at;           /* of the owner's root byte */
	uint16_t record_bytes;        /* owner to end of rdata */
	uint16_t udp_payload_bytes;   /* 512 where less was sent, RFC 6891 §6.2.3 */
	uint16_t cookie_at;           /* client cookie (8 bytes), then server cookie if any */
	uint16_t cookie_bytes;        /* 8, or 16 to 40, RFC 7873 §4 */
	uint16_t client_subnet_at;    /* family, source and scope prefix, address: RFC 7871 §6 */
	uint16_t client_subnet_bytes; /* at least 4 */
	uint32_t extended_error_bits; /* bit n: info code n is there, 31: or higher, RFC 8914 §2 */
};

enum dns_edns_outcome {
	DNS_EDNS_OK = 0,
	DNS_EDNS_MALFORMED, /* owner not the root, or options that do not fill the rdata exactly */
};

/**
 * dns_edns_read() - read an OPT record
 * @record:   its type is OPT and its rdata lies within the message
 * @out_edns: all but is_last_record, which the record alone cannot tell, is set
 *
 * Refused are an owner other than the root (RFC 6891 §6.1.2), an option that
 * goes past the rdata, a COOKIE of a length RFC 7873 §4 does not allow, a
 * client subnet whose address is not as long as its source prefix needs
 * (RFC 7871 §6), and an extended error without its info code (RFC 8914 §2).
 *
 * Return: DNS_EDNS_OK or DNS_EDNS_MALFORMED.
 */
int dns_edns_read(
	const uint8_t *message, const struct dns_record *record, struct dns_edns *out_edns);
