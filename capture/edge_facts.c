/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_facts.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static void edge_facts_read_text(char *out_text, size_t text_bytes, const struct rtattr *attribute)
{
	size_t bytes = RTA_PAYLOAD(attribute);

	if (bytes >= text_bytes)
		bytes = text_bytes - 1;
	memset(out_text, 0, text_bytes);
	memcpy(out_text, RTA_DATA(attribute), bytes);
	/* What follows the text's own NUL is no part of it. */
	memset(out_text + strnlen(out_text, bytes), 0, text_bytes - strnlen(out_text, bytes));
}

static uint32_t edge_facts_read_u32(const struct rtattr *attribute)
{
	uint32_t value = 0;

	if (RTA_PAYLOAD(attribute) >= sizeof(value))
		memcpy(&value, RTA_DATA(attribute), sizeof(value));
	return value;
}

static void edge_facts_read_kind(const struct rtattr *link_info, struct interface *facts)
{
	const struct rtattr *attribute = RTA_DATA(link_info);
	int left_bytes = (int)RTA_PAYLOAD(link_info);

	for (; RTA_OK(attribute, left_bytes); attribute = RTA_NEXT(attribute, left_bytes)) {
		if (attribute->rta_type == IFLA_INFO_KIND)
			edge_facts_read_text(facts->kind, sizeof(facts->kind), attribute);
	}
}

bool edge_facts_read_link(const struct nlmsghdr *message, struct interface *out_facts)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	struct interface facts = { 0 };
	const struct rtattr *attribute;
	int left_bytes;

	if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(*link)))
		return false;
	if (link->ifi_family != AF_UNSPEC || link->ifi_index <= 0)
		return false;

	facts.index = (uint32_t)link->ifi_index;
	facts.hardware_type = link->ifi_type;
	facts.is_up = link->ifi_flags & IFF_UP;
	attribute = IFLA_RTA(link);
	left_bytes = (int)IFLA_PAYLOAD(message);
	for (; RTA_OK(attribute, left_bytes); attribute = RTA_NEXT(attribute, left_bytes)) {
		switch (attribute->rta_type & NLA_TYPE_MASK) {
		case IFLA_IFNAME:
			edge_facts_read_text(facts.name, sizeof(facts.name), attribute);
			break;
		case IFLA_MASTER:
			facts.master_index = edge_facts_read_u32(attribute);
			break;
		case IFLA_LINK_NETNSID:
			facts.peer_is_elsewhere = true;
			break;
		case IFLA_LINKINFO:
			edge_facts_read_kind(attribute, &facts);
			break;
		}
	}
	if (facts.name[0] == '\0')
		return false;
	*out_facts = facts;
	return true;
}

static void edge_facts_add_nexthop(struct edge_facts_route *route, uint32_t if_index)
{
	if (if_index != 0 && route->count < EDGE_FACTS_NEXTHOPS_MAX)
		route->if_indexes[route->count++] = if_index;
}

static void edge_facts_read_nexthops(const struct rtattr *multipath, struct edge_facts_route *route)
{
	const struct rtnexthop *nexthop = RTA_DATA(multipath);
	size_t left_bytes = RTA_PAYLOAD(multipath);

	while (left_bytes >= sizeof(*nexthop) && nexthop->rtnh_len >= sizeof(*nexthop) &&
		nexthop->rtnh_len <= left_bytes) {
		size_t step_bytes = RTNH_ALIGN(nexthop->rtnh_len);

		edge_facts_add_nexthop(route, (uint32_t)nexthop->rtnh_ifindex);
		if (step_bytes > left_bytes)
			return;
		left_bytes -= step_bytes;
		nexthop = RTNH_NEXT(nexthop);
	}
}

bool edge_facts_read_route(const struct nlmsghdr *message, struct edge_facts_route *out_route)
{
	const struct rtmsg *rtm = NLMSG_DATA(message);
	struct edge_facts_route route = { .count = 0 };
	const struct rtattr *attribute;
	uint32_t table;
	int left_bytes;

	if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
		return false;
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*rtm)) || rtm->rtm_dst_len != 0 ||
		rtm->rtm_type != RTN_UNICAST)
		return false;

	table = rtm->rtm_table;
	attribute = RTM_RTA(rtm);
	left_bytes = (int)RTM_PAYLOAD(message);
	for (; RTA_OK(attribute, left_bytes); attribute = RTA_NEXT(attribute, left_bytes)) {
		switch (attribute->rta_type & NLA_TYPE_MASK) {
		case RTA_TABLE:
			table = edge_facts_read_u32(attribute);
			break;
		case RTA_OIF:
			edge_facts_add_nexthop(&route, edge_facts_read_u32(attribute));
			break;
		case RTA_MULTIPATH:
			edge_facts_read_nexthops(attribute, &route);
			break;
		}
	}
	if (table != RT_TABLE_MAIN)
		return false;
	*out_route = route;
	return true;
}

/* IFA_LOCAL is ours; where there is a peer, IFA_ADDRESS is the peer's. */
static const struct rtattr *edge_facts_find_address(const struct nlmsghdr *message)
{
	const struct ifaddrmsg *address = NLMSG_DATA(message);
	const struct rtattr *attribute = IFA_RTA(address);
	const struct rtattr *found = NULL;
	int left_bytes = (int)IFA_PAYLOAD(message);

	for (; RTA_OK(attribute, left_bytes); attribute = RTA_NEXT(attribute, left_bytes)) {
		const int type = attribute->rta_type & NLA_TYPE_MASK;

		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !found))
			found = attribute;
	}
	return found;
}

bool edge_facts_read_address(const struct nlmsghdr *message, uint8_t out_ip[16])
{
	static const uint8_t ip4_mapped[12] = { [10] = 0xff, 0xff };
	const struct ifaddrmsg *address = NLMSG_DATA(message);
	const struct rtattr *found;
	size_t bytes;

	if (message->nlmsg_type != RTM_NEWADDR ||
		message->nlmsg_len < NLMSG_LENGTH(sizeof(*address)))
		return false;
	bytes = address->ifa_family == AF_INET ? 4 : 16;
	found = edge_facts_find_address(message);
	if ((address->ifa_family != AF_INET && address->ifa_family != AF_INET6) || !found ||
		RTA_PAYLOAD(found) != bytes)
		return false;
	memcpy(out_ip, ip4_mapped, sizeof(ip4_mapped));
	memcpy(out_ip + 16 - bytes, RTA_DATA(found), bytes);
	return true;
}

bool edge_facts_is_change(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	struct edge_facts_route route;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return message->nlmsg_len >= NLMSG_LENGTH(sizeof(*link)) &&
		       link->ifi_family == AF_UNSPEC;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return edge_facts_read_route(message, &route);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return true;
	default:
		return false;
	}
}
