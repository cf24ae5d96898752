/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/loss_window.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"

/* A window of 10 s from second 1000 on; times below are milliseconds from there. */

static struct loss_window window;

static void start(void)
{
	loss_window_clear(&window);
}

static uint64_t at(uint64_t ms)
{
	return 1000 * NS_PER_S + ms * NS_PER_MS;
}

static void met(uint32_t name, uint32_t client, enum loss_outcome outcome, uint64_t sent_ms)
{
	const struct loss_unit unit = { .name = name, .client = client, .resolver = 53 };

	loss_window_add(&window, NS_PER_S, &unit, outcome, at(sent_ms));
}

static struct loss_sum sum_of(uint32_t bucket_count, uint64_t now_ms)
{
	struct loss_sum sum;

	loss_window_sum(&window, at(now_ms), bucket_count, UINT32_MAX, &sum);
	return sum;
}

static struct loss_sum sum(uint64_t now_ms)
{
	return sum_of(LOSS_WINDOW_BUCKETS, now_ms);
}

START_TEST(empty_window_has_no_units_and_no_loss)
{
	const struct loss_sum empty = sum(0);

	ck_assert_uint_eq(empty.units, 0);
	ck_assert_uint_eq(loss_sum_ppm(&empty), 0);
	ck_assert(!loss_window_has_failed(&window, at(0)));
}
END_TEST

START_TEST(units_and_failures_are_counted_with_their_names_and_clients)
{
	struct loss_sum got;

	met(1, 1, LOSS_GOOD, 0);
	met(2, 1, LOSS_UNANSWERED, 100);
	met(2, 2, LOSS_FAILED, 200);
	met(3, 3, LOSS_GOOD, 300);
	got = sum(400);
	ck_assert_uint_eq(got.units, 4);
	ck_assert_uint_eq(got.failed, 2);
	ck_assert_uint_eq(got.names, 3);
	ck_assert_uint_eq(got.clients, 3);
	ck_assert_uint_eq(loss_sum_ppm(&got), 500000);
}
END_TEST

START_TEST(one_name_of_one_client_is_one_unit_in_a_bucket)
{
	for (uint64_t i = 0; i < 50; i++)
		met(1, 1, LOSS_UNANSWERED, i);
	ck_assert_uint_eq(sum(100).units, 1);
	ck_assert_uint_eq(sum(100).failed, 1);
	met(1, 1, LOSS_UNANSWERED, 1000); /* another look-up, a second later */
	ck_assert_uint_eq(sum(1000).units, 2);
}
END_TEST

START_TEST(one_good_response_saves_its_unit_whenever_it_comes)
{
	met(1, 1, LOSS_GOOD, 0); /* A is answered, AAAA is not */
	met(1, 1, LOSS_UNANSWERED, 1);
	met(2, 1, LOSS_UNANSWERED, 0); /* the other way round */
	met(2, 1, LOSS_GOOD, 1);
	ck_assert_uint_eq(sum(100).units, 2);
	ck_assert_uint_eq(sum(100).failed, 0);
}
END_TEST

START_TEST(outcome_counts_when_its_query_was_sent)
{
	met(9, 1, LOSS_GOOD, 5000); /* known before */
	met(1, 1, LOSS_UNANSWERED, 0);
	ck_assert_uint_eq(sum(9999).failed, 1);
	ck_assert_uint_eq(sum(10000).failed, 0);
	ck_assert_uint_eq(sum(10000).units, 1);
}
END_TEST

START_TEST(window_ends_with_the_tenth_bucket)
{
	met(1, 1, LOSS_UNANSWERED, 999);
	met(2, 1, LOSS_UNANSWERED, 1000);
	ck_assert_uint_eq(sum(9999).units, 2);
	ck_assert_uint_eq(sum(10000).units, 1);
	ck_assert(loss_window_has_failed(&window, at(10999)));
	ck_assert(!loss_window_has_failed(&window, at(11000)));
	ck_assert_uint_eq(sum(11000).units, 0);
}
END_TEST

START_TEST(newest_buckets_can_be_summed_alone)
{
	met(1, 1, LOSS_UNANSWERED, 500);
	met(2, 1, LOSS_GOOD, 3500);
	ck_assert_uint_eq(sum_of(4, 3999).units, 2);
	ck_assert_uint_eq(sum_of(4, 4000).units, 1);
	ck_assert_uint_eq(sum_of(4, 4000).failed, 0);
	ck_assert_uint_eq(sum_of(1, 4000).units, 0);
}
END_TEST

