/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_key.h"

#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

START_TEST(every_key_is_found_and_only_once)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		ck_assert_ptr_eq(config_key_find(config_keys[i].section, config_keys[i].name),
			&config_keys[i]);
	ck_assert_ptr_null(config_key_find("global", "timeout"));
	ck_assert_ptr_null(config_key_find("globa", "mode"));
}
END_TEST

START_TEST(keys_of_a_section_stand_together)
{
	for (size_t i = 1; i < CONFIG_KEY_COUNT; i++)
		for (size_t k = i + 1; k < CONFIG_KEY_COUNT; k++)
			if (strcmp(config_keys[k].section, config_keys[i - 1].section) == 0)
				ck_assert_str_eq(config_keys[i].section, config_keys[k].section);
}
END_TEST

START_TEST(lists_are_in_the_order_of_the_table)
{
	char list[CONFIG_KEY_LIST_BYTES_MAX];

	config_key_list(list, sizeof(list), NULL);
	ck_assert_str_eq(
		list, "global, capture, matching, matched, unmatched, cache, rescue, zone NAME");
	config_key_list(list, sizeof(list), "rescue");
	ck_assert_str_eq(list,
		"answer_after, failed_after, window, min_samples, conditions, hold, client_rate, total_rate");
}
END_TEST

START_TEST(list_that_does_not_fit_is_cut)
{
	char list[10];

	config_key_list(list, sizeof(list), NULL);
	ck_assert_str_eq(list, "global, c");
}
END_TEST

START_TEST(users_are_whole_names_and_none_means_everyone)
{
	const struct config_key key = { .users = "capture analyzer" };
	const struct config_key everyones = { .users = "" };

	ck_assert(config_key_is_used_by(&key, "capture"));
	ck_assert(config_key_is_used_by(&key, "analyzer"));
	ck_assert(!config_key_is_used_by(&key, "injector"));
	ck_assert(!config_key_is_used_by(&key, "capt"));
	ck_assert(!config_key_is_used_by(&key, "analyzers"));
	ck_assert(!config_key_is_used_by(&key, ""));
	ck_assert(config_key_is_used_by(&everyones, "injector"));
}
END_TEST

START_TEST(only_keys_that_somebody_starts_with_take_a_restart)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (config_keys[i].when == CONFIG_WHEN_RESTART)
			ck_assert_str_ne(config_keys[i].users, "");
}
END_TEST

START_TEST(keys_of_zones_stand_last_and_only_they)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		ck_assert_int_eq(strcmp(config_keys[i].section, CONFIG_KEY_ZONE_SECTION) == 0,
			i >= CONFIG_HOST_KEY_COUNT);
	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++)
		ck_assert_int_eq(config_key_of_zone(i)->when, CONFIG_WHEN_RELOAD);
}
END_TEST

START_TEST(key_of_zones_is_the_hosts_of_the_same_name)
{
	char initial[CONFIG_TEXT_BYTES_MAX];

	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++) {
		const struct config_key *key = config_key_of_zone(i);
		const struct config_key *host = config_key_fallback(key);

		if (strcmp(key->name, "never") == 0) {
			ck_assert_ptr_null(host);
			continue;
		}
		ck_assert_ptr_nonnull(host);
		ck_assert_int_eq(key->kind, host->kind);
		ck_assert_uint_eq(key->field_bytes, host->field_bytes);
		ck_assert_str_eq(key->default_text, host->default_text);
		ck_assert_str_eq(key->minimum, host->minimum);
		ck_assert_str_eq(key->maximum, host->maximum);
		ck_assert_int_eq(host->when, CONFIG_WHEN_RELOAD);
		ck_assert_ptr_null(config_key_fallback(host));
	}
	config_key_default(
		initial, sizeof(initial), config_key_find(CONFIG_KEY_ZONE_SECTION, "loss"));
	ck_assert_str_eq(initial, "[global] loss");
	config_key_default(initial, sizeof(initial), config_key_find("global", "loss"));
	ck_assert_str_eq(initial, "0.2");
}
END_TEST

static const struct {
	const char *section;
	const char *name;
	const char *meant;
} suggestions[] = {
	{ "globl", NULL, " (did you mean global?)" },
	{ "Global", NULL, " (did you mean global?)" },
	{ "match", NULL, " (did you mean matched?)" },
	{ "zones", NULL, " (did you mean zone NAME?)" },
	{ "Zone example.com", NULL, " (did you mean zone NAME?)" },
	{ "global settings", NULL, " (did you mean global?)" },
	{ "colour zone", NULL, "" },
	{ "zone NAME", "max_stail", " (did you mean zone NAME.max_stale?)" },
	{ "zone NAME", "window", " (did you mean rescue.window?)" },
	{ "rescue", "loss", " (did you mean global.loss?)" },
	{ "rescue", "never", " (did you mean zone NAME.never?)" },
	{ "", NULL, "" },
	{ "cache", "max_stail", " (did you mean cache.max_stale?)" },
	{ "cache", "capacty", " (did you mean cache.capacity?)" },
	{ "cache", "stale-ttl", " (did you mean cache.stale_ttl?)" },
	{ "rescue", "mode", " (did you mean global.mode?)" },
	{ "capture", "rin", " (did you mean capture.ring?)" },
	{ "capture", "x", "" },
	{ NULL, "answer_after", " (did you mean rescue.answer_after?)" },
	{ NULL, "answer_afte", "" },
	{ "global", "a_name_much_longer_than_any_key_that_we_have", "" },
};

START_TEST(unknown_names_lead_to_what_was_meant)
{
	char text[CONFIG_KEY_LIST_BYTES_MAX];

	config_key_suggest(text, sizeof(text), suggestions[_i].section, suggestions[_i].name);
	ck_assert_str_eq(text, suggestions[_i].meant);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_key");
	TCase *tcase = tcase_create("config_key");

	tcase_add_test(tcase, every_key_is_found_and_only_once);
	tcase_add_test(tcase, keys_of_a_section_stand_together);
	tcase_add_test(tcase, keys_of_zones_stand_last_and_only_they);
	tcase_add_test(tcase, key_of_zones_is_the_hosts_of_the_same_name);
	tcase_add_test(tcase, lists_are_in_the_order_of_the_table);
	tcase_add_test(tcase, users_are_whole_names_and_none_means_everyone);
	tcase_add_test(tcase, only_keys_that_somebody_starts_with_take_a_restart);
	tcase_add_test(tcase, list_that_does_not_fit_is_cut);
	tcase_add_loop_test(
		tcase, unknown_names_lead_to_what_was_meant, 0, (int)ARRAY_COUNT(suggestions));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
