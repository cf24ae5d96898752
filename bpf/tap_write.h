/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Tap write -- a datagram into the ring buffer, and the counts of what became of it.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"
#include "bpf/tap_datagram.h"
#include "bpf/tap_link.h"

#define TAP_CPUS_MAX         256 /* CPUs above share the counts of those below */
#define TAP_BLOCKS_BYTES_MAX 512 /* longer payloads are the helper's */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* capture sets it before load */
} dns_events SEC(".maps");

/* One writer each: taps run with bottom halves off. Capture maps and reads them. */
struct dns_event_counts dns_counts[TAP_CPUS_MAX] ON_OWN_CACHE_LINES;

static __always_inline struct dns_event_counts *tap_counts(void)
{
	return &dns_counts[bpf_get_smp_processor_id() % TAP_CPUS_MAX];
}

/* The addresses. False if they could not be read again. */
static __always_inline bool tap_fill_ip(
	struct dns_event *record, struct packet_cursor *cursor, const struct tap_datagram *datagram)
{
	__u32 *source = (__u32 *)record->source_ip;
	__u32 *destination = (__u32 *)record->destination_ip;

	if (datagram->ip_version == 6) {
		const struct ipv6hdr *ip = packet_cursor_at(cursor, datagram->ip_at, sizeof(*ip));

		if (!ip)
			return false;
		__builtin_memcpy(source, &ip->saddr, sizeof(ip->saddr));
		__builtin_memcpy(destination, &ip->daddr, sizeof(ip->daddr));
	} else {
		const struct iphdr *ip = packet_cursor_at(cursor, datagram->ip_at, sizeof(*ip));

		if (!ip)
			return false;
		source[0] = source[1] = destination[0] = destination[1] = 0;
		source[2] = destination[2] = bpf_htonl(0xffff);
		source[3] = ip->saddr;
		destination[3] = ip->daddr;
	}
	return true;
}

/* False if the Ethernet header could not be read again. */
static __always_inline bool tap_fill_macs(struct dns_event *record, struct packet_cursor *cursor)
{
	const struct tap_link *link = packet_cursor_at(cursor, 0, sizeof(*link));
	__u16 *source_mac = (__u16 *)record->source_mac;
	__u16 *destination_mac = (__u16 *)record->destination_mac;

	if (!link)
		return false;
	for (int i = 0; i < ETH_ALEN / 2; i++) {
		destination_mac[i] = link->macs[i];
		source_mac[i] = link->macs[i + ETH_ALEN / 2];
	}
	return true;
}

static __always_inline bool tap_fill(struct dns_event *record, struct packet_cursor *cursor,
	__u8 direction, const struct tap_datagram *datagram)
{
	/* Reserved already: what was seen before any given time has its place in the ring. */
	record->seen_ns = bpf_ktime_get_boot_ns();
	record->version = DNS_EVENT_VERSION;
	record->direction = direction;
	record->ip_version = datagram->ip_version;
	record->ip_ttl = datagram->ip_ttl;
	record->payload_bytes = datagram->payload_bytes;
	record->payload_bytes_sent = datagram->payload_bytes_sent;
	record->if_index = cursor->skb->ifindex;
	record->ingress_if_index = cursor->skb->ingress_ifindex;
	record->udp_checksum_be = datagram->udp_checksum_be;
	record->source_port_be = datagram->source_port_be;
	record->destination_port_be = datagram->destination_port_be;
	record->udp_bytes = datagram->udp_bytes;
	record->kind = datagram->kind;
	record->flags = datagram->flags;
	record->reserved = 0;
	__builtin_memcpy(&record->vlans[0], &datagram->tags[0], sizeof(record->vlans[0]));
	__builtin_memcpy(&record->vlans[1], &datagram->tags[1], sizeof(record->vlans[1]));
	record->head_bytes = 0;
	record->reserved2[0] = record->reserved2[1] = record->reserved2[2] = 0;
	return tap_fill_macs(record, cursor) && tap_fill_ip(record, cursor, datagram);
}

/*
 * Copy a payload of @block_bytes to twice as many in two blocks, the second of which ends
 * where the payload does and may overlap the first: no loop, two checks, and for short
 * payloads a third of what the helper takes. False if it is not wholly in the linear part.
 */
