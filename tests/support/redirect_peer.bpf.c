// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Redirect peer -- what Cilium's host routing does with responses: from the uplink straight
 * into a container, past the edge. For one client, named by PEER_IF_INDEX, PEER_IP4 (hex, as
 * in the packet on this machine) and PEER_MAC.
 */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int redirect_peer(struct __sk_buff *skb)
{
	static const __u8 mac[ETH_ALEN] = { PEER_MAC };
	__u32 to;

	if (bpf_skb_load_bytes(skb, ETH_HLEN + 16, &to, sizeof(to)) < 0 || to != PEER_IP4)
		return TC_ACT_OK;
	if (bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0) < 0)
		return TC_ACT_OK;
	return bpf_redirect_peer(PEER_IF_INDEX, 0);
}
