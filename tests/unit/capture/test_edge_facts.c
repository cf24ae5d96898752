/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_facts.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/check_main.h"

#define MESSAGE_BYTES_MAX 4096

static union {
	struct nlmsghdr header;
	uint8_t bytes[MESSAGE_BYTES_MAX];
} message;

static void *grow(size_t bytes)
{
	void *start = message.bytes + NLMSG_ALIGN(message.header.nlmsg_len);

	ck_assert_uint_le(NLMSG_ALIGN(message.header.nlmsg_len) + bytes, sizeof(message));
	message.header.nlmsg_len = NLMSG_ALIGN(message.header.nlmsg_len) + (uint32_t)bytes;
	return start;
}

static void begin(uint16_t type)
{
	memset(&message, 0, sizeof(message));
	message.header.nlmsg_type = type;
	message.header.nlmsg_len = NLMSG_HDRLEN;
}

static struct rtattr *put(uint16_t type, const void *data, size_t bytes)
{
	struct rtattr *attribute = grow(RTA_LENGTH(bytes));

	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(bytes);
	if (bytes > 0)
		memcpy(RTA_DATA(attribute), data, bytes);
	return attribute;
}

static void put_u32(uint16_t type, uint32_t value)
{
	(void)put(type, &value, sizeof(value));
}

static struct ifinfomsg *begin_link(uint16_t type, uint8_t family)
{
	struct ifinfomsg *link;

	begin(type);
	link = grow(sizeof(*link));
	link->ifi_family = family;
	link->ifi_type = ARPHRD_ETHER;
	link->ifi_index = 42;
	return link;
}

static void put_kind(const char *kind)
{
	struct rtattr *link_info = put(IFLA_LINKINFO, NULL, 0);

	(void)put(IFLA_INFO_KIND, kind, strlen(kind) + 1);
	link_info->rta_len = (uint16_t)(RTA_LENGTH(0) + RTA_SPACE(strlen(kind) + 1));
	(void)grow(0);
}

START_TEST(veth_on_a_bridge_gives_all_its_facts)
{
	struct interface facts;

	(void)begin_link(RTM_NEWLINK, AF_UNSPEC);
	(void)put(IFLA_IFNAME, "veth1a2b3c", sizeof("veth1a2b3c"));
	put_u32(IFLA_MTU, 1500);
	put_u32(IFLA_MASTER, 7);
	put_u32(IFLA_LINK, 2);
	put_u32(IFLA_LINK_NETNSID, 0);
	put_kind("veth");
	ck_assert(edge_facts_read_link(&message.header, &facts));
	ck_assert_uint_eq(facts.index, 42);
	ck_assert_uint_eq(facts.hardware_type, ARPHRD_ETHER);
	ck_assert_uint_eq(facts.master_index, 7);
	ck_assert(facts.peer_is_elsewhere);
	ck_assert(!facts.is_up);
	ck_assert_str_eq(facts.name, "veth1a2b3c");
	ck_assert_str_eq(facts.kind, "veth");
	ck_assert(facts.role == INTERFACE_ROLE_NONE && !facts.watched && !facts.carries_default_route);
}
END_TEST

START_TEST(hardware_has_no_kind_and_no_peer)
{
	struct interface facts;

	begin_link(RTM_NEWLINK, AF_UNSPEC)->ifi_flags = IFF_UP | IFF_BROADCAST;
	(void)put(IFLA_IFNAME, "eth0", sizeof("eth0"));
	ck_assert(edge_facts_read_link(&message.header, &facts));
	ck_assert(facts.is_up);
	ck_assert_str_eq(facts.kind, "");
	ck_assert_uint_eq(facts.master_index, 0);
	ck_assert(!facts.peer_is_elsewhere);
}
END_TEST

START_TEST(texts_without_end_and_too_long_are_cut)
{
	struct interface facts;

	(void)begin_link(RTM_NEWLINK, AF_UNSPEC);
	(void)put(IFLA_IFNAME, "0123456789abcdefXYZ", 19);
	put_kind("a-kind-of-more-than-sixteen");
	ck_assert(edge_facts_read_link(&message.header, &facts));
	ck_assert_str_eq(facts.name, "0123456789abcde");
	ck_assert_str_eq(facts.kind, "a-kind-of-more-");
}
END_TEST

START_TEST(what_is_no_interface_says_nothing)
{
	struct interface facts;

	(void)begin_link(RTM_NEWLINK, AF_BRIDGE);
	(void)put(IFLA_IFNAME, "port", sizeof("port"));
	ck_assert(!edge_facts_read_link(&message.header, &facts));
	(void)begin_link(RTM_DELLINK, AF_UNSPEC);
	(void)put(IFLA_IFNAME, "gone", sizeof("gone"));
	ck_assert(!edge_facts_read_link(&message.header, &facts));
	begin_link(RTM_NEWLINK, AF_UNSPEC)->ifi_index = 0;
	(void)put(IFLA_IFNAME, "zero", sizeof("zero"));
	ck_assert(!edge_facts_read_link(&message.header, &facts));
	(void)begin_link(RTM_NEWLINK, AF_UNSPEC); /* no name */
	ck_assert(!edge_facts_read_link(&message.header, &facts));
}
END_TEST

