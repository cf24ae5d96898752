/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap hold -- failures on their way to a client, held back until user space has decided.
 *
 * A failure is an ICMP error that a tap knows, or a response whose header says SERVFAIL or
 * REFUSED. It is held if all of its frame can be copied, if there is room for it, and if
 * those who would decide were all alive a moment ago; else it passes as if nobody had
 * looked. Nothing else is ever held.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ipv6.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_datagram.h"
#include "bpf/tap_write.h"

#define TAP_HOLD_FRESH_NS           (100 * 1000000ll)
#define TAP_HOLD_DNS_HEADER_BYTES   12
#define TAP_HOLD_INNER_HEADER_BYTES 8   /* UDP's, and what an ICMP error begins with */
#define TAP_HOLD_USUAL_BYTES        320 /* of a frame: failures are short, and come in storms */
#define TAP_HOLD_SERVFAIL           2
#define TAP_HOLD_REFUSED            5

/* Of the third byte of a DNS header: QR, opcode and TC, and what they are in a whole response. */
#define TAP_HOLD_WHAT_MASK 0xfa
#define TAP_HOLD_RESPONSE  0x80
#define TAP_HOLD_RCODE     0x0f /* of the fourth byte */

/*
 * The oldest heartbeat of capture, analyzer and injector, of CLOCK_BOOTTIME; 0 where nothing
 * shall be held. Capture maps and writes it.
 */
volatile __u64 dns_hold_guard_ns ON_OWN_CACHE_LINES;

/* What a DNS header begins with. */
struct tap_hold_dns {
	__be16 id;
	__u8 what;
	__u8 rcode;
};

/*
 * Which of its ports is the server's is not asked: comparing them again would double what the
 * verifier has to look at, and a response from no server is held for nothing, that is all.
 */
static __always_inline bool tap_hold_is_failure(
	struct packet_cursor *cursor, const struct tap_datagram *datagram)
{
	const struct tap_hold_dns *dns;
	__u32 copy;
	__u8 rcode;

	if (datagram->kind == DNS_EVENT_UNREACHABLE)
		return true;
	if (datagram->payload_bytes < TAP_HOLD_DNS_HEADER_BYTES)
		return false;
	dns = packet_cursor_at(cursor, datagram->payload_at, sizeof(*dns));
	if (!dns) { /* behind the linear part */
		if (bpf_skb_load_bytes(cursor->skb, datagram->payload_at, &copy, sizeof(copy)))
			return false;
		dns = (const struct tap_hold_dns *)&copy;
	}
	rcode = dns->rcode & TAP_HOLD_RCODE;
	return (dns->what & TAP_HOLD_WHAT_MASK) == TAP_HOLD_RESPONSE &&
	       (rcode == TAP_HOLD_SERVFAIL || rcode == TAP_HOLD_REFUSED);
}

/* IPv6 extension headers: who sends it on would have to walk them again. */
static __always_inline bool tap_hold_has_extensions(const struct tap_datagram *datagram)
{
	__u32 plain_at = ETH_HLEN + sizeof(struct ipv6hdr) + TAP_HOLD_INNER_HEADER_BYTES;

	if (datagram->ip_version != 6)
		return false;
	return datagram->kind == DNS_EVENT_UNREACHABLE ? datagram->ip_at != plain_at
						       : datagram->payload_at != plain_at;
}

/* Whether its frame, as it is, is all there is of it. */
static __always_inline bool tap_hold_is_fit(
	const struct __sk_buff *skb, const struct tap_datagram *datagram)
{
	if (datagram->tags[0] || (datagram->flags & DNS_EVENT_FIRST_FRAGMENT) || skb->gso_size ||
		tap_hold_has_extensions(datagram))
		return false;
	if (datagram->kind == DNS_EVENT_DATAGRAM &&
		datagram->payload_bytes != datagram->payload_bytes_sent)
		return false;
	return datagram->payload_at + datagram->payload_bytes == skb->len;
}

static __always_inline bool tap_hold_is_fresh(void)
{
	return (__s64)(bpf_ktime_get_boot_ns() - dns_hold_guard_ns) < TAP_HOLD_FRESH_NS;
}

/* Write its event, with room for such a frame. False if there is none, or it is too long. */
static __always_inline bool tap_hold_write_within(struct packet_cursor *cursor,
	const struct tap_datagram *datagram, const __u32 frame_bytes_max)
{
	struct dns_event *record;
	__u32 last_at;

	record = bpf_ringbuf_reserve(&dns_events, sizeof(*record) + frame_bytes_max, 0);
	if (!record)
		return false;
	last_at = cursor->skb->len - 1;
	PACKET_CURSOR_HIDE(last_at);
	if (!tap_fill(record, cursor, DNS_EVENT_EGRESS, datagram) || last_at >= frame_bytes_max ||
		bpf_skb_load_bytes(cursor->skb, 0, record->payload, last_at + 1)) {
		bpf_ringbuf_discard(record, 0);
		return false;
	}
	record->flags |= DNS_EVENT_HELD;
	record->payload_bytes = last_at + 1;
	record->head_bytes = datagram->payload_at;
	bpf_ringbuf_submit(record, 0);
	return true;
}

/* The ring is asked for room by constants only. */
static __always_inline bool tap_hold_write(
	struct packet_cursor *cursor, const struct tap_datagram *datagram)
{
	if (cursor->skb->len <= TAP_HOLD_USUAL_BYTES)
		return tap_hold_write_within(cursor, datagram, TAP_HOLD_USUAL_BYTES);
	return tap_hold_write_within(cursor, datagram, DNS_EVENT_FRAME_BYTES_MAX);
}

/* True if it is held: the frame is to be dropped, and its event is written. */
static __always_inline bool tap_hold(
	struct packet_cursor *cursor, const struct tap_datagram *datagram)
{
	struct dns_event_counts *counts = tap_counts();

	if (!tap_hold_is_failure(cursor, datagram))
		return false;
	if (!tap_hold_is_fresh()) {
		counts->hold_stale++;
		return false;
	}
	if (!tap_hold_is_fit(cursor->skb, datagram) || !tap_hold_write(cursor, datagram)) {
		counts->hold_unfit++;
		return false;
	}
	counts->held++;
	counts->submitted++;
	counts->cut += datagram->payload_bytes < datagram->payload_bytes_sent;
	return true;
}
