/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/*
 * A resolver that answers some look-ups and not others: what is answered at once and what
 * waits. Clients 1 and 2 ask; www.example.com is fresh for 300 s.
 */

static void start(void)
{
	lab_start();
	lab_teach("www.example.com");
	lab_pass(1);
}

/* One look-up a client and name, every other one lost, for three seconds. */
static void lose_half(void)
{
	static const char *const names[] = { "a.example", "b.example", "c.example", "d.example" };

	for (int i = 0; i < 30; i++) {
		const struct lab_query lost = lab_from((uint8_t)(1 + i % 2), names[i % 4]);
		const struct lab_query good = lab_from((uint8_t)(2 - i % 2), names[i % 4]);

		lab_ask(&lost);
		lab_resolve(&good);
		lab_pass(99);
	}
}

static void become_lossy(void)
{
	lose_half();
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 1);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 0);
	lab.order_count = 0;
}

/* Orders of that trigger among those that came. */
static unsigned int orders_by(enum message_trigger trigger)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < lab.order_count && i < LAB_ORDERS_MAX; i++)
		count += lab.orders[i].head.trigger == trigger;
	return count;
}

START_TEST(log_tells_of_a_lossy_resolver_and_the_host_when_they_begin_and_end)
{
	static const char begins[] = "resolver 10.0.0.53 (bridge:br0) is lossy: ";
	unsigned int failed, units, names, clients;
	struct captured_stderr captured;
	const char *said, *line;

	captured_stderr_begin(&captured);
	become_lossy();
	said = captured_stderr_end(&captured);
	line = strstr(said, begins);
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line + strlen(begins),
				 "%u of %u look-ups (%*f %%) failed, of %u names and %u clients",
				 &failed, &units, &names, &clients),
		4);
	ck_assert_uint_ge(units, 10);
	ck_assert_uint_ge(5 * failed, units);
	ck_assert_uint_le(names, 5);
	ck_assert_uint_eq(clients, 2);
	ck_assert_ptr_nonnull(strstr(said, "this host is failing: "));
	captured_stderr_begin(&captured);
	for (int i = 0; i < 150; i++) {
		lab_teach("www.example.com");
		lab_pass(100);
	}
	said = captured_stderr_end(&captured);
	ck_assert_ptr_nonnull(strstr(said, "resolver 10.0.0.53 (bridge:br0) is no longer lossy: "));
	ck_assert_ptr_nonnull(strstr(said, " of late failed"));
	ck_assert_ptr_nonnull(strstr(said, "this host is no longer failing: "));
}
END_TEST

START_TEST(fresh_answer_of_a_lossy_resolver_is_given_at_once)
{
	become_lossy();
	ck_assert(lab_is_answered_at_once("www.example.com"));
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_FAILING);
	ck_assert_uint_eq(lab.orders[0].head.freshness, MESSAGE_FRESHNESS_FRESH);
}
END_TEST

START_TEST(fresh_answer_at_once_is_not_given_again_by_its_timer)
{
	const struct lab_query query = lab_a("www.example.com");

	become_lossy();
	lab_ask(&query);
	lab_pass(10000);
	ck_assert_uint_eq(orders_by(MESSAGE_TRIGGER_FAILING), 1);
	for (unsigned int i = 0; i < lab.order_count; i++)
		ck_assert(lab.orders[i].head.trigger != MESSAGE_TRIGGER_TIMEOUT ||
			  lab.orders[i].head.client_port_be != htons(query.port));
}
END_TEST

START_TEST(stale_answer_of_a_lossy_resolver_waits_for_answer_after)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_pass((LAB_TTL_S + 1) * 1000);
	become_lossy();
	lab_ask(&query);
	lab_pass(200);
	ck_assert_uint_eq(orders_by(MESSAGE_TRIGGER_FAILING), 0);
	lab_pass(1800);
	for (unsigned int i = 0; i < lab.order_count; i++) {
		if (lab.orders[i].head.client_port_be == htons(query.port)) {
			ck_assert_uint_eq(lab.orders[i].head.trigger, MESSAGE_TRIGGER_TIMEOUT);
			ck_assert_uint_eq(lab.orders[i].head.freshness, MESSAGE_FRESHNESS_STALE);
			return;
		}
	}
	ck_abort_msg("the stale answer was never given");
}
END_TEST

START_TEST(stale_answer_of_a_silent_resolver_does_not_wait)
{
	lab_pass((LAB_TTL_S + 1) * 1000);
	lab_fall_silent();
	ck_assert(lab_is_answered_at_once("www.example.com"));
	ck_assert_uint_eq(lab.orders[0].head.freshness, MESSAGE_FRESHNESS_STALE);
}
END_TEST

