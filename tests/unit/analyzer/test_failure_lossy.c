/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include "tests/support/failure_lab.h"

/*
 * When a resolver is lossy. Edges 1 to 4 are known to show its responses. Lookups are
 * sent at 1 s and judged at 3 s unless said otherwise; one is answered after the lost
 * ones were sent, so that there is no silence.
 */

#define SENT_MS   1000
#define JUDGED_MS 3000

static void start(void)
{
	failure_lab_start();
	for (uint8_t client = 1; client <= 4; client++) {
		failure_lab_from(client, client);
		failure_lab_good("healthy.zone.example", 0, 1);
	}
	failure_lab_miss(1); /* the windows are empty */
}

static enum failure_level level(uint64_t ms)
{
	failure_lab_judge(ms);
	failure_lab_from(4, 4);
	return failure_lab_look("never.asked.example", ms);
}

/* Two clients lost two of ten between them: just enough. */
static void become_lossy(void)
{
	failure_lab_win(1, 4, SENT_MS);
	failure_lab_win(2, 4, SENT_MS);
	failure_lab_lose(1, 1, SENT_MS);
	failure_lab_lose(2, 1, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_LOSSY);
}

START_TEST(fifth_of_ten_lookups_makes_a_resolver_lossy)
{
	const struct failure_loss *loss = &failure_lab.losses[0];

	become_lossy();
	ck_assert(loss->is_failing);
	ck_assert(!loss->is_host);
	ck_assert_uint_eq(loss->resolver.ip[15], 53);
	ck_assert_uint_eq(loss->sum.units, 10);
	ck_assert_uint_eq(loss->sum.failed, 2);
	ck_assert_uint_eq(loss->sum.names, 5);
	ck_assert_uint_eq(loss->sum.clients, 2);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 1);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_silent, 0);
}
END_TEST

