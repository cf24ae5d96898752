/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/memory_bounds.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "shared/heap_bytes.h"
#include "tests/support/check_main.h"

#define MIB (1ull << 20)

static struct memory_bounds bounds;
static char line[MEMORY_BOUNDS_LINE_BYTES_MAX];

static void start(void)
{
	memset(&bounds, 0, sizeof(bounds));
}

START_TEST(line_has_the_sum_and_its_parts)
{
	memory_bounds_add(&bounds, "answers", 64 * MIB);
	memory_bounds_add(&bounds, "queries", 3 * MIB / 2);
	memory_bounds_line(&bounds, line, sizeof(line));
	ck_assert_str_eq(line, "takes at most 65.5 MiB of memory: answers 64.0, queries 1.5");
	ck_assert_uint_eq(memory_bounds_sum(&bounds), 64 * MIB + 3 * MIB / 2);
}
END_TEST

START_TEST(most_and_largest_parts_fit_the_line)
{
	for (unsigned int i = 0; i < MEMORY_BOUNDS_PARTS_MAX; i++)
		memory_bounds_add(&bounds, "resolvers and names", 1ull << 40);
	memory_bounds_line(&bounds, line, sizeof(line));
	ck_assert_str_eq(line + strlen(line) - 9, "1048576.0");
}
END_TEST

START_TEST(line_that_is_too_short_is_cut)
{
	char shorter[20];

	memory_bounds_add(&bounds, "answers", MIB);
	memory_bounds_line(&bounds, shorter, sizeof(shorter));
	ck_assert_str_eq(shorter, "takes at most 1.0 M");
}
END_TEST

/* Small ones, in glibc: larger ones are mapped. */
START_TEST(allocations_are_counted_as_malloc_rounds)
{
	for (size_t bytes = 1; bytes < 5000; bytes++) {
		void *memory = malloc(bytes);

		ck_assert_uint_le(malloc_usable_size(memory) + HEAP_BYTES_HEADER,
			heap_bytes(bytes) + HEAP_BYTES_ALIGNMENT);
		ck_assert_uint_ge(heap_bytes(bytes), bytes + HEAP_BYTES_HEADER);
		free(memory);
	}
}
END_TEST

static Suite *test_memory_bounds_suite(void)
{
	Suite *suite = suite_create("memory_bounds");
	TCase *all = tcase_create("memory_bounds");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, line_has_the_sum_and_its_parts);
	tcase_add_test(all, most_and_largest_parts_fit_the_line);
	tcase_add_test(all, line_that_is_too_short_is_cut);
	tcase_add_test(all, allocations_are_counted_as_malloc_rounds);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_memory_bounds_suite());
}
