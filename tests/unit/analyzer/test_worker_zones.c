/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "shared/config_zone.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/* Names of zones: what is configured for them, and one that breaks while others do well. */

static struct config_zone *configure(const char *name)
{
	struct config_zones *zones = &lab.config.zones;
	struct config_zone *zone = &zones->zones[zones->count++];

	ck_assert_int_eq(config_zone_parse(name, &zone->name), CONFIG_ZONE_OK);
	config_zones_complete(&lab.config);
	zone->given = UINT32_MAX; /* it is not completed again */
	return zone;
}

static void reload(void)
{
	worker_shared_reload(&lab.shared, &lab.config);
	worker_reload(&lab.worker);
	lab_beat();
}

/* The only order there is, after so many milliseconds at least and not much more. */
static void is_answered_after(const char *name, uint64_t ms)
{
	const struct lab_query query = lab_a(name);

	ck_assert_uint_eq(lab_orders_after(&query, ms - 20), 0);
	lab_pass(40);
	ck_assert_uint_eq(lab.order_count, 1);
	lab.order_count = 0;
	lab_answer(&query);
}

START_TEST(zone_that_is_never_answered_is_not_and_its_reason_is_policy)
{
	const struct lab_query query = lab_a("www.Bank.example");

	configure("bank.example")->is_never = 1;
	reload();
	lab_teach("www.bank.example");
	lab_teach("other.example");
	lab_fall_silent();
	ck_assert_uint_eq(lab_orders_after(&query, 3000), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_policy, 1);
	ck_assert(lab_is_answered_at_once("other.example"));
	lab.config.zones.count = 0;
	reload();
	ck_assert(lab_is_answered_at_once("www.bank.example"));
}
END_TEST

START_TEST(zone_has_its_own_answer_after)
{
	configure("slow.example")->answer_after_ns = 1200 * NS_PER_MS;
	configure("fast.slow.example")->answer_after_ns = 60 * NS_PER_MS;
	reload();
	lab_teach("www.slow.example");
	lab_teach("www.fast.slow.example");
	lab_teach("www.example.com");
	is_answered_after(
		"www.example.com", 250); /* four times the 99th percentile, at least that */
	is_answered_after("www.fast.slow.example", 60);
	is_answered_after("www.slow.example", 1200);
}
END_TEST

START_TEST(answers_of_a_zone_are_stale_for_as_long_as_it_says)
{
	configure("local.example")->max_stale_ns = 30 * NS_PER_S;
	reload();
	lab_teach("www.local.example");
	lab_teach("www.example.com");
	lab_pass((LAB_TTL_S + 25) * 1000);
	is_answered_after("www.local.example", 250);
	lab_pass((LAB_TTL_S + 31) * 1000);
	lab_fall_silent();
	ck_assert(lab_is_answered_at_once("www.example.com"));
	ck_assert(!lab_is_answered_at_once("www.local.example"));
	ck_assert_uint_gt(lab.worker.counters.suppressed_no_entry, 0);
}
END_TEST

START_TEST(zone_without_timeout_as_a_condition_waits_for_its_resolver)
{
	const struct lab_query query = lab_a("www.patient.example");

	configure("patient.example")->conditions = CONFIG_CONDITION_SERVFAIL;
	reload();
	lab_teach("www.patient.example");
	ck_assert_uint_eq(lab_orders_after(&query, 4000), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_policy, 1);
	lab_fall_silent();
	ck_assert(!lab_is_answered_at_once("www.patient.example"));
}
END_TEST

START_TEST(host_without_timeout_as_a_condition_waits_for_its_resolver)
{
	const struct lab_query query = lab_a("www.example.com");

	lab.config.conditions &= ~(uint64_t)CONFIG_CONDITION_TIMEOUT;
	reload();
	lab_teach("www.example.com");
	ck_assert_uint_eq(lab_orders_after(&query, 4000), 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_policy, 1);
}
END_TEST

