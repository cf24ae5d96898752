/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include "tests/support/failure_lab.h"

/*
 * What hides responses from the taps is no outage. Client 1 at edge 1 sees responses;
 * client 2 at edge 2 may not.
 */

START_TEST(resolver_that_never_answered_is_never_judged)
{
	for (uint64_t i = 0; i < 10; i++) {
		failure_lab_time_out("a.example", 100 * i);
		failure_lab_time_out("b.example", 100 * i);
	}
	ck_assert_int_eq(failure_lab_look("a.example", 3000), FAILURE_ONE_SIDED);
	ck_assert_uint_eq(failure_lab_silent_count(), 0);
}
END_TEST

START_TEST(resolver_nobody_asked_is_not_judged)
{
	ck_assert_int_eq(failure_lab_look("a.example", 0), FAILURE_ONE_SIDED);
}
END_TEST

START_TEST(one_sided_resolver_is_told_once)
{
	ck_assert(failure_lab_time_out("a.example", 100).became_one_sided);
	ck_assert(!failure_lab_time_out("b.example", 200).became_one_sided);
	failure_lab_from(2, 2);
	ck_assert(!failure_lab_time_out("b.example", 300).became_one_sided);
}
END_TEST

START_TEST(first_response_makes_a_resolver_judged)
{
	failure_lab_time_out("a.example", 100);
	failure_lab_time_out("b.example", 100);
	failure_lab_good("c.example", 5000, 5001);
	ck_assert_int_eq(failure_lab_look("a.example", 5002), FAILURE_NONE);
	failure_lab_time_out("a.example", 6000);
	ck_assert(failure_lab_time_out("b.example", 6000).became_silent);
}
END_TEST

START_TEST(resolver_is_one_sided_by_scope)
{
	failure_lab_good("a.example", 0, 1);
	failure_lab_to("bridge:br1", 53);
	ck_assert_int_eq(failure_lab_look("a.example", 10), FAILURE_ONE_SIDED);
}
END_TEST

/* Edge 2 asks, and sees nothing while edge 1 is answered. */
static void hide_from_edge_2(void)
{
	failure_lab_from(1, 1);
	failure_lab_good("a.example", 0, 1);
	failure_lab_good("a.example", 150, 151);
	failure_lab_good("a.example", 250, 251);
	failure_lab_from(2, 2);
	failure_lab_time_out("b.example", 100);
	failure_lab_time_out("c.example", 200);
}

START_TEST(edge_that_sees_no_response_while_others_do_is_not_judged)
{
	hide_from_edge_2();
	ck_assert_int_eq(failure_lab_look("b.example", 3000), FAILURE_ONE_SIDED);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("b.example", 3000), FAILURE_NONE);
}
END_TEST

START_TEST(one_sided_edge_is_told_once)
{
	unsigned int told = 0;

	failure_lab_good("a.example", 0, 1);
	failure_lab_good("a.example", 5000, 5001);
	failure_lab_from(2, 2);
	for (uint64_t i = 0; i < 20; i++)
		told += failure_lab_time_out("b.example", 100 + 10 * i).became_one_sided;
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(one_sided_edge_is_not_judged_by_a_silence_either)
{
	hide_from_edge_2();
	failure_lab_from(1, 1);
	failure_lab_time_out("d.example", 6000);
	ck_assert(failure_lab_time_out("e.example", 6000).became_silent);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("d.example", 8000), FAILURE_ONE_SIDED);
}
END_TEST

START_TEST(one_sided_edge_cannot_make_its_resolver_silent_for_others)
{
	hide_from_edge_2();
	/* Nobody else asks for a while, and edge 2 goes on seeing nothing. */
	failure_lab_time_out("d.example", 6000);
	ck_assert(!failure_lab_time_out("e.example", 6100).became_silent);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("f.example", 8000), FAILURE_NONE);
}
END_TEST

START_TEST(one_sided_edge_cannot_make_a_name_fail_for_others)
{
	hide_from_edge_2();
	failure_lab_time_out("d.example", 6000);
	failure_lab_time_out("d.example", 9000);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("d.example", 11000), FAILURE_NONE);
}
END_TEST

START_TEST(first_response_makes_an_edge_judged)
{
	hide_from_edge_2();
	failure_lab_good("b.example", 5000, 5001);
	ck_assert_int_eq(failure_lab_look("c.example", 5002), FAILURE_NONE);
}
END_TEST

