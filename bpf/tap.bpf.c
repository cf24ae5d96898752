/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Tap -- every DNS datagram that crosses an interface, and every ICMP error that says one
 * could not be delivered, copied into the ring buffer; everything else passed on as
 * cheaply as possible.
 *
 * A tap changes nothing and decides nothing. There are two kinds of one body: a pair of
 * sched_cls programs for TCX links, and socket filters for AF_PACKET sockets, which work
 * on kernels without TCX. A socket filter keeps no packet: nothing is ever queued.
 *
 * And one that holds: the tap of what leaves to a container, which keeps back failures
 * (tap_hold.h). For all else it is that tap.
 */

#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_hold.h"
#include "bpf/tap_read.h"
#include "bpf/tap_write.h"

#define TAP_NEXT (-1) /* TCX_NEXT: whatever else is attached decides */
#define TAP_DROP 2    /* TCX_DROP */
#define TAP_NONE 0    /* bytes of the packet that the socket shall keep */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Count what was found. True if it shall be an event. */
static __always_inline bool tap_count(
	const struct __sk_buff *skb, enum tap_finding finding, const struct tap_datagram *datagram)
{
	struct dns_event_counts *counts;

	if (finding == TAP_OTHER)
		return false;
	counts = tap_counts();
	if (finding == TAP_LATER_FRAGMENT) {
		counts->fragments++;
		return false;
	}
	if (skb->mark == DNS_EVENT_OWN_MARK) {
		counts->own++;
		return false;
	}
	counts->seen++;
	counts->unreachable += datagram->kind == DNS_EVENT_UNREACHABLE;
	return true;
}

/* Write the event of what was found. True if the packet is held. */
static __always_inline bool tap_take(struct packet_cursor *cursor, enum tap_finding finding,
	__u8 direction, const bool may_hold, const struct tap_datagram *datagram)
{
	if (!tap_count(cursor->skb, finding, datagram))
		return false;
	if (may_hold && tap_hold(cursor, datagram))
		return true;
	tap_write(cursor, direction, datagram);
	return false;
}

static __always_inline bool tap_look_copying(
	struct __sk_buff *skb, __u8 direction, const bool may_hold)
{
	__u64 copy[PACKET_CURSOR_COPY_BYTES / sizeof(__u64)];
	struct packet_cursor cursor;
	struct tap_datagram datagram = { 0 };

	packet_cursor_init_copying(&cursor, skb, copy);
	return tap_take(&cursor, tap_read(&cursor, &datagram), direction, may_hold, &datagram);
}

/*
 * Nearly all packets are plain ones, and read where they are. The others are copied piece
 * by piece: a second way to read all shapes would be too much for the verifier of some
 * kernels that have TCX.
 */
static __always_inline bool tap_look_direct(
	struct __sk_buff *skb, __u8 direction, const bool may_hold)
{
	struct tap_datagram datagram = { 0 };
	struct packet_cursor cursor;
	enum tap_finding finding;

	packet_cursor_init_direct(&cursor, skb);
	finding = tap_read_plain(&cursor, &datagram);
	if (finding == TAP_UNCLEAR)
		return tap_look_copying(skb, direction, may_hold);
	return tap_take(&cursor, finding, direction, may_hold, &datagram);
}

SEC("tc")
int dns_tap_ingress(struct __sk_buff *skb)
{
	(void)tap_look_direct(skb, DNS_EVENT_INGRESS, false);
	return TAP_NEXT;
}

SEC("tc")
int dns_tap_egress(struct __sk_buff *skb)
{
	(void)tap_look_direct(skb, DNS_EVENT_EGRESS, false);
	return TAP_NEXT;
}

SEC("tc")
int dns_tap_hold(struct __sk_buff *skb)
{
	return tap_look_direct(skb, DNS_EVENT_EGRESS, true) ? TAP_DROP : TAP_NEXT;
}

SEC("socket")
int dns_tap_socket(struct __sk_buff *skb)
{
	(void)tap_look_copying(skb,
		skb->pkt_type == PACKET_OUTGOING ? DNS_EVENT_EGRESS : DNS_EVENT_INGRESS, false);
	return TAP_NONE;
}

/* For an interface where each packet that goes out comes in again: lo. */
SEC("socket")
int dns_tap_socket_egress(struct __sk_buff *skb)
{
	if (skb->pkt_type == PACKET_OUTGOING)
		(void)tap_look_copying(skb, DNS_EVENT_EGRESS, false);
	return TAP_NONE;
}
