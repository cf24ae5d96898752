/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * Forged and damaged responses. Client 1 asks a resolver that is container 5 in most
 * tests; container 9 is the neighbour with bad intentions.
 */

#define NAME "www.example.com"

static struct lab_query query;

static void start(void)
{
	lab_start();
	query = lab_a(NAME);
	lab_ask(&query);
}

static void leave_by(uint32_t if_index)
{
	lab_feed(lab_leaving_packet(&query, if_index));
}

/* A perfect response, that came into this host by an edge. */
static void respond_from(uint32_t ingress_if_index)
{
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = ingress_if_index;
	lab_feed(packet);
}

static void check_refused(void)
{
	ck_assert_uint_eq(lab.worker.counters.responses_wrong_entry, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
	ck_assert_uint_eq(lab.worker.counters.responses_noerror, 0);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 1);
	lab_answer(&query); /* the true one */
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}

START_TEST(response_of_a_neighbour_nobody_asked_is_refused)
{
	respond_from(9);
	check_refused();
}
END_TEST

START_TEST(response_of_the_container_that_was_asked_is_accepted)
{
	leave_by(5);
	respond_from(5);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_wrong_entry, 0);
}
END_TEST

START_TEST(response_of_another_container_than_was_asked_is_refused)
{
	leave_by(5);
	respond_from(9);
	check_refused();
}
END_TEST

START_TEST(query_that_a_bridge_floods_makes_no_container_its_resolver)
{
	leave_by(5);
	leave_by(9);
	respond_from(9);
	check_refused();
}
END_TEST

START_TEST(flood_is_one_in_whatever_order_its_copies_leave)
{
	leave_by(9);
	leave_by(5);
	leave_by(9);
	respond_from(9);
	check_refused();
}
END_TEST

START_TEST(retransmit_by_the_same_way_is_no_flood)
{
	leave_by(5);
	lab_ask(&query);
	leave_by(5);
	respond_from(5);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(another_query_leaving_by_an_edge_says_nothing_of_this_one)
{
	struct lab_query other = query;

	other.id++;
	lab_feed(lab_leaving_packet(&other, 9));
	respond_from(9);
	check_refused();
}
END_TEST

START_TEST(response_from_an_unknown_interface_is_refused)
{
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_UNKNOWN;
	lab_feed(packet);
	check_refused();
}
END_TEST

START_TEST(response_made_on_this_host_is_accepted)
{
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_LOCAL;
	packet->ingress_if_index = 0;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
}
END_TEST

START_TEST(forged_response_is_not_learned)
{
	respond_from(9);
	lab_teach("other.example");
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(forged_response_does_not_replace_what_was_learned)
{
	struct dns_message view;

	lab_answer(&query);
	query.id++;
	lab_ask(&query);
	lab_begin_good(&query);
	lab_builder.bytes[lab_builder.size_bytes - 1] ^= 0xff;
	respond_from(9);
	lab_fall_silent();
	ck_assert(lab_is_answered_at_once(NAME));
	ck_assert_mem_eq(lab_last_order(&view)->head.dns + view.end_at - 4, "0123", 4);
}
END_TEST

START_TEST(forged_response_does_not_end_silence)
{
	lab_answer(&query);
	lab_fall_silent();
	query.id++;
	lab_ask(&query);
	respond_from(9);
	ck_assert(lab_is_answered_at_once(NAME));
}
END_TEST

/* Its client took the forged one: nobody can tell whether the resolver answered. */
START_TEST(query_that_met_a_forged_response_is_neither_rescued_nor_a_failure)
{
	lab_answer(&query);
	lab_pass(1);
	query.id++;
	lab_ask(&query);
	respond_from(9);
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 0);
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

/* What the checksum of a good response may be: matched and learned. */
static void respond_with_checksum(uint8_t checksum)
{
	struct message_packet *packet;

	query.id++;
	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->checksum = checksum;
	lab_feed(packet);
}

START_TEST(response_with_a_wrong_checksum_is_none)
{
	respond_with_checksum(MESSAGE_CHECKSUM_WRONG);
	ck_assert_uint_eq(lab.worker.counters.responses_checksum, 1);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 0);
	lab_pass(6000);
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 2);
}
END_TEST

START_TEST(response_whose_checksum_nobody_knows_matches_and_teaches_nothing)
{
	respond_with_checksum(MESSAGE_CHECKSUM_UNKNOWN);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.cache_insertions, 0);
}
END_TEST

START_TEST(checksums_left_to_offload_or_left_out_are_good)
{
	static const uint8_t checksums[] = { MESSAGE_CHECKSUM_RIGHT, MESSAGE_CHECKSUM_PENDING,
		MESSAGE_CHECKSUM_NONE };

	for (int i = 0; i < 3; i++)
		respond_with_checksum(checksums[i]);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 3);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.cache_insertions, 1);
	ck_assert_uint_eq(lab.worker.counters.cache_renewals, 2);
}
END_TEST

static Suite *test_worker_entry_suite(void)
{
	Suite *suite = suite_create("worker_entry");
	TCase *all = tcase_create("worker_entry");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, response_of_a_neighbour_nobody_asked_is_refused);
	tcase_add_test(all, response_of_the_container_that_was_asked_is_accepted);
	tcase_add_test(all, response_of_another_container_than_was_asked_is_refused);
	tcase_add_test(all, query_that_a_bridge_floods_makes_no_container_its_resolver);
	tcase_add_test(all, flood_is_one_in_whatever_order_its_copies_leave);
	tcase_add_test(all, retransmit_by_the_same_way_is_no_flood);
	tcase_add_test(all, another_query_leaving_by_an_edge_says_nothing_of_this_one);
	tcase_add_test(all, response_from_an_unknown_interface_is_refused);
	tcase_add_test(all, response_made_on_this_host_is_accepted);
	tcase_add_test(all, forged_response_is_not_learned);
	tcase_add_test(all, forged_response_does_not_replace_what_was_learned);
	tcase_add_test(all, forged_response_does_not_end_silence);
	tcase_add_test(all, query_that_met_a_forged_response_is_neither_rescued_nor_a_failure);
	tcase_add_test(all, response_with_a_wrong_checksum_is_none);
	tcase_add_test(all, response_whose_checksum_nobody_knows_matches_and_teaches_nothing);
	tcase_add_test(all, checksums_left_to_offload_or_left_out_are_good);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_entry_suite());
}
