/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Interface samples -- the interfaces of an imagined container host.
 */

#include <check.h>
#include <net/if_arp.h>

#include "capture/interface_table.h"
#include "shared/compiler.h"

enum interface_sample {
	SAMPLE_LO = 1,
	SAMPLE_ETH0 = 2,
	SAMPLE_DOCKER0 = 10, /* bridge of VETH1 and VETH2 */
	SAMPLE_VETH1 = 12,
	SAMPLE_VETH2 = 14,
	SAMPLE_CALI = 20,   /* routed */
	SAMPLE_UPLINK = 21, /* a veth that carries the default route */
	SAMPLE_HERE = 22,   /* a veth whose peer is in this namespace */
	SAMPLE_LAN = 30,    /* bridge of LAN_NIC, LAN_VETH and LAN_HERE */
	SAMPLE_LAN_NIC = 31,
	SAMPLE_LAN_VETH = 32,
	SAMPLE_LAN_HERE = 33,
	SAMPLE_EMPTY_BRIDGE = 40,
	SAMPLE_VRF = 50,
	SAMPLE_VRF_VETH = 51,
	SAMPLE_OVS = 60,
	SAMPLE_OVS_VETH = 61,
	SAMPLE_BOND = 70,
	SAMPLE_BOND_PORT = 71,
	SAMPLE_ORPHAN = 80, /* its master is not in the table */
	SAMPLE_TUN = 90,    /* no Ethernet */
	SAMPLE_VM = 91,     /* a virtual machine's tap */
	SAMPLE_WAN = 92,    /* hardware that carries a default route, too */
	SAMPLE_WG = 93,     /* a tunnel that does, without Ethernet */
};

static const struct interface interface_samples[] = {
	/* As a dump may give them: ports before their bridges. */
	{ SAMPLE_VETH2, SAMPLE_DOCKER0, ARPHRD_ETHER, true, "veth2", "veth" },
	{ SAMPLE_LO, 0, ARPHRD_LOOPBACK, false, "lo", "" },
	{ SAMPLE_ETH0, 0, ARPHRD_ETHER, false, "eth0", "" },
	{ SAMPLE_VETH1, SAMPLE_DOCKER0, ARPHRD_ETHER, true, "veth1", "veth" },
	{ SAMPLE_DOCKER0, 0, ARPHRD_ETHER, false, "docker0", "bridge" },
	{ SAMPLE_CALI, 0, ARPHRD_ETHER, true, "cali1", "veth" },
	{ SAMPLE_UPLINK, 0, ARPHRD_ETHER, true, "uplink", "veth" },
	{ SAMPLE_HERE, 0, ARPHRD_ETHER, false, "here", "veth" },
	{ SAMPLE_LAN, 0, ARPHRD_ETHER, false, "lan", "bridge" },
	{ SAMPLE_LAN_NIC, SAMPLE_LAN, ARPHRD_ETHER, false, "eth1", "" },
	{ SAMPLE_LAN_VETH, SAMPLE_LAN, ARPHRD_ETHER, true, "lan-veth", "veth" },
	{ SAMPLE_LAN_HERE, SAMPLE_LAN, ARPHRD_ETHER, false, "lan-here", "veth" },
	{ SAMPLE_EMPTY_BRIDGE, 0, ARPHRD_ETHER, false, "br-empty", "bridge" },
	{ SAMPLE_VRF, 0, ARPHRD_ETHER, false, "blue", "vrf" },
	{ SAMPLE_VRF_VETH, SAMPLE_VRF, ARPHRD_ETHER, true, "vrf-veth", "veth" },
	{ SAMPLE_OVS, 0, ARPHRD_ETHER, false, "ovs-system", "openvswitch" },
	{ SAMPLE_OVS_VETH, SAMPLE_OVS, ARPHRD_ETHER, true, "ovs-veth", "veth" },
	{ SAMPLE_BOND, 0, ARPHRD_ETHER, false, "bond0", "bond" },
	{ SAMPLE_BOND_PORT, SAMPLE_BOND, ARPHRD_ETHER, false, "eth2", "" },
	{ SAMPLE_ORPHAN, 999, ARPHRD_ETHER, true, "orphan", "veth" },
	{ SAMPLE_TUN, 0, ARPHRD_NONE, false, "tun0", "tun" },
	{ SAMPLE_VM, 0, ARPHRD_ETHER, false, "vm0", "tun" },
	{ SAMPLE_WAN, 0, ARPHRD_ETHER, false, "wan", "" },
	{ SAMPLE_WG, 0, ARPHRD_NONE, false, "wg0", "wireguard" },
};

static const size_t interface_samples_count = ARRAY_COUNT(interface_samples);

/* All of them in a settled table, the default route marked. */
static inline struct interface_table *interface_samples_table(void)
{
	struct interface_table *table = interface_table_new();

	for (size_t i = 0; i < interface_samples_count; i++)
		ck_assert_int_eq(
			interface_table_put(table, &interface_samples[i]), INTERFACE_TABLE_OK);
	interface_table_settle(table);
	interface_table_find(table, SAMPLE_UPLINK)->carries_default_route = true;
	interface_table_find(table, SAMPLE_WAN)->carries_default_route = true;
	interface_table_find(table, SAMPLE_WG)->carries_default_route = true;
	return table;
}
