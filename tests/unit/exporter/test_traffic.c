/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/traffic.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"

#define START_NS (100 * NS_PER_S)

static struct traffic traffic;

static void setup(void)
{
	traffic = (struct traffic){ .last_ns = 0 };
}

static void add(uint64_t queries, uint64_t rescues, uint64_t now_ns)
{
	const uint64_t totals[TRAFFIC_KINDS] = {
		[TRAFFIC_QUERIES] = queries,
		[TRAFFIC_RESCUES] = rescues,
	};

	traffic_add(&traffic, totals, now_ns);
}

START_TEST(nothing_known_is_nothing_happened)
{
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 0);
	add(1000, 0, START_NS); /* of the time before us */
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 0);
	ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, 0), 0);
}
END_TEST

START_TEST(rates_are_averages_over_the_time_that_passed)
{
	add(1000, 5, START_NS);
	add(1010, 6, START_NS + NS_PER_S);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 10);
	add(1010, 6, START_NS + 5 * NS_PER_S);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 2);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_RESCUES), 0.2);
	ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, 0), 0);
	ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, 1), 10);
	ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, 2), 0);
}
END_TEST

START_TEST(what_comes_within_a_second_is_counted_with_the_next)
{
	add(0, 0, START_NS);
	add(7, 0, START_NS + NS_PER_S - 1);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 0);
	add(8, 0, START_NS + NS_PER_S);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 8);
}
END_TEST

START_TEST(rate_forgets_what_is_older)
{
	unsigned int i = 0;

	add(0, 0, START_NS);
	for (i = 1; i <= TRAFFIC_RATE_SECONDS + 1; i++)
		add(i == 1 ? 500 : 500 + i, 0, START_NS + i * NS_PER_S);
	ck_assert_double_lt(traffic_rate(&traffic, TRAFFIC_QUERIES), 2);
	ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, TRAFFIC_RATE_SECONDS), 500);
}
END_TEST

START_TEST(history_goes_round)
{
	add(0, 0, START_NS);
	for (unsigned int i = 1; i <= 3 * TRAFFIC_SECONDS + 7; i++)
		add(i * (i + 1ull) / 2, 0, START_NS + i * NS_PER_S);
	for (unsigned int age = 0; age < TRAFFIC_SECONDS; age++)
		ck_assert_double_eq(traffic_at(&traffic, TRAFFIC_QUERIES, age),
			3.0 * TRAFFIC_SECONDS + 7 - age);
}
END_TEST

START_TEST(smaller_total_is_a_new_stages)
{
	add(1000, 50, START_NS);
	add(20, 51, START_NS + NS_PER_S);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_QUERIES), 20);
	ck_assert_double_eq(traffic_rate(&traffic, TRAFFIC_RESCUES), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("traffic");
	TCase *tcase = tcase_create("traffic");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, nothing_known_is_nothing_happened);
	tcase_add_test(tcase, rates_are_averages_over_the_time_that_passed);
	tcase_add_test(tcase, what_comes_within_a_second_is_counted_with_the_next);
	tcase_add_test(tcase, rate_forgets_what_is_older);
	tcase_add_test(tcase, history_goes_round);
	tcase_add_test(tcase, smaller_total_is_a_new_stages);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
