/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/loss_rule.h"

#include "tests/support/check_main.h"

/* 20 % of at least 10 units. Figures say what share of 100 look-ups failed in both spans. */

static struct loss_rule rule;
static struct loss_sum whole, recent;

static void figures(uint32_t failed)
{
	whole = (struct loss_sum){ .units = 100,
		.failed = failed,
		.failed_beside_client = failed,
		.failed_beside_resolver = failed,
		.failed_beside_zone = failed,
		.names = 3,
		.clients = 2,
		.zones = 2 };
	recent = whole;
}

static void start(void)
{
	rule = (struct loss_rule){ .loss_ppm = 200000, .units_min = 10 };
	figures(20);
}

static bool begins(void)
{
	return loss_rule_holds(&rule, false, &whole, &recent);
}

static bool goes_on(void)
{
	return loss_rule_holds(&rule, true, &whole, &recent);
}

START_TEST(begins_at_the_threshold)
{
	ck_assert(begins());
	figures(19);
	ck_assert(!begins());
}
END_TEST

START_TEST(goes_on_down_to_half_of_it)
{
	figures(10);
	ck_assert(goes_on());
	figures(9);
	ck_assert(!goes_on());
}
END_TEST

START_TEST(begins_with_enough_units_and_goes_on_with_half)
{
	whole.units = 9;
	whole.failed = 9;
	ck_assert(!begins());
	ck_assert(goes_on());
	whole.units = 10;
	ck_assert(begins());
	whole.units = 5;
	ck_assert(goes_on());
	whole.units = 4;
	ck_assert(!goes_on());
}
END_TEST

START_TEST(begins_with_three_names)
{
	whole.names = 2;
	ck_assert(!begins());
	ck_assert(goes_on());
}
END_TEST

START_TEST(what_is_over_in_the_newest_part_is_over)
{
	recent.failed = 9;
	ck_assert(!begins());
	ck_assert(!goes_on());
	recent.failed = 10;
	ck_assert(begins());
	recent.units = 0;
	recent.failed = 0;
	ck_assert(!begins());
	ck_assert(!goes_on());
}
END_TEST

START_TEST(client_bound_leaves_one_client_half_of_what_is_needed)
{
	figures(100);
	whole.failed_beside_client = 9;
	ck_assert(begins());
	rule.is_client_bound = true;
	ck_assert(!begins());
	whole.failed_beside_client = 10;
	ck_assert(begins());
}
END_TEST

START_TEST(client_bound_holds_while_failing_for_half)
{
	rule.is_client_bound = true;
	whole.failed_beside_client = 5;
	ck_assert(goes_on());
	whole.failed_beside_client = 4;
	ck_assert(!goes_on());
}
END_TEST

START_TEST(resolver_bound_is_of_the_same_kind)
{
	figures(100);
	rule.is_resolver_bound = true;
	whole.failed_beside_resolver = 9;
	ck_assert(!begins());
	whole.failed_beside_resolver = 10;
	ck_assert(begins());
}
END_TEST

START_TEST(zone_bound_is_of_the_same_kind_where_two_were_asked_for)
{
	figures(100);
	whole.failed_beside_zone = 9;
	ck_assert(begins());
	rule.is_zone_bound = true;
	ck_assert(!begins());
	whole.zones = 1;
	ck_assert(begins());
	whole.zones = 2;
	whole.failed_beside_zone = 10;
	ck_assert(begins());
	whole.failed_beside_zone = 5;
	ck_assert(goes_on());
	whole.failed_beside_zone = 4;
	ck_assert(!goes_on());
}
END_TEST

START_TEST(without_a_failure_nothing_fails_at_any_threshold)
{
	rule.loss_ppm = 0;
	figures(0);
	ck_assert(!begins());
	ck_assert(!goes_on());
}
END_TEST

START_TEST(threshold_of_one_needs_them_all)
{
	rule.loss_ppm = 1000000;
	figures(99);
	ck_assert(!begins());
	figures(100);
	ck_assert(begins());
}
END_TEST

static Suite *test_loss_rule_suite(void)
{
	Suite *suite = suite_create("loss_rule");
	TCase *all = tcase_create("loss_rule");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, begins_at_the_threshold);
	tcase_add_test(all, goes_on_down_to_half_of_it);
	tcase_add_test(all, begins_with_enough_units_and_goes_on_with_half);
	tcase_add_test(all, begins_with_three_names);
	tcase_add_test(all, what_is_over_in_the_newest_part_is_over);
	tcase_add_test(all, client_bound_leaves_one_client_half_of_what_is_needed);
	tcase_add_test(all, client_bound_holds_while_failing_for_half);
	tcase_add_test(all, resolver_bound_is_of_the_same_kind);
	tcase_add_test(all, zone_bound_is_of_the_same_kind_where_two_were_asked_for);
	tcase_add_test(all, without_a_failure_nothing_fails_at_any_threshold);
	tcase_add_test(all, threshold_of_one_needs_them_all);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_loss_rule_suite());
}
