/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* Search lists: a cached db.prod must not answer for a failing db.staging. */

#define STAGING "db.staging.example"
#define PROD    "db.prod.example"

static void ask(const char *name)
{
	const struct lab_query query = lab_a(name);

	lab_ask(&query);
}

/* Of queries for this name, asked now and again after 5 s, as a stub does. */
static unsigned int orders_for(const char *name)
{
	struct lab_query query = lab_a(name);
	const unsigned int before = lab.order_count;

	lab_ask(&query);
	lab_pass(5000);
	query.id++;
	lab_ask(&query);
	lab_pass(5000);
	return lab.order_count - before;
}

START_TEST(next_name_of_a_list_is_not_answered_where_the_first_failed)
{
	lab_teach(PROD);
	lab_teach("db");
	lab_fall_silent();
	ck_assert_uint_eq(orders_for(STAGING), 0);
	ck_assert_uint_eq(orders_for(PROD), 0);
	ck_assert_uint_eq(orders_for("db"), 0);
	ck_assert_uint_ge(lab.worker.counters.suppressed_partial_search, 3);
}
END_TEST

START_TEST(next_name_is_answered_where_the_first_was)
{
	const struct lab_query staging = lab_a(STAGING);

	lab_ask(&staging);
	lab_answer_negative(&staging, DNS_RCODE_NXDOMAIN);
	lab_teach(PROD);
	lab_fall_silent();
	ck_assert_uint_eq(orders_for(STAGING), 2);
	ck_assert_uint_eq(orders_for(PROD), 2);
	ck_assert_uint_eq(lab.worker.counters.suppressed_partial_search, 0);
}
END_TEST

START_TEST(names_of_another_client_are_no_siblings)
{
	const struct lab_query theirs = lab_from(2, STAGING);

	lab_teach(PROD);
	lab_fall_silent();
	lab_ask(&theirs);
	lab_pass(5000);
	ck_assert_uint_eq(orders_for(PROD), 2);
}
END_TEST

START_TEST(names_asked_at_once_are_no_siblings)
{
	lab_teach("www.a.example");
	lab_fall_silent();
	ask("www.b.example");
	lab_pass(10);
	ck_assert(lab_is_answered_at_once("www.a.example"));
}
END_TEST

START_TEST(some_seconds_later_the_name_is_answered_again)
{
	lab_teach(PROD);
	lab_fall_silent();
	ask(STAGING);
	lab_pass(8000);
	ck_assert(lab_is_answered_at_once(PROD));
}
END_TEST

/* Whether or not its resolver means it: its client goes on. */
START_TEST(name_that_failed_aloud_is_followed_at_once)
{
	static const int extended_errors[] = { -1, 6 };
	const struct lab_query staging = lab_a(STAGING);

	lab_teach(PROD);
	lab_fall_silent();
	lab_ask(&staging);
	lab_answer_failed(&staging, DNS_RCODE_SERVFAIL, extended_errors[_i]);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once(PROD));
	ck_assert_uint_eq(lab.worker.counters.suppressed_partial_search, 1);
}
END_TEST

START_TEST(response_that_came_after_all_ends_it)
{
	const struct lab_query staging = lab_a(STAGING);

	lab_teach(PROD);
	lab_fall_silent();
	lab_ask(&staging);
	lab_pass(1500);
	lab_answer_negative(&staging, DNS_RCODE_NXDOMAIN);
	lab_fall_silent();
	ck_assert(lab_is_answered_at_once(PROD));
}
END_TEST

static Suite *test_worker_search_suite(void)
{
	Suite *suite = suite_create("worker_search");
	TCase *all = tcase_create("worker_search");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, next_name_of_a_list_is_not_answered_where_the_first_failed);
	tcase_add_test(all, next_name_is_answered_where_the_first_was);
	tcase_add_test(all, names_of_another_client_are_no_siblings);
	tcase_add_test(all, names_asked_at_once_are_no_siblings);
	tcase_add_test(all, some_seconds_later_the_name_is_answered_again);
	tcase_add_loop_test(all, name_that_failed_aloud_is_followed_at_once, 0, 2);
	tcase_add_test(all, response_that_came_after_all_ends_it);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_search_suite());
}