START_TEST(what_is_older_than_the_window_is_passed_over)
{
	met(1, 1, LOSS_GOOD, 15000);
	met(2, 1, LOSS_UNANSWERED, 5000); /* the same place, ten seconds ago */
	ck_assert_uint_eq(sum(15000).units, 1);
	ck_assert_uint_eq(sum(15000).failed, 0);
}
END_TEST

START_TEST(what_was_sent_after_now_is_not_counted_yet)
{
	met(1, 1, LOSS_UNANSWERED, 3000);
	ck_assert_uint_eq(sum(2999).units, 0);
	ck_assert_uint_eq(sum(3000).units, 1);
}
END_TEST

START_TEST(majority_of_one_client_is_told_apart)
{
	for (uint32_t i = 0; i < 6; i++)
		met(i, 7, LOSS_UNANSWERED, 100 * i);
	met(1, 8, LOSS_UNANSWERED, 0);
	met(2, 9, LOSS_FAILED, 0);
	met(3, 9, LOSS_GOOD, 0);
	ck_assert_uint_eq(sum(999).failed, 8);
	ck_assert_uint_eq(sum(999).failed_beside_client, 2);
}
END_TEST

START_TEST(without_a_majority_nothing_is_left_out)
{
	for (uint32_t i = 0; i < 4; i++) {
		met(i, 7, LOSS_UNANSWERED, 100 * i);
		met(i, 8, LOSS_UNANSWERED, 100 * i);
	}
	ck_assert_uint_eq(sum(999).failed_beside_client, 8);
}
END_TEST

START_TEST(majority_of_one_resolver_is_told_apart)
{
	const struct loss_unit other = { .name = 1, .client = 1, .resolver = 54 };

	for (uint32_t i = 0; i < 5; i++)
		met(i, i, LOSS_UNANSWERED, 0);
	loss_window_add(&window, NS_PER_S, &other, LOSS_UNANSWERED, at(0));
	ck_assert_uint_eq(sum(0).failed, 6);
	ck_assert_uint_eq(sum(0).failed_beside_resolver, 1);
}
END_TEST

static void met_in(uint32_t zone, uint32_t name, enum loss_outcome outcome)
{
	const struct loss_unit unit = { name, 1, 53, zone };

	loss_window_add(&window, NS_PER_S, &unit, outcome, at(0));
}

START_TEST(majority_of_one_zone_is_told_apart)
{
	for (uint32_t i = 0; i < 5; i++)
		met_in(7, i, LOSS_UNANSWERED);
	ck_assert_uint_eq(sum(0).zones, 1);
	met_in(8, 5, LOSS_FAILED);
	met_in(9, 6, LOSS_GOOD);
	ck_assert_uint_eq(sum(0).failed, 6);
	ck_assert_uint_eq(sum(0).failed_beside_zone, 1);
	ck_assert_uint_eq(sum(0).zones, 3);
}
END_TEST

START_TEST(units_of_no_known_zone_are_of_none)
{
	met_in(7, 1, LOSS_FAILED);
	met_in(0, 2, LOSS_GOOD);
	met_in(0, 3, LOSS_GOOD);
	ck_assert_uint_eq(sum(0).zones, 1);
}
END_TEST

START_TEST(zone_may_be_known_later_and_is_no_other_unit)
{
	met_in(0, 1, LOSS_GOOD);
	met_in(7, 1, LOSS_UNANSWERED);
	met_in(0, 1, LOSS_UNANSWERED);
	met_in(7, 2, LOSS_FAILED);
	ck_assert_uint_eq(sum(0).units, 2);
	ck_assert_uint_eq(sum(0).failed, 1);
	ck_assert_uint_eq(sum(0).zones, 1);
}
END_TEST

START_TEST(unanswered_ones_of_a_resolver_can_be_taken_back)
{
	const struct loss_unit other = { .name = 1, .client = 1, .resolver = 54 };
	struct loss_sum got;

	met(1, 1, LOSS_UNANSWERED, 0);
	met(2, 1, LOSS_FAILED, 0);
	met(3, 1, LOSS_FAILED, 0);
	met(3, 1, LOSS_UNANSWERED, 0);
	met(4, 1, LOSS_GOOD, 0);
	loss_window_add(&window, NS_PER_S, &other, LOSS_UNANSWERED, at(0));
	loss_window_take_back(&window, 53);
	got = sum(0);
	ck_assert_uint_eq(got.units, 4);
	ck_assert_uint_eq(got.failed, 3); /* by responses, and the other resolver's */
	met(1, 1, LOSS_UNANSWERED, 0);    /* the place is free again */
	ck_assert_uint_eq(sum(0).units, 5);
}
END_TEST

