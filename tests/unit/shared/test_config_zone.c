/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_zone.h"

#include <errno.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/config_folder.h"

#define TEST_ZONE_LABEL_63 "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-xyz"

static struct captured_stderr captured;
static struct config config;

static struct dns_name name_of(const char *text)
{
	struct dns_name name;

	ck_assert_int_eq(config_zone_parse(text, &name), CONFIG_ZONE_OK);
	return name;
}

static int load(void)
{
	char path[CONFIG_FOLDER_PATH_BYTES];
	int r;

	strcpy(path, config_folder_path("dnscache.conf"));
	captured_stderr_begin(&captured);
	r = config_load(&config, path);
	captured_stderr_end(&captured);
	return r;
}

static void loads(const char *text)
{
	config_folder_write("dnscache.conf", text);
	ck_assert_int_eq(load(), 0);
	ck_assert_str_eq(captured.text, "");
}

/* The zone that a name is of, as it stands in the log; "" for none. */
static const char *zone_of(const char *text)
{
	static char title[CONFIG_ZONE_TITLE_BYTES_MAX];
	const struct dns_name name = name_of(text);
	const struct config_zone *zone = config_zone_find(&config, &name);

	title[0] = '\0';
	if (zone)
		config_zone_title(title, zone);
	return title;
}

static const struct {
	const char *text;
	const char *wire; /* without the root's byte; NULL: no name */
} names[] = {
	{ "example.com", "\7example\3com" },
	{ "Example.COM.", "\7example\3com" },
	{ "example.com. \t", "\7example\3com" },
	{ "cluster.local", "\7cluster\5local" },
	{ "_tcp.x-1", "\4_tcp\3x-1" },
	{ "com", "\3com" },
	{ TEST_ZONE_LABEL_63, "\77" TEST_ZONE_LABEL_63 },
	{ TEST_ZONE_LABEL_63 "a", NULL },
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ "com..", NULL },
	{ ".com", NULL },
	{ "a..b", NULL },
	{ "a b", NULL },
	{ "*.example.com", NULL },
	{ "ex\\.ample.com", NULL },
	{ "b\303\274cher.example", NULL },
	{ "\"example.com\"", NULL },
};

START_TEST(name_is_labels_of_letters_digits_and_dashes)
{
	struct dns_name name = { .length_bytes = 77 };
	int outcome = config_zone_parse(names[_i].text, &name);

	if (!names[_i].wire) {
		ck_assert_int_eq(outcome, CONFIG_ZONE_NOT_A_NAME);
		ck_assert_uint_eq(name.length_bytes, 77);
		return;
	}
	ck_assert_int_eq(outcome, CONFIG_ZONE_OK);
	ck_assert_uint_eq(name.length_bytes, strlen(names[_i].wire) + 1);
	ck_assert_mem_eq(name.bytes, names[_i].wire, name.length_bytes);
}
END_TEST

START_TEST(name_has_at_most_255_bytes)
{
	char text[4 * 64 + 1];
	struct dns_name name;

	(void)snprintf(text, sizeof(text), "%s.%s.%s.%.61s", TEST_ZONE_LABEL_63, TEST_ZONE_LABEL_63,
		TEST_ZONE_LABEL_63, TEST_ZONE_LABEL_63);
	ck_assert_int_eq(config_zone_parse(text, &name), CONFIG_ZONE_OK);
	ck_assert_uint_eq(name.length_bytes, DNS_NAME_BYTES_MAX);
	(void)snprintf(text, sizeof(text), "%s.%s.%s.%.62s", TEST_ZONE_LABEL_63, TEST_ZONE_LABEL_63,
		TEST_ZONE_LABEL_63, TEST_ZONE_LABEL_63);
	ck_assert_int_eq(config_zone_parse(text, &name), CONFIG_ZONE_NOT_A_NAME);
}
END_TEST

START_TEST(zone_holds_itself_and_what_is_below_it)
{
	/* One label whose end looks as the zone does on the wire. */
	static const struct dns_name inside = { 14, "\14\7example\3com\0" };
	const struct dns_name zone = name_of("example.com");
	const struct dns_name equal = name_of("EXAMPLE.com");
	const struct dns_name below = name_of("a.b.example.com");
	const struct dns_name beside = name_of("notexample.com");
	const struct dns_name above = name_of("com");

	ck_assert(config_zone_holds(&zone, &equal));
	ck_assert(config_zone_holds(&zone, &below));
	ck_assert(!config_zone_holds(&zone, &beside));
	ck_assert(!config_zone_holds(&zone, &above));
	ck_assert(!config_zone_holds(&zone, &inside));
}
END_TEST

START_TEST(longest_zone_of_a_name_is_found)
{
	loads("[zone example.com]\n[zone com]\n[zone db.example.com]\n[zone cluster.local]\n");
	ck_assert_uint_eq(config.zones.count, 4);
	ck_assert_str_eq(zone_of("example.com"), "zone example.com");
	ck_assert_str_eq(zone_of("www.example.com"), "zone example.com");
	ck_assert_str_eq(zone_of("db.example.com"), "zone db.example.com");
	ck_assert_str_eq(zone_of("a.db.example.com"), "zone db.example.com");
	ck_assert_str_eq(zone_of("example.net"), "");
	ck_assert_str_eq(zone_of("other.com"), "zone com");
	ck_assert_str_eq(zone_of("x.svc.cluster.local"), "zone cluster.local");
	ck_assert_str_eq(zone_of("local"), "");
}
END_TEST

