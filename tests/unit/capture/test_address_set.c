/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/address_set.h"

#include <string.h>

#include "tests/support/check_main.h"

static struct address_set set;

static void start(void)
{
	address_set_init(&set);
}

static void end(void)
{
	address_set_close(&set);
}

static const uint8_t *address(uint32_t number)
{
	static uint8_t ip[16];

	memset(ip, 0, sizeof(ip));
	memcpy(ip + 12, &number, sizeof(number));
	return ip;
}

START_TEST(what_was_put_is_there_and_nothing_else)
{
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(address_set_put(&set, address(i * 7919 % 1009)), ADDRESS_SET_OK);
	address_set_settle(&set);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert(address_set_has(&set, address(i * 7919 % 1009)));
	ck_assert(!address_set_has(&set, address(1009)));
	ck_assert(!address_set_has(&set, address(UINT32_MAX)));
}
END_TEST

START_TEST(empty_set_holds_nothing)
{
	address_set_settle(&set);
	ck_assert(!address_set_has(&set, address(0)));
}
END_TEST

START_TEST(copy_holds_the_same_and_stands_alone)
{
	struct address_set copy;

	ck_assert_int_eq(address_set_put(&set, address(5)), ADDRESS_SET_OK);
	address_set_settle(&set);
	ck_assert_int_eq(address_set_copy(&copy, &set), 0);
	address_set_close(&set);
	ck_assert(address_set_has(&copy, address(5)));
	ck_assert_int_eq(address_set_put(&copy, address(6)), ADDRESS_SET_OK);
	address_set_settle(&copy);
	ck_assert(address_set_has(&copy, address(6)));
	address_set_close(&copy);
	ck_assert_int_eq(address_set_copy(&copy, &set), 0);
	ck_assert_uint_eq(copy.count, 0);
}
END_TEST

START_TEST(full_set_takes_no_more)
{
	for (uint32_t i = 0; i < ADDRESS_SET_MAX; i++)
		ck_assert_int_eq(address_set_put(&set, address(i)), ADDRESS_SET_OK);
	ck_assert_int_eq(address_set_put(&set, address(ADDRESS_SET_MAX)), ADDRESS_SET_FULL);
	address_set_settle(&set);
	ck_assert(!address_set_has(&set, address(ADDRESS_SET_MAX)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address_set");
	TCase *tests = tcase_create("address_set");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, what_was_put_is_there_and_nothing_else);
	tcase_add_test(tests, empty_set_holds_nothing);
	tcase_add_test(tests, copy_holds_the_same_and_stands_alone);
	tcase_add_test(tests, full_set_takes_no_more);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
