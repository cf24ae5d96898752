/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/* Names that fail while their resolver answers: SERVFAIL, REFUSED, and what is meant. */

#define NAME "www.example.com"

static void start(void)
{
	lab_start();
	lab_teach(NAME);
	lab_pass(1);
}

static void fail_for(uint8_t client, uint16_t rcode, int extended_error)
{
	const struct lab_query query = lab_from(client, NAME);

	lab_ask(&query);
	lab_pass(1);
	lab_answer_failed(&query, rcode, extended_error);
	lab_pass(1);
}

static bool is_at_once_for(uint8_t client)
{
	const struct lab_query query = lab_from(client, NAME);
	const unsigned int before = lab.order_count;

	lab_ask(&query);
	return lab.order_count > before;
}

START_TEST(servfail_itself_is_not_answered)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	lab_pass(10000);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_servfail, 1);
}
END_TEST

START_TEST(name_that_failed_is_answered_at_once_for_its_client)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	ck_assert(is_at_once_for(1));
	ck_assert(!is_at_once_for(2));
}
END_TEST

START_TEST(refused_counts_as_servfail_does)
{
	fail_for(1, DNS_RCODE_REFUSED, -1);
	ck_assert(is_at_once_for(1));
	ck_assert_uint_eq(lab.worker.counters.failures_refused, 1);
}
END_TEST

START_TEST(second_client_confirms_for_all)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	fail_for(2, DNS_RCODE_SERVFAIL, -1);
	ck_assert(is_at_once_for(3));
}
END_TEST

START_TEST(second_failure_confirms_for_all)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	ck_assert(is_at_once_for(3));
}
END_TEST

START_TEST(failing_ends_after_thirty_seconds)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	lab_pass(29990);
	ck_assert(is_at_once_for(1));
	lab_pass(20);
	ck_assert(!is_at_once_for(1));
}
END_TEST

START_TEST(failing_ends_with_a_success)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	lab_teach(NAME);
	lab_pass(1);
	ck_assert(!is_at_once_for(1));
}
END_TEST

START_TEST(nxdomain_and_nodata_are_successes)
{
	static const uint16_t rcodes[] = { DNS_RCODE_NXDOMAIN, DNS_RCODE_NOERROR };

	for (int i = 0; i < 2; i++) {
		const struct lab_query query = lab_a(NAME);

		fail_for(1, DNS_RCODE_SERVFAIL, -1);
		lab_ask(&query);
		lab_pass(1);
		lab_answer_negative(&query, rcodes[i]);
		lab_pass(1);
		lab.order_count = 0;
		ck_assert(!is_at_once_for(1));
	}
}
END_TEST

