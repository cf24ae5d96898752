/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* The host's own look-ups, and who is a resolver there; VLANs on the way to a reply. */

#define NAME "www.example.com"

/* As capture places it: at lo (entry local) or at the uplink. */
static struct message_packet *host_query(const struct lab_query *query, enum message_entry entry)
{
	struct message_packet *packet = lab_query_packet(query);

	packet->if_index = MESSAGE_HOST_IF_INDEX;
	packet->entry = (uint8_t)entry;
	return packet;
}

static void host_answer(const struct lab_query *query, enum message_entry entry)
{
	struct message_packet *packet;

	lab_begin_good(query);
	packet = lab_response_packet(query);
	packet->if_index = MESSAGE_HOST_IF_INDEX;
	packet->entry = (uint8_t)entry;
	lab_feed(packet);
}

static struct lab_query host_a(const char *name)
{
	struct lab_query query = lab_a(name);

	query.scope = "host";
	return query;
}

static void learn(enum message_entry entry)
{
	const struct lab_query query = host_a(NAME);

	lab_feed(host_query(&query, entry));
	host_answer(&query, entry);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	lab_pass(1);
}

/* Orders for a query that nobody answers, flags or'ed into its packet's. */
static unsigned int orders_for(enum message_entry entry, uint16_t flags)
{
	const struct lab_query query = host_a(NAME);
	const unsigned int before = lab.order_count;
	struct message_packet *packet = host_query(&query, entry);

	packet->flags |= flags;
	lab_feed(packet);
	lab_pass(2500);
	return lab.order_count - before;
}

START_TEST(hosts_own_query_is_answered_as_a_hosts)
{
	learn(MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(orders_for(MESSAGE_ENTRY_UPLINK, 0), 1);
	ck_assert_uint_eq(lab.orders[0].head.if_index, MESSAGE_HOST_IF_INDEX);
}
END_TEST

START_TEST(clients_of_a_stub_on_lo_are_answered)
{
	learn(MESSAGE_ENTRY_LOCAL);
	ck_assert_uint_eq(orders_for(MESSAGE_ENTRY_LOCAL, 0), 1);
}
END_TEST

START_TEST(host_whose_socket_serves_at_its_address_is_left_alone)
{
	learn(MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(orders_for(MESSAGE_ENTRY_UPLINK, MESSAGE_PACKET_CLIENT_SERVES), 0);
	ck_assert_uint_gt(lab.worker.counters.suppressed_policy, 0);
}
END_TEST

START_TEST(on_lo_the_servers_address_may_be_the_clients)
{
	learn(MESSAGE_ENTRY_LOCAL);
	ck_assert_uint_eq(orders_for(MESSAGE_ENTRY_LOCAL, MESSAGE_PACKET_CLIENT_SERVES), 1);
}
END_TEST

/* A container is answered by the host at 10.0.0.1, the address the host asks from itself. */
START_TEST(host_seen_answering_a_container_is_left_alone)
{
	struct lab_query query = lab_from(7, NAME);

	learn(MESSAGE_ENTRY_UPLINK);
	query.resolver = 1;
	lab_ask(&query);
	lab_begin_good(&query);
	lab_response_packet(&query)->entry = MESSAGE_ENTRY_LOCAL;
	lab_feed(&lab_packet.packet);
	ck_assert_uint_eq(orders_for(MESSAGE_ENTRY_UPLINK, 0), 0);
	ck_assert_uint_gt(lab.worker.counters.suppressed_policy, 0);
}
END_TEST

START_TEST(masqueraded_response_at_the_uplink_is_not_unsolicited)
{
	const struct lab_query query = host_a(NAME);

	host_answer(&query, MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 0);
	lab_answer(&query); /* but at an edge it is */
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
}
END_TEST

START_TEST(hosts_answers_are_not_for_containers)
{
	const struct lab_query query = lab_a(NAME);

	learn(MESSAGE_ENTRY_UPLINK);
	ck_assert_uint_eq(lab_orders_after(&query, 2500), 0);
}
END_TEST

START_TEST(reply_has_the_tags_of_its_query)
{
	static const struct message_vlan vlans[MESSAGE_VLANS_MAX] = { { 0xa888, 0x0a00 },
		{ 0x0081, 0x0b00 } };
	struct lab_query query = lab_a(NAME);
	struct message_packet *packet;

	query.scope = "bridge:br0.10.11";
	lab_resolve(&query);
	lab_pass(1);
	query.id++;
	packet = lab_query_packet(&query);
	memcpy(packet->vlans, vlans, sizeof(vlans));
	lab_feed(packet);
	lab_pass(2500);
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_mem_eq(lab.orders[0].head.vlans, vlans, sizeof(vlans));
}
END_TEST

static Suite *test_worker_host_suite(void)
{
	Suite *suite = suite_create("worker_host");
	TCase *all = tcase_create("worker_host");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, hosts_own_query_is_answered_as_a_hosts);
	tcase_add_test(all, clients_of_a_stub_on_lo_are_answered);
	tcase_add_test(all, host_whose_socket_serves_at_its_address_is_left_alone);
	tcase_add_test(all, on_lo_the_servers_address_may_be_the_clients);
	tcase_add_test(all, host_seen_answering_a_container_is_left_alone);
	tcase_add_test(all, masqueraded_response_at_the_uplink_is_not_unsolicited);
	tcase_add_test(all, hosts_answers_are_not_for_containers);
	tcase_add_test(all, reply_has_the_tags_of_its_query);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_host_suite());
}
