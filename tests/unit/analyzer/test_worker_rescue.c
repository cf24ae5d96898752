/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* When a query is answered while nothing is known to fail: answer_after, and who never is. */

/* Responses that take this long teach the resolver's times. */
static void teach_slowly(const char *name, uint64_t took_ms)
{
	for (int i = 0; i < 20; i++) {
		const struct lab_query query = lab_a(name);

		lab_ask(&query);
		lab_pass(took_ms);
		lab_answer(&query);
	}
	lab_pass(1);
}

START_TEST(unanswered_query_is_rescued_at_answer_after)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	ck_assert_uint_eq(lab_orders_after(&query, 245), 0);
	lab_pass(15);
	ck_assert_uint_eq(lab.order_count, 1);
	lab_pass(10000);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(slow_resolver_is_given_four_times_its_p99)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 125); /* the p99 known: 128 ms */
	ck_assert_uint_eq(lab_orders_after(&query, 500), 0);
	lab_pass(25);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(no_resolver_is_given_longer_than_1800_ms)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1500);
	ck_assert_uint_eq(lab_orders_after(&query, 1795), 0);
	lab_pass(15);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(configured_answer_after_holds_whatever_the_resolver_does)
{
	const struct lab_query query = lab_a("www.example.com");

	lab.config.answer_after_ns = 50 * NS_PER_MS;
	lab_open();
	teach_slowly("www.example.com", 10);
	ck_assert_uint_eq(lab_orders_after(&query, 45), 0);
	lab_pass(15);
	ck_assert_uint_eq(lab.order_count, 1);
}
END_TEST

START_TEST(second_name_of_an_outage_is_rescued_too)
{
	const struct lab_query a = lab_a("a.example");
	const struct lab_query b = lab_a("b.example");

	teach_slowly("a.example", 1);
	teach_slowly("b.example", 1);
	lab_ask(&a);
	lab_pass(100);
	lab_ask(&b);
	lab_pass(160);
	ck_assert_uint_eq(lab.order_count, 1);
	lab_pass(100);
	ck_assert_uint_eq(lab.order_count, 2);
}
END_TEST

START_TEST(both_families_of_one_look_up_are_rescued)
{
	struct lab_query a = lab_a("www.example.com");
	struct lab_query aaaa = a;

	aaaa.type = DNS_TYPE_AAAA;
	aaaa.id++;
	lab_resolve(&a);
	lab_ask(&aaaa);
	lab_answer_negative(&aaaa, DNS_RCODE_NOERROR);
	lab_pass(10);

	a.id += 10;
	aaaa.id += 10;
	lab_ask(&a);
	lab_ask(&aaaa);
	lab_pass(260);
	ck_assert_uint_eq(lab.order_count, 2);
}
END_TEST

START_TEST(response_in_time_leaves_nothing_to_rescue)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	lab_ask(&query);
	lab_pass(240);
	lab_answer(&query);
	lab_pass(10000);
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(name_never_seen_is_not_answered)
{
	const struct lab_query query = lab_a("unknown.example");

	teach_slowly("www.example.com", 1);
	ck_assert_uint_eq(lab_orders_after(&query, 30000), 0);
	ck_assert_uint_gt(lab.worker.counters.suppressed_no_entry, 0);
}
END_TEST

START_TEST(query_that_may_not_be_answered_is_counted_as_that)
{
	struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	query.flags = 0; /* no recursion desired */
	ck_assert_uint_eq(lab_orders_after(&query, 4000), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_not_eligible, 1);
}
END_TEST

START_TEST(query_that_cannot_be_answered_is_counted_once)
{
	const struct lab_query query = lab_a("unknown.example");

	teach_slowly("www.example.com", 1);
	lab_fall_silent();
	lab.worker.counters.suppressed_no_entry = 0;
	lab_ask(&query); /* at once, and at answer_after */
	lab_pass(4000);
	ck_assert_uint_eq(lab.worker.counters.suppressed_no_entry, 1);
}
END_TEST

START_TEST(stale_answers_rescue_until_they_are_forgotten)
{
	const struct lab_query first = lab_a("www.example.com");
	const struct lab_query second = lab_a("www.example.com");

	lab.config.cache_max_stale_ns = 3600 * NS_PER_S;
	lab_open();
	teach_slowly("www.example.com", 1);
	lab.now_ns += (LAB_TTL_S + 3590) * NS_PER_S;
	ck_assert_uint_eq(lab_orders_after(&first, 260), 1);
	ck_assert_uint_eq(lab.worker.counters.cache_served_stale, 1);
	lab.now_ns += 10 * NS_PER_S;
	ck_assert_uint_eq(lab_orders_after(&second, 260), 0);
}
END_TEST