START_TEST(negative_answers_never_make_anything_fail)
{
	for (int i = 0; i < 200; i++) {
		const struct lab_query query = lab_from((uint8_t)(1 + i % 3), NAME);

		lab_ask(&query);
		lab_pass(1);
		lab_answer_negative(&query, i % 2 ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
		lab_pass(1);
	}
	ck_assert(!is_at_once_for(1));
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(failure_that_is_meant_changes_nothing)
{
	for (int code = 0; code < 30; code++) {
		const bool is_meant = (code >= 6 && code <= 12) || (code >= 15 && code <= 18);

		fail_for(1, code % 2 ? DNS_RCODE_SERVFAIL : DNS_RCODE_REFUSED, code);
		ck_assert_msg(is_at_once_for(1) != is_meant, "extended error %d", code);
		lab_teach(NAME);
		lab_pass(1);
	}
	ck_assert_uint_eq(lab.worker.counters.responses_servfail, 15);
	ck_assert_uint_eq(lab.worker.counters.responses_refused, 15);
}
END_TEST

/* Clients without EDNS never learn that it is meant; what one with it is told is true for all. */
START_TEST(failure_that_turns_out_to_be_meant_is_over)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	fail_for(2, DNS_RCODE_SERVFAIL, -1);
	ck_assert(is_at_once_for(3));
	fail_for(3, DNS_RCODE_SERVFAIL, 6);
	for (uint8_t client = 1; client <= 3; client++)
		ck_assert(!is_at_once_for(client));
}
END_TEST

START_TEST(other_response_codes_are_no_failure_of_the_name)
{
	fail_for(1, DNS_RCODE_FORMERR, -1);
	fail_for(1, DNS_RCODE_NOTIMP, -1);
	fail_for(1, DNS_RCODE_YXDOMAIN, -1);
	ck_assert(!is_at_once_for(1));
}
END_TEST

START_TEST(all_types_of_a_failing_name_are_answered_at_once)
{
	struct lab_query aaaa = lab_a(NAME);

	aaaa.type = DNS_TYPE_AAAA;
	lab_resolve(&aaaa);
	lab_pass(1);
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	aaaa.id += 100;
	lab_ask(&aaaa);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(failing_name_is_answered_stale_or_fresh)
{
	lab.now_ns += (LAB_TTL_S + 1) * NS_PER_S;
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	ck_assert(is_at_once_for(1));
	ck_assert_uint_eq(lab.worker.counters.cache_served_stale, 1);
}
END_TEST

START_TEST(name_that_times_out_is_failing_for_its_client)
{
	const struct lab_query query = lab_a(NAME);

	lab_ask(&query);
	lab_pass(1810);
	ck_assert(is_at_once_for(1));
	ck_assert(!is_at_once_for(2));
}
END_TEST

START_TEST(answers_of_the_past_survive_servfail)
{
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	fail_for(1, DNS_RCODE_REFUSED, -1);
	ck_assert(is_at_once_for(1));
	ck_assert_uint_eq(lab.worker.counters.drops_no_answer, 2);
}
END_TEST

/* Each change is a line in the log, once; of many of a kind only one every ten seconds. */
START_TEST(log_tells_when_a_name_begins_and_ends_to_fail)
{
	struct captured_stderr captured;

	captured_stderr_begin(&captured);
	fail_for(1, DNS_RCODE_SERVFAIL, -1);
	fail_for(2, DNS_RCODE_SERVFAIL, -1);
	lab_teach(NAME);
	lab_pass(1);
	lab_teach(NAME);
	ck_assert_str_eq(captured_stderr_end(&captured),
		"resolver 10.0.0.53 (bridge:br0) fails to resolve www.example.com: SERVFAIL "
		"(1 such since the last line)\n"
		"resolver 10.0.0.53 (bridge:br0) no longer fails to resolve www.example.com "
		"(1 such since the last line)\n");
}
END_TEST

START_TEST(log_tells_how_a_name_fails)
{
	const struct lab_query query = lab_a(NAME);
	struct captured_stderr captured;
	const char *said;

	captured_stderr_begin(&captured);
	lab_ask(&query);
	lab_pass(1810);
	lab_teach(NAME);
	said = captured_stderr_end(&captured);
	ck_assert_ptr_nonnull(strstr(said, ": no response ("));
	ck_assert_ptr_nonnull(strstr(said, "no longer fails to resolve www.example.com "));
	lab_pass(10000);
	captured_stderr_begin(&captured);
	fail_for(1, DNS_RCODE_REFUSED, -1);
	ck_assert_ptr_nonnull(strstr(captured_stderr_end(&captured), ": REFUSED ("));
	captured_stderr_begin(&captured);
	fail_for(1, DNS_RCODE_REFUSED, 15);
	ck_assert_ptr_nonnull(strstr(captured_stderr_end(&captured),
		"no longer fails to resolve www.example.com: its response is meant ("));
}
END_TEST

/* It answers nobody: that is said of it, and not of every name. */
START_TEST(log_is_silent_of_names_of_a_silent_resolver)
{
	struct captured_stderr captured;
	const char *said;

	lab_fall_silent();
	lab_pass(10000);
	captured_stderr_begin(&captured);
	for (int i = 0; i < 3; i++) {
		const struct lab_query query = lab_from(1, "other.example");

		lab_ask(&query);
		lab_pass(1810);
	}
	said = captured_stderr_end(&captured);
	ck_assert_ptr_null(strstr(said, "fails to resolve"));
}
END_TEST

START_TEST(log_tells_of_a_silences_end_and_not_of_its_names)
{
	struct captured_stderr captured;
	const char *said;

	captured_stderr_begin(&captured);
	lab_fall_silent();
	(void)is_at_once_for(1);
	lab_pass(1810);
	lab_teach(NAME);
	said = captured_stderr_end(&captured);
	ck_assert_ptr_nonnull(strstr(said, "answers again"));
	ck_assert_ptr_null(strstr(said, "resolves"));
}
END_TEST

static Suite *test_worker_names_suite(void)
{
	Suite *suite = suite_create("worker_names");
	TCase *all = tcase_create("worker_names");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, servfail_itself_is_not_answered);
	tcase_add_test(all, name_that_failed_is_answered_at_once_for_its_client);
	tcase_add_test(all, refused_counts_as_servfail_does);
	tcase_add_test(all, second_client_confirms_for_all);
	tcase_add_test(all, second_failure_confirms_for_all);
	tcase_add_test(all, failing_ends_after_thirty_seconds);
	tcase_add_test(all, failing_ends_with_a_success);
	tcase_add_test(all, nxdomain_and_nodata_are_successes);
	tcase_add_test(all, negative_answers_never_make_anything_fail);
	tcase_add_test(all, failure_that_is_meant_changes_nothing);
	tcase_add_test(all, failure_that_turns_out_to_be_meant_is_over);
	tcase_add_test(all, other_response_codes_are_no_failure_of_the_name);
	tcase_add_test(all, all_types_of_a_failing_name_are_answered_at_once);
	tcase_add_test(all, failing_name_is_answered_stale_or_fresh);
	tcase_add_test(all, name_that_times_out_is_failing_for_its_client);
	tcase_add_test(all, answers_of_the_past_survive_servfail);
	tcase_add_test(all, log_tells_when_a_name_begins_and_ends_to_fail);
	tcase_add_test(all, log_tells_how_a_name_fails);
	tcase_add_test(all, log_is_silent_of_names_of_a_silent_resolver);
	tcase_add_test(all, log_tells_of_a_silences_end_and_not_of_its_names);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_names_suite());
}
