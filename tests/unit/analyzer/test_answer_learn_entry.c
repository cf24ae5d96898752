/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_learn.h"

#include "tests/support/check_main.h"

/* Where a response may come in, and what its checksum may be. */

static struct message_packet packet;

static void start(void)
{
	packet = (struct message_packet){ .ingress_if_index = 8, .ip_version = 4 };
}

static bool is_right(uint8_t entry, uint32_t left_by_if_index, bool is_flooded)
{
	const struct transaction_route route = {
		.left_by_if_index = left_by_if_index,
		.left_by_several = is_flooded,
	};

	packet.entry = entry;
	return answer_learn_entered_right(&packet, &route);
}

/* The same, of a response that was seen coming in by an edge, on its way over a bridge. */
static bool is_right_from(uint8_t entry, uint32_t left_by_if_index, uint32_t came_by_if_index)
{
	const struct transaction_route route = {
		.left_by_if_index = left_by_if_index,
		.came_by_if_index = came_by_if_index,
	};

	packet.entry = entry;
	return answer_learn_entered_right(&packet, &route);
}

START_TEST(response_from_outside_or_from_this_host_is_right)
{
	ck_assert(is_right(MESSAGE_ENTRY_UPLINK, 0, false));
	ck_assert(is_right(MESSAGE_ENTRY_LOCAL, 0, false));
	ck_assert(is_right(MESSAGE_ENTRY_UPLINK, 9, true));
	ck_assert(is_right(MESSAGE_ENTRY_LOCAL, 9, true));
}
END_TEST

START_TEST(response_from_the_edge_that_the_query_left_by_is_right)
{
	ck_assert(is_right(MESSAGE_ENTRY_EDGE, 8, false));
}
END_TEST

START_TEST(response_from_an_edge_that_the_query_never_left_by_is_wrong)
{
	ck_assert(!is_right(MESSAGE_ENTRY_EDGE, 0, false));
	ck_assert(!is_right(MESSAGE_ENTRY_EDGE, 9, false));
}
END_TEST

START_TEST(edge_that_got_a_flooded_query_proves_nothing)
{
	ck_assert(!is_right(MESSAGE_ENTRY_EDGE, 8, true));
}
END_TEST

START_TEST(response_from_nowhere_known_is_wrong)
{
	ck_assert(!is_right(MESSAGE_ENTRY_UNKNOWN, 8, false));
	ck_assert(!is_right(0, 8, false));
	ck_assert(!is_right(255, 8, false));
	packet.ingress_if_index = 0;
	ck_assert(!is_right(MESSAGE_ENTRY_EDGE, 0, false));
}
END_TEST

START_TEST(response_over_another_bridge_is_right_from_the_edge_that_was_asked)
{
	ck_assert(is_right_from(MESSAGE_ENTRY_EDGE, 5, 5));
	ck_assert(!is_right_from(MESSAGE_ENTRY_EDGE, 5, 6));
	ck_assert(!is_right_from(MESSAGE_ENTRY_EDGE, 0, 6));
	ck_assert(!is_right_from(MESSAGE_ENTRY_UNKNOWN, 5, 5));
}
END_TEST

START_TEST(what_came_in_by_an_edge_is_not_from_outside)
{
	ck_assert(!is_right_from(MESSAGE_ENTRY_UPLINK, 0, 6));
	ck_assert(is_right_from(MESSAGE_ENTRY_UPLINK, 6, 6));
	ck_assert(is_right_from(MESSAGE_ENTRY_LOCAL, 0, 6));
}
END_TEST

START_TEST(response_that_came_in_by_several_edges_is_wrong)
{
	const struct transaction_route route = {
		.left_by_if_index = 5,
		.came_by_if_index = 5,
		.came_by_several = true,
	};

	packet.entry = MESSAGE_ENTRY_EDGE;
	ck_assert(!answer_learn_entered_right(&packet, &route));
	packet.entry = MESSAGE_ENTRY_UPLINK;
	ck_assert(!answer_learn_entered_right(&packet, &route));
}
END_TEST

static bool is_good(uint8_t checksum, uint8_t ip_version)
{
	packet.checksum = checksum;
	packet.ip_version = ip_version;
	return answer_learn_checksum_is_good(&packet);
}

START_TEST(right_and_offloaded_checksums_are_good)
{
	ck_assert(is_good(MESSAGE_CHECKSUM_RIGHT, 4));
	ck_assert(is_good(MESSAGE_CHECKSUM_RIGHT, 6));
	ck_assert(is_good(MESSAGE_CHECKSUM_PENDING, 4));
	ck_assert(is_good(MESSAGE_CHECKSUM_PENDING, 6));
	ck_assert(is_good(MESSAGE_CHECKSUM_NONE, 4));
}
END_TEST

START_TEST(wrong_and_unknown_checksums_are_not)
{
	ck_assert(!is_good(MESSAGE_CHECKSUM_WRONG, 4));
	ck_assert(!is_good(MESSAGE_CHECKSUM_UNKNOWN, 4));
	ck_assert(!is_good(0, 4));
}
END_TEST

START_TEST(absent_checksum_is_good_over_ipv4_only)
{
	ck_assert(!is_good(MESSAGE_CHECKSUM_NONE, 6));
}
END_TEST

static Suite *test_answer_learn_entry_suite(void)
{
	Suite *suite = suite_create("answer_learn_entry");
	TCase *all = tcase_create("answer_learn_entry");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, response_from_outside_or_from_this_host_is_right);
	tcase_add_test(all, response_from_the_edge_that_the_query_left_by_is_right);
	tcase_add_test(all, response_from_an_edge_that_the_query_never_left_by_is_wrong);
	tcase_add_test(all, edge_that_got_a_flooded_query_proves_nothing);
	tcase_add_test(all, response_from_nowhere_known_is_wrong);
	tcase_add_test(all, response_over_another_bridge_is_right_from_the_edge_that_was_asked);
	tcase_add_test(all, what_came_in_by_an_edge_is_not_from_outside);
	tcase_add_test(all, response_that_came_in_by_several_edges_is_wrong);
	tcase_add_test(all, right_and_offloaded_checksums_are_good);
	tcase_add_test(all, wrong_and_unknown_checksums_are_not);
	tcase_add_test(all, absent_checksum_is_good_over_ipv4_only);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_learn_entry_suite());
}
