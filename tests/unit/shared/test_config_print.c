/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <string.h>

#include "shared/config_key.h"
#include "shared/config_zone.h"
#include "tests/support/check_main.h"
#include "tests/support/config_text.h"

#define TEST_PRINT_BYTES_MAX 65536

static char sample[TEST_PRINT_BYTES_MAX];
static char other[TEST_PRINT_BYTES_MAX];

static void test_print_to(char *out_text, void (*print)(FILE *out))
{
	FILE *out = fmemopen(out_text, TEST_PRINT_BYTES_MAX, "w");

	ck_assert_ptr_nonnull(out);
	print(out);
	ck_assert_int_eq(fclose(out), 0);
}

static void test_print_loads_as_defaults(const char *text)
{
	struct config config;
	struct config defaults;
	struct config_text file;

	config_defaults(&defaults);
	config_text_open(&file, text);
	ck_assert_int_eq(config_load(&config, file.path), 0);
	config_text_close(&file);
	ck_assert_mem_eq(&config, &defaults, sizeof(config));
}

/* If it fails: dnscache-<stage> --sample-config > conf/dnscache.conf */
START_TEST(sample_is_the_file_in_conf)
{
	FILE *file = fopen(TEST_SOURCE_ROOT "/conf/dnscache.conf", "re");

	ck_assert_ptr_nonnull(file);
	other[fread(other, 1, sizeof(other) - 1, file)] = '\0';
	(void)fclose(file);
	test_print_to(sample, config_print_sample);
	ck_assert_str_eq(sample, other);
}
END_TEST

START_TEST(sample_loads_as_defaults)
{
	test_print_to(sample, config_print_sample);
	test_print_loads_as_defaults(sample);
}
END_TEST

/* Its one zone, called name, has what the host has. */
static void test_print_take_zone(struct config *config)
{
	struct config_zone *zone = &config->zones.zones[0];
	char title[CONFIG_ZONE_TITLE_BYTES_MAX];

	ck_assert_uint_eq(config->zones.count, 1);
	config_zone_title(title, zone);
	ck_assert_str_eq(title, "zone name");
	ck_assert_uint_eq(zone->given, (1u << CONFIG_ZONE_KEY_COUNT) - 1);
	ck_assert_int_eq(zone->is_never, 0);
	ck_assert_uint_eq(zone->conditions, config->conditions);
	ck_assert_uint_eq(zone->max_stale_ns, config->cache_max_stale_ns);
	ck_assert_uint_eq(zone->loss_ppm, config->loss_ppm);
	ck_assert_uint_eq(zone->answer_after_ns, config->answer_after_ns);
	memset(&config->zones, 0, sizeof(config->zones));
}

START_TEST(sample_with_every_key_uncommented_loads_as_defaults)
{
	struct config config;
	struct config defaults;
	struct config_text file;
	char *to = other;

	test_print_to(sample, config_print_sample);
	for (const char *from = sample; *from; from++) {
		bool is_key = *from == '#' && from[1] != ' ' && from[-1] == '\n';

		if (from == sample || !is_key)
			*to++ = *from;
	}
	*to = '\0';
	ck_assert_ptr_nonnull(strstr(other, "\nmode = rescue\n"));
	config_defaults(&defaults);
	config_text_open(&file, other);
	ck_assert_int_eq(config_load(&config, file.path), 0);
	config_text_close(&file);
	test_print_take_zone(&config);
	ck_assert_mem_eq(&config, &defaults, sizeof(config));
}
END_TEST

START_TEST(help_has_one_line_for_every_key)
{
	char start[128];
	char initial[CONFIG_TEXT_BYTES_MAX];
	char end[2 * CONFIG_TEXT_BYTES_MAX];
	const char *at = other;

	test_print_to(other, config_print_help);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		(void)snprintf(start, sizeof(start), "  %s.%s ", config_keys[i].section,
			config_keys[i].name);
		ck_assert_int_eq(strncmp(at, start, strlen(start)), 0);
		config_key_default(initial, sizeof(initial), &config_keys[i]);
		(void)snprintf(end, sizeof(end), "; default %s)\n", initial);
		ck_assert_ptr_eq(strstr(at, end) + strlen(end), strchr(at, '\n') + 1);
		at = strchr(at, '\n') + 1;
	}
	ck_assert_str_eq(at, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_print");
	TCase *tcase = tcase_create("config_print");

	tcase_add_test(tcase, sample_is_the_file_in_conf);
	tcase_add_test(tcase, sample_loads_as_defaults);
	tcase_add_test(tcase, sample_with_every_key_uncommented_loads_as_defaults);
	tcase_add_test(tcase, help_has_one_line_for_every_key);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