START_TEST(another_length_empties_the_window)
{
	const struct loss_unit unit = { .name = 2, .client = 1, .resolver = 53 };

	met(1, 1, LOSS_UNANSWERED, 0);
	loss_window_add(&window, 2 * NS_PER_S, &unit, LOSS_GOOD, at(0));
	ck_assert_uint_eq(sum(0).units, 1);
	ck_assert_uint_eq(sum(0).failed, 0);
	ck_assert_uint_eq(sum(19999).units, 1);
	ck_assert(!loss_window_has_failed(&window, at(0)));
}
END_TEST

START_TEST(distinct_ones_are_counted_up_to_a_limit)
{
	struct loss_sum got;

	for (uint32_t i = 0; i < 8; i++)
		met(i, i, LOSS_GOOD, 1000 * i);
	loss_window_sum(&window, at(8000), LOSS_WINDOW_BUCKETS, 3, &got);
	ck_assert_uint_eq(got.names, 3);
	ck_assert_uint_eq(got.clients, 3);
	ck_assert_uint_eq(got.units, 8);
}
END_TEST

/* 10,000 units a second, three in ten failing, the failing ones first and from few clients. */
START_TEST(share_stays_right_with_more_units_than_fit)
{
	struct loss_sum got;

	for (uint64_t s = 0; s < 10; s++) {
		for (uint32_t i = 0; i < 10000; i++)
			met(i * 2654435761u, i % 7, i < 3000 ? LOSS_UNANSWERED : LOSS_GOOD,
				1000 * s + i / 10);
	}
	got = sum(9999);
	ck_assert_uint_eq(got.units, LOSS_WINDOW_UNITS_MAX);
	ck_assert_uint_ge(loss_sum_ppm(&got), 200000);
	ck_assert_uint_le(loss_sum_ppm(&got), 400000);
	ck_assert_uint_eq(got.clients, 7);
}
END_TEST

/* A unit that was left out of the sample does not come in later by another outcome. */
START_TEST(sample_does_not_depend_on_the_order)
{
	struct loss_sum forwards, backwards;

	for (uint32_t i = 0; i < 500; i++)
		met(i, 1, i % 2 ? LOSS_UNANSWERED : LOSS_GOOD, 0);
	forwards = sum(0);
	start();
	for (uint32_t i = 500; i-- > 0;)
		met(i, 1, i % 2 ? LOSS_UNANSWERED : LOSS_GOOD, 0);
	backwards = sum(0);
	ck_assert_uint_eq(forwards.units, backwards.units);
	ck_assert_uint_eq(forwards.failed, backwards.failed);
}
END_TEST

static Suite *test_loss_window_suite(void)
{
	Suite *suite = suite_create("loss_window");
	TCase *all = tcase_create("loss_window");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, empty_window_has_no_units_and_no_loss);
	tcase_add_test(all, units_and_failures_are_counted_with_their_names_and_clients);
	tcase_add_test(all, one_name_of_one_client_is_one_unit_in_a_bucket);
	tcase_add_test(all, one_good_response_saves_its_unit_whenever_it_comes);
	tcase_add_test(all, outcome_counts_when_its_query_was_sent);
	tcase_add_test(all, window_ends_with_the_tenth_bucket);
	tcase_add_test(all, newest_buckets_can_be_summed_alone);
	tcase_add_test(all, what_is_older_than_the_window_is_passed_over);
	tcase_add_test(all, what_was_sent_after_now_is_not_counted_yet);
	tcase_add_test(all, majority_of_one_client_is_told_apart);
	tcase_add_test(all, without_a_majority_nothing_is_left_out);
	tcase_add_test(all, majority_of_one_resolver_is_told_apart);
	tcase_add_test(all, majority_of_one_zone_is_told_apart);
	tcase_add_test(all, units_of_no_known_zone_are_of_none);
	tcase_add_test(all, zone_may_be_known_later_and_is_no_other_unit);
	tcase_add_test(all, unanswered_ones_of_a_resolver_can_be_taken_back);
	tcase_add_test(all, another_length_empties_the_window);
	tcase_add_test(all, distinct_ones_are_counted_up_to_a_limit);
	tcase_add_test(all, share_stays_right_with_more_units_than_fit);
	tcase_add_test(all, sample_does_not_depend_on_the_order);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_loss_window_suite());
}
