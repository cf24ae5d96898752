/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap IP -- IPv4 and IPv6 headers, of a packet or of what an ICMP error quotes.
 *
 * Only what may carry DNS is read to its end: UDP and ICMP. IPv4 options are stepped
 * over; of IPv6's extension headers (RFC 8200 section 4) hop-by-hop options, routing,
 * destination options and fragment are, up to a limit, and any other ends the walk.
 */

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/packet_cursor.h"

#define TAP_IP4_OFFSET_MASK    0x1fff /* fragment offset, of frag_off */
#define TAP_IP4_MORE           0x2000
#define TAP_IP6_OFFSET_MASK    0xfff8
#define TAP_IP6_MORE           0x0001
#define TAP_IP6_WALK_MAX       6 /* extension headers of a packet */
#define TAP_IP6_QUOTE_WALK_MAX 1 /* of a quoted one */
#define TAP_IP6_UNIT_BYTES     8

struct tap_ip {
	__u32 at;
	__u32 version;  /* 4 or 6 */
	__u32 inner_at; /* the UDP or ICMP header */
	__u32 end;      /* by the IP length; the packet may end before or after */
	__u8 protocol;  /* UDP, or ICMP of this version */
	__u8 ttl;
	bool is_first_fragment;
	bool is_later_fragment; /* there is no header at inner_at */
};

/* What every extension header begins with, and the fragment header whole. */
struct tap_ip6_extension {
	__u8 next;
	__u8 units; /* beyond the first; reserved in a fragment header */
	__be16 fragment;
	__be32 identification;
};

/* Read the IPv4 header at @at. True if it carries UDP or ICMP. */
static __always_inline bool tap_ip4_read(struct packet_cursor *cursor, __u32 at, struct tap_ip *ip)
{
	const struct iphdr *header = packet_cursor_at(cursor, at, sizeof(*header));
	__u32 header_bytes;

	if (!header || (header->protocol != IPPROTO_UDP && header->protocol != IPPROTO_ICMP))
		return false;
	header_bytes = header->ihl * 4;
	if (header->version != 4 || header_bytes < sizeof(*header))
		return false;
	ip->at = at;
	ip->version = 4;
	ip->inner_at = at + header_bytes;
	ip->end = at + bpf_ntohs(header->tot_len);
	ip->protocol = header->protocol;
	ip->ttl = header->ttl;
	ip->is_later_fragment = header->frag_off & bpf_htons(TAP_IP4_OFFSET_MASK);
	ip->is_first_fragment =
		!ip->is_later_fragment && (header->frag_off & bpf_htons(TAP_IP4_MORE));
	return true;
}

static __always_inline bool tap_ip6_is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS;
}

/* Step over the extension header at inner_at, of type ip->protocol. */
static __always_inline bool tap_ip6_step(struct packet_cursor *cursor, struct tap_ip *ip)
{
	const struct tap_ip6_extension *extension;
	__u32 bytes = TAP_IP6_UNIT_BYTES;

	extension = packet_cursor_at(cursor, ip->inner_at, sizeof(*extension));
	if (!extension)
		return false;
	if (ip->protocol == IPPROTO_FRAGMENT) {
		ip->is_later_fragment = extension->fragment & bpf_htons(TAP_IP6_OFFSET_MASK);
		ip->is_first_fragment =
			!ip->is_later_fragment && (extension->fragment & bpf_htons(TAP_IP6_MORE));
	} else {
		bytes += extension->units * TAP_IP6_UNIT_BYTES;
	}
	if (ip->inner_at + bytes > PACKET_CURSOR_AT_MAX)
		return false;
	ip->protocol = extension->next;
	ip->inner_at = packet_cursor_forget(cursor, ip->inner_at + bytes);
	return true;
}

/* Read the IPv6 header at @at and at most @walk_max extensions. True if UDP or ICMPv6 follows. */
static __always_inline bool tap_ip6_read(
	struct packet_cursor *cursor, __u32 at, const int walk_max, struct tap_ip *ip)
{
	const struct ipv6hdr *header = packet_cursor_at(cursor, at, sizeof(*header));

	if (!header || header->version != 6)
		return false;
	ip->at = at;
	ip->version = 6;
	ip->inner_at = at + sizeof(*header);
	ip->end = ip->inner_at + bpf_ntohs(header->payload_len);
	ip->protocol = header->nexthdr;
	ip->ttl = header->hop_limit;
	ip->is_first_fragment = false;
	ip->is_later_fragment = false;
	for (int i = 0; i < walk_max && tap_ip6_is_extension(ip->protocol); i++) {
		if (ip->is_later_fragment || !tap_ip6_step(cursor, ip))
			break;
	}
	return ip->protocol == IPPROTO_UDP || ip->protocol == IPPROTO_ICMPV6;
}
