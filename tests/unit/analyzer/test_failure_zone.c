/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_state.h"

#include "shared/config_zone.h"
#include "tests/support/failure_lab.h"

/*
 * When a zone of a resolver is failing. Clients 1 and 2, at edges that show its responses,
 * ask for names of broken.example, which go wrong from 1 s on, and of others, which are
 * answered: a tenth of all fails, so that neither resolver nor host is lossy.
 */

#define BEGIN_MS 1000
#define STEP_MS  100

static struct config_zones zones;

static void start(void)
{
	failure_lab_start();
	memset(&zones, 0, sizeof(zones));
	for (uint8_t client = 1; client <= 4; client++) {
		failure_lab_from(client, client);
		failure_lab_good("healthy.example", 0, 1);
	}
}

static struct config_zone *configure(const char *name)
{
	struct config_zone *zone = &zones.zones[zones.count++];

	ck_assert_int_eq(config_zone_parse(name, &zone->name), CONFIG_ZONE_OK);
	zone->loss_ppm = failure_lab_limits.loss_ppm;
	zone->conditions = FAILURE_LAB_CONDITIONS;
	return zone;
}

static void in_force(void)
{
	struct failure_limits limits = failure_lab_limits;

	limits.zones = &zones;
	failure_set_limits(failure_lab.state, &limits);
}

static void name_of(char text[32], const char *zone, uint64_t ms)
{
	(void)snprintf(text, 32, "n%u.%s", (unsigned int)(ms / STEP_MS % 8), zone);
}

/* What is asked at that time is told when it is known. */
static void answer_others(uint64_t ms)
{
	static const char *const others[] = { "one.example", "two.example", "www.example.com" };
	char text[32];

	for (unsigned int i = 0; i < 9; i++) {
		failure_lab_from(1 + i % 2, 1 + i % 2);
		name_of(text, others[i % 3], ms + STEP_MS * i);
		failure_lab_good(text, ms, ms + 5);
	}
}

static uint8_t client_at(uint64_t ms)
{
	return 1 + ms / STEP_MS % 2;
}

/* Timeouts of this zone, from BEGIN_MS to what is sent before @until_ms. */
static void time_out(const char *zone, uint64_t until_ms)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < until_ms + FAILURE_LAB_FAILED_AFTER_MS; ms += STEP_MS) {
		const uint64_t sent_ms = ms - FAILURE_LAB_FAILED_AFTER_MS;

		if (ms >= BEGIN_MS + FAILURE_LAB_FAILED_AFTER_MS) {
			failure_lab_from(client_at(sent_ms), client_at(sent_ms));
			name_of(text, zone, sent_ms);
			failure_lab_time_out(text, sent_ms);
		}
		answer_others(ms);
		failure_lab_judge(ms);
	}
}

static enum failure_level level(const char *text, uint64_t ms)
{
	failure_lab_from(1, 1);
	return failure_lab_look(text, ms);
}

/* Until 5 s, all that was sent until then known. */
#define BROKEN_MS 5000
#define KNOWN_MS  (BROKEN_MS + FAILURE_LAB_FAILED_AFTER_MS)

START_TEST(zone_that_times_out_is_failing_and_others_of_its_resolver_are_not)
{
	const struct failure_loss *loss = &failure_lab.losses[0];
	struct failure_levels levels;

	time_out("broken.example", BROKEN_MS);
	levels = failure_lab_levels(KNOWN_MS);
	ck_assert_uint_eq(levels.zones, 1);
	ck_assert_uint_eq(levels.resolvers_lossy, 0);
	ck_assert_uint_eq(levels.resolvers_silent, 0);
	ck_assert_uint_eq(levels.hosts, 0);
	ck_assert_uint_lt(levels.loss_ppm, 200000);
	ck_assert(!failure_is_calm(failure_lab.state));
	ck_assert_int_eq(level("never.asked.broken.example", KNOWN_MS), FAILURE_ZONE);
	ck_assert_int_eq(level("BROKEN.Example", KNOWN_MS), FAILURE_ZONE);
	ck_assert_int_eq(level("n1.one.example", KNOWN_MS), FAILURE_NONE);
	ck_assert_int_eq(level("notbroken.example", KNOWN_MS), FAILURE_NONE);
	failure_lab_to("bridge:br0", 54); /* of another resolver */
	failure_lab_good("healthy.example", 0, KNOWN_MS);
	ck_assert_int_eq(level("n1.broken.example", KNOWN_MS), FAILURE_NONE);
	ck_assert(loss->is_zone && loss->is_failing && !loss->is_host);
}
END_TEST

