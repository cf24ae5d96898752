/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/response_times.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"

static struct response_times times;

static void start(void)
{
	times = (struct response_times){ 0 };
}

static void add(unsigned int count, uint64_t took_ns)
{
	while (count-- > 0)
		response_times_add(&times, took_ns);
}

START_TEST(nothing_is_known_of_no_responses)
{
	ck_assert_uint_eq(response_times_p99_ns(&times), 0);
}
END_TEST

START_TEST(bucket_holds_its_upper_bound)
{
	uint64_t bound_ns = DURATION_BUCKETS_FIRST_NS;

	ck_assert_uint_eq(duration_bucket(0), 0);
	for (unsigned int i = 0; i < DURATION_BUCKETS_EDGES; i++) {
		ck_assert_uint_eq(duration_bucket(bound_ns), i);
		ck_assert_uint_eq(duration_bucket(bound_ns + 1), i + 1);
		bound_ns *= 2;
	}
	ck_assert_uint_eq(duration_bucket(UINT64_MAX), DURATION_BUCKETS_EDGES);
}
END_TEST

START_TEST(p99_is_at_least_the_time_and_less_than_twice_it)
{
	for (uint64_t took_ns = NS_PER_MS; took_ns < 4 * NS_PER_S; took_ns += took_ns / 3) {
		start();
		add(200, took_ns);
		ck_assert_uint_ge(response_times_p99_ns(&times), took_ns);
		ck_assert_uint_lt(response_times_p99_ns(&times), 2 * took_ns);
	}
}
END_TEST

START_TEST(one_slow_response_in_a_hundred_does_not_count)
{
	add(99, NS_PER_MS);
	add(1, NS_PER_S);
	ck_assert_uint_eq(response_times_p99_ns(&times), NS_PER_MS);
}
END_TEST

START_TEST(two_slow_responses_in_a_hundred_count)
{
	add(98, NS_PER_MS);
	add(2, NS_PER_S);
	ck_assert_uint_ge(response_times_p99_ns(&times), NS_PER_S);
}
END_TEST

START_TEST(single_response_counts)
{
	add(1, 100 * NS_PER_MS);
	ck_assert_uint_ge(response_times_p99_ns(&times), 100 * NS_PER_MS);
}
END_TEST

START_TEST(old_responses_fade)
{
	add(100000, NS_PER_S);
	add(100000, NS_PER_MS);
	ck_assert_uint_eq(response_times_p99_ns(&times), NS_PER_MS);
	ck_assert_uint_lt(times.count, 4096);
}
END_TEST

START_TEST(longest_times_share_the_last_bucket)
{
	add(10, UINT64_MAX);
	ck_assert_uint_eq(response_times_p99_ns(&times),
		DURATION_BUCKETS_FIRST_NS << (DURATION_BUCKETS_EDGES - 1));
}
END_TEST

static Suite *test_response_times_suite(void)
{
	Suite *suite = suite_create("response_times");
	TCase *all = tcase_create("response_times");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, nothing_is_known_of_no_responses);
	tcase_add_test(all, bucket_holds_its_upper_bound);
	tcase_add_test(all, p99_is_at_least_the_time_and_less_than_twice_it);
	tcase_add_test(all, one_slow_response_in_a_hundred_does_not_count);
	tcase_add_test(all, two_slow_responses_in_a_hundred_count);
	tcase_add_test(all, single_response_counts);
	tcase_add_test(all, old_responses_fade);
	tcase_add_test(all, longest_times_share_the_last_bucket);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_response_times_suite());
}
