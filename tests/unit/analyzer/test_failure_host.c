/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include "tests/support/failure_lab.h"

/*
 * When the host is failing. Resolvers 51 to 53 have answered clients 1 to 4; lookups are
 * sent at 1 s and judged at 3 s.
 */

#define SENT_MS   1000
#define JUDGED_MS 3000

static void know(uint16_t resolver)
{
	failure_lab_to("bridge:br0", resolver);
	for (uint8_t client = 1; client <= 4; client++) {
		failure_lab_from(client, client);
		failure_lab_good("healthy.zone.example", 0, 1);
	}
}

static void start(void)
{
	failure_lab_start();
	know(53);
	failure_lab_miss(1); /* the windows are empty */
}

static bool is_host_failing(uint64_t ms)
{
	failure_lab_judge(ms);
	return failure_lab_levels(ms).hosts == 1;
}

static enum failure_level look(uint16_t resolver, uint64_t ms)
{
	failure_lab_to("bridge:br0", resolver);
	failure_lab_from(4, 4);
	return failure_lab_look("never.asked.example", ms);
}

/* Two clients ask this resolver for ten names, in vain but for @good of them. */
static void ask(uint16_t resolver, unsigned int good, uint64_t sent_ms)
{
	failure_lab_to("bridge:br0", resolver);
	failure_lab_win(1, good, sent_ms);
	failure_lab_lose(1, (10 - good) / 2, sent_ms);
	failure_lab_lose(2, (10 - good) / 2, sent_ms);
}

START_TEST(host_with_one_resolver_fails_by_its_share)
{
	const struct failure_loss *loss = &failure_lab.losses[1];

	ask(53, 6, SENT_MS);
	ck_assert(is_host_failing(JUDGED_MS));
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).loss_ppm, 400000);
	ck_assert(loss->is_host && loss->is_failing);
	ck_assert_uint_eq(loss->sum.units, 10);
	ck_assert_uint_eq(loss->sum.failed, 4);
	ck_assert_uint_eq(loss->resolvers_asked, 1);
	ck_assert_uint_eq(loss->resolvers_failing, 1);
}
END_TEST

START_TEST(one_resolver_cannot_fail_the_host_beside_another)
{
	know(51);
	failure_lab_miss(1);
	ask(53, 2, SENT_MS);
	ck_assert(!is_host_failing(JUDGED_MS));
	ck_assert_int_eq(look(53, JUDGED_MS), FAILURE_LOSSY);
	ck_assert_int_eq(look(51, JUDGED_MS), FAILURE_NONE); /* not even if it was not asked */
}
END_TEST

/* Three of ten at each of two, by four clients together: too few for a resolver, enough for the host. */
START_TEST(many_resolvers_with_few_lookups_each_fail_the_host)
{
	know(51);
	know(52);
	failure_lab_miss(1);
	for (uint16_t resolver = 51; resolver <= 53; resolver++) {
		failure_lab_to("bridge:br0", resolver);
		failure_lab_win(3, 3, SENT_MS);
		failure_lab_lose(1, 1, SENT_MS);
		failure_lab_lose(2, 1, SENT_MS);
	}
	ck_assert(is_host_failing(JUDGED_MS));
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 0);
	ck_assert_int_eq(look(52, JUDGED_MS), FAILURE_HOST);
}
END_TEST

START_TEST(host_fails_when_most_of_its_resolvers_do)
{
	know(51);
	know(52);
	failure_lab_miss(1);
	ask(51, 10, SENT_MS);
	failure_lab_win(4, 200, SENT_MS); /* whatever the share */
	ask(52, 6, SENT_MS);
	ck_assert(!is_host_failing(JUDGED_MS));
	ask(53, 6, SENT_MS);
	ck_assert(is_host_failing(JUDGED_MS + 100));
	ck_assert_uint_eq(failure_lab.losses[1].resolvers_asked, 3);
	ck_assert_uint_eq(failure_lab.losses[1].resolvers_failing, 2);
}
END_TEST

START_TEST(half_of_its_resolvers_are_not_most)
{
	know(51);
	failure_lab_miss(1);
	ask(51, 10, SENT_MS);
	ask(53, 0, SENT_MS);
	ck_assert(!is_host_failing(JUDGED_MS));
}
END_TEST

START_TEST(only_resolvers_that_were_asked_are_counted)
{
	know(51);
	know(52);
	ask(52, 6, 11000);
	ask(53, 6, 11000);
	ck_assert(is_host_failing(13000)); /* 51 was asked 13 s ago */
	ck_assert_uint_eq(failure_lab.losses[2].resolvers_asked, 2);
}
END_TEST

