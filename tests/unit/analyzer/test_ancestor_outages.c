/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * Outages in which the ancestor of this project failed its host, under the numbers of its
 * weaknesses: W2 dies during the outage, W3 trips late, W4 releases late, W6 trips on one
 * lost query, W8 on names that do not exist, W11 for resolvers that are well.
 *
 * Four clients ask for ten learned names in turn.
 */

#define CLIENTS 4
#define DEAD    54 /* a resolver beside LAB_RESOLVER */

static const char *const names[] = { "a.example", "b.example", "c.example", "d.example",
	"e.example", "f.example", "g.example", "h.example", "i.example", "j.example" };
static const unsigned int rates[] = { 1, 10, 100, 500 }; /* queries per second */

static unsigned int asked;

static struct lab_query next_query(uint8_t resolver)
{
	struct lab_query query = lab_from((uint8_t)(1 + asked % CLIENTS), names[asked % 10]);

	query.resolver = resolver;
	asked++;
	return query;
}

static void resolve_next(uint8_t resolver)
{
	const struct lab_query query = next_query(resolver);

	lab_resolve(&query);
}

static void ask_next(uint8_t resolver)
{
	const struct lab_query query = next_query(resolver);

	lab_ask(&query);
}

static void start(void)
{
	asked = 0;
	lab_start();
	for (int i = 0; i < 20; i++)
		resolve_next(i < 10 ? LAB_RESOLVER : DEAD);
	lab_pass(1);
	lab.order_count = 0;
}

static void start_anew(void)
{
	lab_end();
	start();
}

/* Nobody answers for so long. */
static void outage(unsigned int rate, uint64_t seconds)
{
	for (uint64_t i = 0; i < rate * seconds; i++) {
		ask_next(LAB_RESOLVER);
		lab_pass(1000 / rate);
	}
}

static void health(unsigned int rate, uint64_t seconds)
{
	for (uint64_t i = 0; i < rate * seconds; i++) {
		resolve_next(LAB_RESOLVER);
		lab_pass(1000 / rate - 1);
	}
}

START_TEST(W2_every_name_outlives_an_outage_of_25_minutes)
{
	outage(10, 5);
	for (uint64_t s = 5; s < 25 * 60; s += 5) {
		const unsigned int before = lab.order_count;

		for (int i = 0; i < 10; i++)
			ask_next(LAB_RESOLVER);
		ck_assert_uint_eq(lab.order_count - before, 10);
		lab_pass(5000);
		ck_assert_uint_eq(lab.order_count - before, 10);
	}
}
END_TEST

START_TEST(W3_first_rescue_comes_within_two_seconds_at_any_rate)
{
	for (int i = 0; i < 4; i++) {
		const uint64_t begun_ns = lab.now_ns;

		while (lab.order_count == 0 && lab.now_ns < begun_ns + 3 * NS_PER_S) {
			ask_next(LAB_RESOLVER);
			lab_pass(1000 / rates[i]);
		}
		ck_assert_uint_gt(lab.order_count, 0);
		ck_assert_uint_le(lab.orders[0].head.ordered_ns - begun_ns, 2 * NS_PER_S);
		start_anew();
	}
}
END_TEST

/* Its responses took so long that the wait is as long as it can be. */
START_TEST(W3_first_rescue_comes_within_two_seconds_of_a_slow_resolver_too)
{
	for (int i = 0; i < 4; i++) {
		uint64_t begun_ns;

		for (int j = 0; j < 40; j++) {
			const struct lab_query query = next_query(LAB_RESOLVER);

			lab_ask(&query);
			lab_pass(700);
			lab_answer(&query);
		}
		lab_pass(1);
		lab.order_count = 0;
		begun_ns = lab.now_ns;
		while (lab.order_count == 0 && lab.now_ns < begun_ns + 3 * NS_PER_S) {
			ask_next(LAB_RESOLVER);
			lab_pass(1000 / rates[i]);
		}
		ck_assert_uint_gt(lab.order_count, 0);
		ck_assert_uint_gt(lab.orders[0].head.ordered_ns - begun_ns, NS_PER_S);
		ck_assert_uint_le(lab.orders[0].head.ordered_ns - begun_ns, 2 * NS_PER_S);
		start_anew();
	}
}
END_TEST

