/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/recent_count.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"

static struct recent_count recent;

static void start(void)
{
	recent_count_init(&recent);
}

static void end(void)
{
}

/* Once a second from @from_s on, growing by @step. */
static void take(uint64_t from_s, uint64_t seconds, uint64_t step)
{
	for (uint64_t i = 0; i < seconds; i++)
		recent_count_take(&recent, (i + 1) * step, (from_s + i) * NS_PER_S);
}

START_TEST(nothing_is_known_at_first)
{
	ck_assert_uint_eq(recent_count_growth(&recent), 0);
	ck_assert_double_eq(recent_count_per_second(&recent), 0);
	recent_count_take(&recent, 5, NS_PER_S);
	ck_assert_uint_eq(recent_count_growth(&recent), 0);
	ck_assert_double_eq(recent_count_per_second(&recent), 0);
}
END_TEST

START_TEST(growth_of_a_young_process_is_since_its_start)
{
	take(100, 11, 7);
	ck_assert_uint_eq(recent_count_growth(&recent), 70);
	ck_assert_double_eq(recent_count_per_second(&recent), 7);
}
END_TEST

START_TEST(growth_of_an_old_one_is_that_of_the_last_minute)
{
	take(100, 1000, 7);
	ck_assert_uint_ge(recent_count_growth(&recent), 60 * 7);
	ck_assert_uint_le(recent_count_growth(&recent), 65 * 7);
	ck_assert_double_eq(recent_count_per_second(&recent), 7);
}
END_TEST

START_TEST(what_grew_long_ago_is_no_growth)
{
	take(100, 100, 7);
	for (uint64_t i = 0; i < 70; i++)
		recent_count_take(&recent, 700, (200 + i) * NS_PER_S);
	ck_assert_uint_eq(recent_count_growth(&recent), 0);
	ck_assert_double_eq(recent_count_per_second(&recent), 0);
}
END_TEST

START_TEST(how_often_it_is_sampled_does_not_matter)
{
	for (uint64_t i = 0; i <= 10000; i++)
		recent_count_take(&recent, i, i * 10 * NS_PER_MS);
	ck_assert_uint_ge(recent_count_growth(&recent), 6000);
	ck_assert_uint_le(recent_count_growth(&recent), 6500);
	ck_assert_double_eq(recent_count_per_second(&recent), 100);
}
END_TEST

START_TEST(counter_that_begins_anew_does_so_here_too)
{
	take(100, 100, 7);
	recent_count_take(&recent, 3, 200 * NS_PER_S);
	ck_assert_uint_eq(recent_count_growth(&recent), 0);
	recent_count_take(&recent, 5, 202 * NS_PER_S);
	ck_assert_uint_eq(recent_count_growth(&recent), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recent_count");
	TCase *tcase = tcase_create("recent_count");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, nothing_is_known_at_first);
	tcase_add_test(tcase, growth_of_a_young_process_is_since_its_start);
	tcase_add_test(tcase, growth_of_an_old_one_is_that_of_the_last_minute);
	tcase_add_test(tcase, what_grew_long_ago_is_no_growth);
	tcase_add_test(tcase, how_often_it_is_sampled_does_not_matter);
	tcase_add_test(tcase, counter_that_begins_anew_does_so_here_too);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
