/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Tap -- every UDP datagram from or to port 53 that crosses an edge, copied into the
 * ring buffer; everything else passed on as cheaply as possible.
 *
 * A tap changes nothing and decides nothing. Not looked at yet: tagged frames, IPv6
 * extension headers, TCP.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/dns_event.h"
#include "bpf/packet_cursor.h"

#define TAP_NEXT            (-1) /* TCX_NEXT: whatever else is attached decides */
#define TAP_PORT            53
#define TAP_CPUS_MAX        256 /* CPUs above share the counts of those below */
#define TAP_IP4_OFFSET_MASK 0x1fff
#define TAP_WORDS_BYTES_MAX 512 /* longer payloads are the helper's */

/* clang shall not reason about @x: it drops or moves checks that the verifier must see. */
#define TAP_HIDE(x) asm volatile("" : "+r"(x))

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* capture sets it before load */
} dns_events SEC(".maps");

/* One writer each: taps run with bottom halves off. Capture maps and reads them. */
struct dns_event_counts dns_counts[TAP_CPUS_MAX] ON_OWN_CACHE_LINES;

/* A DNS datagram: where its headers can be read, and how much of its payload is there. */
struct tap_datagram {
	const struct ethhdr *ethernet;
	const void *ip;
	__u32 ip_version; /* of the header at ip: 4 or 6 */
	const struct udphdr *udp;
	__u32 payload_at;
	__u32 payload_bytes;
	__u32 payload_bytes_sent;
};

/* Room for headers that are not in the linear part. */
struct tap_copies {
	struct ethhdr ethernet;
	struct iphdr ip4;
	struct ipv6hdr ip6;
	struct udphdr udp;
};

static __always_inline struct dns_event_counts *tap_counts(void)
{
	return &dns_counts[bpf_get_smp_processor_id() % TAP_CPUS_MAX];
}

/* True if the UDP header at @udp_at is DNS; @ip_end is where its packet ends by the IP length. */
static __always_inline bool tap_read_udp(const struct packet_cursor *cursor, __u32 udp_at,
	__u32 ip_end, struct tap_copies *copies, struct tap_datagram *datagram)
{
	const struct udphdr *udp;
	__u32 end = cursor->skb->len;
	__u32 udp_bytes;

	udp = packet_cursor_at(cursor, udp_at, sizeof(*udp), &copies->udp);
	if (!udp)
		return false;
	if (udp->source != bpf_htons(TAP_PORT) && udp->dest != bpf_htons(TAP_PORT))
		return false;

	udp_bytes = bpf_ntohs(udp->len);
	if (end > ip_end)
		end = ip_end;
	datagram->udp = udp;
	datagram->payload_at = udp_at + sizeof(*udp);
	datagram->payload_bytes_sent = udp_bytes > sizeof(*udp) ? udp_bytes - sizeof(*udp) : 0;
	datagram->payload_bytes = end > datagram->payload_at ? end - datagram->payload_at : 0;
	if (datagram->payload_bytes > datagram->payload_bytes_sent)
		datagram->payload_bytes = datagram->payload_bytes_sent;
	if (datagram->payload_bytes > DNS_EVENT_PAYLOAD_BYTES_MAX)
		datagram->payload_bytes = DNS_EVENT_PAYLOAD_BYTES_MAX;
	return true;
}

static __always_inline bool tap_read_ip4(const struct packet_cursor *cursor,
	struct tap_copies *copies, struct tap_datagram *datagram)
{
	const struct iphdr *ip;
	__u32 ip_bytes;

	ip = packet_cursor_at(cursor, ETH_HLEN, sizeof(*ip), &copies->ip4);
	if (!ip || ip->protocol != IPPROTO_UDP || ip->version != 4)
		return false;
	if (ip->frag_off & bpf_htons(TAP_IP4_OFFSET_MASK)) {
		tap_counts()->fragments++;
		return false;
	}
	ip_bytes = ip->ihl * 4;
	if (ip_bytes < sizeof(*ip))
		return false;
	datagram->ip = ip;
	datagram->ip_version = 4;
	return tap_read_udp(
		cursor, ETH_HLEN + ip_bytes, ETH_HLEN + bpf_ntohs(ip->tot_len), copies, datagram);
}

