/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_drop_ins.h"

#include <errno.h>
#include <locale.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/config.h"
#include "shared/log.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/config_folder.h"

static struct captured_stderr captured;

/* Load dnscache.conf of the folder; captured.text is what was logged. */
static int load(struct config *out_config)
{
	int r;

	captured_stderr_begin(&captured);
	r = config_load(out_config, config_folder_path("dnscache.conf"));
	captured_stderr_end(&captured);
	return r;
}

/* The only line logged is about this file of the folder and begins so. */
static void only_line_is(const char *name, const char *start)
{
	char expected[CONFIG_FOLDER_PATH_BYTES + 128];

	(void)snprintf(expected, sizeof(expected), "%s%s", config_folder_path(name), start);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_int_eq(strncmp(captured.text, expected, strlen(expected)), 0);
}

START_TEST(later_files_override_earlier_ones)
{
	struct config config;

	config_folder_write("dnscache.conf",
		"[global]\nmode = observe\nlog = debug\n[matching]\ntimeout = 3s\n");
	config_folder_write("conf.d/20-b.conf", "[global]\nlog = error\n[cache]\nttl = 2h\n");
	config_folder_write("conf.d/10-a.conf", "[global]\nlog = warning\n[cache]\nttl = 1h\n");
	ck_assert_int_eq(load(&config), 0);
	ck_assert_str_eq(captured.text, "");
	ck_assert_int_eq(config.mode, CONFIG_MODE_OBSERVE);
	ck_assert_int_eq(config.log, LOG_LEVEL_ERROR);
	ck_assert_uint_eq(config.cache_ttl_ns, 7200 * NS_PER_S);
	ck_assert_uint_eq(config.matching_timeout_ns, 3 * NS_PER_S);
}
END_TEST

START_TEST(order_of_names_is_that_of_their_bytes)
{
	static const char *const names[] = { "10-a.conf", "9-b.conf", "B.conf", "a.conf" };
	struct config_drop_ins drop_ins;
	char name[32];

	(void)setlocale(LC_ALL, "C.UTF-8");
	for (size_t i = ARRAY_COUNT(names); i-- > 0;) {
		(void)snprintf(name, sizeof(name), "conf.d/%s", names[i]);
		config_folder_write(name, "");
	}
	ck_assert_int_eq(config_drop_ins_find(&drop_ins, config_folder_path("dnscache.conf")), 0);
	ck_assert_uint_eq(drop_ins.count, ARRAY_COUNT(names));
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		ck_assert_str_eq(strrchr(drop_ins.paths[i], '/') + 1, names[i]);
	config_drop_ins_free(&drop_ins);
}
END_TEST

START_TEST(only_names_that_end_in_conf_count)
{
	static const char *const names[] = { "conf.d/a.conf~", "conf.d/b.conf.dpkg-old",
		"conf.d/.c.conf", "conf.d/.conf", "conf.d/conf", "conf.d/README" };
	struct config_drop_ins drop_ins;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		config_folder_write(names[i], "garbage\n");
	ck_assert_int_eq(config_drop_ins_find(&drop_ins, config_folder_path("dnscache.conf")), 0);
	ck_assert_uint_eq(drop_ins.count, 0);
	config_drop_ins_free(&drop_ins);
}
END_TEST

START_TEST(no_folder_means_no_drop_ins)
{
	static const char *const paths[] = { "/nonexistent/dnscache.conf", "/proc/self/fd/7",
		"/dev/null/dnscache.conf" };
	struct config_drop_ins drop_ins;

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		ck_assert_int_eq(config_drop_ins_find(&drop_ins, paths[i]), 0);
		ck_assert_uint_eq(drop_ins.count, 0);
		config_drop_ins_free(&drop_ins);
	}
}
END_TEST