START_TEST(change_is_told_once_with_zone_resolver_and_figures)
{
	struct failure_loss told = { 0 };
	const struct dns_name zone = failure_lab_name("broken.example");
	char text[32];
	size_t count = 0;

	for (uint64_t ms = BEGIN_MS; ms < 6000; ms += STEP_MS) {
		failure_lab_from(client_at(ms), client_at(ms));
		name_of(text, "broken.example", ms);
		failure_lab_failed(text, ms, ms + 10);
		answer_others(ms);
		if (failure_lab_judge(ms + 20) > 0) {
			told = failure_lab.losses[0];
			count++;
		}
	}
	ck_assert_uint_eq(count, 1);
	ck_assert(told.is_zone && told.is_failing);
	ck_assert_uint_eq(told.zone.length_bytes, zone.length_bytes);
	ck_assert_mem_eq(told.zone.bytes, zone.bytes, zone.length_bytes);
	ck_assert_uint_eq(told.resolver.ip[15], 53);
	ck_assert_uint_ge(told.sum.units, 10);
	ck_assert_uint_eq(told.sum.failed, told.sum.units);
	ck_assert_uint_eq(told.sum.clients, 2);
}
END_TEST

START_TEST(zone_is_failing_some_seconds_after_it_broke)
{
	uint64_t found_ms = 0;
	char text[32];

	for (uint64_t ms = BEGIN_MS; found_ms == 0; ms += STEP_MS) {
		failure_lab_from(client_at(ms), client_at(ms));
		name_of(text, "broken.example", ms);
		if (ms >= BEGIN_MS + FAILURE_LAB_FAILED_AFTER_MS)
			failure_lab_time_out(text, ms - FAILURE_LAB_FAILED_AFTER_MS);
		answer_others(ms);
		failure_lab_judge(ms);
		if (failure_lab_levels(ms).zones > 0)
			found_ms = ms;
		ck_assert_uint_lt(ms, 20000);
	}
	ck_assert_uint_ge(found_ms, BEGIN_MS + 2 * FAILURE_LAB_FAILED_AFTER_MS);
	ck_assert_uint_le(found_ms, BEGIN_MS + 2 * FAILURE_LAB_FAILED_AFTER_MS + 1500);
}
END_TEST

/* Half a second of timeouts in a zone that answers before and after. */
START_TEST(hiccup_is_no_outage)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < 8000; ms += 50) {
		const uint64_t sent_ms = ms - FAILURE_LAB_FAILED_AFTER_MS;

		failure_lab_from(client_at(ms), client_at(ms));
		name_of(text, "broken.example", ms);
		if (ms < 2000 || ms >= 2500)
			failure_lab_good(text, ms, ms + 5);
		if (ms >= 3800 && sent_ms < 2500)
			failure_lab_time_out(text, sent_ms);
		answer_others(ms);
		failure_lab_judge(ms);
		ck_assert_uint_eq(failure_lab_levels(ms).zones, 0);
	}
}
END_TEST

START_TEST(successes_count_from_the_first_failure_on)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < 12000; ms += STEP_MS) { /* one in eight fails */
		failure_lab_from(client_at(ms / 8), client_at(ms / 8));
		name_of(text, "broken.example", ms);
		if (ms / STEP_MS % 8 == 0)
			failure_lab_failed(text, ms, ms + 5);
		else
			failure_lab_good(text, ms, ms + 5);
		failure_lab_judge(ms + 10);
		ck_assert_uint_eq(failure_lab_levels(ms + 10).zones, 0);
	}
}
END_TEST

START_TEST(one_client_is_not_enough_beside_another)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < 8000; ms += STEP_MS) {
		failure_lab_from(1, 1);
		name_of(text, "broken.example", ms);
		failure_lab_failed(text, ms, ms + 5);
		answer_others(ms);
		failure_lab_judge(ms + 10);
	}
	ck_assert_uint_eq(failure_lab_levels(8000).zones, 0);
}
END_TEST

