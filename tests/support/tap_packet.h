/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap packet -- Ethernet frames for tests of the taps, well-formed or not.
 *
 * A frame is tags, an IP header with options or extension headers, and a UDP datagram or
 * an ICMP error that quotes one. No checksum is right: no tap looks at them. The payload
 * counts up from 0.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TAP_PACKET_BYTES_MAX      16384
#define TAP_PACKET_TAGS_MAX       4
#define TAP_PACKET_EXTENSIONS_MAX 8
#define TAP_PACKET_UNIT_BYTES     8 /* of an extension header */

struct tap_packet {
	size_t size_bytes;
	size_t payload_at; /* of the UDP datagram, quoted or not */
	uint8_t padding[2]; /* so that IP headers are aligned */
	uint8_t bytes[TAP_PACKET_BYTES_MAX];
};

struct tap_packet_tag {
	uint16_t protocol; /* 0 = no more tags */
	uint16_t tci;
};

/* What to build. 0 stands for what is usual. Numbers are in host order. */
struct tap_packet_plan {
	int ip_version; /* 4 */
	int protocol;   /* UDP, or ICMP where something is quoted */
	struct tap_packet_tag tags[TAP_PACKET_TAGS_MAX];
	size_t option_bytes; /* of IPv4; a multiple of 4 */
	uint16_t fragment;   /* the flags and offset field of IPv4 or of IPv6's fragment header */
	uint8_t extensions[TAP_PACKET_EXTENSIONS_MAX]; /* of IPv6: their types */
	size_t extension_count;
	uint8_t extension_units;   /* of 8 bytes beyond the first, in all but fragment headers */
	uint16_t source_port;      /* 40000 */
	uint16_t destination_port; /* 53 */
	size_t payload_bytes;
	uint16_t udp_bytes; /* the UDP length field, where it shall not be right */
	uint16_t udp_checksum;
	uint16_t ip_bytes_less;              /* how much too small the IP length field shall be */
	const struct tap_packet_plan *quote; /* an ICMP error about this packet */
	size_t quote_bytes;                  /* how much of it; all */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint8_t icmp_units;    /* length of the quote by RFC 4884 */
	size_t trailing_bytes; /* behind the payload, inside the IP packet */
};

static const uint8_t tap_packet_source_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t tap_packet_destination_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t tap_packet_source_ip4[4] = { 10, 1, 2, 3 };
static const uint8_t tap_packet_destination_ip4[4] = { 10, 9, 8, 7 };
static const uint8_t tap_packet_source_ip6[16] = { 0xfd, 1, [15] = 3 };
static const uint8_t tap_packet_destination_ip6[16] = { 0xfd, 9, [15] = 7 };

static inline void *tap_packet_grow(struct tap_packet *packet, size_t bytes)
{
	void *start = packet->bytes + packet->size_bytes;

	assert(bytes <= sizeof(packet->bytes) - packet->size_bytes);
	memset(start, 0, bytes);
	packet->size_bytes += bytes;
	return start;
}