/* Two lookups at most are rescued after their wait; then the outage is known. */
START_TEST(W3_whole_outage_is_known_within_four_seconds_at_any_rate)
{
	for (int i = 0; i < 4; i++) {
		const struct lab_query query = lab_a("j.example");

		outage(rates[i], 4);
		lab.order_count = 0;
		lab_ask(&query);
		ck_assert_uint_eq(lab.order_count, 1);
		start_anew();
	}
}
END_TEST

START_TEST(W4_nothing_is_injected_from_five_seconds_after_the_first_response)
{
	for (int i = 0; i < 4; i++) {
		outage(rates[i], rates[i] > 100 ? 30 : 300);
		ck_assert_uint_gt(lab.order_count, 0);
		health(rates[i], 5);
		lab.order_count = 0;
		health(rates[i], 30);
		ck_assert_uint_eq(lab.order_count, 0);
		worker_housekeep(&lab.worker, lab.now_ns);
		ck_assert_uint_eq(lab.worker.counters.failing_names, 0);
		ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
		ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
		start_anew();
	}
}
END_TEST

/* Nothing but SERVFAIL for a minute: at every query a response, and each a failure. */
START_TEST(W4_holds_for_a_resolver_that_failed_loudly)
{
	for (int i = 0; i < 600; i++) {
		const struct lab_query query = next_query(LAB_RESOLVER);

		lab_ask(&query);
		lab.cancel_count = 0;
		lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
		lab_pass(100);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 1);
	health(10, 5);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
	lab.order_count = 0;
	health(10, 30);
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(W6_one_lost_query_does_not_fail_an_idle_host)
{
	lab_pass(60000);
	ask_next(LAB_RESOLVER);
	lab_pass(1810);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
	ck_assert(!lab_is_answered_at_once("j.example"));
}
END_TEST

START_TEST(W8_names_that_do_not_exist_are_no_failures)
{
	for (int i = 0; i < 1000; i++) {
		char text[32];
		struct lab_query query;

		(void)snprintf(text, sizeof(text), "n%d.example", i);
		query = lab_from((uint8_t)(1 + i % CLIENTS), text);
		lab_ask(&query);
		lab_pass(1);
		lab_answer_negative(&query, i % 2 ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
		lab_pass(4);
	}
	lab_pass(2000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.loss_ratio_ppm, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

/* Orders for queries to this resolver, of those recorded. */
static unsigned int orders_of(uint8_t resolver)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < lab.order_count && i < LAB_ORDERS_MAX; i++)
		count += lab.orders[i].head.server_ip[15] == resolver;
	return count;
}

START_TEST(W11_dead_resolver_changes_nothing_for_a_healthy_one)
{
	for (int s = 0; s < 30; s++) {
		for (int i = 0; i < 20; i++) {
			ask_next(DEAD);
			lab_pass(49);
			lab.order_count = 0;
			if (i % 10 == 0)
				resolve_next(LAB_RESOLVER);
			ck_assert_uint_eq(orders_of(LAB_RESOLVER), 0);
		}
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 1);
	ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
}
END_TEST

START_TEST(W11_healthy_resolver_may_be_asked_seldom)
{
	for (int i = 0; i < 400; i++) {
		ask_next(DEAD);
		lab_pass(50);
	}
	lab.order_count = 0;
	ask_next(LAB_RESOLVER);
	lab_pass(5);
	ck_assert_uint_eq(orders_of(LAB_RESOLVER), 0);
}
END_TEST

static Suite *test_ancestor_outages_suite(void)
{
	Suite *suite = suite_create("ancestor_outages");
	TCase *all = tcase_create("ancestor_outages");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, W2_every_name_outlives_an_outage_of_25_minutes);
	tcase_add_test(all, W3_first_rescue_comes_within_two_seconds_at_any_rate);
	tcase_add_test(all, W3_first_rescue_comes_within_two_seconds_of_a_slow_resolver_too);
	tcase_add_test(all, W3_whole_outage_is_known_within_four_seconds_at_any_rate);
	tcase_add_test(all, W4_nothing_is_injected_from_five_seconds_after_the_first_response);
	tcase_add_test(all, W4_holds_for_a_resolver_that_failed_loudly);
	tcase_add_test(all, W6_one_lost_query_does_not_fail_an_idle_host);
	tcase_add_test(all, W8_names_that_do_not_exist_are_no_failures);
	tcase_add_test(all, W11_dead_resolver_changes_nothing_for_a_healthy_one);
	tcase_add_test(all, W11_healthy_resolver_may_be_asked_seldom);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_ancestor_outages_suite());
}
