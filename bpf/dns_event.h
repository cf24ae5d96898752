/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * DNS event -- the record a tap writes into the BPF ring buffer.
 *
 * The only header that both the kernel side and capture include. One event per UDP
 * datagram from or to a DNS port, or per ICMP error that quotes one; the payload follows
 * the header, in a record whose size class is the smallest that holds it. Of a failure that
 * is held back the payload is its whole frame.
 */

#include <linux/types.h>

#include "shared/layout/layout_rules.h"
#include "shared/layout/mark_layout.h"

#define DNS_EVENT_VERSION           4 /* 4: without the type of an ICMP error */
#define DNS_EVENT_PAYLOAD_BYTES_MAX 4096
#define DNS_EVENT_FRAME_BYTES_MAX   1514 /* of a held failure: Ethernet, without a tag */
#define DNS_EVENT_PORTS_MAX         8
#define DNS_EVENT_VLANS_MAX         2

/*
 * Socket mark of our own replies: the taps count such a packet and write no event,
 * so that a reply never looks like a response. The kernel clears marks where a
 * packet crosses network namespaces, so no container can set it.
 */
#define DNS_EVENT_OWN_MARK MARK_OWN_REPLY

enum dns_event_direction {
	DNS_EVENT_INGRESS = 1, /* into this host */
	DNS_EVENT_EGRESS = 2,
};

enum dns_event_kind {
	DNS_EVENT_DATAGRAM = 1,
	/*
	 * ICMP destination unreachable, or ICMPv6's. Addresses, ports, UDP length and payload
	 * are those of the datagram it quotes (as much of it as is quoted); MACs, TTL, tags and
	 * interfaces are the error's own. The checksum is 0: a quote proves nothing.
	 */
	DNS_EVENT_UNREACHABLE = 2,
};

#define DNS_EVENT_FIRST_FRAGMENT 0x01 /* of a fragmented datagram; the others are only counted */
/*
 * This packet is here and nowhere else: its client gets it, or something better, from
 * user space. payload[] is the frame from its Ethernet header on, with the DNS message, or
 * as much as an error quotes of it, at head_bytes and up to its end.
 */
#define DNS_EVENT_HELD 0x02

LAYOUT_BEGIN
/* A VLAN tag, outermost first; all zero = none. */
struct dns_event_vlan {
	__u16 protocol_be;
	__u16 tci_be;
};

struct dns_event {
	__u8 version;    /* DNS_EVENT_VERSION */
	__u8 direction;  /* enum dns_event_direction */
	__u8 ip_version; /* 4 or 6 */
	__u8 ip_ttl;
	__u16 payload_bytes;      /* valid bytes in payload[] */
	__u16 payload_bytes_sent; /* by the UDP length; more = cut */
	__u64 seen_ns;            /* bpf_ktime_get_boot_ns() */
	__u32 if_index;
	__u32 ingress_if_index; /* 0 = made on this host */
	__u16 udp_checksum_be;  /* as it stands in the packet */
	__u16 source_port_be;
	__u16 destination_port_be;
	__u16 udp_bytes; /* UDP length field, host order */
	__u8 source_mac[6];
	__u8 destination_mac[6];
	__u8 kind;  /* enum dns_event_kind */
	__u8 flags; /* DNS_EVENT_FIRST_FRAGMENT, DNS_EVENT_HELD */
	__u16 reserved;
	__u8 source_ip[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination_ip[16];
	struct dns_event_vlan vlans[DNS_EVENT_VLANS_MAX];
	__u16 head_bytes; /* of payload[] before the DNS message: 0 unless DNS_EVENT_HELD */
	__u16 reserved2[3];
	__u8 payload[];
};

/* One per CPU, in the skeleton's .bss: what happened to the DNS packets seen there. */
struct dns_event_counts {
	__u64 seen; /* = submitted + ring_full + oversized */
	__u64 submitted;
	__u64 ring_full;
	__u64 oversized;   /* could not be copied */
	__u64 own;         /* our own replies, not in seen */
	__u64 cut;         /* submitted without their end */
	__u64 fragments;   /* later fragments of UDP datagrams, not in seen */
	__u64 unreachable; /* ICMP errors that quote a query; in seen */
	/* Failures on their way to a client where they may be held, all of them in seen: */
	__u64 held;       /* in submitted */
	__u64 hold_stale; /* passed: nobody would have decided about them in time */
	__u64 hold_unfit; /* passed: not to be had in one piece, or there was no room */
	__u64 reserved[5];
};
LAYOUT_END

LAYOUT_SIZE(struct dns_event_vlan, 4);
LAYOUT_SIZE(struct dns_event, 96);
LAYOUT_FIELD(struct dns_event, seen_ns, 8);
LAYOUT_FIELD(struct dns_event, source_mac, 32);
LAYOUT_FIELD(struct dns_event, source_ip, 48);
LAYOUT_FIELD(struct dns_event, vlans, 80);
LAYOUT_FIELD(struct dns_event, head_bytes, 88);
LAYOUT_FIELD(struct dns_event, payload, 96);
LAYOUT_SIZE(struct dns_event_counts, 128);
