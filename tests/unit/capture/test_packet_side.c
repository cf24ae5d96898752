/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_side.h"

#include <arpa/inet.h>

#include "tests/support/check_main.h"
#include "tests/support/interface_samples.h"

/*
 * The host of the samples has 10.0.0.2 and fd00::2; its uplink is "wan". 192.0.2.53 is a
 * resolver outside, 172.17.0.9 a container, 10.0.0.77 a macvlan container's.
 */

#define FOREIGN_INTERFACE 1234

static struct interface_table *table;
static struct dns_event event;
static struct packet_side side;
static const struct config_ports ports = { 2, { 53, 5353 } };

static void put(struct address_set *set, const char *text)
{
	uint8_t ip[16];

	ck_assert_int_eq(inet_pton(AF_INET6, text, ip), 1);
	ck_assert_int_eq(address_set_put(set, ip), ADDRESS_SET_OK);
}

static void start(void)
{
	table = interface_samples_table();
	put(&table->local, "::ffff:10.0.0.2");
	put(&table->local, "fd00::2");
	put(&table->local, "::ffff:172.17.0.1");
	interface_table_settle(table);
	interface_set_role(interface_table_find(table, SAMPLE_LO), INTERFACE_ROLE_HOST);
	interface_set_role(interface_table_find(table, SAMPLE_WAN), INTERFACE_ROLE_HOST);
	interface_set_role(interface_table_find(table, SAMPLE_VETH1), INTERFACE_ROLE_EDGE);
	interface_table_find(table, SAMPLE_VETH1)->watched = true;
	interface_table_classify(table);
}

static void end(void)
{
	interface_table_free(table);
}

static void seen_at(uint32_t if_index, uint8_t direction, uint32_t ingress_if_index)
{
	event = (struct dns_event){
		.kind = DNS_EVENT_DATAGRAM,
		.direction = direction,
		.if_index = if_index,
		.ingress_if_index = ingress_if_index,
	};
}

static void between(const char *source, uint16_t source_port, const char *destination,
	uint16_t destination_port)
{
	ck_assert_int_eq(inet_pton(AF_INET6, source, event.source_ip), 1);
	ck_assert_int_eq(inet_pton(AF_INET6, destination, event.destination_ip), 1);
	event.source_port_be = htons(source_port);
	event.destination_port_be = htons(destination_port);
}

static enum packet_side_outcome find(void)
{
	return packet_side_find(&event, table, &ports, &side);
}

static void is_of_host(enum message_direction direction, enum message_entry entry)
{
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_uint_eq(side.if_index, MESSAGE_HOST_IF_INDEX);
	ck_assert_str_eq(side.scope, "host");
	ck_assert_int_eq(side.direction, direction);
	ck_assert_int_eq(side.entry, entry);
}

START_TEST(edge_shows_what_enters_as_inbound_and_what_leaves_as_outbound)
{
	seen_at(SAMPLE_VETH1, DNS_EVENT_INGRESS, SAMPLE_VETH1);
	between("::ffff:172.17.0.9", 40000, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_int_eq(side.direction, MESSAGE_DIRECTION_INBOUND);
	ck_assert_uint_eq(side.if_index, SAMPLE_VETH1);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER);
	ck_assert_str_eq(side.scope, "bridge:docker0");

	seen_at(SAMPLE_VETH1, DNS_EVENT_EGRESS, SAMPLE_WAN);
	between("::ffff:192.0.2.53", 53, "::ffff:172.17.0.9", 40000);
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_int_eq(side.direction, MESSAGE_DIRECTION_OUTBOUND);
	ck_assert_int_eq(side.entry, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_FROM_SERVER);
}
END_TEST

START_TEST(interface_that_is_gone_has_no_scope)
{
	seen_at(FOREIGN_INTERFACE, DNS_EVENT_INGRESS, FOREIGN_INTERFACE);
	between("::ffff:172.17.0.9", 40000, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_str_eq(side.scope, "");
	ck_assert_int_eq(side.entry, MESSAGE_ENTRY_UNKNOWN);
}
END_TEST

START_TEST(every_configured_port_is_a_servers)
{
	seen_at(SAMPLE_VETH1, DNS_EVENT_INGRESS, SAMPLE_VETH1);
	between("::ffff:172.17.0.9", 5353, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER | MESSAGE_PACKET_FROM_SERVER);
	between("::ffff:172.17.0.9", 40000, "::ffff:192.0.2.53", 54);
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_uint_eq(side.flags, 0);
}
END_TEST

START_TEST(first_fragment_is_marked)
{
	seen_at(SAMPLE_VETH1, DNS_EVENT_INGRESS, SAMPLE_VETH1);
	event.flags = DNS_EVENT_FIRST_FRAGMENT;
	ck_assert_int_eq(find(), PACKET_SIDE_CLIENTS);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_FIRST_FRAGMENT);
}
END_TEST

START_TEST(host_asks_by_its_uplink_and_is_answered_there)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_EGRESS, 0);
	between("::ffff:10.0.0.2", 40000, "::ffff:192.0.2.53", 53);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	between("fd00::2", 40000, "2001:db8::53", 53);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);

	seen_at(SAMPLE_WAN, DNS_EVENT_INGRESS, SAMPLE_WAN);
	between("::ffff:192.0.2.53", 53, "::ffff:10.0.0.2", 40000);
	is_of_host(MESSAGE_DIRECTION_OUTBOUND, MESSAGE_ENTRY_UPLINK);
}
END_TEST