/* What the IP header, or its last extension, says that it carries. */
static inline uint8_t tap_packet_protocol(const struct tap_packet_plan *plan)
{
	if (plan->protocol)
		return (uint8_t)plan->protocol;
	if (!plan->quote)
		return IPPROTO_UDP;
	return plan->ip_version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static inline struct iphdr *tap_packet_add_ip4(
	struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	size_t header_bytes = sizeof(struct iphdr) + plan->option_bytes;
	struct iphdr *ip = tap_packet_grow(packet, header_bytes);

	ip->version = 4;
	ip->ihl = (uint8_t)(header_bytes / 4) & 0xf;
	ip->frag_off = htons(plan->fragment);
	ip->ttl = 61;
	ip->protocol = tap_packet_protocol(plan);
	memcpy(&ip->saddr, tap_packet_source_ip4, sizeof(ip->saddr));
	memcpy(&ip->daddr, tap_packet_destination_ip4, sizeof(ip->daddr));
	memset(ip + 1, 1, plan->option_bytes); /* no-operation */
	return ip;
}

static inline void tap_packet_add_extension(
	struct tap_packet *packet, const struct tap_packet_plan *plan, size_t index)
{
	bool is_fragment = plan->extensions[index] == IPPROTO_FRAGMENT;
	uint8_t units = is_fragment ? 0 : plan->extension_units;
	uint8_t *header = tap_packet_grow(packet, (1u + units) * TAP_PACKET_UNIT_BYTES);
	uint16_t fragment_be = htons(plan->fragment);

	header[0] = index + 1 < plan->extension_count ? plan->extensions[index + 1]
						      : tap_packet_protocol(plan);
	header[1] = units;
	if (is_fragment)
		memcpy(header + 2, &fragment_be, sizeof(fragment_be));
}

static inline struct ipv6hdr *tap_packet_add_ip6(
	struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	struct ipv6hdr *ip = tap_packet_grow(packet, sizeof(*ip));

	ip->version = 6;
	ip->hop_limit = 62;
	ip->nexthdr = plan->extension_count ? plan->extensions[0] : tap_packet_protocol(plan);
	memcpy(&ip->saddr, tap_packet_source_ip6, sizeof(ip->saddr));
	memcpy(&ip->daddr, tap_packet_destination_ip6, sizeof(ip->daddr));
	for (size_t i = 0; i < plan->extension_count; i++)
		tap_packet_add_extension(packet, plan, i);
	return ip;
}

static inline void tap_packet_add_udp(struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	struct udphdr *udp = tap_packet_grow(packet, sizeof(*udp));
	uint8_t *payload;

	udp->source = htons(plan->source_port ? plan->source_port : 40000);
	udp->dest = htons(plan->destination_port ? plan->destination_port : 53);
	udp->len = htons(
		plan->udp_bytes ? plan->udp_bytes : (uint16_t)(sizeof(*udp) + plan->payload_bytes));
	udp->check = htons(plan->udp_checksum);
	packet->payload_at = packet->size_bytes;
	payload = tap_packet_grow(packet, plan->payload_bytes);
	for (size_t i = 0; i < plan->payload_bytes; i++)
		payload[i] = (uint8_t)i;
}

static inline void tap_packet_add_ip(struct tap_packet *packet, const struct tap_packet_plan *plan);

static inline void tap_packet_add_error(
	struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	uint8_t *icmp = tap_packet_grow(packet, 8);
	size_t quote_at = packet->size_bytes;

	icmp[0] = plan->icmp_type;
	icmp[1] = plan->icmp_code;
	icmp[plan->ip_version == 6 ? 4 : 5] = plan->icmp_units;
	tap_packet_add_ip(packet, plan->quote);
	if (plan->quote_bytes && packet->size_bytes > quote_at + plan->quote_bytes)
		packet->size_bytes = quote_at + plan->quote_bytes;
}

static inline void tap_packet_add_ip(struct tap_packet *packet, const struct tap_packet_plan *plan)
{
	size_t ip_at = packet->size_bytes;
	struct ipv6hdr *ip6 = NULL;
	struct iphdr *ip4 = NULL;
	size_t bytes;

	if (plan->ip_version == 6)
		ip6 = tap_packet_add_ip6(packet, plan);
	else
		ip4 = tap_packet_add_ip4(packet, plan);
	if (plan->quote)
		tap_packet_add_error(packet, plan);
	else
		tap_packet_add_udp(packet, plan);
	memset(tap_packet_grow(packet, plan->trailing_bytes), 0xee, plan->trailing_bytes);

	bytes = packet->size_bytes - ip_at - plan->ip_bytes_less;
	if (ip6)
		ip6->payload_len = htons((uint16_t)(bytes - sizeof(*ip6)));
	else
		ip4->tot_len = htons((uint16_t)bytes);
}

static inline void tap_packet_add_word(struct tap_packet *packet, uint16_t word)
{
	uint16_t word_be = htons(word);

	memcpy(tap_packet_grow(packet, sizeof(word_be)), &word_be, sizeof(word_be));
}

static inline void tap_packet_build(
	struct tap_packet *out_packet, const struct tap_packet_plan *plan)
{
	out_packet->size_bytes = 0;
	memcpy(tap_packet_grow(out_packet, ETH_ALEN), tap_packet_destination_mac, ETH_ALEN);
	memcpy(tap_packet_grow(out_packet, ETH_ALEN), tap_packet_source_mac, ETH_ALEN);
	for (size_t i = 0; i < TAP_PACKET_TAGS_MAX && plan->tags[i].protocol; i++) {
		tap_packet_add_word(out_packet, plan->tags[i].protocol);
		tap_packet_add_word(out_packet, plan->tags[i].tci);
	}
	tap_packet_add_word(out_packet, plan->ip_version == 6 ? ETH_P_IPV6 : ETH_P_IP);
	tap_packet_add_ip(out_packet, plan);
}
