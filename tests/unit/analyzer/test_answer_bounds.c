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

START_TEST(positive_entries_may_take_all)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		ck_assert_uint_eq(add(&positive, 1), 0);
	for (int i = 0; i < 3 * ENTRIES_MAX; i++)
		ck_assert_uint_eq(add(&positive, 1), 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), ENTRIES_MAX);
}
END_TEST

START_TEST(flood_of_negative_entries_takes_a_quarter)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		add(&positive, 1);
	for (int i = 0; i < 100 * ENTRIES_MAX; i++)
		ck_assert_uint_eq(add(&negative, 1), 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), ENTRIES_MAX * 3 / 4);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), ENTRIES_MAX / 4);
}
END_TEST

START_TEST(negative_entries_keep_their_quarter_under_a_flood_of_positive_ones)
{
	for (int i = 0; i < ENTRIES_MAX; i++)
		add(&negative, 1);
	for (int i = 0; i < 100 * ENTRIES_MAX; i++)
		add(&positive, 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), ENTRIES_MAX * 3 / 4);
	ck_assert_uint_eq(entries(ANSWER_KIND_NEGATIVE), ENTRIES_MAX / 4);
}
END_TEST

START_TEST(bytes_are_bounded_as_entries_are)
{
	const uint16_t message_bytes = (uint16_t)(15 * ENTRY_BYTES);

	for (int i = 0; i < 100; i++) {
		add(&positive, message_bytes);
		add(&negative, message_bytes);
		ck_assert_uint_le(bounds.shares[ANSWER_KIND_POSITIVE].bytes +
					  bounds.shares[ANSWER_KIND_NEGATIVE].bytes,
			bounds.bytes_max);
		ck_assert_uint_le(bounds.shares[ANSWER_KIND_NEGATIVE].bytes, bounds.bytes_max / 4);
	}
	ck_assert_uint_gt(entries(ANSWER_KIND_POSITIVE), 10);
	ck_assert_uint_gt(entries(ANSWER_KIND_NEGATIVE), 2);
}
END_TEST

START_TEST(one_large_entry_makes_many_small_ones_go)
{
	for (int i = 0; i < ENTRIES_MAX / 4; i++)
		add(&negative, 1);
	for (int i = 0; i < ENTRIES_MAX * 3 / 4; i++)
		add(&positive, 1);
	ck_assert_uint_eq(
		add(&positive, (uint16_t)(ENTRIES_MAX * SHARE_ENTRIES * ENTRY_BYTES - ENTRY_BYTES)),
		ENTRIES_MAX);
}
END_TEST

START_TEST(entry_larger_than_its_share_is_impossible)
{
	ck_assert(answer_bounds_is_possible(&bounds, &positive, bounds.bytes_max));
	ck_assert(!answer_bounds_is_possible(&bounds, &positive, bounds.bytes_max + 1));
	ck_assert(answer_bounds_is_possible(&bounds, &negative, bounds.bytes_max / 4));
	ck_assert(!answer_bounds_is_possible(&bounds, &negative, bounds.bytes_max / 4 + 1));
}
END_TEST

START_TEST(smallest_bounds_hold_one_of_either_kind)
{
	answer_bounds_init(&bounds, 1, 100 * ENTRY_BYTES);
	ck_assert_uint_eq(add(&positive, 1), 0);
	ck_assert_uint_eq(add(&negative, 1), 1);
	ck_assert_uint_eq(add(&negative, 1), 1);
	ck_assert_uint_eq(add(&positive, 1), 1);
	ck_assert_uint_eq(entries(ANSWER_KIND_POSITIVE), 1);
}
END_TEST

static Suite *test_answer_bounds_suite(void)
{
	Suite *suite = suite_create("answer_bounds");
	TCase *all = tcase_create("answer_bounds");

	tcase_add_checked_fixture(all, bounds_start, bounds_end);
	tcase_add_test(all, positive_entries_may_take_all);
	tcase_add_test(all, flood_of_negative_entries_takes_a_quarter);
	tcase_add_test(all, negative_entries_keep_their_quarter_under_a_flood_of_positive_ones);
	tcase_add_test(all, bytes_are_bounded_as_entries_are);
	tcase_add_test(all, one_large_entry_makes_many_small_ones_go);
	tcase_add_test(all, entry_larger_than_its_share_is_impossible);
	tcase_add_test(all, smallest_bounds_hold_one_of_either_kind);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_bounds_suite());
}