START_TEST(failing_host_does_not_touch_a_resolver_that_does_well)
{
	know(51);
	know(52);
	failure_lab_miss(1);
	ask(51, 2, SENT_MS);
	ask(52, 2, SENT_MS);
	ask(53, 10, SENT_MS);
	ck_assert(is_host_failing(JUDGED_MS));
	ck_assert_int_eq(look(53, JUDGED_MS), FAILURE_NONE);
	for (uint64_t s = 2; s < 12; s++) {
		ask(51, 2, 1000 * s);
		ask(52, 2, 1000 * s);
		ck_assert(is_host_failing(1000 * s + 1900));
	}
	ck_assert_int_eq(look(53, 13000), FAILURE_HOST); /* it has not been asked for long */
}
END_TEST

START_TEST(silent_resolvers_fail_a_host_and_release_it_at_once)
{
	know(51);
	failure_lab_miss(1);
	/* As many a second as a window keeps, whatever their hashes are. */
	for (uint64_t s = 1; s < 8; s++) {
		failure_lab_to("bridge:br0", 51);
		failure_lab_lose(1, 3, 1000 * s);
		failure_lab_lose(2, 1, 1000 * s);
		failure_lab_to("bridge:br0", 53);
		failure_lab_lose(1, 3, 1000 * s);
		failure_lab_lose(2, 1, 1000 * s);
	}
	ck_assert(is_host_failing(9000));
	failure_lab_good("first.example", 9009, 9010);
	ck_assert(!is_host_failing(9010)); /* what is left is one silent resolver of two */
	ck_assert_uint_eq(failure_lab_levels(9010).loss_ppm, 1000000 * 28 / 29);
	ck_assert_int_eq(look(53, 9011), FAILURE_NONE);
	ck_assert_int_eq(look(51, 9011), FAILURE_SILENT);
}
END_TEST

START_TEST(one_failed_lookup_on_an_idle_host_fails_nobody)
{
	failure_lab_from(1, 1);
	failure_lab_time_out("a.example", SENT_MS);
	ck_assert(!is_host_failing(JUDGED_MS));
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).loss_ppm, 1000000);
	ck_assert_int_eq(look(53, JUDGED_MS), FAILURE_NONE);
}
END_TEST

/* 40 resolvers become lossy at once: no change is lost for want of room. */
START_TEST(changes_that_find_no_room_are_told_by_the_next_call)
{
	size_t told = 0, count;

	for (uint16_t resolver = 100; resolver < 140; resolver++) {
		know(resolver);
		ask(resolver, 6, SENT_MS);
	}
	while ((count = failure_lab_judge(JUDGED_MS)) > 0)
		told += count;
	ck_assert_uint_eq(told, 41);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 40);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).hosts, 1);
}
END_TEST

/* A forgotten resolver takes what it counted with it. */
START_TEST(lossy_resolvers_are_forgotten_whole)
{
	ask(53, 6, SENT_MS);
	ck_assert(is_host_failing(JUDGED_MS));
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 1);
	for (uint16_t i = 0; i < FAILURE_RESOLVERS_MAX; i++) {
		failure_lab_to("bridge:br0", (uint16_t)(1000 + i));
		failure_lab_good("healthy.zone.example", JUDGED_MS, JUDGED_MS + 1);
	}
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 0);
	failure_lab_judge(JUDGED_MS + 100);
}
END_TEST

static Suite *test_failure_host_suite(void)
{
	Suite *suite = suite_create("failure_host");
	TCase *all = tcase_create("failure_host");

	tcase_add_checked_fixture(all, start, failure_lab_end);
	tcase_add_test(all, host_with_one_resolver_fails_by_its_share);
	tcase_add_test(all, one_resolver_cannot_fail_the_host_beside_another);
	tcase_add_test(all, many_resolvers_with_few_lookups_each_fail_the_host);
	tcase_add_test(all, host_fails_when_most_of_its_resolvers_do);
	tcase_add_test(all, half_of_its_resolvers_are_not_most);
	tcase_add_test(all, only_resolvers_that_were_asked_are_counted);
	tcase_add_test(all, failing_host_does_not_touch_a_resolver_that_does_well);
	tcase_add_test(all, silent_resolvers_fail_a_host_and_release_it_at_once);
	tcase_add_test(all, one_failed_lookup_on_an_idle_host_fails_nobody);
	tcase_add_test(all, changes_that_find_no_room_are_told_by_the_next_call);
	tcase_add_test(all, lossy_resolvers_are_forgotten_whole);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_failure_host_suite());
}