START_TEST(forwarded_query_at_the_uplink_was_seen_at_its_edge)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_EGRESS, SAMPLE_DOCKER0);
	between("::ffff:10.0.0.2", 40000, "::ffff:192.0.2.53", 53); /* masqueraded */
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);
	between("::ffff:172.17.0.9", 40000, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);

	seen_at(SAMPLE_WAN, DNS_EVENT_INGRESS, SAMPLE_WAN);
	between("::ffff:192.0.2.53", 53, "::ffff:172.17.0.9", 40000);
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);
}
END_TEST

START_TEST(query_made_here_from_a_foreign_address_is_a_container_nobody_can_reach)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_EGRESS, 0);
	between("::ffff:10.0.0.77", 40000, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_UNPROTECTED);
	between("::ffff:10.0.0.77", 53, "::ffff:192.0.2.9", 40000);
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);
}
END_TEST

START_TEST(host_that_serves_others_is_told_so)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_EGRESS, 0);
	between("::ffff:10.0.0.2", 53, "::ffff:192.0.2.9", 40000);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_FROM_SERVER);
}
END_TEST

START_TEST(client_whose_host_serves_at_its_address_is_marked)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_EGRESS, 0);
	between("::ffff:10.0.0.2", 40000, "::ffff:192.0.2.53", 53);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER);

	put(&table->serving, "::ffff:127.0.0.53"); /* a stub for this host alone */
	address_set_settle(&table->serving);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER);

	put(&table->serving, "::ffff:0.0.0.0");
	address_set_settle(&table->serving);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER | MESSAGE_PACKET_CLIENT_SERVES);
	between("fd00::2", 40000, "2001:db8::53", 53); /* the other family */
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER);
	put(&table->serving, "fd00::2");
	address_set_settle(&table->serving);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(side.flags, MESSAGE_PACKET_TO_SERVER | MESSAGE_PACKET_CLIENT_SERVES);
}
END_TEST

START_TEST(loopback_is_seen_once_and_as_its_client_sees_it)
{
	seen_at(SAMPLE_LO, DNS_EVENT_EGRESS, 0);
	between("::ffff:127.0.0.1", 40000, "::ffff:127.0.0.53", 53);
	is_of_host(MESSAGE_DIRECTION_INBOUND, MESSAGE_ENTRY_LOCAL);
	between("::ffff:127.0.0.53", 53, "::ffff:127.0.0.1", 40000);
	is_of_host(MESSAGE_DIRECTION_OUTBOUND, MESSAGE_ENTRY_LOCAL);

	seen_at(SAMPLE_LO, DNS_EVENT_INGRESS, SAMPLE_LO);
	between("::ffff:127.0.0.1", 40000, "::ffff:127.0.0.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);
}
END_TEST

START_TEST(error_goes_to_whom_it_quotes)
{
	seen_at(SAMPLE_WAN, DNS_EVENT_INGRESS, SAMPLE_WAN);
	event.kind = DNS_EVENT_UNREACHABLE;
	between("::ffff:10.0.0.2", 40000, "::ffff:192.0.2.53", 53);
	is_of_host(MESSAGE_DIRECTION_OUTBOUND, MESSAGE_ENTRY_UPLINK);
	between("::ffff:172.17.0.9", 40000, "::ffff:192.0.2.53", 53);
	ck_assert_int_eq(find(), PACKET_SIDE_PASSING);

	seen_at(SAMPLE_LO, DNS_EVENT_EGRESS, 0);
	event.kind = DNS_EVENT_UNREACHABLE;
	between("::ffff:127.0.0.1", 40000, "::ffff:127.0.0.53", 53);
	is_of_host(MESSAGE_DIRECTION_OUTBOUND, MESSAGE_ENTRY_LOCAL);
}
END_TEST

/* Its edge may have become something else since: who holds it still owes it to a client. */
START_TEST(what_is_held_is_always_a_clients)
{
	static const uint32_t if_indexes[] = { SAMPLE_VETH1, SAMPLE_WAN, SAMPLE_LO,
		FOREIGN_INTERFACE };

	for (size_t i = 0; i < sizeof(if_indexes) / sizeof(if_indexes[0]); i++) {
		seen_at(if_indexes[i], DNS_EVENT_EGRESS, SAMPLE_WAN);
		event.flags = DNS_EVENT_HELD;
		ck_assert_int_eq(
			packet_side_find(&event, table, &ports, &side), PACKET_SIDE_CLIENTS);
		ck_assert_uint_eq(side.if_index, if_indexes[i]);
		ck_assert_int_eq(side.direction, MESSAGE_DIRECTION_OUTBOUND);
		ck_assert(side.flags & MESSAGE_PACKET_HELD);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packet_side");
	TCase *tests = tcase_create("packet_side");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, edge_shows_what_enters_as_inbound_and_what_leaves_as_outbound);
	tcase_add_test(tests, interface_that_is_gone_has_no_scope);
	tcase_add_test(tests, every_configured_port_is_a_servers);
	tcase_add_test(tests, first_fragment_is_marked);
	tcase_add_test(tests, host_asks_by_its_uplink_and_is_answered_there);
	tcase_add_test(tests, forwarded_query_at_the_uplink_was_seen_at_its_edge);
	tcase_add_test(
		tests, query_made_here_from_a_foreign_address_is_a_container_nobody_can_reach);
	tcase_add_test(tests, host_that_serves_others_is_told_so);
	tcase_add_test(tests, client_whose_host_serves_at_its_address_is_marked);
	tcase_add_test(tests, loopback_is_seen_once_and_as_its_client_sees_it);
	tcase_add_test(tests, error_goes_to_whom_it_quotes);
	tcase_add_test(tests, what_is_held_is_always_a_clients);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
