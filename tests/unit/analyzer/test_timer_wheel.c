/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/timer_wheel.h"

#include <stdlib.h>

#include "tests/support/check_main.h"

#define TICK_NS  1000ull
#define START_NS (7 * TICK_NS + 13)
#define TURN_NS  (TIMER_WHEEL_SLOT_COUNT * TICK_NS)

#define MODEL_TIMER_COUNT 500
#define MODEL_STEP_COUNT  50000

static struct timer_wheel wheel;

static void wheel_start(void)
{
	timer_wheel_init(&wheel, TICK_NS, START_NS);
}

static void timer_start(struct timer *timer, uint64_t at_ns)
{
	timer_init(timer);
	timer_wheel_set(&wheel, timer, at_ns);
}

START_TEST(empty_wheel_has_nothing_due)
{
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS));
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + 10 * TURN_NS));
	ck_assert_uint_eq(wheel.count, 0);
}
END_TEST

START_TEST(timer_is_never_early_and_at_most_a_tick_late)
{
	for (uint64_t ahead_ns = 0; ahead_ns < 5 * TICK_NS; ahead_ns += 7) {
		struct timer timer;
		uint64_t now_ns = START_NS;

		wheel_start();
		timer_start(&timer, START_NS + ahead_ns);
		while (!timer_wheel_next(&wheel, now_ns))
			now_ns++;
		ck_assert_uint_ge(now_ns, timer.at_ns);
		ck_assert_uint_le(now_ns, timer.at_ns + TICK_NS);
		ck_assert(!timer_is_set(&timer));
	}
}
END_TEST

START_TEST(timer_further_away_than_a_turn_waits_for_its_turn)
{
	struct timer timer;

	timer_start(&timer, START_NS + 3 * TURN_NS);
	for (uint64_t ahead_ns = 0; ahead_ns < 3 * TURN_NS; ahead_ns += TICK_NS)
		if (timer_wheel_next(&wheel, START_NS + ahead_ns))
			ck_abort_msg("due %llu ns early", 3 * TURN_NS - ahead_ns);
	ck_assert_ptr_eq(timer_wheel_next(&wheel, START_NS + 3 * TURN_NS + TICK_NS), &timer);
}
END_TEST

START_TEST(time_in_the_past_is_due_at_once)
{
	struct timer timer;

	timer_start(&timer, START_NS - 2 * TICK_NS);
	ck_assert_ptr_eq(timer_wheel_next(&wheel, START_NS), &timer);
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS));
}
END_TEST

START_TEST(time_that_never_comes_is_never_due)
{
	struct timer timer;

	timer_start(&timer, UINT64_MAX);
	ck_assert_ptr_null(timer_wheel_next(&wheel, UINT64_MAX / 2));
	ck_assert(timer_is_set(&timer));
}
END_TEST

START_TEST(moved_timer_is_due_once_at_its_new_time)
{
	struct timer timer;

	timer_start(&timer, START_NS + TICK_NS);
	timer_wheel_set(&wheel, &timer, START_NS + 20 * TICK_NS);
	ck_assert_uint_eq(wheel.count, 1);
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + 19 * TICK_NS));
	ck_assert_ptr_eq(timer_wheel_next(&wheel, START_NS + 21 * TICK_NS), &timer);
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + 40 * TICK_NS));
}
END_TEST

START_TEST(cancelled_timer_is_not_due)
{
	struct timer timer;

	timer_start(&timer, START_NS + TICK_NS);
	timer_wheel_cancel(&wheel, &timer);
	timer_wheel_cancel(&wheel, &timer);
	ck_assert(!timer_is_set(&timer));
	ck_assert_uint_eq(wheel.count, 0);
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + TURN_NS));
}
END_TEST

START_TEST(timer_that_is_due_can_still_be_cancelled_or_moved)
{
	struct timer timers[3];

	for (int i = 0; i < 3; i++)
		timer_start(&timers[i], START_NS + TICK_NS);
	ck_assert_ptr_nonnull(timer_wheel_next(&wheel, START_NS + 2 * TICK_NS));
	for (int i = 0; i < 3; i++)
		if (timer_is_set(&timers[i]))
			timer_wheel_cancel(&wheel, &timers[i]);
	timer_wheel_set(&wheel, &timers[0], START_NS + 9 * TICK_NS);

	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + 2 * TICK_NS));
	ck_assert_ptr_eq(timer_wheel_next(&wheel, START_NS + 10 * TICK_NS), &timers[0]);
}
END_TEST

