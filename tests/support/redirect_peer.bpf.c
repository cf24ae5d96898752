// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Redirect peer -- what Cilium's host routing does with responses: from the uplink straight
 * into a container, past the edge. For one client, named by PEER_IF_INDEX, PEER_IP (the bytes
 * of its IPv4 or IPv6 address) and PEER_MAC.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <stddef.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int redirect_peer(struct __sk_buff *skb)
{
	static const __u8 mac[ETH_ALEN] = { PEER_MAC };
	static const __u8 ip[] = { PEER_IP };
	const __u32 ip_at = ETH_HLEN + (sizeof(ip) == 4 ? offsetof(struct iphdr, daddr)
							: offsetof(struct ipv6hdr, daddr));
	__u8 to[sizeof(ip)];

	if (bpf_skb_load_bytes(skb, ip_at, to, sizeof(to)) < 0)
		return TC_ACT_OK;
#pragma unroll
	for (unsigned int i = 0; i < sizeof(ip); i++) {
		if (to[i] != ip[i])
			return TC_ACT_OK;
	}
	if (bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0) < 0)
		return TC_ACT_OK;
	return bpf_redirect_peer(PEER_IF_INDEX, 0);
}
