/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/injector_memory.h"

#include "tests/support/check_main.h"

#define MIB (1ull << 20)

static struct config config;

static uint64_t sum(void)
{
	struct memory_bounds bounds = { .count = 0 };

	injector_memory(&config, &bounds);
	return memory_bounds_sum(&bounds);
}

START_TEST(it_takes_little)
{
	config_defaults(&config);
	ck_assert_uint_gt(sum(), MIB);
	ck_assert_uint_lt(sum(), 16 * MIB);
}
END_TEST

static Suite *test_injector_memory_suite(void)
{
	Suite *suite = suite_create("injector_memory");
	TCase *all = tcase_create("injector_memory");

	tcase_add_test(all, it_takes_little);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_injector_memory_suite());
}
