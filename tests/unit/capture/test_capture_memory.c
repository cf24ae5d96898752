/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture_memory.h"

#include "tests/support/check_main.h"

#define MIB (1ull << 20)

static struct config config;

static uint64_t sum(void)
{
	struct memory_bounds bounds = { .count = 0 };

	capture_memory(&config, &bounds);
	return memory_bounds_sum(&bounds);
}

START_TEST(rings_are_counted_as_often_as_they_are_mapped)
{
	uint64_t before;

	config_defaults(&config);
	before = sum();
	config.capture_ring_bytes *= 2; /* one ring of events, twice, and one of messages */
	ck_assert_uint_eq(sum(), before + 3 * 4 * MIB);
	config.worker_count = 3;
	ck_assert_uint_ge(sum(), before + 5 * 4 * MIB);
}
END_TEST

START_TEST(defaults_take_less_than_64_mib)
{
	config_defaults(&config);
	ck_assert_uint_gt(sum(), 12 * MIB);
	ck_assert_uint_lt(sum(), 64 * MIB);
}
END_TEST

static Suite *test_capture_memory_suite(void)
{
	Suite *suite = suite_create("capture_memory");
	TCase *all = tcase_create("capture_memory");

	tcase_add_test(all, rings_are_counted_as_often_as_they_are_mapped);
	tcase_add_test(all, defaults_take_less_than_64_mib);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_capture_memory_suite());
}
