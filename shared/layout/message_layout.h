/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Message layout -- the bodies of ring records, by type.
 *
 * The record header in front of each body is ring_layout.h's. A receiver checks the
 * type, then the size, then inner lengths, and only then uses a body: whatever does
 * not fit is counted and skipped.
 *
 * Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
 */

#include <stdint.h>

#include "shared/layout/layout_rules.h"

#define MESSAGE_DNS_BYTES_MAX     4096u /* longer payloads are cut and marked */
#define MESSAGE_SCOPE_BYTES       40u   /* "bridge:", an interface name and VLAN ids, NUL-padded */
#define MESSAGE_VLANS_MAX         2u
#define MESSAGE_NAME_BYTES_MAX    255u
#define MESSAGE_ROW_ADDRESSES_MAX 8u
#define MESSAGE_FRAME_BYTES_MAX   1514u /* of what was held: Ethernet, without a tag */

enum message_type {
	MESSAGE_PACKET = 1,        /* capture -> analyzer */
	MESSAGE_ORDER = 2,         /* analyzer -> injector: send this reply */
	MESSAGE_CANCEL = 3,        /* analyzer -> injector: that order is no longer wanted */
	MESSAGE_TABLE_REQUEST = 4, /* exporter -> analyzer */
	MESSAGE_TABLE_ROW = 5,     /* analyzer -> exporter */
	MESSAGE_TABLE_END = 6,     /* analyzer -> exporter */
	MESSAGE_RELEASE = 7,       /* analyzer -> injector: send this frame, it was held */
};

/*
 * Seen from the host: INBOUND enters it from the edge, OUTBOUND leaves it through the
 * edge. The host's own look-ups have an edge of their own, MESSAGE_HOST_IF_INDEX: what
 * it asks is INBOUND there, what it is answered OUTBOUND.
 */
enum message_direction {
	MESSAGE_DIRECTION_INBOUND = 1,
	MESSAGE_DIRECTION_OUTBOUND = 2,
};

/* The edge of the host's own look-ups: no interface has this index. */
#define MESSAGE_HOST_IF_INDEX 0xffffffffu

/* Where a packet that leaves through an edge came into this host. */
enum message_entry {
	MESSAGE_ENTRY_UNKNOWN = 1, /* an interface capture does not know (yet) */
	MESSAGE_ENTRY_LOCAL = 2,   /* made on this host */
	MESSAGE_ENTRY_UPLINK = 3,
	MESSAGE_ENTRY_EDGE = 4, /* through ingress_if_index, an edge or a bridge of edges only */
};

enum message_checksum {
	MESSAGE_CHECKSUM_RIGHT = 1,
	MESSAGE_CHECKSUM_PENDING = 2, /* only the pseudo-header sum: left to offload */
	MESSAGE_CHECKSUM_NONE = 3,    /* 0 over IPv4 (RFC 768) */
	MESSAGE_CHECKSUM_WRONG = 4,
	MESSAGE_CHECKSUM_UNKNOWN = 5, /* the payload was cut */
};

enum message_packet_kind {
	MESSAGE_PACKET_DATAGRAM = 1,
	/*
	 * An ICMP error that says that a datagram could not be delivered. Addresses, ports
	 * and dns[] are those of the datagram it quotes, MACs, TTL and entry its own.
	 */
	MESSAGE_PACKET_UNREACHABLE = 2,
};

#define MESSAGE_PACKET_TO_SERVER   0x0001u /* the destination port is a DNS server's */
#define MESSAGE_PACKET_FROM_SERVER 0x0002u /* the source port is */
#define MESSAGE_PACKET_CLIENT_SERVES \
	0x0004u /* a socket of this host serves DNS at the client's address */
#define MESSAGE_PACKET_FIRST_FRAGMENT 0x0008u /* dns[] ends where the fragment does */
/*
 * A failure that was kept from its client, who gets it, or a reply, by the injector. Behind
 * dns[] follow the head_bytes bytes of its frame before them; nothing was behind them.
 */
#define MESSAGE_PACKET_HELD 0x0010u

LAYOUT_BEGIN
/* A VLAN tag (IEEE 802.1Q), outermost first; all zero = no tag. */
struct message_vlan {
	uint16_t protocol_be; /* 0x8100, 0x88a8, or of old 0x9100 */
	uint16_t tci_be;      /* priority, drop eligible, 12 bits of id */
};

/* One UDP datagram from or to a DNS port, or what became of one, seen at one edge. */
struct message_packet {
	uint64_t seen_ns;
	uint32_t if_index;         /* the edge */
	uint32_t ingress_if_index; /* 0 = made on this host */
	uint8_t direction;         /* enum message_direction */
	uint8_t entry;             /* enum message_entry */
	uint8_t checksum;          /* enum message_checksum */
	uint8_t ip_version;        /* 4 or 6 */
	uint8_t ip_ttl;
	uint8_t kind;   /* enum message_packet_kind */
	uint16_t flags; /* MESSAGE_PACKET_TO_SERVER and following */
	uint8_t source_mac[6];
	uint8_t destination_mac[6];
	uint16_t source_port_be;
	uint16_t destination_port_be;
	uint8_t source_ip[16];
	uint8_t destination_ip[16];
	struct message_vlan vlans[MESSAGE_VLANS_MAX];
	char scope[MESSAGE_SCOPE_BYTES]; /* the edge's, e.g. "bridge:docker0", "routed" or "host" */
	uint32_t dns_bytes;              /* valid bytes in dns[] */
	uint16_t dns_bytes_sent;         /* as the datagram had */
	uint16_t head_bytes;             /* of MESSAGE_PACKET_HELD, else 0 */
	uint8_t dns[];
};