START_TEST(file_without_a_folder_has_them_beside_it)
{
	struct config_drop_ins drop_ins;

	config_folder_write("conf.d/a.conf", "");
	ck_assert_int_eq(chdir(config_folder.path), 0);
	ck_assert_int_eq(config_drop_ins_find(&drop_ins, "dnscache.conf"), 0);
	ck_assert_uint_eq(drop_ins.count, 1);
	ck_assert_str_eq(drop_ins.paths[0], "conf.d/a.conf");
	config_drop_ins_free(&drop_ins);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(mistake_names_its_own_file)
{
	struct config config;

	config_folder_write("dnscache.conf", "[global]\nlog = debug\n");
	config_folder_write("conf.d/a.conf", "\n[global]\nlog = loud\n");
	ck_assert_int_eq(load(&config), -EINVAL);
	only_line_is("conf.d/a.conf", ":3: global.log: 'loud' is not one of its words");
}
END_TEST

START_TEST(key_twice_in_one_file_is_a_mistake_there_too)
{
	struct config config;

	config_folder_write("dnscache.conf", "[global]\nlog = debug\n");
	config_folder_write("conf.d/a.conf", "[global]\nlog = error\nlog = info\n");
	ck_assert_int_eq(load(&config), -EINVAL);
	only_line_is("conf.d/a.conf", ":3: global.log: set again, allowed: once (it is on line 2)");
}
END_TEST

START_TEST(section_of_one_file_does_not_reach_into_the_next)
{
	struct config config;

	config_folder_write("dnscache.conf", "[global]\n");
	config_folder_write("conf.d/a.conf", "log = error\n");
	ck_assert_int_eq(load(&config), -EINVAL);
	only_line_is("conf.d/a.conf", ":1: log: key outside of a section");
}
END_TEST

START_TEST(keys_are_judged_together_over_all_files)
{
	struct config config;

	config_folder_write("dnscache.conf", "[rescue]\nfailed_after = 4s\n");
	ck_assert_int_eq(load(&config), 0);
	config_folder_write("conf.d/a.conf", "[matching]\ntimeout = 3s\n");
	ck_assert_int_eq(load(&config), -EINVAL);
	only_line_is("dnscache.conf", ":2: rescue.failed_after: 4s is too long");
	config_folder_write("conf.d/b.conf", "[rescue]\nfailed_after = 2s\n");
	ck_assert_int_eq(load(&config), 0);
}
END_TEST

START_TEST(mistakes_of_all_files_are_reported)
{
	struct config config;

	config_folder_write("dnscache.conf", "[global]\nlog = a\n");
	config_folder_write("conf.d/a.conf", "[global]\nlog = b\n");
	config_folder_write("conf.d/b.conf", "[global]\nlog = c\n");
	ck_assert_int_eq(load(&config), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 3);
}
END_TEST

START_TEST(folder_named_like_a_file_is_refused)
{
	struct config config;

	config_folder_write("dnscache.conf", "");
	ck_assert_int_eq(mkdir(config_folder_path("conf.d/a.conf"), 0755), 0);
	ck_assert_int_eq(load(&config), -EISDIR);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
}
END_TEST

START_TEST(more_than_256_are_refused)
{
	struct config config;
	char name[32];

	config_folder_write("dnscache.conf", "");
	for (int i = 0; i <= CONFIG_DROP_INS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "conf.d/%d.conf", i);
		config_folder_write(name, "");
	}
	ck_assert_int_eq(load(&config), -E2BIG);
	ck_assert_ptr_nonnull(strstr(captured.text, "holds 257 drop-ins, allowed: at most 256"));
	ck_assert_int_eq(unlink(config_folder_path("conf.d/0.conf")), 0);
	ck_assert_int_eq(load(&config), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_drop_ins");
	TCase *tcase = tcase_create("config_drop_ins");

	tcase_add_checked_fixture(tcase, config_folder_open, config_folder_close);
	tcase_add_test(tcase, later_files_override_earlier_ones);
	tcase_add_test(tcase, order_of_names_is_that_of_their_bytes);
	tcase_add_test(tcase, only_names_that_end_in_conf_count);
	tcase_add_test(tcase, no_folder_means_no_drop_ins);
	tcase_add_test(tcase, file_without_a_folder_has_them_beside_it);
	tcase_add_test(tcase, mistake_names_its_own_file);
	tcase_add_test(tcase, key_twice_in_one_file_is_a_mistake_there_too);
	tcase_add_test(tcase, section_of_one_file_does_not_reach_into_the_next);
	tcase_add_test(tcase, keys_are_judged_together_over_all_files);
	tcase_add_test(tcase, mistakes_of_all_files_are_reported);
	tcase_add_test(tcase, folder_named_like_a_file_is_refused);
	tcase_add_test(tcase, more_than_256_are_refused);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
