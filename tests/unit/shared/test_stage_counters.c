/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_counters.h"

#include <string.h>

#include "shared/compiler.h"
#include "shared/log.h"
#include "tests/support/check_main.h"

static const struct counter_description own[] = {
	{ "works", "", COUNTER_TOTAL, "Calls" },
	{ "edges", "a=\"b\"", COUNTER_LEVEL, NULL },
};
static const uint64_t own_values[ARRAY_COUNT(own)] = { 11, 22 };
static struct stage_counters counters;

static void start(void)
{
	stage_counters_init(&counters, "fake", own, ARRAY_COUNT(own));
}

static void end(void)
{
}

/* Where the common counter of this family and these labels stands among all. */
static size_t place_of(const char *family, const char *labels)
{
	for (size_t i = ARRAY_COUNT(own); i < counters.count; i++)
		if (strcmp(counters.descriptions[i].family, family) == 0 &&
			strcmp(counters.descriptions[i].labels, labels) == 0)
			return i;
	ck_abort_msg("no %s{%s}", family, labels);
	return 0;
}

START_TEST(own_counters_come_first_and_as_they_are)
{
	const uint64_t *values = stage_counters_values(&counters, own_values);

	ck_assert_uint_eq(counters.count, ARRAY_COUNT(own) + STAGE_COUNTERS_COMMON_COUNT);
	ck_assert_mem_eq(counters.descriptions, own, sizeof(own));
	ck_assert_mem_eq(values, own_values, sizeof(own_values));
}
END_TEST

START_TEST(common_counters_carry_the_stage)
{
	for (size_t i = ARRAY_COUNT(own); i < counters.count; i++)
		ck_assert_int_eq(strncmp(counters.descriptions[i].labels, "stage=\"fake\"", 12), 0);
	(void)place_of("log_messages", "stage=\"fake\",level=\"error\"");
	ck_assert_int_eq(
		counters.descriptions[place_of("stage_cpu_seconds", "stage=\"fake\"")].kind,
		COUNTER_TOTAL_NS);
}
END_TEST

START_TEST(figures_of_the_process_are_its_own)
{
	const size_t cpu = place_of("stage_cpu_seconds", "stage=\"fake\"");
	const size_t memory = place_of("stage_resident_memory_bytes", "stage=\"fake\"");
	const size_t warnings = place_of("log_messages", "stage=\"fake\",level=\"warning\"");
	uint64_t first_ns = stage_counters_values(&counters, own_values)[cpu];
	const uint64_t *values;

	log_warning("one line");
	values = stage_counters_values(&counters, own_values);
	ck_assert_uint_gt(values[cpu], first_ns);
	ck_assert_uint_gt(values[memory], 64 << 10);
	ck_assert_uint_lt(values[memory], 1ull << 40);
	ck_assert_uint_eq(values[warnings], 1);
}
END_TEST

START_TEST(failed_reload_keeps_the_time_of_the_last_good_one)
{
	const size_t successful = place_of("config_last_reload_successful", "stage=\"fake\"");
	const size_t moment =
		place_of("config_last_reload_success_timestamp_seconds", "stage=\"fake\"");
	const uint64_t *values;

	stage_counters_loaded(&counters, true, 1000);
	values = stage_counters_values(&counters, own_values);
	ck_assert_uint_eq(values[successful], 1);
	ck_assert_uint_eq(values[moment], 1000);

	stage_counters_loaded(&counters, false, 2000);
	values = stage_counters_values(&counters, own_values);
	ck_assert_uint_eq(values[successful], 0);
	ck_assert_uint_eq(values[moment], 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_counters");
	TCase *tcase = tcase_create("stage_counters");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, own_counters_come_first_and_as_they_are);
	tcase_add_test(tcase, common_counters_carry_the_stage);
	tcase_add_test(tcase, figures_of_the_process_are_its_own);
	tcase_add_test(tcase, failed_reload_keeps_the_time_of_the_last_good_one);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