START_TEST(less_than_a_fifth_does_not)
{
	failure_lab_win(1, 5, SENT_MS);
	failure_lab_win(2, 4, SENT_MS);
	failure_lab_lose(1, 1, SENT_MS);
	failure_lab_lose(2, 1, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(fewer_than_ten_do_not_whatever_their_share)
{
	failure_lab_win(1, 1, SENT_MS);
	failure_lab_lose(1, 4, SENT_MS);
	failure_lab_lose(2, 4, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(two_names_do_not)
{
	for (uint64_t s = 0; s < 3; s++) {
		for (uint8_t client = 1; client <= 4; client++) {
			failure_lab_win(client, 1, SENT_MS + 1000 * s);
			failure_lab_lose(client, 1, SENT_MS + 1000 * s);
		}
	}
	ck_assert_int_eq(level(JUDGED_MS + 2000), FAILURE_NONE);
	failure_lab_win(1, 2, SENT_MS + 2000);
	ck_assert_int_eq(level(JUDGED_MS + 2200), FAILURE_LOSSY);
}
END_TEST

START_TEST(types_and_retries_of_a_lookup_count_once)
{
	failure_lab_win(1, 4, SENT_MS);
	failure_lab_win(2, 4, SENT_MS);
	for (int i = 0; i < 20; i++)
		failure_lab_lose(i % 2 ? 1 : 2, 1, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_LOSSY);
	ck_assert_uint_eq(failure_lab.losses[0].sum.failed, 2);
}
END_TEST

START_TEST(lookup_of_which_one_query_was_answered_is_no_failure)
{
	failure_lab_win(1, 10, SENT_MS);
	for (int i = 0; i < 10; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "good%d.zone.example", i);
		failure_lab_time_out(text, SENT_MS);
	}
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).loss_ppm, 0);
}
END_TEST

START_TEST(one_client_with_a_hundred_failing_names_is_not_enough_beside_another)
{
	failure_lab_win(2, 30, SENT_MS);
	for (uint64_t s = 0; s < 4; s++)
		failure_lab_lose(1, 25, SENT_MS + 100 * s);
	failure_lab_lose(1, 25, SENT_MS);
	failure_lab_good("last.example", JUDGED_MS, JUDGED_MS + 1);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(one_client_counts_up_to_half_of_what_is_needed)
{
	failure_lab_win(2, 8, SENT_MS);
	failure_lab_win(3, 8, SENT_MS);
	failure_lab_lose(1, 7, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
	failure_lab_lose(2, 2, SENT_MS); /* 25 lookups need 5: of others at least 3 */
	ck_assert_int_eq(level(JUDGED_MS + 200), FAILURE_NONE);
	failure_lab_lose(3, 1, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS + 400), FAILURE_LOSSY);
}
END_TEST

START_TEST(client_is_an_edge_whatever_addresses_it_uses)
{
	failure_lab_win(2, 4, SENT_MS);
	for (uint8_t address = 10; address < 20; address++) {
		failure_lab_from(address, 1);
		failure_lab_time_out("a.example", SENT_MS);
		failure_lab_time_out("b.example", SENT_MS);
	}
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(on_a_host_with_one_client_it_is_enough_alone)
{
	failure_lab_win(1, 8, SENT_MS);
	failure_lab_lose(1, 2, SENT_MS);
	failure_lab_judge(JUDGED_MS);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("never.asked.example", JUDGED_MS), FAILURE_LOSSY);
}
END_TEST

START_TEST(two_clients_of_two_resolvers_are_no_host_with_one_client)
{
	failure_lab_win(1, 8, SENT_MS);
	failure_lab_lose(1, 8, SENT_MS);
	failure_lab_to("bridge:br0", 54);
	failure_lab_win(2, 1, SENT_MS);
	failure_lab_to("bridge:br0", 53);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(it_goes_on_while_half_of_the_threshold_fails)
{
	become_lossy();
	for (uint64_t s = 2; s < 30; s++) { /* one in eight */
		failure_lab_win(1, 4, 1000 * s);
		failure_lab_win(2, 3, 1000 * s);
		failure_lab_lose(1 + s % 2, 1, 1000 * s);
		ck_assert_int_eq(level(1000 * s + 1900), FAILURE_LOSSY);
	}
	for (uint64_t s = 30; s < 40; s++) { /* one in twenty */
		failure_lab_win(1, 10, 1000 * s);
		failure_lab_win(2, 9, 1000 * s);
		failure_lab_lose(1 + s % 2, 1, 1000 * s);
		(void)level(1000 * s + 1900);
	}
	ck_assert_int_eq(level(42000), FAILURE_NONE);
}
END_TEST

START_TEST(one_in_eight_does_not_begin_it)
{
	for (uint64_t s = 2; s < 30; s++) {
		failure_lab_win(1, 4, 1000 * s);
		failure_lab_win(2, 3, 1000 * s);
		failure_lab_lose(1 + s % 2, 1, 1000 * s);
		ck_assert_int_eq(level(1000 * s + 1900), FAILURE_NONE);
	}
}
END_TEST

START_TEST(it_ends_within_four_seconds_of_the_last_loss)
{
	for (uint64_t s = 1; s <= 10; s++) {
		failure_lab_win(1, 4, 1000 * s + 900);
		failure_lab_lose(1, 2, 1000 * s + 900);
		failure_lab_lose(2, 2, 1000 * s + 900);
	}
	ck_assert_int_eq(level(12700), FAILURE_LOSSY);
	for (uint64_t ms = 11000; ms < 15000; ms += 500)
		failure_lab_win(1, 1, ms);
	ck_assert_int_eq(level(13900), FAILURE_LOSSY);
	ck_assert_int_eq(level(14000), FAILURE_NONE);
	ck_assert(!failure_lab.losses[0].is_failing);
	ck_assert_uint_eq(failure_lab_levels(14000).resolvers_lossy, 0);
	for (uint64_t ms = 14100; ms < 25000; ms += 100) /* and does not come back */
		ck_assert_int_eq(level(ms), FAILURE_NONE);
}
END_TEST

START_TEST(it_ends_when_nobody_asks)
{
	become_lossy();
	ck_assert_int_eq(level(4900), FAILURE_LOSSY);
	ck_assert_int_eq(level(5000), FAILURE_NONE);
}
END_TEST

START_TEST(it_is_told_once_each_time)
{
	become_lossy();
	for (uint64_t ms = JUDGED_MS + 100; ms < 4900; ms += 100)
		ck_assert_uint_eq(failure_lab_judge(ms), 0);
	ck_assert_uint_gt(failure_lab_judge(5000), 0);
	ck_assert_uint_eq(failure_lab_judge(5100), 0);
}
END_TEST

START_TEST(silence_takes_the_place_of_lossiness)
{
	become_lossy();
	failure_lab_lose(1, 2, JUDGED_MS);
	for (uint64_t ms = 4800; ms < 5000; ms += 100) { /* before and after a judgement */
		ck_assert_uint_eq(failure_lab_levels(ms).resolvers_silent, 1);
		ck_assert_uint_eq(failure_lab_levels(ms).resolvers_lossy, 0);
		ck_assert_int_eq(level(ms), FAILURE_SILENT);
	}
}
END_TEST

/* Ten seconds of outage for two clients; the first response at 15 s. */
START_TEST(end_of_silence_takes_every_timeout_back)
{
	failure_lab_win(1, 10, 4000);
	for (uint64_t s = 5; s < 13; s++) {
		failure_lab_lose(1, 4, 1000 * s);
		failure_lab_lose(2, 4, 1000 * s);
	}
	ck_assert_int_eq(level(14900), FAILURE_SILENT);
	ck_assert_uint_gt(failure_lab_levels(14900).loss_ppm, 900000);
	ck_assert(failure_lab_good("first.example", 14990, 15000).ended_silence);
	ck_assert_int_eq(level(15000), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(15000).loss_ppm, 0);
	failure_lab_lose(1, 4, 14900); /* sent before, known later */
	failure_lab_lose(2, 4, 14900);
	ck_assert_uint_eq(failure_lab_levels(16700).loss_ppm, 0);
	ck_assert_int_eq(level(16700), FAILURE_NONE);
}
END_TEST

START_TEST(responses_while_nobody_is_silent_take_nothing_back)
{
	become_lossy();
	failure_lab_good("more.zone.example", JUDGED_MS, JUDGED_MS + 1);
	ck_assert_int_eq(level(JUDGED_MS + 200), FAILURE_LOSSY);
}
END_TEST

START_TEST(what_was_missed_voids_the_windows)
{
	become_lossy();
	failure_lab_miss(JUDGED_MS);
	ck_assert_int_eq(failure_lab_look("never.asked.example", JUDGED_MS), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).resolvers_lossy, 0);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).loss_ppm, 0);
	ck_assert_uint_eq(failure_lab_judge(JUDGED_MS + 100), 0);
	ck_assert_int_eq(failure_lab_look("never.asked.example", 3200), FAILURE_NONE);
}
END_TEST

