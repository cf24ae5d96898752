/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap datagram -- a UDP datagram from or to a DNS port: where its parts are, and all that
 * an event says of it.
 */

#include <linux/bpf.h>
#include <linux/udp.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_ip.h"

/* Capture sets them before load, so that the verifier removes comparisons that are not needed. */
const volatile __u16 dns_ports_be[DNS_EVENT_PORTS_MAX] = { bpf_htons(53) };
const volatile __u32 dns_port_count = 1;

/*
 * Zeroed before it is read. Offsets and copies only: no pointer into the packet outlives
 * the reading of a header.
 */
struct tap_datagram {
	__u32 tags[DNS_EVENT_VLANS_MAX]; /* struct dns_event_vlan, in one piece */
	__u32 ip_at;                     /* the header with the datagram's addresses */
	__u32 ip_version;
	__u32 payload_at;
	__u32 payload_bytes;
	__u32 payload_bytes_sent;
	__u16 source_port_be;
	__u16 destination_port_be;
	__u16 udp_bytes;
	__u16 udp_checksum_be;
	__u8 ip_ttl;
	__u8 kind;
	__u8 flags;
};

static __always_inline bool tap_datagram_is_port(__u16 one_be, __u16 other_be)
{
	__u32 count = dns_port_count;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < DNS_EVENT_PORTS_MAX && i < count; i++) {
		__u16 port_be = dns_ports_be[i];

		if (port_be == one_be || port_be == other_be)
			return true;
	}
	return false;
}

/*
 * True if the UDP header behind @ip is DNS. @end is where the bytes end that may be its
 * payload. A quoted datagram has to be one to a DNS port: the error then goes to who asked.
 */
static __always_inline bool tap_datagram_read_udp(struct packet_cursor *cursor,
	const struct tap_ip *ip, __u32 end, const bool is_quoted, struct tap_datagram *datagram)
{
	const struct udphdr *udp = packet_cursor_at(cursor, ip->inner_at, sizeof(*udp));
	__u32 bytes;

	if (!udp)
		return false;
	if (!tap_datagram_is_port(udp->dest, is_quoted ? udp->dest : udp->source))
		return false;
	datagram->ip_at = ip->at;
	datagram->ip_version = ip->version;
	datagram->source_port_be = udp->source;
	datagram->destination_port_be = udp->dest;
	datagram->udp_bytes = bpf_ntohs(udp->len);
	datagram->udp_checksum_be = is_quoted ? 0 : udp->check;
	datagram->flags = ip->is_first_fragment ? DNS_EVENT_FIRST_FRAGMENT : 0;

	if (end > cursor->skb->len)
		end = cursor->skb->len;
	datagram->payload_at = ip->inner_at + sizeof(*udp);
	datagram->payload_bytes_sent =
		datagram->udp_bytes > sizeof(*udp) ? datagram->udp_bytes - sizeof(*udp) : 0;
	bytes = end > datagram->payload_at ? end - datagram->payload_at : 0;
	if (bytes > datagram->payload_bytes_sent)
		bytes = datagram->payload_bytes_sent;
	if (bytes > DNS_EVENT_PAYLOAD_BYTES_MAX)
		bytes = DNS_EVENT_PAYLOAD_BYTES_MAX;
	datagram->payload_bytes = bytes;
	return true;
}

/* A datagram by itself, that is not quoted. True if it is DNS. */
static __always_inline bool tap_datagram_read(
	struct packet_cursor *cursor, const struct tap_ip *ip, struct tap_datagram *datagram)
{
	datagram->ip_ttl = ip->ttl;
	datagram->kind = DNS_EVENT_DATAGRAM;
	return tap_datagram_read_udp(cursor, ip, ip->end, false, datagram);
}