START_TEST(zone_is_over_four_seconds_after_it_answers_again)
{
	char text[32];

	time_out("broken.example", BROKEN_MS);
	for (uint64_t ms = KNOWN_MS; ms < KNOWN_MS + 4000; ms += STEP_MS) {
		failure_lab_from(client_at(ms), client_at(ms));
		name_of(text, "broken.example", ms);
		failure_lab_good(text, ms, ms + 5);
		failure_lab_judge(ms + 10);
	}
	ck_assert_int_eq(level("n1.broken.example", KNOWN_MS + 4000), FAILURE_NONE);
	ck_assert_uint_eq(failure_lab_levels(KNOWN_MS + 4000).zones, 0);
}
END_TEST

START_TEST(zone_is_watched_while_one_of_its_names_failed_in_the_window)
{
	ck_assert(failure_takes_successes(failure_lab.state));
	failure_lab_from(1, 1);
	failure_lab_good("other.example", 2790, 2795); /* no silence, no failing name */
	failure_lab_time_out("n1.broken.example", 900);
	ck_assert(failure_is_calm(failure_lab.state));
	ck_assert(!failure_takes_successes(failure_lab.state));
	failure_lab_judge(12600);
	ck_assert(!failure_takes_successes(failure_lab.state));
	failure_lab_judge(12700);
	ck_assert(failure_takes_successes(failure_lab.state));
}
END_TEST

START_TEST(silence_takes_the_place_of_failing_zones_and_its_end_takes_timeouts_back)
{
	char text[32];

	time_out("broken.example", BROKEN_MS);
	for (uint64_t sent_ms = KNOWN_MS; sent_ms < 9000; sent_ms += STEP_MS) {
		failure_lab_from(client_at(sent_ms), client_at(sent_ms));
		name_of(text, "broken.example", sent_ms);
		failure_lab_time_out(text, sent_ms);
		failure_lab_judge(sent_ms + FAILURE_LAB_FAILED_AFTER_MS);
	}
	ck_assert_int_eq(level("n1.broken.example", 10800), FAILURE_SILENT);
	ck_assert_uint_eq(failure_lab_levels(10800).zones, 0);
	ck_assert(failure_lab_good("first.example", 10900, 10910).ended_silence);
	failure_lab_judge(11000);
	ck_assert_uint_eq(failure_lab_levels(11000).zones, 0);
	ck_assert_int_eq(level("other.broken.example", 11000), FAILURE_NONE);
}
END_TEST

START_TEST(what_was_missed_voids_zones)
{
	time_out("broken.example", BROKEN_MS);
	failure_lab_miss(KNOWN_MS);
	ck_assert_uint_eq(failure_lab_levels(KNOWN_MS).zones, 0);
	ck_assert_int_eq(level("n1.broken.example", KNOWN_MS), FAILURE_NONE);
	ck_assert(failure_takes_successes(failure_lab.state));
	ck_assert_uint_eq(failure_lab_judge(KNOWN_MS + 100), 0);
}
END_TEST

START_TEST(configured_zone_is_one_of_its_own)
{
	configure("db.broken.example");
	in_force();
	time_out("db.broken.example", BROKEN_MS);
	ck_assert_int_eq(level("x.db.broken.example", KNOWN_MS), FAILURE_ZONE);
	ck_assert_int_eq(level("www.broken.example", KNOWN_MS), FAILURE_NONE);
}
END_TEST

START_TEST(configured_zone_above_others_is_no_zone_of_theirs)
{
	configure("example");
	in_force();
	time_out("broken.example", BROKEN_MS);
	ck_assert_int_eq(level("x.broken.example", KNOWN_MS), FAILURE_ZONE);
	ck_assert_int_eq(level("x.one.example", KNOWN_MS), FAILURE_NONE);
}
END_TEST

/* Every third look-up in the zone fails. */
static void lose_a_third(void)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < 8000; ms += STEP_MS) {
		failure_lab_from(client_at(ms), client_at(ms));
		name_of(text, "broken.example", ms);
		if (ms / STEP_MS % 3 == 0)
			failure_lab_failed(text, ms, ms + 5);
		else
			failure_lab_good(text, ms, ms + 5);
		answer_others(ms);
		failure_lab_judge(ms + 10);
	}
}

START_TEST(zone_has_a_threshold_of_its_own)
{
	lose_a_third();
	ck_assert_uint_eq(failure_lab_levels(8000).zones, 1);
	failure_lab_miss(8000);
	configure("broken.example")->loss_ppm = 500000;
	in_force();
	lose_a_third();
	ck_assert_uint_eq(failure_lab_levels(8000).zones, 0);
}
END_TEST