START_TEST(one_sided_edges_count_nowhere)
{
	failure_lab_win(1, 10, SENT_MS);
	for (uint8_t client = 10; client < 20; client++)
		failure_lab_lose(client, 2, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(JUDGED_MS).loss_ppm, 0);
}
END_TEST

static void fail_all(enum failure_response response)
{
	for (uint8_t client = 1; client <= 2; client++) {
		failure_lab_win(client, 3, SENT_MS);
		for (int i = 0; i < 3; i++) {
			char text[32];

			(void)snprintf(text, sizeof(text), "bad%d.example", i);
			failure_lab_respond(text, response, SENT_MS, SENT_MS + 10);
		}
	}
}

START_TEST(failing_responses_count_and_neutral_ones_do_not)
{
	static const enum failure_response failing[] = { FAILURE_RESPONSE_SERVFAIL,
		FAILURE_RESPONSE_REFUSED, FAILURE_RESPONSE_UNREACHABLE };

	for (uint64_t i = 0; i < 3; i++) {
		failure_lab_miss(1);
		fail_all(failing[i]);
		ck_assert_int_eq(level(JUDGED_MS + 100 * i), FAILURE_LOSSY);
	}
	failure_lab_miss(1);
	fail_all(FAILURE_RESPONSE_OTHER);
	ck_assert_int_eq(level(JUDGED_MS + 300), FAILURE_NONE);
}
END_TEST

