/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap link -- the Ethernet header and the VLAN tags behind it, in the bytes of a frame or
 * where the kernel put them when it took them out.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_datagram.h"

#define TAP_LINK_8021Q_BE  bpf_htons(0x8100)
#define TAP_LINK_8021AD_BE bpf_htons(0x88a8)
#define TAP_LINK_QINQ_BE   bpf_htons(0x9100) /* before 802.1ad; outermost only */

/* <linux/if_ether.h> has it packed: two loads for one. */
struct tap_link {
	__u16 macs[ETH_ALEN];
	__be16 type_be;
};

/* A tag in the frame's bytes: what stands behind the EtherType that announces it. */
struct tap_tag {
	__be16 tci_be;
	__be16 type_be;
};

/* False if an event has no room for one more. */
static __always_inline bool tap_link_add_tag(
	struct tap_datagram *datagram, __u16 protocol_be, __u16 tci_be)
{
	struct dns_event_vlan vlan = { .protocol_be = protocol_be, .tci_be = tci_be };
	__u32 first = datagram->tags[0];
	__u32 tag;

	_Static_assert(sizeof(tag) == sizeof(vlan), "a tag is one word");
	__builtin_memcpy(&tag, &vlan, sizeof(tag));
	if (datagram->tags[1])
		return false;
	/* Both are written, so that clang chooses between numbers and not between pointers. */
	datagram->tags[0] = first ? first : tag;
	datagram->tags[1] = first ? tag : 0;
	return true;
}

static __always_inline bool tap_link_is_tag(__u16 type_be, bool is_outermost)
{
	return type_be == TAP_LINK_8021Q_BE || type_be == TAP_LINK_8021AD_BE ||
	       (type_be == TAP_LINK_QINQ_BE && is_outermost);
}

/*
 * Step over the tags of a frame whose EtherType is *@type_be; it is that behind them then.
 * The tag that the kernel took out of the bytes is the outermost: on the wire it stood
 * before those that are still in them.
 *
 * Return: where the packet begins, 0 = too short, or more tags than an event has room for.
 */
static __always_inline __u32 tap_link_read_tags(
	struct packet_cursor *cursor, struct tap_datagram *datagram, __u16 *type_be)
{
	__u32 at = ETH_HLEN;

	if (cursor->skb->vlan_present)
		(void)tap_link_add_tag(
			datagram, cursor->skb->vlan_proto, bpf_htons(cursor->skb->vlan_tci));
	for (int i = 0; i < DNS_EVENT_VLANS_MAX; i++) {
		const struct tap_tag *tag;

		if (!tap_link_is_tag(*type_be, !datagram->tags[0]))
			break;
		tag = packet_cursor_at(cursor, at, sizeof(*tag));
		if (!tag || !tap_link_add_tag(datagram, *type_be, tag->tci_be))
			return 0;
		*type_be = tag->type_be;
		at += sizeof(*tag);
	}
	return packet_cursor_forget(cursor, at);
}
