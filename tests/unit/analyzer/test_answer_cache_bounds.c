/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache.h"

#include "tests/support/answer_cache_probe.h"

START_TEST(full_table_evicts_the_oldest_that_nobody_asked_for)
{
	probe_open(5, PROBE_MEMORY_BYTES); /* four positive ones */
	for (uint32_t i = 0; i < 4; i++)
		probe_put(i);
	ck_assert(probe_find(0, PROBE_NOW_NS));
	ck_assert(probe_find(2, PROBE_NOW_NS));
	probe_put(4);
	ck_assert(!probe_keeps(1));
	probe_put(5);
	ck_assert(!probe_keeps(3));
	ck_assert(probe_keeps(0) && probe_keeps(2) && probe_keeps(4) && probe_keeps(5));
	ck_assert_uint_eq(probe_usage().entries, 4);
	ck_assert_uint_eq(probe_usage().evictions, 2);
}
END_TEST

START_TEST(answer_learned_again_is_spared)
{
	probe_open(5, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 4; i++)
		probe_put(i);
	probe_put(0);
	for (uint32_t i = 4; i < 7; i++)
		probe_put(i);
	ck_assert(probe_keeps(0));
	probe_put(7);
	ck_assert(probe_keeps(0));
}
END_TEST

START_TEST(popular_names_survive_a_flood_of_unique_ones)
{
	probe_open(266, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 200; i++)
		probe_put(i);
	for (uint32_t i = 1000; i < 5000; i++) {
		if (i % 100 == 0)
			for (uint32_t popular = 0; popular < 50; popular++)
				ck_assert(probe_find(popular, PROBE_NOW_NS));
		probe_put(i);
		ck_assert_uint_eq(probe_usage().entries, 200);
	}
}
END_TEST

/* The bound holds after every put, whether or not RCU's thread came to free anything. */
static void flood(uint64_t memory_bytes, uint32_t count)
{
	struct answer_cache_usage now;

	probe_open(1u << 20, memory_bytes);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_int_eq(answer_sample_put(
					 probe_cache, i, PROBE_NOW_NS, i % 2 ? ANSWER_NEGATIVE : 0),
			ANSWER_CACHE_OK);
		now = probe_usage();
		ck_assert_uint_le(now.memory_bytes, memory_bytes);
	}
	ck_assert_uint_eq(now.entries + now.entries_negative + now.evictions, count);
	ck_assert_uint_eq(probe_walk(0).count, now.entries + now.entries_negative);
	ck_assert_uint_gt(now.entries, 2 * now.entries_negative);
	ck_assert(probe_keeps(count - 1));
}

START_TEST(bytes_stay_bounded_under_a_flood_of_unique_names)
{
	flood(PROBE_MEMORY_BYTES, 50000);
	ck_assert_uint_gt(probe_usage().memory_bytes, PROBE_MEMORY_BYTES / 16 * 14);
}
END_TEST

START_TEST(smallest_memory_stays_bounded)
{
	flood(ANSWER_CACHE_MEMORY_BYTES_MIN, 5000);
	ck_assert_uint_gt(probe_usage().entries + probe_usage().entries_negative, 150);
}
END_TEST

START_TEST(answer_larger_than_the_memory_is_refused_and_the_older_one_stays)
{
	static const uint8_t message[UINT16_MAX];
	const struct answer_facts facts = answer_sample_facts(PROBE_NOW_NS, 0);
	struct answer_key key;

	probe_open(PROBE_ENTRIES_MAX, ANSWER_CACHE_MEMORY_BYTES_MIN);
	probe_put(1);
	probe_put(2);
	answer_sample_key(&key, 1);
	ck_assert_int_eq(answer_cache_put(probe_cache, &key, &facts, message, sizeof(message)),
		ANSWER_CACHE_TOO_LARGE);
	ck_assert(probe_find(1, PROBE_NOW_NS));
	ck_assert(probe_find(2, PROBE_NOW_NS));
}
END_TEST