START_TEST(what_is_no_condition_counts_as_nothing)
{
	static const enum failure_response failing[] = { FAILURE_RESPONSE_SERVFAIL,
		FAILURE_RESPONSE_REFUSED, FAILURE_RESPONSE_UNREACHABLE };
	static const uint32_t bits[] = { FAILURE_CONDITION_SERVFAIL, FAILURE_CONDITION_REFUSED,
		FAILURE_CONDITION_UNREACHABLE };
	struct failure_limits limits = failure_lab_limits;

	for (uint64_t i = 0; i < 3; i++) {
		failure_lab_miss(1);
		limits.conditions = FAILURE_LAB_CONDITIONS & ~bits[i];
		failure_set_limits(failure_lab.state, &limits);
		fail_all(failing[i]);
		ck_assert_int_eq(level(JUDGED_MS + 100 * i), FAILURE_NONE);
		failure_lab_from(1, 1);
		ck_assert_int_eq(failure_lab_look("bad0.example", JUDGED_MS), FAILURE_NONE);
	}
}
END_TEST

START_TEST(without_timeout_as_a_condition_nobody_is_silent)
{
	struct failure_limits limits = failure_lab_limits;

	limits.conditions = FAILURE_LAB_CONDITIONS & ~FAILURE_CONDITION_TIMEOUT;
	failure_set_limits(failure_lab.state, &limits);
	failure_lab_lose(1, 20, SENT_MS);
	failure_lab_lose(2, 20, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
	ck_assert_int_eq(failure_lab_look("lost0.zone.example", JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(limits_hold_from_when_they_are_set)
{
	struct failure_limits limits = failure_lab_limits;

	become_lossy();
	limits.loss_ppm = 500000;
	failure_set_limits(failure_lab.state, &limits);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
	limits.loss_ppm = 100000;
	failure_set_limits(failure_lab.state, &limits);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_LOSSY);
	limits.min_samples = 21;
	failure_set_limits(failure_lab.state, &limits);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_NONE);
}
END_TEST

START_TEST(unreachable_is_no_response_of_the_resolver)
{
	struct failure_change change;

	failure_lab_lose(1, 2, SENT_MS);
	ck_assert_int_eq(level(JUDGED_MS), FAILURE_SILENT);
	change = failure_lab_respond("x.example", FAILURE_RESPONSE_UNREACHABLE, 3000, 3001);
	ck_assert(!change.ended_silence);
	ck_assert_int_eq(level(3100), FAILURE_SILENT);
	failure_lab_to("bridge:br0", 99); /* never seen to answer */
	failure_lab_respond("x.example", FAILURE_RESPONSE_UNREACHABLE, 3000, 3001);
	ck_assert(!failure_is_known(failure_lab.state, &failure_lab.path));
	ck_assert_int_eq(failure_lab_look("x.example", 3100), FAILURE_ONE_SIDED);
}
END_TEST

START_TEST(unreachable_proves_no_path)
{
	failure_lab_win(1, 1, 5000);
	failure_lab_from(9, 9);
	failure_lab_respond("x.example", FAILURE_RESPONSE_UNREACHABLE, 1000, 1001);
	failure_lab_time_out("a.example", 2000);
	failure_lab_time_out("b.example", 2100);
	ck_assert_int_eq(failure_lab_look("x.example", 5100), FAILURE_ONE_SIDED);
}
END_TEST

START_TEST(unreachable_name_fails_for_its_client)
{
	failure_lab_from(1, 1);
	failure_lab_respond("x.example", FAILURE_RESPONSE_UNREACHABLE, 1000, 1001);
	ck_assert_int_eq(failure_lab_look("x.example", 1100), FAILURE_NAME);
	ck_assert_uint_eq(failure_lab_levels(1100).names, 1);
	failure_lab_from(2, 2);
	ck_assert_int_eq(failure_lab_look("x.example", 1100), FAILURE_NONE);
	failure_lab_from(1, 1);
	failure_lab_good("x.example", 1200, 1201);
	ck_assert_int_eq(failure_lab_look("x.example", 1300), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(2200).names, 0);
}
END_TEST

/* It was restarted so fast that it was not found silent. */
START_TEST(unreachable_names_no_longer_fail_once_their_resolver_answers_anybody)
{
	failure_lab_from(1, 1);
	failure_lab_respond("x.example", FAILURE_RESPONSE_UNREACHABLE, 1000, 1001);
	failure_lab_win(2, 1, 2000);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_lab_look("x.example", 2100), FAILURE_NONE);
}
END_TEST

static Suite *test_failure_lossy_suite(void)
{
	Suite *suite = suite_create("failure_lossy");
	TCase *all = tcase_create("failure_lossy");

	tcase_add_checked_fixture(all, start, failure_lab_end);
	tcase_add_test(all, fifth_of_ten_lookups_makes_a_resolver_lossy);
	tcase_add_test(all, less_than_a_fifth_does_not);
	tcase_add_test(all, fewer_than_ten_do_not_whatever_their_share);
	tcase_add_test(all, two_names_do_not);
	tcase_add_test(all, types_and_retries_of_a_lookup_count_once);
	tcase_add_test(all, lookup_of_which_one_query_was_answered_is_no_failure);
	tcase_add_test(all, one_client_with_a_hundred_failing_names_is_not_enough_beside_another);
	tcase_add_test(all, one_client_counts_up_to_half_of_what_is_needed);
	tcase_add_test(all, client_is_an_edge_whatever_addresses_it_uses);
	tcase_add_test(all, on_a_host_with_one_client_it_is_enough_alone);
	tcase_add_test(all, two_clients_of_two_resolvers_are_no_host_with_one_client);
	tcase_add_test(all, it_goes_on_while_half_of_the_threshold_fails);
	tcase_add_test(all, one_in_eight_does_not_begin_it);
	tcase_add_test(all, it_ends_within_four_seconds_of_the_last_loss);
	tcase_add_test(all, it_ends_when_nobody_asks);
	tcase_add_test(all, it_is_told_once_each_time);
	tcase_add_test(all, silence_takes_the_place_of_lossiness);
	tcase_add_test(all, end_of_silence_takes_every_timeout_back);
	tcase_add_test(all, responses_while_nobody_is_silent_take_nothing_back);
	tcase_add_test(all, what_was_missed_voids_the_windows);
	tcase_add_test(all, one_sided_edges_count_nowhere);
	tcase_add_test(all, failing_responses_count_and_neutral_ones_do_not);
	tcase_add_test(all, what_is_no_condition_counts_as_nothing);
	tcase_add_test(all, without_timeout_as_a_condition_nobody_is_silent);
	tcase_add_test(all, limits_hold_from_when_they_are_set);
	tcase_add_test(all, unreachable_is_no_response_of_the_resolver);
	tcase_add_test(all, unreachable_proves_no_path);
	tcase_add_test(all, unreachable_name_fails_for_its_client);
	tcase_add_test(all, unreachable_names_no_longer_fail_once_their_resolver_answers_anybody);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_failure_lossy_suite());
}
