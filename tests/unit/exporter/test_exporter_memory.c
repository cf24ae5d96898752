/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/exporter_memory.h"

#include "tests/support/check_main.h"

#define MIB (1ull << 20)

static struct config config;

static uint64_t sum(void)
{
	struct memory_bounds bounds = { .count = 0 };

	exporter_memory(&config, &bounds);
	return memory_bounds_sum(&bounds);
}

START_TEST(slow_clients_of_tables_are_most_of_it)
{
	config_defaults(&config);
	ck_assert_uint_gt(sum(), 128 * MIB);
	ck_assert_uint_lt(sum(), 256 * MIB);
}
END_TEST

static Suite *test_exporter_memory_suite(void)
{
	Suite *suite = suite_create("exporter_memory");
	TCase *all = tcase_create("exporter_memory");

	tcase_add_test(all, slow_clients_of_tables_are_most_of_it);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_exporter_memory_suite());
}
