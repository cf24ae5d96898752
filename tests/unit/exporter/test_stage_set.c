/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/stage_set.h"

#include "tests/support/check_main.h"
#include "tests/support/stage_samples.h"

static struct status_snapshot *analyzer, *injector;

static void setup(void)
{
	samples_reset();
	analyzer = samples_stage("analyzer");
	injector = samples_stage("injector");
	samples_add(analyzer, COUNTER_TOTAL, "suppressed", "reason=\"none\"", 1, "");
	samples_add(analyzer, COUNTER_TOTAL, "suppressed", "a=\"b\",reason=\"late\"", 2, "");
	samples_add(analyzer, COUNTER_BUCKET, "suppressed", "le=\"1\"", 4, "");
	samples_add(injector, COUNTER_LEVEL, "suppressed", "reason=\"late\",c=\"d\"", 8, "");
	samples_add(injector, COUNTER_TOTAL, "suppressed_too", "reason=\"late\"", 16, "");
}

START_TEST(sums_are_over_all_stages_that_are_there)
{
	ck_assert_uint_eq(stage_set_sum(&samples_set, "suppressed", NULL), 11);
	ck_assert_uint_eq(stage_set_sum(&samples_set, "suppressed", "reason=\"late\""), 10);
	ck_assert_uint_eq(stage_set_sum(&samples_set, "suppressed", "reason=\"lat\""), 0);
	ck_assert_uint_eq(stage_set_sum(&samples_set, "suppressed", "eason=\"late\""), 0);
	injector->is_present = false;
	ck_assert_uint_eq(stage_set_sum(&samples_set, "suppressed", NULL), 3);
}
END_TEST

START_TEST(families_nobody_has_sum_up_to_nothing)
{
	ck_assert_uint_eq(stage_set_sum(&samples_set, "other", NULL), 0);
	ck_assert(!stage_set_has(&samples_set, "other"));
	ck_assert(stage_set_has(&samples_set, "suppressed_too"));
	injector->is_present = false;
	ck_assert(!stage_set_has(&samples_set, "suppressed_too"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_set");
	TCase *tcase = tcase_create("stage_set");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, sums_are_over_all_stages_that_are_there);
	tcase_add_test(tcase, families_nobody_has_sum_up_to_nothing);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