static __always_inline bool tap_read_ip6(const struct packet_cursor *cursor,
	struct tap_copies *copies, struct tap_datagram *datagram)
{
	const struct ipv6hdr *ip;
	__u32 udp_at = ETH_HLEN + sizeof(*ip);

	ip = packet_cursor_at(cursor, ETH_HLEN, sizeof(*ip), &copies->ip6);
	if (!ip || ip->nexthdr != IPPROTO_UDP || ip->version != 6)
		return false;
	datagram->ip = ip;
	datagram->ip_version = 6;
	return tap_read_udp(cursor, udp_at, udp_at + bpf_ntohs(ip->payload_len), copies, datagram);
}

static __always_inline void tap_fill_ip(
	struct dns_event *record, const struct tap_datagram *datagram)
{
	const struct ipv6hdr *ip6 = datagram->ip;
	const struct iphdr *ip4 = datagram->ip;
	__u32 *source = (__u32 *)record->source_ip;
	__u32 *destination = (__u32 *)record->destination_ip;

	record->ip_version = datagram->ip_version;
	if (datagram->ip_version == 6) {
		record->ip_ttl = ip6->hop_limit;
		__builtin_memcpy(source, &ip6->saddr, sizeof(ip6->saddr));
		__builtin_memcpy(destination, &ip6->daddr, sizeof(ip6->daddr));
	} else {
		record->ip_ttl = ip4->ttl;
		source[0] = source[1] = destination[0] = destination[1] = 0;
		source[2] = destination[2] = bpf_htonl(0xffff);
		source[3] = ip4->saddr;
		destination[3] = ip4->daddr;
	}
}

static __always_inline void tap_fill(struct dns_event *record, struct __sk_buff *skb,
	__u8 direction, const struct tap_datagram *datagram)
{
	const __u16 *macs = (const __u16 *)datagram->ethernet;
	__u16 *source_mac = (__u16 *)record->source_mac;
	__u16 *destination_mac = (__u16 *)record->destination_mac;

	/* Reserved already: what was seen before any given time has its place in the ring. */
	record->seen_ns = bpf_ktime_get_boot_ns();
	record->version = DNS_EVENT_VERSION;
	record->direction = direction;
	record->payload_bytes = datagram->payload_bytes;
	record->payload_bytes_sent = datagram->payload_bytes_sent;
	record->if_index = skb->ifindex;
	record->ingress_if_index = skb->ingress_ifindex;
	record->udp_checksum_be = datagram->udp->check;
	record->source_port_be = datagram->udp->source;
	record->destination_port_be = datagram->udp->dest;
	record->udp_bytes = bpf_ntohs(datagram->udp->len);
	for (int i = 0; i < ETH_ALEN / 2; i++) {
		destination_mac[i] = macs[i];
		source_mac[i] = macs[i + ETH_ALEN / 2];
	}
	record->kind = DNS_EVENT_DATAGRAM;
	record->flags = 0;
	record->icmp_type = 0;
	record->icmp_code = 0;
	__builtin_memset(record->vlans, 0, sizeof(record->vlans));
	tap_fill_ip(record, datagram);
}

/*
 * Copy a short payload word by word, a third of what the helper takes; the last word
 * overlaps the one before. False where it is not wholly in the linear part.
 */