static __always_inline bool tap_copy_blocks(struct dns_event *record,
	const struct packet_cursor *cursor, __u32 at, __u32 bytes, const __u32 block_bytes)
{
	__u32 last_at = bytes - block_bytes;
	void *first = cursor->data + at;
	void *last;

	if (last_at > block_bytes)
		return false;
	PACKET_CURSOR_HIDE(last_at);
	PACKET_CURSOR_HIDE(first);
	last = first + last_at;
	if (first + block_bytes > cursor->data_end)
		return false;
	PACKET_CURSOR_HIDE(last);
	if (last + block_bytes > cursor->data_end)
		return false;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < block_bytes; i += sizeof(__u64))
		*(__u64 *)(record->payload + i) = *(__u64 *)(first + i);
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < block_bytes; i += sizeof(__u64))
		*(__u64 *)(record->payload + last_at + i) = *(__u64 *)(last + i);
	return true;
}

/* False if the payload has to be copied by the helper. */
static __always_inline bool tap_copy_direct(struct dns_event *record,
	const struct packet_cursor *cursor, __u32 at, __u32 bytes, const __u32 class_bytes)
{
	if (class_bytes > TAP_BLOCKS_BYTES_MAX)
		return false;
	if (class_bytes > 128 || bytes >= 64)
		return tap_copy_blocks(record, cursor, at, bytes, class_bytes / 2);
	if (bytes >= 32)
		return tap_copy_blocks(record, cursor, at, bytes, 32);
	if (bytes >= 16)
		return tap_copy_blocks(record, cursor, at, bytes, 16);
	return tap_copy_blocks(record, cursor, at, bytes, 8);
}

/* False if the packet's bytes could not be read. */
static __always_inline bool tap_copy_payload(struct dns_event *record, struct packet_cursor *cursor,
	const struct tap_datagram *datagram, const __u32 class_bytes)
{
	__u32 bytes = datagram->payload_bytes;
	__u32 last_at;

	PACKET_CURSOR_HIDE(bytes);
	if (cursor->is_direct &&
		tap_copy_direct(record, cursor, datagram->payload_at, bytes, class_bytes))
		return true;
	/* One comparison for both limits: what two tell, clang makes Linux 6.1 forget. */
	PACKET_CURSOR_HIDE(bytes);
	last_at = bytes - 1;
	if (last_at >= class_bytes)
		return true;
	PACKET_CURSOR_HIDE(last_at);
	return bpf_skb_load_bytes(
		       cursor->skb, datagram->payload_at, record->payload, last_at + 1) == 0;
}

/* Submit an event in a record of one size class. */
static __always_inline void tap_submit(struct packet_cursor *cursor, __u8 direction,
	const struct tap_datagram *datagram, const __u32 class_bytes)
{
	struct dns_event_counts *counts = tap_counts();
	struct dns_event *record;

	record = bpf_ringbuf_reserve(&dns_events, sizeof(*record) + class_bytes, 0);
	if (!record) {
		counts->ring_full++;
		return;
	}

	if (!tap_fill(record, cursor, direction, datagram) ||
		!tap_copy_payload(record, cursor, datagram, class_bytes)) {
		bpf_ringbuf_discard(record, 0);
		counts->oversized++;
		return;
	}
	counts->cut += datagram->payload_bytes < datagram->payload_bytes_sent;
	counts->submitted++;
	bpf_ringbuf_submit(record, 0);
}

static __always_inline void tap_write(
	struct packet_cursor *cursor, __u8 direction, const struct tap_datagram *datagram)
{
	if (datagram->payload_bytes <= 128)
		tap_submit(cursor, direction, datagram, 128);
	else if (datagram->payload_bytes <= 256)
		tap_submit(cursor, direction, datagram, 256);
	else if (datagram->payload_bytes <= 512)
		tap_submit(cursor, direction, datagram, 512);
	else if (datagram->payload_bytes <= 1472)
		tap_submit(cursor, direction, datagram, 1472);
	else
		tap_submit(cursor, direction, datagram, DNS_EVENT_PAYLOAD_BYTES_MAX);
}