/* No answer when it asked; the response to another of its queries brings one while it waits. */
START_TEST(answer_learned_while_a_query_waits_serves_it)
{
	const struct lab_query mine = lab_from(1, "new.example");
	const struct lab_query again = lab_from(1, "new.example");
	uint64_t without_entry;

	become_lossy();
	without_entry = lab.worker.counters.suppressed_no_entry;
	lab_ask(&mine);
	ck_assert_uint_eq(lab.worker.counters.suppressed_no_entry, without_entry);
	lab_resolve(&again);
	lab.order_count = 0;
	lab_pass(1800);
	for (unsigned int i = 0; i < lab.order_count; i++) {
		if (dns_read_u16(lab.orders[i].head.dns) == mine.id)
			return;
	}
	ck_abort_msg("the query was left without the answer");
}
END_TEST

START_TEST(lossiness_ends_with_its_cause_and_nothing_is_ordered_then)
{
	become_lossy();
	for (int i = 0; i < 42; i++) {
		lab_teach("a.example");
		lab_pass(99);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
	lab.order_count = 0;
	for (int i = 0; i < 200; i++) {
		lab_teach("www.example.com");
		lab_pass(99);
	}
	ck_assert_uint_eq(lab.order_count, 0);
}
END_TEST

START_TEST(our_own_replies_are_no_successes)
{
	become_lossy();
	for (int i = 0; i < 30; i++) {
		ck_assert(lab_is_answered_at_once("www.example.com"));
		lab_pass(100);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_gt(lab.worker.counters.loss_ratio_ppm, 300000);
}
END_TEST

START_TEST(voided_and_disputed_queries_count_nowhere)
{
	const struct lab_query voided = lab_a("a.example");
	const struct lab_query disputed = lab_a("b.example");
	struct message_packet *packet;

	lab_ask(&voided);
	lab_lose(1);
	lab_pass(1);
	lab_answer(&voided);
	lab_ask(&disputed);
	lab_begin_good(&disputed);
	packet = lab_response_packet(&disputed);
	packet->entry = MESSAGE_ENTRY_EDGE; /* a neighbour's */
	packet->ingress_if_index = 9;
	lab_feed(packet);
	lab_answer_failed(&disputed, DNS_RCODE_SERVFAIL, -1);
	lab_pass(2000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.responses_wrong_entry, 1);
	ck_assert_uint_eq(lab.worker.counters.loss_ratio_ppm, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_names, 0);
}
END_TEST

START_TEST(refusing_what_is_not_recursive_is_no_failure)
{
	for (int i = 0; i < 20; i++) {
		struct lab_query query = lab_a("www.example.com");

		query.flags = 0;
		lab_ask(&query);
		lab_answer_failed(&query, DNS_RCODE_REFUSED, -1);
	}
	lab_pass(200);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.loss_ratio_ppm, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_names, 0);
}
END_TEST

START_TEST(meant_refusals_count_as_nothing)
{
	for (int i = 0; i < 20; i++) {
		const struct lab_query query = lab_a(i % 2 ? "a.example" : "b.example");

		lab_ask(&query);
		lab_answer_failed(&query, DNS_RCODE_REFUSED, 15); /* blocked */
		lab_pass(100);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.loss_ratio_ppm, 0);
}
END_TEST

START_TEST(failing_names_are_counted)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_ask(&query);
	lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_names, 1);
	lab_pass(1);
	lab_teach("www.example.com");
	lab_pass(1000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_names, 0);
}
END_TEST

static Suite *test_worker_lossy_suite(void)
{
	Suite *suite = suite_create("worker_lossy");
	TCase *all = tcase_create("worker_lossy");

	tcase_add_checked_fixture(all, start, lab_end);
	tcase_add_test(all, log_tells_of_a_lossy_resolver_and_the_host_when_they_begin_and_end);
	tcase_add_test(all, fresh_answer_of_a_lossy_resolver_is_given_at_once);
	tcase_add_test(all, fresh_answer_at_once_is_not_given_again_by_its_timer);
	tcase_add_test(all, stale_answer_of_a_lossy_resolver_waits_for_answer_after);
	tcase_add_test(all, stale_answer_of_a_silent_resolver_does_not_wait);
	tcase_add_test(all, answer_learned_while_a_query_waits_serves_it);
	tcase_add_test(all, lossiness_ends_with_its_cause_and_nothing_is_ordered_then);
	tcase_add_test(all, our_own_replies_are_no_successes);
	tcase_add_test(all, voided_and_disputed_queries_count_nowhere);
	tcase_add_test(all, refusing_what_is_not_recursive_is_no_failure);
	tcase_add_test(all, meant_refusals_count_as_nothing);
	tcase_add_test(all, failing_names_are_counted);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_lossy_suite());
}