static __always_inline bool tap_copy_words(struct dns_event *record,
	const struct packet_cursor *cursor, __u32 at, __u32 bytes, const __u32 class_bytes)
{
	void *start = cursor->data + at;
	void *last;
	__u32 last_at = bytes - sizeof(__u64);

	if (last_at > class_bytes - sizeof(__u64))
		return false;
	TAP_HIDE(last_at);
	last = start + (last_at & (class_bytes - 1));
	if (last + sizeof(__u64) > cursor->data_end)
		return false;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < class_bytes; i += sizeof(__u64)) {
		void *word = start + i;

		TAP_HIDE(word);
		if (word + sizeof(__u64) > cursor->data_end)
			break;
		*(__u64 *)(record->payload + i) = *(__u64 *)word;
	}
	*(__u64 *)(record->payload + (last_at & (class_bytes - 1))) = *(__u64 *)last;
	return true;
}

/* False if the packet's bytes could not be read. */
static __always_inline bool tap_copy_payload(struct dns_event *record,
	const struct packet_cursor *cursor, const struct tap_datagram *datagram,
	const __u32 class_bytes)
{
	__u32 bytes = datagram->payload_bytes;

	TAP_HIDE(bytes);
	if (class_bytes <= TAP_WORDS_BYTES_MAX &&
		tap_copy_words(record, cursor, datagram->payload_at, bytes, class_bytes))
		return true;
	if (bytes == 0 || bytes > class_bytes)
		return true;
	return bpf_skb_load_bytes(cursor->skb, datagram->payload_at, record->payload, bytes) == 0;
}

/* Submit an event in a record of one size class. */
static __always_inline void tap_submit(const struct packet_cursor *cursor, __u8 direction,
	const struct tap_datagram *datagram, const __u32 class_bytes)
{
	struct dns_event_counts *counts = tap_counts();
	struct dns_event *record;

	record = bpf_ringbuf_reserve(&dns_events, sizeof(*record) + class_bytes, 0);
	if (!record) {
		counts->ring_full++;
		return;
	}

	tap_fill(record, cursor->skb, direction, datagram);
	if (!tap_copy_payload(record, cursor, datagram, class_bytes)) {
		bpf_ringbuf_discard(record, 0);
		counts->oversized++;
		return;
	}
	counts->cut += datagram->payload_bytes < datagram->payload_bytes_sent;
	counts->submitted++;
	bpf_ringbuf_submit(record, 0);
}

static __always_inline void tap_take(
	const struct packet_cursor *cursor, __u8 direction, const struct tap_datagram *datagram)
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

static __always_inline bool tap_read(const struct packet_cursor *cursor, struct tap_copies *copies,
	struct tap_datagram *datagram)
{
	if (cursor->skb->vlan_present)
		return false;
	if (cursor->skb->protocol == bpf_htons(ETH_P_IP))
		return tap_read_ip4(cursor, copies, datagram);
	if (cursor->skb->protocol == bpf_htons(ETH_P_IPV6))
		return tap_read_ip6(cursor, copies, datagram);
	return false;
}

static __always_inline int tap_look(struct __sk_buff *skb, __u8 direction)
{
	struct packet_cursor cursor;
	struct tap_datagram datagram;
	struct tap_copies copies;

	packet_cursor_init(&cursor, skb);
	if (!tap_read(&cursor, &copies, &datagram))
		return TAP_NEXT;
	if (skb->mark == DNS_EVENT_OWN_MARK) {
		tap_counts()->own++;
		return TAP_NEXT;
	}
	datagram.ethernet =
		packet_cursor_at(&cursor, 0, sizeof(*datagram.ethernet), &copies.ethernet);
	if (!datagram.ethernet)
		return TAP_NEXT;
	tap_counts()->seen++;
	tap_take(&cursor, direction, &datagram);
	return TAP_NEXT;
}

SEC("tc")
int dns_tap_ingress(struct __sk_buff *skb)
{
	return tap_look(skb, DNS_EVENT_INGRESS);
}

SEC("tc")
int dns_tap_egress(struct __sk_buff *skb)
{
	return tap_look(skb, DNS_EVENT_EGRESS);
}
