/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap read -- is this frame DNS, and where are the parts of it?
 *
 * DNS is a UDP datagram from or to a DNS port, or an ICMP error that says that one to a
 * DNS port could not be delivered, with up to two VLAN tags around it.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/packet_cursor.h"
#include "bpf/tap_datagram.h"
#include "bpf/tap_icmp.h"
#include "bpf/tap_ip.h"
#include "bpf/tap_link.h"

enum tap_finding {
	TAP_OTHER = 0,
	TAP_DNS,
	TAP_LATER_FRAGMENT, /* of a UDP datagram; nobody knows of which ports */
	TAP_UNCLEAR,        /* tap_read_plain() only: tap_read() has to look */
};

static __always_inline enum tap_finding tap_read_inner(struct packet_cursor *cursor,
	const struct tap_ip *ip, const bool is_ip6, struct tap_datagram *datagram)
{
	bool is_dns;

	if (ip->is_later_fragment)
		return ip->protocol == IPPROTO_UDP ? TAP_LATER_FRAGMENT : TAP_OTHER;
	if (ip->protocol == IPPROTO_UDP)
		is_dns = tap_datagram_read(cursor, ip, datagram);
	else
		is_dns = tap_icmp_read(cursor, ip, is_ip6, datagram);
	return is_dns ? TAP_DNS : TAP_OTHER;
}

static __always_inline enum tap_finding tap_read(
	struct packet_cursor *cursor, struct tap_datagram *datagram)
{
	const struct tap_link *link = packet_cursor_at(cursor, 0, sizeof(*link));
	struct tap_ip ip;
	__u16 type_be;
	__u32 at;

	if (!link)
		return TAP_OTHER;
	type_be = link->type_be;
	at = tap_link_read_tags(cursor, datagram, &type_be);
	if (!at)
		return TAP_OTHER;
	if (type_be == bpf_htons(ETH_P_IP) && tap_ip4_read(cursor, at, &ip))
		return tap_read_inner(cursor, &ip, false, datagram);
	if (type_be == bpf_htons(ETH_P_IPV6) && tap_ip6_read(cursor, at, TAP_IP6_WALK_MAX, &ip))
		return tap_read_inner(cursor, &ip, true, datagram);
	return TAP_OTHER;
}

/*
 * The same for a direct cursor and what most packets are: IP without a tag, without an
 * extension header, not ICMP, its headers in the linear part. TAP_UNCLEAR is the rest.
 */
static __always_inline enum tap_finding tap_read_plain(
	struct packet_cursor *cursor, struct tap_datagram *datagram)
{
	const struct tap_link *link = packet_cursor_at(cursor, 0, sizeof(*link));
	struct tap_ip ip = { .protocol = IPPROTO_NONE };
	bool is_taken = false;

	if (!link || cursor->skb->vlan_present)
		return TAP_UNCLEAR;
	if (link->type_be == bpf_htons(ETH_P_IP))
		is_taken = tap_ip4_read(cursor, ETH_HLEN, &ip);
	else if (link->type_be == bpf_htons(ETH_P_IPV6))
		is_taken = tap_ip6_read(cursor, ETH_HLEN, 0, &ip);
	else if (tap_link_is_tag(link->type_be, true))
		return TAP_UNCLEAR;
	if (!is_taken && (cursor->is_short || tap_ip6_is_extension(ip.protocol)))
		return TAP_UNCLEAR;
	if (!is_taken)
		return TAP_OTHER;
	if (ip.protocol != IPPROTO_UDP)
		return TAP_UNCLEAR;
	if (ip.is_later_fragment)
		return TAP_LATER_FRAGMENT;
	if (tap_datagram_read(cursor, &ip, datagram))
		return TAP_DNS;
	return cursor->is_short ? TAP_UNCLEAR : TAP_OTHER;
}
