/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/reply_rate.h"

#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

#define START_NS (100 * NS_PER_S)

static const struct reply_rate_limits limits = { .client = 10, .total = 25 };
static struct reply_rate *rate;

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(reply_rate_new(&rate, 1), 0);
}

static void end(void)
{
	reply_rate_free(rate);
	rcu_unregister_thread();
}

/* Of @tries at once, how many are let through. */
static int taken(int client, int tries, uint64_t now_ns)
{
	int count = 0;

	for (int i = 0; i < tries; i++)
		count += reply_rate_take(rate, &limits, (uint32_t)client, now_ns);
	return count;
}

START_TEST(client_gets_a_seconds_worth_at_once_and_then_what_time_gives)
{
	ck_assert_int_eq(taken(0, 100, START_NS), 10);
	ck_assert_int_eq(taken(0, 100, START_NS + 50 * NS_PER_MS), 0);
	ck_assert_int_eq(taken(0, 100, START_NS + 100 * NS_PER_MS), 1);
	ck_assert_int_eq(taken(0, 100, START_NS + 600 * NS_PER_MS), 5);
	ck_assert_int_eq(taken(0, 100, START_NS + 60 * NS_PER_S), 10);
}
END_TEST

START_TEST(clients_do_not_take_from_each_other)
{
	ck_assert_int_eq(taken(0, 100, START_NS), 10);
	ck_assert_int_eq(taken(1, 100, START_NS), 10);
}
END_TEST

START_TEST(all_together_have_a_limit_too)
{
	ck_assert_int_eq(taken(0, 100, START_NS), 10);
	ck_assert_int_eq(taken(1, 100, START_NS), 10);
	ck_assert_int_eq(taken(2, 100, START_NS), 5);
	ck_assert_int_eq(taken(2, 100, START_NS + 200 * NS_PER_MS), 5);
}
END_TEST

START_TEST(steady_clients_below_their_limit_are_never_refused)
{
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(taken(0, 1, START_NS + i * 100 * NS_PER_MS), 1);
}
END_TEST

static Suite *test_reply_rate_suite(void)
{
	Suite *suite = suite_create("reply_rate");
	TCase *all = tcase_create("reply_rate");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, client_gets_a_seconds_worth_at_once_and_then_what_time_gives);
	tcase_add_test(all, clients_do_not_take_from_each_other);
	tcase_add_test(all, all_together_have_a_limit_too);
	tcase_add_test(all, steady_clients_below_their_limit_are_never_refused);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_reply_rate_suite());
}