START_TEST(no_zone_is_found_where_there_is_none)
{
	loads("");
	ck_assert_uint_eq(config.zones.count, 0);
	ck_assert_str_eq(zone_of("example.com"), "");
}
END_TEST

START_TEST(every_key_of_a_zone_is_read)
{
	const struct config_zone *zone = &config.zones.zones[0];

	loads("[zone Example.com.]  # ours\nnever=yes\nloss = 50%\nmax_stale = 30s\n"
	      "answer_after = 75ms\nconditions = icmp, nodata_after_positive\n");
	ck_assert_int_eq(zone->is_never, 1);
	ck_assert_uint_eq(zone->loss_ppm, 500000);
	ck_assert_uint_eq(zone->max_stale_ns, 30 * NS_PER_S);
	ck_assert_uint_eq(zone->answer_after_ns, 75 * NS_PER_MS);
	ck_assert_uint_eq(
		zone->conditions, CONFIG_CONDITION_ICMP | CONFIG_CONDITION_NODATA_AFTER_POSITIVE);
	ck_assert_uint_eq(zone->given, 31);
}
END_TEST

START_TEST(what_a_zone_does_not_give_is_the_hosts)
{
	const struct config_zone *zone = &config.zones.zones[0];

	loads("[zone example.com]\n[global]\nloss = 0.3\n[cache]\nmax_stale = 1h\n"
	      "[rescue]\nanswer_after = 100ms\nconditions = refused\n");
	ck_assert_uint_eq(zone->given, 0);
	ck_assert_int_eq(zone->is_never, 0);
	ck_assert_uint_eq(zone->loss_ppm, 300000);
	ck_assert_uint_eq(zone->max_stale_ns, 3600 * NS_PER_S);
	ck_assert_uint_eq(zone->answer_after_ns, 100 * NS_PER_MS);
	ck_assert_uint_eq(zone->conditions, CONFIG_CONDITION_REFUSED);
}
END_TEST

START_TEST(later_file_gives_further_keys_of_a_zone_and_overrides)
{
	config_folder_write("conf.d/a.conf",
		"[zone b.example]\nnever = yes\n[zone A.example]\nloss = 0.4\nmax_stale = 1m\n");
	loads("[zone a.example]\nloss = 0.3\nnever = yes\n");
	ck_assert_uint_eq(config.zones.count, 2);
	ck_assert_str_eq(zone_of("a.example"), "zone a.example");
	ck_assert_uint_eq(config.zones.zones[0].loss_ppm, 400000);
	ck_assert_uint_eq(config.zones.zones[0].max_stale_ns, 60 * NS_PER_S);
	ck_assert_int_eq(config.zones.zones[0].is_never, 1);
	ck_assert_int_eq(config.zones.zones[1].is_never, 1);
}
END_TEST

START_TEST(zones_of_all_files_are_counted_and_one_line_says_so)
{
	static char text[CONFIG_ZONES_MAX * 32];
	size_t length = 0;

	for (int i = 0; i < CONFIG_ZONES_MAX; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "[zone z%d.example]\n", i);
	config_folder_write("conf.d/a.conf", "[zone z63.example]\nnever = yes\n");
	loads(text);
	ck_assert_uint_eq(config.zones.count, CONFIG_ZONES_MAX);
	config_folder_write("conf.d/b.conf", "[zone x.example]\nnever = x\n[zone y.example]\n");
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_ptr_nonnull(strstr(captured.text,
		"conf.d/b.conf:1: [zone x.example]: one zone too many, allowed: at most 64\n"));
}
END_TEST

START_TEST(answer_after_of_a_zone_is_judged_with_the_timeout)
{
	loads("[zone a.example]\nanswer_after = 2s\n[matching]\ntimeout = 3s\n");
	config_folder_write("conf.d/a.conf", "[matching]\ntimeout = 2s\n");
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_ptr_nonnull(strstr(captured.text,
		"dnscache.conf:2: zone a.example.answer_after: 2s is too long, allowed: less than "
		"matching.timeout, which is 2s\n"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_zone");
	TCase *tcase = tcase_create("config_zone");

	tcase_add_checked_fixture(tcase, config_folder_open, config_folder_close);
	tcase_add_loop_test(
		tcase, name_is_labels_of_letters_digits_and_dashes, 0, (int)ARRAY_COUNT(names));
	tcase_add_test(tcase, name_has_at_most_255_bytes);
	tcase_add_test(tcase, zone_holds_itself_and_what_is_below_it);
	tcase_add_test(tcase, longest_zone_of_a_name_is_found);
	tcase_add_test(tcase, no_zone_is_found_where_there_is_none);
	tcase_add_test(tcase, every_key_of_a_zone_is_read);
	tcase_add_test(tcase, what_a_zone_does_not_give_is_the_hosts);
	tcase_add_test(tcase, later_file_gives_further_keys_of_a_zone_and_overrides);
	tcase_add_test(tcase, zones_of_all_files_are_counted_and_one_line_says_so);
	tcase_add_test(tcase, answer_after_of_a_zone_is_judged_with_the_timeout);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