START_TEST(edge_that_saw_a_response_once_is_judged_whatever_comes)
{
	failure_lab_from(2, 2);
	failure_lab_good("a.example", 0, 1);
	hide_from_edge_2();
	ck_assert(!failure_lab_time_out("d.example", 210).became_one_sided);
	ck_assert_int_eq(failure_lab_look("z.example", 3000), FAILURE_NONE);
}
END_TEST

START_TEST(edge_that_came_during_the_silence_is_judged_like_its_siblings)
{
	failure_lab_good("a.example", 0, 1);
	failure_lab_time_out("a.example", 100);
	failure_lab_time_out("b.example", 200);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("a.example", 2100), FAILURE_SILENT);
	failure_lab_time_out("a.example", 2100);
	failure_lab_time_out("c.example", 2200);
	failure_lab_time_out("d.example", 2300);
	ck_assert_int_eq(failure_lab_look("a.example", 5000), FAILURE_SILENT);
}
END_TEST

START_TEST(look_up_that_met_the_recovery_does_not_make_its_edge_one_sided)
{
	failure_lab_good("a.example", 0, 1);
	failure_lab_time_out("a.example", 100);
	failure_lab_time_out("b.example", 200);
	failure_lab_good("a.example", 3000, 3001);
	failure_lab_from(2, 2);
	failure_lab_time_out("b.example", 2900); /* A and AAAA of the new container */
	failure_lab_time_out("b.example", 2900);
	ck_assert_int_eq(failure_lab_look("b.example", 5000), FAILURE_NONE);

	failure_lab_from(1, 1); /* and down again */
	failure_lab_time_out("a.example", 6000);
	failure_lab_time_out("b.example", 6000);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("b.example", 8000), FAILURE_SILENT);
}
END_TEST

START_TEST(client_of_many_dead_resolvers_does_not_push_out_one_that_answered)
{
	failure_lab_good("a.example", 0, 1);
	for (uint16_t resolver = 1000; resolver < 1000 + 2 * FAILURE_RESOLVERS_MAX; resolver++) {
		failure_lab_to("bridge:br0", resolver);
		failure_lab_time_out("a.example", 3000); /* a client asks many dead ones */
	}
	failure_lab_to("bridge:br0", 53);
	ck_assert_int_eq(failure_lab_look("a.example", 10000), FAILURE_NONE);
}
END_TEST

static Suite *test_failure_one_sided_suite(void)
{
	Suite *suite = suite_create("failure_one_sided");
	TCase *resolvers = tcase_create("resolvers");
	TCase *edges = tcase_create("edges");

	tcase_add_checked_fixture(resolvers, failure_lab_start, failure_lab_end);
	tcase_add_test(resolvers, resolver_that_never_answered_is_never_judged);
	tcase_add_test(resolvers, resolver_nobody_asked_is_not_judged);
	tcase_add_test(resolvers, one_sided_resolver_is_told_once);
	tcase_add_test(resolvers, first_response_makes_a_resolver_judged);
	tcase_add_test(resolvers, resolver_is_one_sided_by_scope);
	tcase_add_test(
		resolvers, client_of_many_dead_resolvers_does_not_push_out_one_that_answered);
	suite_add_tcase(suite, resolvers);

	tcase_add_checked_fixture(edges, failure_lab_start, failure_lab_end);
	tcase_add_test(edges, edge_that_sees_no_response_while_others_do_is_not_judged);
	tcase_add_test(edges, one_sided_edge_is_told_once);
	tcase_add_test(edges, one_sided_edge_is_not_judged_by_a_silence_either);
	tcase_add_test(edges, one_sided_edge_cannot_make_its_resolver_silent_for_others);
	tcase_add_test(edges, one_sided_edge_cannot_make_a_name_fail_for_others);
	tcase_add_test(edges, first_response_makes_an_edge_judged);
	tcase_add_test(edges, edge_that_saw_a_response_once_is_judged_whatever_comes);
	tcase_add_test(edges, edge_that_came_during_the_silence_is_judged_like_its_siblings);
	tcase_add_test(edges, look_up_that_met_the_recovery_does_not_make_its_edge_one_sided);
	suite_add_tcase(suite, edges);
	return suite;
}

int main(void)
{
	return check_main_run(test_failure_one_sided_suite());
}
