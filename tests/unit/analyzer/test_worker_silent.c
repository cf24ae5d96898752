/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* A resolver falls silent, its clients are answered at once, and it comes back. */

static void start(void)
{
	lab_start();
	lab_teach("www.example.com");
	lab_pass(1);
}

/* Ask for a learned name: is it answered at once? Its response is left out. */
static bool is_at_once(void)
{
	return lab_is_answered_at_once("www.example.com");
}

START_TEST(silence_is_found_at_failed_after_of_the_second_name)
{
	const struct lab_query first = lab_a("a.example");
	const struct lab_query second = lab_a("b.example");

	lab_ask(&first);
	lab_pass(500);
	lab_ask(&second);
	lab_pass(1790);
	ck_assert(!is_at_once());
	lab_pass(20);
	ck_assert(is_at_once());
}
END_TEST

START_TEST(answer_at_once_is_not_answered_again_by_its_timer)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_fall_silent();
	ck_assert_uint_eq(lab_orders_after(&query, 10000), 1);
}
END_TEST

/* Dropped on its way or by the resolver's kernel: nobody could have answered it. */
START_TEST(queries_that_nobody_can_answer_are_no_silence)
{
	for (int i = 0; i < 4; i++) {
		struct lab_query query = lab_a(i < 2 ? "a.example" : "b.example");
		struct message_packet *packet = lab_query_packet(&query);

		if (i % 2)
			packet->ip_ttl = 1;
		else
			packet->checksum = MESSAGE_CHECKSUM_WRONG;
		lab_feed(packet);
	}
	lab_pass(2000);
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(both_families_of_one_name_are_no_silence)
{
	struct lab_query a = lab_a("a.example");
	struct lab_query aaaa = a;

	aaaa.type = DNS_TYPE_AAAA;
	aaaa.id++;
	lab_ask(&a);
	lab_ask(&aaaa);
	lab_pass(2000);
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(two_clients_of_one_name_are_silence)
{
	const struct lab_query mine = lab_from(1, "a.example");
	const struct lab_query theirs = lab_from(2, "a.example");

	lab_ask(&mine);
	lab_ask(&theirs);
	lab_pass(1810);
	ck_assert(is_at_once());
}
END_TEST

START_TEST(silence_is_for_every_client_and_name_of_the_scope)
{
	const struct lab_query theirs = lab_from(3, "www.example.com");

	lab_fall_silent();
	lab_ask(&theirs);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(first_response_ends_silence_at_once)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_fall_silent();
	lab_ask(&query);
	ck_assert_uint_eq(lab.order_count, 1);
	lab_pass(2);
	lab_answer(&query);
	lab_pass(1);
	ck_assert(!is_at_once());
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 0);
}
END_TEST

START_TEST(any_kind_of_response_ends_silence)
{
	static const uint16_t rcodes[] = { DNS_RCODE_SERVFAIL, DNS_RCODE_REFUSED,
		DNS_RCODE_NXDOMAIN, DNS_RCODE_FORMERR };

	for (int i = 0; i < 4; i++) {
		const struct lab_query query = lab_a("other.example");

		lab_fall_silent();
		lab_ask(&query);
		lab_pass(1);
		lab_answer_failed(&query, rcodes[i], -1);
		lab_pass(1);
		ck_assert(!is_at_once());
		lab_teach("www.example.com");
	}
}
END_TEST

START_TEST(response_to_a_query_without_recursion_desired_ends_silence_too)
{
	struct lab_query query = lab_a("other.example");

	lab_fall_silent();
	query.flags = 0;
	lab_resolve(&query);
	lab_pass(1);
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(response_takes_back_the_timeouts_of_names)
{
	const struct lab_query query = lab_a("www.example.com");
	const struct lab_query other = lab_a("other.example");

	lab_ask(&query);
	lab_pass(1810);
	ck_assert(is_at_once()); /* the name itself failed */
	lab_ask(&other);
	lab_pass(1);
	lab_answer(&other);
	lab_pass(1);
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(nothing_is_answered_at_once_after_a_recovery)
{
	lab_teach("b.example");
	lab_fall_silent();
	for (int i = 0; i < 10; i++) {
		(void)is_at_once();
		(void)lab_is_answered_at_once("b.example");
		lab_pass(200);
	}
	lab.order_count = 0;
	lab_teach("c.example"); /* it is back */
	lab_pass(1);
	for (int i = 0; i < 100; i++) {
		lab_teach("www.example.com");
		lab_teach("b.example");
		lab_pass(100);
	}
	ck_assert_uint_le(lab.order_count, 2); /* at once: none; by timers of the outage: two */
	for (unsigned int i = 0; i < lab.order_count; i++)
		ck_assert_uint_eq(lab.orders[i].head.trigger, MESSAGE_TRIGGER_TIMEOUT);
}
END_TEST

START_TEST(nothing_is_ordered_from_five_seconds_after_the_first_response)
{
	lab_fall_silent();
	for (int i = 0; i < 20; i++) {
		(void)is_at_once();
		lab_pass(50);
	}
	lab_teach("c.example");
	lab_pass(5000);
	lab.order_count = 0;
	for (int i = 0; i < 300; i++) {
		lab_teach("www.example.com");
		lab_pass(99);
	}
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(late_response_is_counted_and_ends_silence)
{
	const struct lab_query query = lab_a("a.example");
	const struct lab_query other = lab_a("b.example");

	lab_ask(&query);
	lab_ask(&other);
	lab_pass(10000);
	ck_assert(is_at_once());
	ck_assert_uint_eq(lab.worker.counters.failures_timeout, 2);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 0);
	lab_pass(1);
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(response_later_than_twenty_seconds_is_unsolicited)
{
	const struct lab_query query = lab_a("a.example");
	const struct lab_query other = lab_a("b.example");

	lab_ask(&query);
	lab_ask(&other);
	lab_pass(19980);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
	lab_pass(40);
	lab_answer(&other);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
	ck_assert_uint_eq(lab.worker.counters.responses_unsolicited, 1);
}
END_TEST

START_TEST(dead_resolver_changes_nothing_for_a_healthy_one)
{
	struct lab_query dead = lab_from(2, "a.example");

	dead.resolver = 54;
	lab_resolve(&dead);
	for (int i = 0; i < 50; i++) {
		dead.id++;
		dead.name = i % 2 ? "www.example.com" : "b.example";
		lab_ask(&dead);
		lab_pass(100);
	}
	lab.order_count = 0;
	ck_assert(!is_at_once());
}
END_TEST

START_TEST(failed_after_is_as_configured)
{
	lab.config.failed_after_ns = 300 * NS_PER_MS;
	lab_open();
	lab_teach("www.example.com");
	lab_pass(1);
	(void)lab_is_answered_at_once("a.example");
	(void)lab_is_answered_at_once("b.example");
	lab_pass(290);
	ck_assert(!is_at_once());
	lab_pass(20);
	ck_assert(is_at_once());
}
END_TEST

static Suite *test_worker_silent_suite(void)
{
	Suite *suite = suite_create("worker_silent");
	TCase *all = tcase_create("worker_silent");
	TCase *configured = tcase_create("configured");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, silence_is_found_at_failed_after_of_the_second_name);
	tcase_add_test(all, answer_at_once_is_not_answered_again_by_its_timer);
	tcase_add_test(all, queries_that_nobody_can_answer_are_no_silence);
	tcase_add_test(all, both_families_of_one_name_are_no_silence);
	tcase_add_test(all, two_clients_of_one_name_are_silence);
	tcase_add_test(all, silence_is_for_every_client_and_name_of_the_scope);
	tcase_add_test(all, first_response_ends_silence_at_once);
	tcase_add_test(all, any_kind_of_response_ends_silence);
	tcase_add_test(all, response_to_a_query_without_recursion_desired_ends_silence_too);
	tcase_add_test(all, response_takes_back_the_timeouts_of_names);
	tcase_add_test(all, nothing_is_answered_at_once_after_a_recovery);
	tcase_add_test(all, nothing_is_ordered_from_five_seconds_after_the_first_response);
	tcase_add_test(all, late_response_is_counted_and_ends_silence);
	tcase_add_test(all, response_later_than_twenty_seconds_is_unsolicited);
	tcase_add_test(all, dead_resolver_changes_nothing_for_a_healthy_one);
	suite_add_tcase(suite, all);

	tcase_add_checked_fixture(configured, lab_configure, lab_end);
	tcase_add_test(configured, failed_after_is_as_configured);
	suite_add_tcase(suite, configured);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_silent_suite());
}
