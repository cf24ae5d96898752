/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap ICMP -- errors that say that a DNS datagram could not be delivered, over IPv4
 * (RFC 792) and IPv6 (RFC 4443).
 */

#include <linux/bpf.h>
#include <linux/in.h>

#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_datagram.h"
#include "bpf/tap_ip.h"

/* <linux/icmp.h> needs the C library's headers. */
#define TAP_ICMP_4_UNREACHABLE 3
#define TAP_ICMP_4_TOO_LONG    4 /* a code of it: no failure, the sender shall try again */
#define TAP_ICMP_6_UNREACHABLE 1

/* What both versions of ICMP begin an error with; RFC 4884 gave two reserved bytes a meaning. */
struct tap_icmp {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__u8 quote_units6; /* ICMPv6: length of the quote in 8 bytes, if something follows it */
	__u8 quote_units4; /* ICMP: the same in 4 bytes */
	__be16 other;
};

/* True if the ICMP message behind @error says that a DNS datagram could not be delivered. */
static __always_inline bool tap_icmp_read(struct packet_cursor *cursor, const struct tap_ip *error,
	const bool is_ip6, struct tap_datagram *datagram)
{
	const struct tap_icmp *icmp = packet_cursor_at(cursor, error->inner_at, sizeof(*icmp));
	__u32 quote_at = error->inner_at + sizeof(*icmp);
	__u32 end = error->end;
	struct tap_ip quote;
	__u32 quote_bytes;

	if (!icmp || icmp->type != (is_ip6 ? TAP_ICMP_6_UNREACHABLE : TAP_ICMP_4_UNREACHABLE))
		return false;
	if (!is_ip6 && icmp->code == TAP_ICMP_4_TOO_LONG)
		return false;
	datagram->ip_ttl = error->ttl;
	datagram->kind = DNS_EVENT_UNREACHABLE;
	quote_bytes = is_ip6 ? icmp->quote_units6 * 8 : icmp->quote_units4 * 4;
	if (quote_bytes && end > quote_at + quote_bytes)
		end = quote_at + quote_bytes;
	if (!(is_ip6 ? tap_ip6_read(cursor, quote_at, TAP_IP6_QUOTE_WALK_MAX, &quote)
		     : tap_ip4_read(cursor, quote_at, &quote)))
		return false;
	if (quote.protocol != IPPROTO_UDP || quote.is_later_fragment)
		return false;
	quote.is_first_fragment |= error->is_first_fragment;
	return tap_datagram_read_udp(cursor, &quote, end, true, datagram);
}
