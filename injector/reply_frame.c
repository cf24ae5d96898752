/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/reply_frame.h"

#include <arpa/inet.h>
#include <assert.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "injector/internet_checksum.h"

#define REPLY_FRAME_HOPS_MAX 64

/* @pseudo_sum: of the addresses; protocol and length are added here. */
static uint16_t reply_frame_udp_checksum(
	const struct udphdr *udp, const struct message_order *order, uint64_t pseudo_sum)
{
	uint64_t sum = pseudo_sum + htons(IPPROTO_UDP) + udp->len;

	sum = internet_checksum_add(sum, udp, sizeof(*udp));
	sum = internet_checksum_add(sum, order->dns, order->dns_bytes);
	return internet_checksum_of_udp(sum);
}

/*
 * The header's id: another one with each order, as far as 16 bits go. Never 0, which the
 * kernel would fill in where the packet is for this host.
 */
static uint16_t reply_frame_ipv4_id(const struct message_order *order)
{
	return (uint16_t)(order->order_id % UINT16_MAX + 1);
}

/* Write the IPv4 header. Returns its size, and what it adds to the UDP checksum. */
static size_t reply_frame_put_ipv4(
	const struct message_order *order, size_t udp_bytes, uint8_t *out, uint64_t *out_pseudo_sum)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons((uint16_t)(sizeof(ip) + udp_bytes)),
		.id = htons(reply_frame_ipv4_id(order)),
		.ttl = REPLY_FRAME_HOPS_MAX,
		.protocol = IPPROTO_UDP,
	};

	memcpy(&ip.saddr, order->server_ip + REPLY_FRAME_IPV4_IN_IPV6, sizeof(ip.saddr));
	memcpy(&ip.daddr, order->client_ip + REPLY_FRAME_IPV4_IN_IPV6, sizeof(ip.daddr));
	ip.check = internet_checksum_of(internet_checksum_add(0, &ip, sizeof(ip)));
	memcpy(out, &ip, sizeof(ip));

	*out_pseudo_sum = internet_checksum_add(0, &ip.saddr, sizeof(ip.saddr));
	*out_pseudo_sum = internet_checksum_add(*out_pseudo_sum, &ip.daddr, sizeof(ip.daddr));
	return sizeof(ip);
}

/* The same for IPv6. */
static size_t reply_frame_put_ipv6(
	const struct message_order *order, size_t udp_bytes, uint8_t *out, uint64_t *out_pseudo_sum)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6u << 28),
		.ip6_plen = htons((uint16_t)udp_bytes),
		.ip6_nxt = IPPROTO_UDP,
		.ip6_hlim = REPLY_FRAME_HOPS_MAX,
	};

	memcpy(&ip.ip6_src, order->server_ip, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, order->client_ip, sizeof(ip.ip6_dst));
	memcpy(out, &ip, sizeof(ip));

	*out_pseudo_sum = internet_checksum_add(0, &ip.ip6_src, sizeof(ip.ip6_src));
	*out_pseudo_sum = internet_checksum_add(*out_pseudo_sum, &ip.ip6_dst, sizeof(ip.ip6_dst));
	return sizeof(ip);
}

/* What follows the MACs: the query's tags, outermost first, and the type. */
static size_t reply_frame_put_types(const struct message_order *order, uint8_t *out)
{
	const uint16_t type_be = htons(order->ip_version == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	size_t used = 0;

	for (unsigned int i = 0; i < MESSAGE_VLANS_MAX && order->vlans[i].protocol_be != 0; i++) {
		memcpy(out + used, &order->vlans[i], sizeof(order->vlans[i]));
		used += sizeof(order->vlans[i]);
	}
	memcpy(out + used, &type_be, sizeof(type_be));
	return used + sizeof(type_be);
}

static size_t reply_frame_put_ethernet(const struct message_order *order, uint8_t *out)
{
	memcpy(out, order->client_mac, ETHER_ADDR_LEN);
	memcpy(out + ETHER_ADDR_LEN, order->server_mac, ETHER_ADDR_LEN);
	return 2 * ETHER_ADDR_LEN + reply_frame_put_types(order, out + 2 * ETHER_ADDR_LEN);
}

size_t reply_frame_build(const struct message_order *order, uint8_t *out_frame, size_t out_bytes)
{
	const size_t udp_bytes = sizeof(struct udphdr) + order->dns_bytes;
	struct udphdr udp = {
		.source = order->server_port_be,
		.dest = order->client_port_be,
		.len = htons((uint16_t)udp_bytes),
	};
	uint64_t pseudo_sum;
	size_t used = 0;

	assert(order->ip_version == 4 || order->ip_version == 6);
	if (order->dns_bytes > MESSAGE_DNS_BYTES_MAX ||
		out_bytes < REPLY_FRAME_HEADERS_BYTES_MAX + (size_t)order->dns_bytes)
		return 0;

	if (!reply_frame_is_to_host(order))
		used = reply_frame_put_ethernet(order, out_frame);
	if (order->ip_version == 4)
		used += reply_frame_put_ipv4(order, udp_bytes, out_frame + used, &pseudo_sum);
	else
		used += reply_frame_put_ipv6(order, udp_bytes, out_frame + used, &pseudo_sum);

	udp.check = reply_frame_udp_checksum(&udp, order, pseudo_sum);
	memcpy(out_frame + used, &udp, sizeof(udp));
	used += sizeof(udp);
	memcpy(out_frame + used, order->dns, order->dns_bytes);
	return used + order->dns_bytes;
}