/* Why an order was given; the injector counts by it. */
enum message_trigger {
	MESSAGE_TRIGGER_TIMEOUT = 1,     /* answer_after passed without a response */
	MESSAGE_TRIGGER_FAILING = 2,     /* at once: the name or its resolver is failing */
	MESSAGE_TRIGGER_UNREACHABLE = 3, /* at once: an ICMP error came back */
	MESSAGE_TRIGGER_SERVFAIL = 4,    /* in place of such a response, which was held */
	MESSAGE_TRIGGER_REFUSED = 5,
};

enum message_freshness {
	MESSAGE_FRESHNESS_FRESH = 1,
	MESSAGE_FRESHNESS_STALE = 2,
};

/* A finished reply for one client, to leave through one edge. */
struct message_order {
	uint64_t order_id; /* unique within one analyzer's life, from 1 */
	uint64_t ordered_ns;
	uint64_t deadline_ns; /* not to be sent after this */
	uint64_t query_ns;    /* when the tap saw the query */
	uint32_t if_index;
	uint8_t ip_version; /* 4 or 6 */
	uint8_t trigger;    /* enum message_trigger */
	uint8_t freshness;  /* enum message_freshness */
	uint8_t reserved0;
	uint8_t client_mac[6]; /* both MACs unused where if_index is MESSAGE_HOST_IF_INDEX */
	uint8_t server_mac[6]; /* what the client addressed its query to */
	uint16_t client_port_be;
	uint16_t server_port_be;
	uint8_t client_ip[16];
	uint8_t server_ip[16];
	struct message_vlan vlans[MESSAGE_VLANS_MAX]; /* the query's */
	uint32_t dns_bytes;
	uint32_t reserved1;
	uint8_t dns[];
};

struct message_cancel {
	uint64_t order_id;
};

/* What was held goes on to its client after all. */
struct message_release {
	uint64_t held_ns;     /* when the tap saw it */
	uint64_t deadline_ns; /* not to be sent after this */
	uint32_t if_index;    /* the edge it was about to leave by */
	uint16_t frame_bytes; /* <= MESSAGE_FRAME_BYTES_MAX */
	uint16_t dns_at;      /* where in frame[] the DNS message begins, or what an error quotes */
	uint8_t checksum;     /* enum message_checksum: a pending one is to be completed */
	uint8_t reserved[7];  /* zero */
	uint8_t frame[];      /* from the Ethernet header on */
};

enum message_table {
	MESSAGE_TABLE_CACHE = 1,
	MESSAGE_TABLE_MATCHING = 2,
	MESSAGE_TABLE_MATCHED = 3,
	MESSAGE_TABLE_UNMATCHED = 4,
};

struct message_table_request {
	uint64_t request_id; /* the asker's, echoed in every row */
	uint32_t table;      /* enum message_table */
	uint32_t reserved;
	uint64_t offset_rows; /* passed over, in the table's order of that moment */
	uint64_t limit_rows;  /* sent at most; 0 = all */
};

#define MESSAGE_ROW_STALE    0x01u /* cache: past its TTL */
#define MESSAGE_ROW_NEGATIVE 0x02u /* cache: NXDOMAIN or NODATA */
#define MESSAGE_ROW_RESCUED  0x04u /* transaction: we replied */

/* One entry of a table. Fields that a table does not have are 0. */
struct message_table_row {
	uint64_t request_id;
	uint64_t at_ns;   /* cache: learned; transactions: the query was seen */
	uint64_t took_ns; /* matched: from query to response */
	uint32_t table;   /* enum message_table */
	uint32_t ttl_s;   /* cache: what is left, 0 once stale */
	uint16_t dns_id;
	uint16_t type;
	uint16_t class;
	uint16_t rcode;
	uint16_t client_port_be;
	uint16_t server_port_be;
	uint8_t client_ip[16];
	uint8_t server_ip[16];
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t flags;         /* MESSAGE_ROW_* */
	uint8_t address_count; /* <= MESSAGE_ROW_ADDRESSES_MAX, in answer order */
	uint8_t name_bytes;    /* <= MESSAGE_NAME_BYTES_MAX */
	uint8_t reserved;
	uint8_t addresses[MESSAGE_ROW_ADDRESSES_MAX][16];
	uint8_t name[MESSAGE_NAME_BYTES_MAX + 1]; /* wire form, uncompressed */
};

/* The request's last record. */
struct message_table_end {
	uint64_t request_id;
	uint64_t row_count; /* of the table; fewer of the page arrived = they were lost */
};
LAYOUT_END

LAYOUT_SIZE(struct message_vlan, 4);
LAYOUT_SIZE(struct message_packet, 128);
LAYOUT_FIELD(struct message_packet, source_mac, 24);
LAYOUT_FIELD(struct message_packet, source_ip, 40);
LAYOUT_FIELD(struct message_packet, vlans, 72);
LAYOUT_FIELD(struct message_packet, scope, 80);
LAYOUT_FIELD(struct message_packet, head_bytes, 126);
LAYOUT_FIELD(struct message_packet, dns, 128);
LAYOUT_SIZE(struct message_order, 104);
LAYOUT_FIELD(struct message_order, client_mac, 40);
LAYOUT_FIELD(struct message_order, client_ip, 56);
LAYOUT_FIELD(struct message_order, vlans, 88);
LAYOUT_FIELD(struct message_order, dns, 104);
LAYOUT_SIZE(struct message_cancel, 8);
LAYOUT_SIZE(struct message_release, 32);
LAYOUT_FIELD(struct message_release, frame, 32);
LAYOUT_SIZE(struct message_table_request, 32);
LAYOUT_SIZE(struct message_table_row, 504);
LAYOUT_FIELD(struct message_table_row, addresses, 120);
LAYOUT_FIELD(struct message_table_row, name, 248);
LAYOUT_SIZE(struct message_table_end, 16);
