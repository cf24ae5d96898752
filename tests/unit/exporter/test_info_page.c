/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/info_page.h"

#include <errno.h>
#include <stdio.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

static struct table_request_page page;
static const char *name;
static unsigned int min;

static void reads(const char *query, uint64_t limit_rows, uint64_t offset_rows)
{
	ck_assert_msg(info_page_read(query, &page, &name, &min) == 0, "refused: '%s'", query);
	ck_assert_msg(page.limit_rows == limit_rows && page.offset_rows == offset_rows,
		"'%s': limit %llu, offset %llu", query, (unsigned long long)page.limit_rows,
		(unsigned long long)page.offset_rows);
}

static void refuses(const char *query, const char *wanted_name, unsigned int wanted_min)
{
	const struct table_request_page before = page;

	ck_assert_msg(
		info_page_read(query, &page, &name, &min) == -EINVAL, "not refused: '%s'", query);
	ck_assert_str_eq(name, wanted_name);
	ck_assert_uint_eq(min, wanted_min);
	ck_assert_mem_eq(&page, &before, sizeof(page));
}

START_TEST(nothing_asked_for_is_everything)
{
	reads("", 0, 0);
	reads("&&", 0, 0);
	reads("x=1", 0, 0);
	reads("limits=x&offset_=y&Limit=z", 0, 0);
}
END_TEST

START_TEST(numbers_are_read_in_any_order)
{
	reads("limit=1", 1, 0);
	reads("offset=0", 0, 0);
	reads("limit=100&offset=200", 100, 200);
	reads("offset=200&x=y&limit=100&", 100, 200);
	reads("limit=4294967295&offset=4294967295", INFO_PAGE_ROWS_MAX, INFO_PAGE_ROWS_MAX);
	reads("limit=007", 7, 0);
	reads("limit=1&limit=2", 2, 0);
}
END_TEST

START_TEST(other_values_are_refused_naming_the_word)
{
	static const char *const values[] = { "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "ten",
		"%31", "4294967296", "99999999999999999999999999", "1=2", "\xff" };
	char query[64];

	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		(void)snprintf(query, sizeof(query), "limit=%s", values[i]);
		refuses(query, "limit", 1);
		(void)snprintf(query, sizeof(query), "limit=5&offset=%s&limit=7", values[i]);
		refuses(query, "offset", 0);
	}
	refuses("limit", "limit", 1);
	refuses("limit=0", "limit", 1);
	refuses("limit=1&limit=", "limit", 1);
	refuses("offset&limit=1", "offset", 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("info_page");
	TCase *tcase = tcase_create("info_page");

	tcase_add_test(tcase, nothing_asked_for_is_everything);
	tcase_add_test(tcase, numbers_are_read_in_any_order);
	tcase_add_test(tcase, other_values_are_refused_naming_the_word);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