START_TEST(observe_never_orders_and_says_what_it_would_have)
{
	const struct lab_query query = lab_a("www.example.com");

	lab.config.mode = CONFIG_MODE_OBSERVE;
	lab_open();
	teach_slowly("www.example.com", 1);
	ck_assert_uint_eq(lab_orders_after(&query, 260), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_disabled, 1);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once("www.example.com"));
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

/* A container answers somebody at its edge; it may be another of its addresses than it asks from. */
static void see_answering(uint32_t if_index, const char *mac)
{
	struct lab_query query = lab_from(9, "other.example");
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->direction = MESSAGE_DIRECTION_INBOUND;
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->if_index = packet->ingress_if_index = if_index;
	memcpy(packet->source_mac, mac, sizeof(packet->source_mac));
	lab_feed(packet);
}

START_TEST(client_that_is_a_resolver_is_left_alone)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	see_answering(1, "client");
	ck_assert_uint_eq(lab_orders_after(&query, 2000), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_policy, 1);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once("www.example.com"));
}
END_TEST

START_TEST(client_that_was_a_resolver_an_hour_ago_is_rescued_again)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	see_answering(1, "client");
	lab.now_ns += 3600 * NS_PER_S;
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
}
END_TEST

/* As in a virtual machine that bridges. */
START_TEST(client_behind_the_edge_of_a_resolver_is_rescued)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	see_answering(1, "other ");
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
}
END_TEST

START_TEST(neighbour_cannot_make_a_client_a_resolver)
{
	const struct lab_query query = lab_a("www.example.com");

	teach_slowly("www.example.com", 1);
	see_answering(2, "client"); /* client 1's address, at the neighbour's edge */
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
}
END_TEST

/* Which of the two was answered nobody knows. */
START_TEST(query_that_was_sent_again_tells_nothing_of_how_long_responses_take)
{
	const struct lab_query lost = lab_a("lost.example");
	struct lab_query query = lab_a("www.example.com");

	lab_teach("www.example.com");
	lab_ask(&lost);
	lab_pass(1100);
	lab_ask(&lost);
	lab_pass(1);
	lab_answer(&lost);
	query = lab_a("www.example.com");
	ck_assert_uint_eq(lab_orders_after(&query, 260), 1);
}
END_TEST

static Suite *test_worker_rescue_suite(void)
{
	Suite *suite = suite_create("worker_rescue");
	TCase *defaults = tcase_create("defaults");
	TCase *configured = tcase_create("configured");

	tcase_add_checked_fixture(defaults, lab_start, lab_end);
	tcase_add_test(
		defaults, query_that_was_sent_again_tells_nothing_of_how_long_responses_take);
	tcase_add_test(defaults, unanswered_query_is_rescued_at_answer_after);
	tcase_add_test(defaults, slow_resolver_is_given_four_times_its_p99);
	tcase_add_test(defaults, no_resolver_is_given_longer_than_1800_ms);
	tcase_add_test(defaults, second_name_of_an_outage_is_rescued_too);
	tcase_add_test(defaults, both_families_of_one_look_up_are_rescued);
	tcase_add_test(defaults, response_in_time_leaves_nothing_to_rescue);
	tcase_add_test(defaults, name_never_seen_is_not_answered);
	tcase_add_test(defaults, query_that_may_not_be_answered_is_counted_as_that);
	tcase_add_test(defaults, query_that_cannot_be_answered_is_counted_once);
	tcase_add_test(defaults, client_that_is_a_resolver_is_left_alone);
	tcase_add_test(defaults, client_that_was_a_resolver_an_hour_ago_is_rescued_again);
	tcase_add_test(defaults, client_behind_the_edge_of_a_resolver_is_rescued);
	tcase_add_test(defaults, neighbour_cannot_make_a_client_a_resolver);
	suite_add_tcase(suite, defaults);

	tcase_add_checked_fixture(configured, lab_configure, lab_end);
	tcase_add_test(configured, configured_answer_after_holds_whatever_the_resolver_does);
	tcase_add_test(configured, stale_answers_rescue_until_they_are_forgotten);
	tcase_add_test(configured, observe_never_orders_and_says_what_it_would_have);
	suite_add_tcase(suite, configured);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_rescue_suite());
}