START_TEST(time_that_runs_backwards_finds_nothing)
{
	struct timer timers[2];

	timer_start(&timers[0], START_NS + 10 * TICK_NS);
	timer_start(&timers[1], START_NS + 10 * TICK_NS);
	ck_assert_ptr_nonnull(timer_wheel_next(&wheel, START_NS + 11 * TICK_NS));
	ck_assert_ptr_null(timer_wheel_next(&wheel, START_NS + 9 * TICK_NS));
	ck_assert_ptr_null(timer_wheel_next(&wheel, 0));
	ck_assert_ptr_nonnull(timer_wheel_next(&wheel, START_NS + 11 * TICK_NS));
}
END_TEST

START_TEST(long_sleep_finds_all_that_was_due_and_nothing_else)
{
	struct timer timers[100];
	unsigned int due_count = 0;

	for (unsigned int i = 0; i < 100; i++)
		timer_start(&timers[i], START_NS + i * TURN_NS / 7);
	while (timer_wheel_next(&wheel, START_NS + 5 * TURN_NS + TICK_NS))
		due_count++;
	ck_assert_uint_eq(due_count, 5 * 7 + 1);
	ck_assert_uint_eq(wheel.count, 100 - due_count);

	/* A sleep of 500 years takes no longer. */
	while (timer_wheel_next(&wheel, UINT64_MAX - TICK_NS))
		due_count++;
	ck_assert_uint_eq(due_count, 100);
}
END_TEST

/* Whether all came that are past a tick that is over, and the counts agree. */
static bool model_is_right(const struct timer *timers, const bool *is_set, uint64_t now_ns)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < MODEL_TIMER_COUNT; i++) {
		if (is_set[i] != timer_is_set(&timers[i]))
			return false;
		if (is_set[i] && timers[i].at_ns / TICK_NS < now_ns / TICK_NS)
			return false;
		count += is_set[i];
	}
	return wheel.count == count;
}

START_TEST(wheel_agrees_with_a_plain_list)
{
	static struct timer timers[MODEL_TIMER_COUNT];
	static bool is_set[MODEL_TIMER_COUNT];
	uint64_t now_ns = START_NS;
	unsigned int wrong_count = 0;
	struct timer *due;

	srandom(1);
	for (unsigned int i = 0; i < MODEL_TIMER_COUNT; i++)
		timer_init(&timers[i]);
	for (unsigned int step = 0; step < MODEL_STEP_COUNT; step++) {
		unsigned int i = (unsigned int)random() % MODEL_TIMER_COUNT;

		if (random() % 4 == 0)
			timer_wheel_cancel(&wheel, &timers[i]);
		else
			timer_wheel_set(&wheel, &timers[i],
				now_ns - TICK_NS + (uint64_t)random() % (3 * TURN_NS));
		is_set[i] = timer_is_set(&timers[i]);
		now_ns += (uint64_t)random() % (TURN_NS / (step % 64 ? 256 : 1));

		while ((due = timer_wheel_next(&wheel, now_ns))) {
			wrong_count += due->at_ns > now_ns || !is_set[due - timers];
			is_set[due - timers] = false;
		}
		wrong_count += !model_is_right(timers, is_set, now_ns);
	}
	ck_assert_uint_eq(wrong_count, 0);
}
END_TEST

static Suite *test_timer_wheel_suite(void)
{
	Suite *suite = suite_create("timer_wheel");
	TCase *all = tcase_create("timer_wheel");

	tcase_add_checked_fixture(all, wheel_start, NULL);
	tcase_add_test(all, empty_wheel_has_nothing_due);
	tcase_add_test(all, timer_is_never_early_and_at_most_a_tick_late);
	tcase_add_test(all, timer_further_away_than_a_turn_waits_for_its_turn);
	tcase_add_test(all, time_in_the_past_is_due_at_once);
	tcase_add_test(all, time_that_never_comes_is_never_due);
	tcase_add_test(all, moved_timer_is_due_once_at_its_new_time);
	tcase_add_test(all, cancelled_timer_is_not_due);
	tcase_add_test(all, timer_that_is_due_can_still_be_cancelled_or_moved);
	tcase_add_test(all, time_that_runs_backwards_finds_nothing);
	tcase_add_test(all, long_sleep_finds_all_that_was_due_and_nothing_else);
	tcase_add_test(all, wheel_agrees_with_a_plain_list);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_timer_wheel_suite());
}