START_TEST(zone_has_conditions_of_its_own)
{
	struct failure_limits limits = failure_lab_limits;

	configure("broken.example")->conditions = FAILURE_CONDITION_TIMEOUT;
	in_force();
	failure_lab_from(1, 1);
	failure_lab_failed("n1.broken.example", 900, 1000);
	failure_lab_failed("n1.one.example", 900, 1000);
	ck_assert_int_eq(level("n1.broken.example", 1100), FAILURE_NONE);
	ck_assert_int_eq(level("n1.one.example", 1100), FAILURE_NAME);
	limits.conditions = FAILURE_CONDITION_SERVFAIL;
	limits.zones = &zones;
	failure_set_limits(failure_lab.state, &limits);
	failure_lab_time_out("n2.broken.example", 1200);
	failure_lab_time_out("n2.one.example", 1200);
	ck_assert_int_eq(level("n2.broken.example", 3100), FAILURE_NAME);
	ck_assert_int_eq(level("n2.one.example", 3100), FAILURE_NONE);
}
END_TEST

/* All of one zone fails, a third of all look-ups, and of others one now and then. */
START_TEST(one_zone_cannot_make_its_resolver_lossy_or_fail_the_host)
{
	char text[32];

	for (uint64_t ms = BEGIN_MS; ms < 8000; ms += STEP_MS) {
		for (uint8_t client = 1; client <= 3; client++) {
			failure_lab_from(client, client);
			name_of(text, "broken.example", ms);
			failure_lab_failed(text, ms, ms + 5);
			name_of(text, "one.example", ms);
			failure_lab_good(text, ms, ms + 5);
			name_of(text, "two.example", ms);
			failure_lab_good(text, ms, ms + 5);
		}
		failure_lab_judge(ms + 10);
	}
	ck_assert_uint_gt(failure_lab_levels(8000).loss_ppm, 250000);
	ck_assert_uint_eq(failure_lab_levels(8000).zones, 1);
	ck_assert_uint_eq(failure_lab_levels(8000).resolvers_lossy, 0);
	ck_assert_uint_eq(failure_lab_levels(8000).hosts, 0);
}
END_TEST

START_TEST(flood_of_broken_zones_is_bounded)
{
	char text[32];

	failure_lab_from(1, 1);
	for (unsigned int i = 0; i < 2 * FAILURE_ZONES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "a.zone%u.example", i);
		failure_lab_failed(text, 1000, 1005);
	}
	failure_lab_judge(1100);
	ck_assert_uint_eq(failure_lab_levels(1100).zones, 0);
	failure_lab_judge(30000);
	ck_assert_uint_eq(failure_lab_levels(30000).zones, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("failure_zone");
	TCase *all = tcase_create("failure_zone");

	tcase_add_checked_fixture(all, start, failure_lab_end);
	tcase_add_test(all, zone_that_times_out_is_failing_and_others_of_its_resolver_are_not);
	tcase_add_test(all, change_is_told_once_with_zone_resolver_and_figures);
	tcase_add_test(all, zone_is_failing_some_seconds_after_it_broke);
	tcase_add_test(all, hiccup_is_no_outage);
	tcase_add_test(all, successes_count_from_the_first_failure_on);
	tcase_add_test(all, one_client_is_not_enough_beside_another);
	tcase_add_test(all, zone_is_over_four_seconds_after_it_answers_again);
	tcase_add_test(all, zone_is_watched_while_one_of_its_names_failed_in_the_window);
	tcase_add_test(
		all, silence_takes_the_place_of_failing_zones_and_its_end_takes_timeouts_back);
	tcase_add_test(all, what_was_missed_voids_zones);
	tcase_add_test(all, configured_zone_is_one_of_its_own);
	tcase_add_test(all, configured_zone_above_others_is_no_zone_of_theirs);
	tcase_add_test(all, zone_has_a_threshold_of_its_own);
	tcase_add_test(all, zone_has_conditions_of_its_own);
	tcase_add_test(all, one_zone_cannot_make_its_resolver_lossy_or_fail_the_host);
	tcase_add_test(all, flood_of_broken_zones_is_bounded);
	suite_add_tcase(suite, all);
	return check_main_run(suite);
}
