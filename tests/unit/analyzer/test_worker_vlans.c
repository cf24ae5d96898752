/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* One edge, several VLANs: what is sent in one is no matter of another. */

#define NAME "www.example.com"

#define PROTOCOL_8021Q_BE  0x0081 /* as bytes stand on the wire */
#define PROTOCOL_8021AD_BE 0xa888

static struct lab_query query;

static void start(void)
{
	lab_start();
	query = lab_a(NAME);
}

static struct message_packet *in_vlan(struct message_packet *packet, uint16_t outer, uint16_t inner)
{
	if (inner != 0) {
		packet->vlans[0] = (struct message_vlan){ PROTOCOL_8021AD_BE, htons(outer) };
		packet->vlans[1] = (struct message_vlan){ PROTOCOL_8021Q_BE, htons(inner) };
	} else if (outer != 0) {
		packet->vlans[0] = (struct message_vlan){ PROTOCOL_8021Q_BE, htons(outer) };
	}
	return packet;
}

static void ask_in(uint16_t outer, uint16_t inner)
{
	lab_feed(in_vlan(lab_query_packet(&query), outer, inner));
}

static void respond_in(uint16_t outer, uint16_t inner)
{
	lab_begin_good(&query);
	lab_feed(in_vlan(lab_response_packet(&query), outer, inner));
}

START_TEST(response_in_another_vlan_is_none)
{
	ask_in(10, 0);
	respond_in(0, 0);
	respond_in(11, 0);
	respond_in(10, 11);
	respond_in(11, 10);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 4);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
	respond_in(0x2000 | 10, 0); /* with another priority */
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(response_in_a_vlan_is_none_for_a_query_without)
{
	ask_in(0, 0);
	respond_in(10, 0);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
}
END_TEST

START_TEST(both_tags_tell_the_vlan)
{
	ask_in(100, 10);
	respond_in(100, 11);
	respond_in(100, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
	respond_in(100, 10);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

/* As servers answer that know nothing of priorities (IEEE 802.1Q: id 0 is no VLAN). */
START_TEST(priority_tag_is_no_vlan)
{
	ask_in(0xe000, 0);
	respond_in(0, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(same_query_in_another_vlan_is_another_query)
{
	ask_in(10, 0);
	ask_in(20, 0);
	ck_assert_uint_eq(lab.worker.counters.retransmits, 0);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 2);
	ask_in(20, 0);
	ck_assert_uint_eq(lab.worker.counters.retransmits, 1);
}
END_TEST

/* A bridge takes tags away from ports, and gives them. */
START_TEST(query_may_leave_by_another_edge_with_other_tags)
{
	struct message_packet *packet;

	ask_in(0, 0);
	lab_feed(in_vlan(lab_leaving_packet(&query, 5), 10, 0));
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = 5;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(error_in_another_vlan_is_none)
{
	struct message_packet *packet;

	ask_in(10, 0);
	for (uint16_t vlan = 20; vlan >= 10; vlan -= 10) {
		packet = in_vlan(lab_query_packet(&query), vlan, 0);
		packet->kind = MESSAGE_PACKET_UNREACHABLE;
		packet->direction = MESSAGE_DIRECTION_OUTBOUND;
		packet->entry = MESSAGE_ENTRY_UPLINK;
		lab_feed(packet);
		ck_assert_uint_eq(lab.worker.counters.errors_unsolicited, 1);
		ck_assert_uint_eq(lab.worker.counters.failures_unreachable, vlan == 10);
	}
}
END_TEST

static Suite *test_worker_vlans_suite(void)
{
	Suite *suite = suite_create("worker_vlans");
	TCase *all = tcase_create("worker_vlans");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, response_in_another_vlan_is_none);
	tcase_add_test(all, response_in_a_vlan_is_none_for_a_query_without);
	tcase_add_test(all, both_tags_tell_the_vlan);
	tcase_add_test(all, priority_tag_is_no_vlan);
	tcase_add_test(all, same_query_in_another_vlan_is_another_query);
	tcase_add_test(all, query_may_leave_by_another_edge_with_other_tags);
	tcase_add_test(all, error_in_another_vlan_is_none);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_vlans_suite());
}
