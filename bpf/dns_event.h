/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * DNS event -- the record a tap writes into the BPF ring buffer.
 *
 * The only header that both the kernel side and capture include. One event per UDP
 * datagram from or to port 53; the payload follows the header, in a record whose
 * size class is the smallest that holds it.
 */

#include <linux/types.h>

#include "shared/layout/layout_rules.h"
#include "shared/layout/mark_layout.h"

#define DNS_EVENT_VERSION           1
#define DNS_EVENT_PAYLOAD_BYTES_MAX 4096
#define DNS_EVENT_PORT              53

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

LAYOUT_BEGIN
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
	__u8 reserved[4];
	__u8 source_ip[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination_ip[16];
	__u8 payload[];
};

/* One per CPU, in the skeleton's .bss: what happened to the DNS packets seen there. */
struct dns_event_counts {
	__u64 seen; /* = submitted + ring_full + oversized */
	__u64 submitted;
	__u64 ring_full;
	__u64 oversized; /* could not be copied */
	__u64 own;       /* our own replies, not in seen */
	__u64 cut;       /* submitted without their end */
	__u64 fragments; /* later fragments of UDP datagrams, not in seen */
	__u64 reserved[9];
};
LAYOUT_END

LAYOUT_SIZE(struct dns_event, 80);
LAYOUT_FIELD(struct dns_event, seen_ns, 8);
LAYOUT_FIELD(struct dns_event, source_mac, 32);
LAYOUT_FIELD(struct dns_event, source_ip, 48);
LAYOUT_FIELD(struct dns_event, payload, 80);
LAYOUT_SIZE(struct dns_event_counts, 128);