/* Under the address sanitizer, reading too far would be found: bytes lie at the end of a block. */
static void read_everything(const uint8_t *bytes, size_t size_bytes)
{
	struct nlmsghdr *header = malloc(size_bytes);
	struct edge_facts_route route;
	struct interface facts;

	memcpy(header, bytes, size_bytes);
	header->nlmsg_len = (uint32_t)size_bytes;
	(void)edge_facts_read_link(header, &facts);
	(void)edge_facts_read_route(header, &route);
	(void)edge_facts_is_change(header);
	free(header);
}

START_TEST(cut_message_is_not_read_past_its_end)
{
	(void)begin_link(RTM_NEWLINK, AF_UNSPEC);
	(void)put(IFLA_IFNAME, "veth1", sizeof("veth1"));
	put_u32(IFLA_MASTER, 7);
	put_kind("veth");
	for (size_t bytes = NLMSG_HDRLEN; bytes <= message.header.nlmsg_len; bytes++)
		read_everything(message.bytes, bytes);
}
END_TEST

START_TEST(inner_lengths_that_lie_are_not_believed)
{
	struct rtattr *attribute;

	(void)begin_link(RTM_NEWLINK, AF_UNSPEC);
	attribute = put(_i, "x", 2);
	for (unsigned int length = 0; length < 40; length++) {
		attribute->rta_len = (uint16_t)length;
		read_everything(message.bytes, message.header.nlmsg_len);
	}
	attribute->rta_len = 0xffff;
	read_everything(message.bytes, message.header.nlmsg_len);
}
END_TEST

static struct rtmsg *begin_route(uint16_t type, uint8_t family)
{
	struct rtmsg *route;

	begin(type);
	route = grow(sizeof(*route));
	route->rtm_family = family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_type = RTN_UNICAST;
	return route;
}

START_TEST(default_route_names_its_interface)
{
	struct edge_facts_route route;

	(void)begin_route(RTM_NEWROUTE, _i ? AF_INET6 : AF_INET);
	put_u32(RTA_TABLE, RT_TABLE_MAIN);
	put_u32(RTA_OIF, 3);
	ck_assert(edge_facts_read_route(&message.header, &route));
	ck_assert_uint_eq(route.count, 1);
	ck_assert_uint_eq(route.if_indexes[0], 3);
	ck_assert(edge_facts_is_change(&message.header));
}
END_TEST

