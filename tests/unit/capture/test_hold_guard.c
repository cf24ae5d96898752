/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/hold_guard.h"

#include "tests/support/check_main.h"

START_TEST(guard_is_the_oldest_of_all)
{
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_RESCUE, 1000, 900), 900);
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_RESCUE, 1000, 1100), 1000);
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_RESCUE, 1000, 1001), 1000);
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_RESCUE, 1000, UINT64_MAX), 0); /* no clock says so */
}
END_TEST

START_TEST(who_never_was_alive_holds_nothing)
{
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_RESCUE, 1000, 0), 0);
}
END_TEST

START_TEST(who_only_observes_holds_nothing)
{
	ck_assert_uint_eq(hold_guard_value(CONFIG_MODE_OBSERVE, 1000, 900), 0);
}
END_TEST

START_TEST(rings_too_small_for_a_frame_hold_nothing)
{
	struct config config;

	config_defaults(&config);
	ck_assert_int_eq(hold_guard_choose(&config, 4096), CONFIG_HOLD_OFF);
	ck_assert_int_eq(hold_guard_choose(&config, 8192), CONFIG_HOLD_OFF);
	ck_assert_int_eq(hold_guard_choose(&config, 16384), CONFIG_HOLD_AUTO);
	config.hold = CONFIG_HOLD_OFF;
	ck_assert_int_eq(hold_guard_choose(&config, 16384), CONFIG_HOLD_OFF);
}
END_TEST

START_TEST(program_that_cannot_hold_is_told_nothing)
{
	const struct tap_program program = { .skeleton = NULL };
	struct worker_rings rings;
	struct hold_guard guard;

	worker_rings_init(&rings);
	hold_guard_init(&guard);
	hold_guard_open(&guard, &program);
	hold_guard_tell(&guard, CONFIG_MODE_RESCUE, &rings, 1000 * HOLD_GUARD_EVERY_NS);
	ck_assert(!hold_guard_is_holding(&guard, 1000 * HOLD_GUARD_EVERY_NS));
	hold_guard_end(&guard);
}
END_TEST

START_TEST(holding_ends_where_nobody_was_alive_of_late)
{
	const struct hold_guard guard = { .guard_ns = 5000 };

	ck_assert(hold_guard_is_holding(&guard, 4000));
	ck_assert(hold_guard_is_holding(&guard, 5000 + HOLD_GUARD_FRESH_NS - 1));
	ck_assert(!hold_guard_is_holding(&guard, 5000 + HOLD_GUARD_FRESH_NS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hold_guard");
	TCase *tests = tcase_create("hold_guard");

	tcase_add_test(tests, guard_is_the_oldest_of_all);
	tcase_add_test(tests, who_never_was_alive_holds_nothing);
	tcase_add_test(tests, who_only_observes_holds_nothing);
	tcase_add_test(tests, rings_too_small_for_a_frame_hold_nothing);
	tcase_add_test(tests, program_that_cannot_hold_is_told_nothing);
	tcase_add_test(tests, holding_ends_where_nobody_was_alive_of_late);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
