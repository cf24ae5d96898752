/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/record_table.h"

#include <stdalign.h>
#include <string.h>

#include "analyzer/rcu.h"
#include "tests/support/check_main.h"

#define RECORDS_MAX 8

struct body {
	uint64_t value;
	uint8_t bytes[13]; /* an odd size: keys come after it */
};

static struct record_table *table;

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(record_table_new(&table, sizeof(struct body), RECORDS_MAX, 1), 0);
}

static void end(void)
{
	record_table_free(table);
	rcu_unregister_thread();
}

static struct body *get(uint64_t number)
{
	return record_table_get(table, &number, sizeof(number));
}

static struct body *find(uint64_t number)
{
	return record_table_find(table, &number, sizeof(number));
}

static struct body *peek(uint64_t number)
{
	return record_table_peek(table, &number, sizeof(number));
}

START_TEST(unknown_key_is_not_found)
{
	ck_assert_ptr_null(find(1));
	ck_assert_uint_eq(record_table_used(table), 0);
}
END_TEST

START_TEST(new_record_is_zeroed_and_aligned)
{
	static const struct body zeros;
	struct body *body = get(1);

	ck_assert_ptr_nonnull(body);
	ck_assert_mem_eq(body, &zeros, sizeof(zeros));
	ck_assert_uint_eq((uintptr_t)body % alignof(max_align_t), 0);
}
END_TEST

START_TEST(record_is_found_again_with_what_was_written)
{
	get(1)->value = 11;
	memset(get(1)->bytes, 0xff, sizeof(get(1)->bytes));
	get(2)->value = 22;

	ck_assert_uint_eq(find(1)->value, 11);
	ck_assert_uint_eq(find(2)->value, 22);
	ck_assert_uint_eq(get(1)->value, 11);
	ck_assert_uint_eq(record_table_used(table), 2);
}
END_TEST

START_TEST(length_of_the_key_counts)
{
	void *shorter = record_table_get(table, "key\0", 3);
	void *longer = record_table_get(table, "key\0", 4);

	ck_assert_ptr_ne(shorter, longer);
	ck_assert_ptr_eq(record_table_find(table, "key", 3), shorter);
	ck_assert_ptr_null(record_table_find(table, "key", 2));
}
END_TEST

START_TEST(full_table_forgets_what_was_not_looked_up_for_longest)
{
	for (uint64_t number = 0; number < RECORDS_MAX; number++)
		get(number);
	(void)find(0); /* so 1 is the oldest */
	(void)get(RECORDS_MAX);

	ck_assert_uint_eq(record_table_used(table), RECORDS_MAX);
	ck_assert_ptr_null(find(1));
	ck_assert_ptr_nonnull(find(0));
	ck_assert_ptr_nonnull(find(2));
	ck_assert_ptr_nonnull(find(RECORDS_MAX));
}
END_TEST

START_TEST(many_keys_never_take_more_than_the_limit)
{
	for (uint64_t number = 0; number < 1000 * RECORDS_MAX; number++)
		ck_assert_ptr_nonnull(get(number));
	ck_assert_uint_eq(record_table_used(table), RECORDS_MAX);
	for (uint64_t number = 999 * RECORDS_MAX; number < 1000 * RECORDS_MAX; number++)
		ck_assert_ptr_nonnull(find(number));
}
END_TEST

START_TEST(forgotten_record_begins_anew)
{
	get(1)->value = 11;
	record_table_forget(table, find(1));
	ck_assert_ptr_null(find(1));
	ck_assert_uint_eq(record_table_used(table), 0);
	ck_assert_uint_eq(get(1)->value, 0);
}
END_TEST

static uint64_t forgotten_sum;

static void add_forgotten(void *body, void *argument)
{
	ck_assert_ptr_eq(argument, &forgotten_sum);
	forgotten_sum += ((const struct body *)body)->value;
}

START_TEST(every_record_that_goes_is_told_of_before)
{
	record_table_set_forgetter(table, add_forgotten, &forgotten_sum);
	for (uint64_t number = 1; number <= RECORDS_MAX; number++)
		get(number)->value = number;
	ck_assert_uint_eq(forgotten_sum, 0);
	record_table_forget(table, find(3));
	ck_assert_uint_eq(forgotten_sum, 3);
	get(100)->value = 100;
	get(101)->value = 101; /* the oldest goes: 1 */
	ck_assert_uint_eq(forgotten_sum, 4);
	record_table_free(table);
	ck_assert_uint_eq(forgotten_sum, 36 + 100 + 101);
	table = NULL;
}
END_TEST

START_TEST(peeking_is_no_look_up)
{
	for (uint64_t i = 0; i < RECORDS_MAX; i++)
		get(i);
	for (uint64_t i = 1; i < RECORDS_MAX; i++)
		find(i);
	ck_assert_ptr_nonnull(peek(0));
	ck_assert_ptr_null(peek(100));
	get(100); /* record 0 goes */
	ck_assert_ptr_null(peek(0));
	ck_assert_ptr_nonnull(peek(1));
}
END_TEST

static bool is_odd(void *body, const void *key, void *argument)
{
	const struct body *record = body;
	uint64_t *sum = argument;
	uint64_t number;

	memcpy(&number, key, sizeof(number));
	ck_assert_uint_eq(number, record->value);
	*sum += number;
	return number % 2;
}

START_TEST(sweep_shows_every_record_and_forgets_some)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < RECORDS_MAX; i++)
		get(i)->value = i;
	record_table_sweep(table, is_odd, &sum);
	ck_assert_uint_eq(sum, 28);
	ck_assert_uint_eq(record_table_used(table), RECORDS_MAX / 2);
	for (uint64_t i = 0; i < RECORDS_MAX; i++)
		ck_assert_int_eq(find(i) != NULL, i % 2);
}
END_TEST

START_TEST(no_table_is_freed_without_harm)
{
	record_table_free(NULL);
}
END_TEST

static Suite *test_record_table_suite(void)
{
	Suite *suite = suite_create("record_table");
	TCase *all = tcase_create("record_table");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, unknown_key_is_not_found);
	tcase_add_test(all, new_record_is_zeroed_and_aligned);
	tcase_add_test(all, record_is_found_again_with_what_was_written);
	tcase_add_test(all, length_of_the_key_counts);
	tcase_add_test(all, full_table_forgets_what_was_not_looked_up_for_longest);
	tcase_add_test(all, many_keys_never_take_more_than_the_limit);
	tcase_add_test(all, forgotten_record_begins_anew);
	tcase_add_test(all, every_record_that_goes_is_told_of_before);
	tcase_add_test(all, peeking_is_no_look_up);
	tcase_add_test(all, sweep_shows_every_record_and_forgets_some);
	tcase_add_test(all, no_table_is_freed_without_harm);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_record_table_suite());
}
