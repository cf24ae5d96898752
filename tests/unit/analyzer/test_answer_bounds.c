/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_bounds.h"

#include <stdlib.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

#define ENTRIES_MAX   40
#define SHARE_ENTRIES 7 /* bytes that the bound has for one entry, in entries */
#define ENTRY_BYTES   answer_entry_memory_bytes(ANSWER_KEY_BYTES_MIN, 1)

static const struct answer_facts positive = { 0 };
static const struct answer_facts negative = { .flags = ANSWER_NEGATIVE };
static struct answer_bounds bounds;

static void bounds_start(void)
{
	answer_bounds_init(&bounds, ENTRIES_MAX, ENTRIES_MAX * SHARE_ENTRIES * ENTRY_BYTES);
}

static void bounds_end(void)
{
	for (int kind = 0; kind < ANSWER_KIND_COUNT; kind++) {
		struct answer_entry *entry;

		while ((entry = answer_sieve_oldest(&bounds.shares[kind].sieve))) {
			answer_bounds_leave(&bounds, entry);
			free(entry);
		}
		ck_assert_uint_eq(bounds.shares[kind].entries, 0);
		ck_assert_uint_eq(bounds.shares[kind].bytes, 0);
	}
}

/* Make room, then add one. Returns how many had to go. */
static unsigned int add(const struct answer_facts *facts, uint16_t message_bytes)
{
	static const struct answer_key key = { .size_bytes = ANSWER_KEY_BYTES_MIN };
	static const uint8_t message[UINT16_MAX];
	uint64_t bytes = answer_entry_memory_bytes(key.size_bytes, message_bytes);
	struct answer_entry *victim;
	unsigned int gone_count = 0;

	ck_assert(answer_bounds_is_possible(&bounds, facts, bytes));
	while ((victim = answer_bounds_victim(&bounds, facts, bytes))) {
		answer_bounds_leave(&bounds, victim);
		free(victim);
		gone_count++;
	}
	answer_bounds_join(&bounds, answer_entry_new(&key, facts, message, message_bytes));
	return gone_count;
}

static uint64_t entries(enum answer_kind kind)
{
	return bounds.shares[kind].entries;
}

#define POSITIVE_MAX (ENTRIES_MAX * 3 / 4)
#define NEGATIVE_MAX (ENTRIES_MAX / 4)
#define BYTES_MAX    (ENTRIES_MAX * SHARE_ENTRIES * ENTRY_BYTES)

/* None has to go for these. */
static void fill(const struct answer_facts *facts, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_eq(add(facts, 1), 0);
}

START_TEST(each_kind_fills_its_part_and_evicts_its_own)
{
	fill(&positive, POSITIVE_MAX);
	fill(&negative, NEGATIVE_MAX);
	for (int i = 0; i < 3 * ENTRIES_MAX; i++) {
		ck_assert_uint_eq(add(&positive, 1), 1);
		ck_assert_uint_eq(add(&negative, 1), 1);
	}
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), POSITIVE_MAX);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), NEGATIVE_MAX);
}
END_TEST

START_TEST(flood_of_negative_entries_costs_no_positive_one)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		add(&positive, 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), POSITIVE_MAX);
	for (int i = 0; i < 100 * ENTRIES_MAX; i++)
		add(&negative, 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), POSITIVE_MAX);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), NEGATIVE_MAX);
}
END_TEST

START_TEST(flood_of_positive_entries_costs_no_negative_one)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		add(&negative, 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), NEGATIVE_MAX);
	for (int i = 0; i < 100 * ENTRIES_MAX; i++)
		add(&positive, 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), POSITIVE_MAX);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), NEGATIVE_MAX);
}
END_TEST

