/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge facts -- what rtnetlink messages say about interfaces, addresses and default routes.
 *
 * Pure: bytes come in, facts come out. A message that does not hold together says
 * nothing.
 */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture/interface_table.h"

#define EDGE_FACTS_NEXTHOPS_MAX 64u

/* Indexes of the interfaces that a default route leads out of. */
struct edge_facts_route {
	uint32_t if_indexes[EDGE_FACTS_NEXTHOPS_MAX];
	size_t count;
};

/* True if this is an interface (RTM_NEWLINK, not a bridge's word about a port). */
bool edge_facts_read_link(const struct nlmsghdr *message, struct interface *out_facts);

/* True if this is a default route of the main table. */
bool edge_facts_read_route(const struct nlmsghdr *message, struct edge_facts_route *out_route);

/* True if this is an address of this host; IPv4 as ::ffff:a.b.c.d. */
bool edge_facts_read_address(const struct nlmsghdr *message, uint8_t out_ip[16]);

/* True if an event may have changed which interfaces are edges, or what is this host's. */
bool edge_facts_is_change(const struct nlmsghdr *message);
