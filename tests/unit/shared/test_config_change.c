/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_change.h"

#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/config_value.h"
#include "shared/config_zone.h"
#include "shared/log.h"
#include "tests/support/check_main.h"

static struct config old;
static struct config fresh;
static char list[1024];

static void start(void)
{
	config_defaults(&old);
	config_defaults(&fresh);
}

static void end(void)
{
}

static const char *listed(enum config_when when, const char *stage)
{
	config_change_list(list, sizeof(list), when, stage, &old, &fresh);
	return list;
}

START_TEST(nothing_changes_between_equals)
{
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"), "");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "analyzer"), "");
}
END_TEST

START_TEST(changes_are_listed_with_old_and_new_value)
{
	fresh.mode = CONFIG_MODE_OBSERVE;
	fresh.cache_ttl_ns = 3600 * NS_PER_S;
	fresh.loss_ppm = 250000;
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"),
		"global.mode rescue -> observe; global.loss 0.2 -> 0.25; cache.ttl 1d -> 1h");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "analyzer"), "");
}
END_TEST

START_TEST(each_stage_hears_of_its_own_keys)
{
	strcpy(fresh.interface, "br0");
	fresh.log = LOG_LEVEL_DEBUG;
	fresh.worker_count = 2;
	fresh.cache_capacity = 99;
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "capture"),
		"global.interface auto -> br0; global.log info -> debug");
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "injector"), "global.log info -> debug");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "capture"), "global.worker");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "analyzer"), "global.worker, cache.capacity");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "exporter"), "");
}
END_TEST

START_TEST(only_what_may_change_while_running_is_applied)
{
	struct config expected = old;

	fresh.mode = expected.mode = CONFIG_MODE_OBSERVE;
	fresh.conditions = expected.conditions = CONFIG_CONDITION_ICMP;
	strcpy(fresh.interface, "br0");
	strcpy(expected.interface, "br0");
	fresh.capture_ports.count = 2;
	fresh.capture_ports.ports[1] = 5353;
	strcpy(fresh.api_listen_at, "[::1]:80");
	config_change_apply(&old, &fresh);
	ck_assert_mem_eq(&old, &expected, sizeof(old));
}
END_TEST

START_TEST(shorter_text_leaves_no_trace_of_the_longer_one)
{
	const struct config_key *key = config_key_find("global", "interface");

	ck_assert_int_eq(config_value_parse(key, "a_long_name*", old.interface), CONFIG_VALUE_OK);
	config_change_apply(&old, &fresh);
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "capture"), "");
	ck_assert_mem_eq(&old, &fresh, sizeof(old));
}
END_TEST

/* What of the keys may change while running: the users' contract. */
START_TEST(keys_that_may_change_while_running_are_these)
{
	static const char *const names[] = { "global.mode", "global.interface", "global.log",
		"global.report_interval", "global.loss", "matching.timeout", "matched.ttl",
		"unmatched.ttl", "cache.ttl", "cache.max_stale", "cache.stale_ttl", "cache.share",
		"rescue.answer_after", "rescue.failed_after", "rescue.window", "rescue.min_samples",
		"rescue.conditions", "rescue.client_rate", "rescue.total_rate", "zone NAME.never",
		"zone NAME.conditions", "zone NAME.max_stale", "zone NAME.loss",
		"zone NAME.answer_after" };
	size_t count = 0;

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (config_keys[i].when != CONFIG_WHEN_RELOAD)
			continue;
		ck_assert_uint_lt(count, ARRAY_COUNT(names));
		(void)snprintf(
			list, sizeof(list), "%s.%s", config_keys[i].section, config_keys[i].name);
		ck_assert_str_eq(list, names[count++]);
	}
	ck_assert_uint_eq(count, ARRAY_COUNT(names));
}
END_TEST

/* One key of a new or known zone is given that value. */
static void give(
	struct config *config, const char *zone_name, const char *key_name, const char *text)
{
	const struct config_key *key = config_key_find(CONFIG_KEY_ZONE_SECTION, key_name);
	struct config_zones *zones = &config->zones;
	struct config_zone *zone = &zones->zones[0];
	struct dns_name name;

	ck_assert_int_eq(config_zone_parse(zone_name, &name), CONFIG_ZONE_OK);
	while (zone < &zones->zones[zones->count] && !dns_name_is_equal(&zone->name, &name))
		zone++;
	if (zone == &zones->zones[zones->count])
		zones->count++;
	zone->name = name;
	zone->given |= 1u << (key - config_key_of_zone(0));
	ck_assert_int_eq(
		config_value_parse(key, text, (char *)zone + key->field_at), CONFIG_VALUE_OK);
	config_zones_complete(config);
}

START_TEST(zones_are_told_key_by_key)
{
	give(&old, "b.example", "loss", "20%");
	give(&old, "gone.example", "never", "yes");
	give(&fresh, "a.example", "never", "yes");
	give(&fresh, "a.example", "max_stale", "30s");
	give(&fresh, "b.example", "loss", "50%");
	give(&fresh, "b.example", "answer_after", "auto");
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"),
		"zone a.example is new; zone a.example.never not given -> yes; "
		"zone a.example.max_stale not given -> 30s; zone b.example.loss 0.2 -> 0.5; "
		"zone b.example.answer_after not given -> auto; zone gone.example is gone");
	ck_assert_str_eq(listed(CONFIG_WHEN_RESTART, "analyzer"), "");
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "injector"), "");
	config_change_apply(&old, &fresh);
	ck_assert_mem_eq(&old, &fresh, sizeof(old));
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"), "");
}
END_TEST

START_TEST(zone_that_follows_the_host_is_not_told_beside_it)
{
	give(&old, "a.example", "never", "yes");
	fresh.loss_ppm = 250000;
	give(&fresh, "a.example", "never", "yes");
	ck_assert_uint_eq(fresh.zones.zones[0].loss_ppm, 250000);
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"), "global.loss 0.2 -> 0.25");
}
END_TEST

START_TEST(order_of_zones_is_no_change)
{
	give(&old, "a.example", "never", "yes");
	give(&old, "b.example", "never", "yes");
	give(&fresh, "b.example", "never", "yes");
	give(&fresh, "a.example", "never", "yes");
	ck_assert_str_eq(listed(CONFIG_WHEN_RELOAD, "analyzer"), "");
}
END_TEST

START_TEST(list_that_does_not_fit_is_cut)
{
	char short_list[16];

	fresh.mode = CONFIG_MODE_OBSERVE;
	config_change_list(
		short_list, sizeof(short_list), CONFIG_WHEN_RELOAD, "analyzer", &old, &fresh);
	ck_assert_str_eq(short_list, "global.mode res");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_change");
	TCase *tcase = tcase_create("config_change");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, nothing_changes_between_equals);
	tcase_add_test(tcase, changes_are_listed_with_old_and_new_value);
	tcase_add_test(tcase, each_stage_hears_of_its_own_keys);
	tcase_add_test(tcase, only_what_may_change_while_running_is_applied);
	tcase_add_test(tcase, shorter_text_leaves_no_trace_of_the_longer_one);
	tcase_add_test(tcase, keys_that_may_change_while_running_are_these);
	tcase_add_test(tcase, zones_are_told_key_by_key);
	tcase_add_test(tcase, zone_that_follows_the_host_is_not_told_beside_it);
	tcase_add_test(tcase, order_of_zones_is_no_change);
	tcase_add_test(tcase, list_that_does_not_fit_is_cut);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
