/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Resolvers and edges whose responses the taps never see; containers that come late. */

#define NAME "www.example.com"

static bool is_answered(uint8_t client, uint64_t within_ms)
{
	const struct lab_query query = lab_from(client, NAME);

	return lab_orders_after(&query, within_ms) > 0;
}

/* Client 1 is answered, all the time. */
static void pass_with_a_healthy_sibling(uint64_t ms)
{
	for (uint64_t passed_ms = 0; passed_ms < ms; passed_ms += 50) {
		lab_teach(NAME);
		lab_pass(49);
	}
}

START_TEST(resolver_that_never_answered_is_never_rescued)
{
	for (int i = 0; i < 20; i++) {
		const struct lab_query query = lab_a(i % 2 ? NAME : "b.example");

		ck_assert_uint_eq(lab_orders_after(&query, 500), 0);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 0);
	ck_assert_uint_eq(lab.worker.counters.resolvers_one_sided, 1);
	ck_assert_uint_gt(lab.worker.counters.suppressed_one_sided, 0);
}
END_TEST

START_TEST(edge_that_sees_no_response_is_left_alone)
{
	const struct lab_query first = lab_from(2, NAME);
	const struct lab_query second = lab_from(2, "b.example");
	const struct lab_query later = lab_from(2, NAME);

	lab_teach(NAME);
	lab_ask(&first);
	lab_pass(10); /* another look-up */
	lab_ask(&second);
	pass_with_a_healthy_sibling(2000);
	lab.order_count = 0;
	ck_assert_uint_eq(lab.worker.counters.resolvers_one_sided, 1);
	lab_ask(&later);
	pass_with_a_healthy_sibling(2000);
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

/* DESIGN 6: an edge that showed none while that resolver answered other edges: never rescued. */
START_TEST(edge_that_sees_no_response_is_left_alone_from_its_first_query_on)
{
	const struct lab_query query = lab_from(2, NAME);

	lab_teach(NAME);
	lab_ask(&query);
	pass_with_a_healthy_sibling(2000);
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(one_sided_edge_does_not_make_its_siblings_be_answered)
{
	const struct lab_query first = lab_from(2, "a.example");
	const struct lab_query second = lab_from(2, "b.example");
	const struct lab_query third = lab_from(2, "c.example");
	const struct lab_query fourth = lab_from(2, "d.example");

	lab_teach(NAME);
	lab_ask(&first);
	lab_pass(10); /* another look-up */
	lab_ask(&second);
	pass_with_a_healthy_sibling(2000);
	lab_pass(1);
	lab_ask(&third); /* the sibling asks nothing for a while */
	lab_ask(&fourth);
	lab_pass(2000);
	ck_assert(!lab_is_answered_at_once(NAME));
}
END_TEST

START_TEST(container_started_during_the_outage_is_rescued)
{
	lab_teach(NAME);
	lab_fall_silent();
	ck_assert(is_answered(7, 0));
	lab_pass(5000);
	ck_assert(is_answered(7, 0));
	ck_assert(is_answered(8, 0));
}
END_TEST

START_TEST(container_that_asks_first_in_the_outage_is_rescued_by_its_timer)
{
	lab_teach(NAME);
	lab_pass(1);
	ck_assert(is_answered(7, 260));
}
END_TEST

START_TEST(container_of_another_scope_shares_nothing)
{
	struct lab_query query = lab_from(7, NAME);

	lab_teach(NAME);
	lab_fall_silent();
	query.scope = "bridge:br1";
	ck_assert_uint_eq(lab_orders_after(&query, 6000), 0);
}
END_TEST

START_TEST(recursing_neighbour_does_not_make_a_quiet_clients_resolver_forgotten)
{
	struct lab_query recursing = lab_from(2, "com");

	lab_teach(NAME);
	recursing.flags = 0; /* no recursion desired: it asks servers of zones */
	for (int i = 0; i < 2048; i++) {
		struct message_packet *packet;

		recursing.id++;
		packet = lab_query_packet(&recursing);
		packet->destination_ip[13] = (uint8_t)(1 + i / 256);
		packet->destination_ip[14] = (uint8_t)i;
		lab_feed(packet);
		lab_begin(&recursing, 0);
		packet = lab_response_packet(&recursing);
		packet->source_ip[13] = (uint8_t)(1 + i / 256);
		packet->source_ip[14] = (uint8_t)i;
		lab_feed(packet);
	}
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 2049);
	ck_assert(is_answered(1, 260));
}
END_TEST

static Suite *test_worker_one_sided_suite(void)
{
	Suite *suite = suite_create("worker_one_sided");
	TCase *all = tcase_create("worker_one_sided");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, resolver_that_never_answered_is_never_rescued);
	tcase_add_test(all, edge_that_sees_no_response_is_left_alone);
	tcase_add_test(all, edge_that_sees_no_response_is_left_alone_from_its_first_query_on);
	tcase_add_test(all, one_sided_edge_does_not_make_its_siblings_be_answered);
	tcase_add_test(all, container_started_during_the_outage_is_rescued);
	tcase_add_test(all, container_that_asks_first_in_the_outage_is_rescued_by_its_timer);
	tcase_add_test(all, container_of_another_scope_shares_nothing);
	tcase_add_test(all, recursing_neighbour_does_not_make_a_quiet_clients_resolver_forgotten);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_one_sided_suite());
}