START_TEST(negative_answers_are_counted_apart)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_int_eq(
			answer_sample_put(probe_cache, i, PROBE_NOW_NS, ANSWER_NEGATIVE), 0);
	probe_put(5);
	probe_put(0); /* it exists now */
	ck_assert_uint_eq(probe_usage().entries, 2);
	ck_assert_uint_eq(probe_usage().entries_negative, 4);
}
END_TEST

static void put_all(uint32_t first, uint32_t count, uint8_t flags)
{
	for (uint32_t i = first; i < first + count; i++)
		ck_assert_int_eq(answer_sample_put(probe_cache, i, PROBE_NOW_NS, flags), 0);
}

/* As large as by default, and full. */
START_TEST(names_that_do_not_exist_evict_none_that_do)
{
	probe_open(16384, 64u << 20);
	put_all(0, 16384, 0);
	ck_assert_uint_eq(probe_usage().entries, 12288);
	ck_assert_uint_eq(probe_usage().evictions, 4096);
	put_all(20000, 3 * 4096, ANSWER_NEGATIVE);
	ck_assert_uint_eq(probe_usage().entries, 12288);
	ck_assert_uint_eq(probe_usage().entries_negative, 4096);
}
END_TEST

START_TEST(names_that_do_exist_evict_none_that_do_not)
{
	probe_open(400, PROBE_MEMORY_BYTES);
	put_all(0, 1000, ANSWER_NEGATIVE);
	put_all(1000, 8000, 0);
	ck_assert_uint_eq(probe_usage().entries, 300);
	ck_assert_uint_eq(probe_usage().entries_negative, 100);
}
END_TEST

START_TEST(by_bytes_neither_kind_evicts_the_other)
{
	struct answer_cache_usage filled;

	probe_open(1u << 20, PROBE_MEMORY_BYTES);
	put_all(0, 20000, 0);
	filled = probe_usage();
	put_all(20000, 20000, ANSWER_NEGATIVE);
	ck_assert_uint_eq(probe_usage().entries, filled.entries);
	ck_assert_uint_gt(probe_usage().entries_negative, filled.entries / 4);
}
END_TEST

/* A quarter of them negative, as that is what these may be. */
START_TEST(hundred_thousand_typical_answers_take_less_than_32_megabytes)
{
	probe_open(131072, 32u << 20);
	put_all(0, 75000, 0);
	put_all(75000, 25000, ANSWER_NEGATIVE);
	ck_assert_uint_eq(probe_usage().entries, 75000);
	ck_assert_uint_eq(probe_usage().entries_negative, 25000);
	ck_assert_uint_eq(probe_usage().evictions, 0);
	ck_assert_uint_le(probe_usage().memory_bytes, 32000000);
}
END_TEST

static Suite *test_answer_cache_bounds_suite(void)
{
	Suite *suite = suite_create("answer_cache_bounds");
	TCase *bounds = tcase_create("bounds");

	tcase_add_checked_fixture(bounds, probe_start, probe_end);
	tcase_set_timeout(bounds, 30);
	tcase_add_test(bounds, hundred_thousand_typical_answers_take_less_than_32_megabytes);
	tcase_add_test(bounds, full_table_evicts_the_oldest_that_nobody_asked_for);
	tcase_add_test(bounds, answer_learned_again_is_spared);
	tcase_add_test(bounds, popular_names_survive_a_flood_of_unique_ones);
	tcase_add_test(bounds, bytes_stay_bounded_under_a_flood_of_unique_names);
	tcase_add_test(bounds, smallest_memory_stays_bounded);
	tcase_add_test(bounds, answer_larger_than_the_memory_is_refused_and_the_older_one_stays);
	tcase_add_test(bounds, negative_answers_are_counted_apart);
	tcase_add_test(bounds, names_that_do_not_exist_evict_none_that_do);
	tcase_add_test(bounds, names_that_do_exist_evict_none_that_do_not);
	tcase_add_test(bounds, by_bytes_neither_kind_evicts_the_other);
	suite_add_tcase(suite, bounds);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_cache_bounds_suite());
}