START_TEST(bytes_are_bounded_as_entries_are)
{
	const uint16_t message_bytes = (uint16_t)(15 * ENTRY_BYTES);

	for (int i = 0; i < 100; i++) {
		add(&positive, message_bytes);
		add(&negative, message_bytes);
		ck_assert_uint_le(
			bounds.shares[ANSWER_KIND_POSITIVE].bytes, BYTES_MAX - BYTES_MAX / 4);
		ck_assert_uint_le(bounds.shares[ANSWER_KIND_NEGATIVE].bytes, BYTES_MAX / 4);
	}
	ck_assert_uint_gt(entries(ANSWER_KIND_POSITIVE), 10);
	ck_assert_uint_gt(entries(ANSWER_KIND_NEGATIVE), 2);
}
END_TEST

START_TEST(large_negative_entries_cost_no_positive_one)
{
	fill(&positive, POSITIVE_MAX);
	for (int i = 0; i < 10; i++)
		add(&negative, (uint16_t)(BYTES_MAX / 4 - 2 * ENTRY_BYTES));
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), POSITIVE_MAX);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), 1);
}
END_TEST

START_TEST(one_large_entry_makes_all_small_ones_of_its_kind_go)
{
	fill(&negative, NEGATIVE_MAX);
	fill(&positive, POSITIVE_MAX);
	ck_assert_uint_eq(
		add(&positive, (uint16_t)(BYTES_MAX - BYTES_MAX / 4 - ENTRY_BYTES)), POSITIVE_MAX);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), NEGATIVE_MAX);
}
END_TEST

START_TEST(entry_larger_than_its_share_is_impossible)
{
	ck_assert(answer_bounds_is_possible(&bounds, &positive, BYTES_MAX - BYTES_MAX / 4));
	ck_assert(!answer_bounds_is_possible(&bounds, &positive, BYTES_MAX - BYTES_MAX / 4 + 1));
	ck_assert(answer_bounds_is_possible(&bounds, &negative, BYTES_MAX / 4));
	ck_assert(!answer_bounds_is_possible(&bounds, &negative, BYTES_MAX / 4 + 1));
}
END_TEST

START_TEST(smallest_bounds_hold_one_of_each_kind)
{
	answer_bounds_init(&bounds, 2, 100 * ENTRY_BYTES);
	ck_assert_uint_eq(add(&positive, 1), 0);
	ck_assert_uint_eq(add(&negative, 1), 0);
	ck_assert_uint_eq(add(&negative, 1), 1);
	ck_assert_uint_eq(add(&positive, 1), 1);
}
END_TEST

/* Whatever the capacity is: no place is lost to rounding, and none is given twice. */
START_TEST(parts_sum_up_to_the_whole)
{
	for (uint64_t whole = 2; whole < 100; whole++) {
		struct answer_bounds some;

		answer_bounds_init(&some, whole, whole);
		ck_assert_uint_eq(some.shares[ANSWER_KIND_POSITIVE].entries_max +
					  some.shares[ANSWER_KIND_NEGATIVE].entries_max,
			whole);
		ck_assert_uint_eq(some.shares[ANSWER_KIND_POSITIVE].bytes_max +
					  some.shares[ANSWER_KIND_NEGATIVE].bytes_max,
			whole);
	}
}
END_TEST

static Suite *test_answer_bounds_suite(void)
{
	Suite *suite = suite_create("answer_bounds");
	TCase *all = tcase_create("answer_bounds");

	tcase_add_checked_fixture(all, bounds_start, bounds_end);
	tcase_add_test(all, each_kind_fills_its_part_and_evicts_its_own);
	tcase_add_test(all, flood_of_negative_entries_costs_no_positive_one);
	tcase_add_test(all, flood_of_positive_entries_costs_no_negative_one);
	tcase_add_test(all, bytes_are_bounded_as_entries_are);
	tcase_add_test(all, large_negative_entries_cost_no_positive_one);
	tcase_add_test(all, one_large_entry_makes_all_small_ones_of_its_kind_go);
	tcase_add_test(all, entry_larger_than_its_share_is_impossible);
	tcase_add_test(all, smallest_bounds_hold_one_of_each_kind);
	tcase_add_test(all, parts_sum_up_to_the_whole);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_bounds_suite());
}