START_TEST(default_route_of_several_ways_names_all)
{
	static const uint32_t gateway = 0x0a000001;
	struct edge_facts_route route;
	struct rtattr *multipath;

	(void)begin_route(RTM_NEWROUTE, AF_INET);
	multipath = put(RTA_MULTIPATH, NULL, 0);
	for (int i = 0; i < 3; i++) {
		struct rtnexthop *nexthop = grow(sizeof(*nexthop));

		nexthop->rtnh_ifindex = 10 + i;
		(void)put(RTA_GATEWAY, &gateway, sizeof(gateway));
		nexthop->rtnh_len = sizeof(*nexthop) + RTA_LENGTH(sizeof(gateway));
	}
	multipath->rta_len =
		(uint16_t)(message.bytes + message.header.nlmsg_len - (uint8_t *)multipath);
	ck_assert(edge_facts_read_route(&message.header, &route));
	ck_assert_uint_eq(route.count, 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(route.if_indexes[i], 10 + i);
	for (size_t bytes = NLMSG_HDRLEN; bytes <= message.header.nlmsg_len; bytes++)
		read_everything(message.bytes, bytes);
}
END_TEST

START_TEST(more_ways_than_the_limit_are_cut)
{
	struct edge_facts_route route;
	struct rtattr *multipath;

	(void)begin_route(RTM_NEWROUTE, AF_INET6);
	multipath = put(RTA_MULTIPATH, NULL, 0);
	for (unsigned int i = 0; i < EDGE_FACTS_NEXTHOPS_MAX + 5; i++) {
		struct rtnexthop *nexthop = grow(sizeof(*nexthop));

		nexthop->rtnh_ifindex = (int)i + 1;
		nexthop->rtnh_len = sizeof(*nexthop);
	}
	multipath->rta_len =
		(uint16_t)(message.bytes + message.header.nlmsg_len - (uint8_t *)multipath);
	ck_assert(edge_facts_read_route(&message.header, &route));
	ck_assert_uint_eq(route.count, EDGE_FACTS_NEXTHOPS_MAX);
}
END_TEST

START_TEST(route_that_is_not_our_default_says_nothing)
{
	struct edge_facts_route route;

	begin_route(RTM_NEWROUTE, AF_INET)->rtm_dst_len = 24;
	put_u32(RTA_OIF, 3);
	ck_assert(!edge_facts_read_route(&message.header, &route));
	ck_assert(!edge_facts_is_change(&message.header));
	begin_route(RTM_NEWROUTE, AF_INET)->rtm_table = RT_TABLE_LOCAL;
	put_u32(RTA_OIF, 3);
	ck_assert(!edge_facts_read_route(&message.header, &route));
	begin_route(RTM_NEWROUTE, AF_INET)->rtm_table = RT_TABLE_UNSPEC;
	put_u32(RTA_TABLE, 1000);
	put_u32(RTA_OIF, 3);
	ck_assert(!edge_facts_read_route(&message.header, &route));
	begin_route(RTM_NEWROUTE, AF_INET6)->rtm_type = RTN_UNREACHABLE;
	put_u32(RTA_OIF, 1);
	ck_assert(!edge_facts_read_route(&message.header, &route));
}
END_TEST

static void begin_address(uint16_t type, uint8_t family)
{
	struct ifaddrmsg *address;

	begin(type);
	address = grow(sizeof(*address));
	address->ifa_family = family;
}

static void is_address(const char *text)
{
	uint8_t wanted[16];
	uint8_t ip[16];

	ck_assert_int_eq(inet_pton(AF_INET6, text, wanted), 1);
	ck_assert(edge_facts_read_address(&message.header, ip));
	ck_assert_mem_eq(ip, wanted, sizeof(wanted));
}

START_TEST(address_of_this_host_is_read)
{
	static const uint8_t ours[4] = { 10, 0, 0, 2 };
	static const uint8_t peers[4] = { 10, 0, 0, 1 };
	static const uint8_t ours6[16] = { 0xfd, [15] = 2 };

	begin_address(RTM_NEWADDR, AF_INET);
	(void)put(IFA_ADDRESS, ours, sizeof(ours));
	is_address("::ffff:10.0.0.2");
	begin_address(RTM_NEWADDR, AF_INET); /* point to point */
	(void)put(IFA_ADDRESS, peers, sizeof(peers));
	(void)put(IFA_LOCAL, ours, sizeof(ours));
	is_address("::ffff:10.0.0.2");
	begin_address(RTM_NEWADDR, AF_INET6);
	(void)put(IFA_ADDRESS, ours6, sizeof(ours6));
	is_address("fd00::2");
}
END_TEST

START_TEST(address_that_does_not_hold_together_is_none)
{
	static const uint8_t bytes[16] = { 10 };
	uint8_t ip[16];

	begin_address(RTM_NEWADDR, AF_INET);
	ck_assert(!edge_facts_read_address(&message.header, ip));
	(void)put(IFA_LOCAL, bytes, 16); /* of IPv4 */
	ck_assert(!edge_facts_read_address(&message.header, ip));
	begin_address(RTM_NEWADDR, AF_INET6);
	(void)put(IFA_ADDRESS, bytes, 4);
	ck_assert(!edge_facts_read_address(&message.header, ip));
	begin_address(RTM_NEWADDR, AF_PACKET);
	(void)put(IFA_ADDRESS, bytes, 16);
	ck_assert(!edge_facts_read_address(&message.header, ip));
	begin_address(RTM_DELADDR, AF_INET);
	(void)put(IFA_LOCAL, bytes, 4);
	ck_assert(!edge_facts_read_address(&message.header, ip));
	begin(RTM_NEWADDR);
	ck_assert(!edge_facts_read_address(&message.header, ip));
}
END_TEST

START_TEST(interface_that_comes_or_goes_is_a_change)
{
	(void)begin_link(RTM_NEWLINK, AF_UNSPEC);
	ck_assert(edge_facts_is_change(&message.header));
	(void)begin_link(RTM_DELLINK, AF_UNSPEC);
	ck_assert(edge_facts_is_change(&message.header));
	(void)begin_link(RTM_NEWLINK, AF_BRIDGE);
	ck_assert(!edge_facts_is_change(&message.header));
	(void)begin_route(RTM_DELROUTE, AF_INET);
	ck_assert(edge_facts_is_change(&message.header));
	begin(RTM_NEWADDR);
	ck_assert(edge_facts_is_change(&message.header));
	begin(RTM_NEWNEIGH);
	ck_assert(!edge_facts_is_change(&message.header));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_facts");
	TCase *tests = tcase_create("edge_facts");

	tcase_add_test(tests, veth_on_a_bridge_gives_all_its_facts);
	tcase_add_test(tests, hardware_has_no_kind_and_no_peer);
	tcase_add_test(tests, texts_without_end_and_too_long_are_cut);
	tcase_add_test(tests, what_is_no_interface_says_nothing);
	tcase_add_test(tests, cut_message_is_not_read_past_its_end);
	tcase_add_loop_test(
		tests, inner_lengths_that_lie_are_not_believed, 0, IFLA_LINK_NETNSID + 1);
	tcase_add_loop_test(tests, default_route_names_its_interface, 0, 2);
	tcase_add_test(tests, default_route_of_several_ways_names_all);
	tcase_add_test(tests, more_ways_than_the_limit_are_cut);
	tcase_add_test(tests, route_that_is_not_our_default_says_nothing);
	tcase_add_test(tests, address_of_this_host_is_read);
	tcase_add_test(tests, address_that_does_not_hold_together_is_none);
	tcase_add_test(tests, interface_that_comes_or_goes_is_a_change);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