/* Clients 1 and 2 ask for names of broken.example, in vain, and for nine times as many others. */
static void break_a_zone(uint64_t ms)
{
	static const char *const lost[] = { "a.broken.example", "b.broken.example",
		"c.broken.example", "d.broken.example" };
	static const char *const good[] = { "www.one.example", "www.two.example",
		"www.three.example" };

	for (uint64_t at = 0; at < ms; at += 100) {
		const uint8_t client = 1 + at / 100 % 2;
		const struct lab_query asked = lab_from(client, lost[at / 100 % 4]);

		lab_ask(&asked);
		for (unsigned int i = 0; i < 9; i++) {
			const struct lab_query other = lab_from(3 - client, good[i % 3]);

			lab_resolve(&other);
		}
		lab_pass(91);
	}
}

START_TEST(names_of_a_zone_that_times_out_are_answered_at_once_stale_or_fresh)
{
	lab_teach("stale.broken.example");
	lab_teach("www.one.example");
	lab_pass((LAB_TTL_S + 1) * 1000);
	lab_teach("fresh.broken.example");
	break_a_zone(6000);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_zones, 1);
	ck_assert_uint_eq(lab.worker.counters.failing_resolvers, 0);
	ck_assert_uint_eq(lab.worker.counters.failing_hosts, 0);
	lab.order_count = 0;
	ck_assert(lab_is_answered_at_once("stale.broken.example"));
	ck_assert_uint_eq(lab.orders[0].head.trigger, MESSAGE_TRIGGER_FAILING);
	ck_assert_uint_eq(lab.orders[0].head.freshness, MESSAGE_FRESHNESS_STALE);
	ck_assert(lab_is_answered_at_once("fresh.broken.example"));
	ck_assert(!lab_is_answered_at_once("www.one.example"));
}
END_TEST

static void look_up(const char *name)
{
	const struct lab_query query = lab_a(name);

	lab_resolve(&query);
}

START_TEST(zone_fails_when_all_of_it_does_if_it_says_so)
{
	configure("broken.example")->loss_ppm = 1000000;
	reload();
	lab_teach("a.broken.example");
	break_a_zone(6000);
	for (int i = 0; i < 20; i++) { /* not all of it fails */
		look_up("fine.broken.example");
		lab_pass(99);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_zones, 1); /* it goes on at half of it */
	for (int i = 0; i < 40; i++) {
		look_up("fine.broken.example");
		lab_pass(99);
	}
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.failing_zones, 0);
}
END_TEST

START_TEST(log_tells_of_a_lossy_zone_with_its_figures_when_it_begins_and_ends)
{
	static const char zone[] = "zone broken.example of resolver 10.0.0.53 (bridge:br0) is ";
	struct captured_stderr captured;
	const char *said;

	lab_teach("a.broken.example");
	captured_stderr_begin(&captured);
	break_a_zone(6000);
	said = strstr(captured_stderr_end(&captured), zone);
	ck_assert_ptr_nonnull(said);
	ck_assert_ptr_nonnull(strstr(said,
		"lossy: 10 of 10 look-ups (100.0 %) failed, of 4 names and 2 clients\n"));
	captured_stderr_begin(&captured);
	for (int i = 0; i < 200; i++) {
		look_up("fine.broken.example");
		lab_pass(99);
	}
	said = strstr(captured_stderr_end(&captured), zone);
	ck_assert_ptr_nonnull(said);
	ck_assert_ptr_nonnull(strstr(said, "no longer lossy: 0 of "));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker_zones");
	TCase *tcase = tcase_create("worker_zones");

	tcase_add_checked_fixture(tcase, lab_start, lab_end);
	tcase_add_test(tcase, zone_that_is_never_answered_is_not_and_its_reason_is_policy);
	tcase_add_test(tcase, zone_has_its_own_answer_after);
	tcase_add_test(tcase, answers_of_a_zone_are_stale_for_as_long_as_it_says);
	tcase_add_test(tcase, zone_without_timeout_as_a_condition_waits_for_its_resolver);
	tcase_add_test(tcase, host_without_timeout_as_a_condition_waits_for_its_resolver);
	tcase_add_test(tcase, names_of_a_zone_that_times_out_are_answered_at_once_stale_or_fresh);
	tcase_add_test(tcase, zone_fails_when_all_of_it_does_if_it_says_so);
	tcase_add_test(tcase, log_tells_of_a_lossy_zone_with_its_figures_when_it_begins_and_ends);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
