/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap packet -- Ethernet frames for tests of the taps, well-formed or not.
 *
 * Checksums stay 0: no tap looks at them. The payload counts up from 0.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define TAP_PACKET_BYTES_MAX 16384

struct tap_packet {
	size_t size_bytes;
	uint8_t bytes[TAP_PACKET_BYTES_MAX];
};

/* What to build. 0 stands for what is usual. */
struct tap_packet_plan {
	int ip_version;            /* 4 */
	int protocol;              /* UDP */
	size_t option_bytes;       /* of IPv4; a multiple of 4 */
	uint16_t source_port;      /* 40000 */
	uint16_t destination_port; /* 53 */
	size_t payload_bytes;
	uint16_t udp_bytes;     /* the UDP length field, where it shall not be right */
	uint16_t ip_bytes_less; /* how much too small the IP length field shall be */
	uint16_t fragment;      /* IPv4 frag_off, host order */
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

static inline void tap_packet_add_ip4(
	struct tap_packet *packet, const struct tap_packet_plan *plan, size_t inner_bytes)
{
	size_t header_bytes = sizeof(struct iphdr) + plan->option_bytes;
	struct iphdr *ip = tap_packet_grow(packet, header_bytes);

	ip->version = 4;
	ip->ihl = (uint8_t)(header_bytes / 4) & 0xf;
	ip->tot_len = htons((uint16_t)(header_bytes + inner_bytes - plan->ip_bytes_less));
	ip->frag_off = htons(plan->fragment);
	ip->ttl = 61;
	ip->protocol = (uint8_t)(plan->protocol ? plan->protocol : IPPROTO_UDP);
	memcpy(&ip->saddr, tap_packet_source_ip4, sizeof(ip->saddr));
	memcpy(&ip->daddr, tap_packet_destination_ip4, sizeof(ip->daddr));
	memset(ip + 1, 1, plan->option_bytes); /* no-operation */
}

static inline void tap_packet_add_ip6(
	struct tap_packet *packet, const struct tap_packet_plan *plan, size_t inner_bytes)
{
	struct ipv6hdr *ip = tap_packet_grow(packet, sizeof(*ip));

	ip->version = 6;
	ip->payload_len = htons((uint16_t)(inner_bytes - plan->ip_bytes_less));
	ip->hop_limit = 62;
	ip->nexthdr = (uint8_t)(plan->protocol ? plan->protocol : IPPROTO_UDP);
	memcpy(&ip->saddr, tap_packet_source_ip6, sizeof(ip->saddr));
	memcpy(&ip->daddr, tap_packet_destination_ip6, sizeof(ip->daddr));
}

static inline void tap_packet_build(
	struct tap_packet *out_packet, const struct tap_packet_plan *plan)
{
	size_t inner_bytes = sizeof(struct udphdr) + plan->payload_bytes;
	struct ethhdr *ethernet;
	struct udphdr *udp;
	uint8_t *payload;

	out_packet->size_bytes = 0;
	ethernet = tap_packet_grow(out_packet, sizeof(*ethernet));
	memcpy(ethernet->h_source, tap_packet_source_mac, ETH_ALEN);
	memcpy(ethernet->h_dest, tap_packet_destination_mac, ETH_ALEN);
	ethernet->h_proto = htons(plan->ip_version == 6 ? ETH_P_IPV6 : ETH_P_IP);
	if (plan->ip_version == 6)
		tap_packet_add_ip6(out_packet, plan, inner_bytes);
	else
		tap_packet_add_ip4(out_packet, plan, inner_bytes);

	udp = tap_packet_grow(out_packet, sizeof(*udp));
	udp->source = htons(plan->source_port ? plan->source_port : 40000);
	udp->dest = htons(plan->destination_port ? plan->destination_port : 53);
	udp->len = htons(plan->udp_bytes ? plan->udp_bytes : (uint16_t)inner_bytes);
	payload = tap_packet_grow(out_packet, plan->payload_bytes);
	for (size_t i = 0; i < plan->payload_bytes; i++)
		payload[i] = (uint8_t)i;
}
