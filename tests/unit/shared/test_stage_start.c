/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage.h"

#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/fake_stage.h"

START_TEST(bad_config_gives_2_before_anything_happens)
{
	struct config_text wrong;
	char expected[256];

	config_text_open(&wrong, "[global]\nmode = panic\n");
	fake_stage_start((char *[]){ "--config", wrong.path, NULL });
	ck_assert_int_eq(fake_stage_end(), 2);
	ck_assert_str_eq(fake_process.life, "");
	(void)snprintf(expected, sizeof(expected),
		"dnscache-fake: %s:2: global.mode: 'panic' is not one of its words, allowed: "
		"observe, rescue\n",
		wrong.path);
	ck_assert_str_eq(fake_stage_text(fake_process.log_fd), expected);
	config_text_close(&wrong);
}
END_TEST

START_TEST(unknown_argument_gives_2)
{
	fake_stage_start((char *[]){ "--daemon", NULL });
	ck_assert_int_eq(fake_stage_end(), 2);
	ck_assert_str_eq(fake_process.life, "");
	ck_assert_str_eq(
		fake_stage_text(fake_process.log_fd), "unknown argument '--daemon', see --help\n");
}
END_TEST

START_TEST(check_of_a_right_file_says_so_and_gives_0)
{
	char expected[256];

	fake_stage_start((char *[]){ "--check-config", "--config", fake_config.path, NULL });
	ck_assert_int_eq(fake_stage_end(), 0);
	ck_assert_str_eq(fake_process.life, "");
	(void)snprintf(expected, sizeof(expected), "%s: ok\n", fake_config.path);
	ck_assert_str_eq(fake_stage_text(fake_process.output_fd), expected);
}
END_TEST

/* Its lines begin with file and line, as editors want them. */
START_TEST(check_of_a_wrong_file_lists_the_mistakes_and_gives_2)
{
	struct config_text wrong;
	char start[128];

	config_text_open(&wrong, "[global]\nmode = panic\n");
	(void)snprintf(start, sizeof(start), "%s:2: global.mode: ", wrong.path);
	fake_stage_start((char *[]){ "--check-config", "--config", wrong.path, NULL });
	ck_assert_int_eq(fake_stage_end(), 2);
	ck_assert_int_eq(strncmp(fake_stage_text(fake_process.log_fd), start, strlen(start)), 0);
	ck_assert_str_eq(fake_stage_text(fake_process.output_fd), "");
	config_text_close(&wrong);
}
END_TEST

START_TEST(version_and_help_go_to_standard_output)
{
	fake_stage_start((char *[]){ "--version", NULL });
	ck_assert_int_eq(waitpid(fake_process.pid, NULL, 0), fake_process.pid);
	ck_assert_str_eq(
		fake_stage_text(fake_process.output_fd), "dnscache-fake " DNSCACHE_VERSION "\n");

	fake_stage_start((char *[]){ "--help", NULL });
	ck_assert_int_eq(fake_stage_end(), 0);
	ck_assert_ptr_nonnull(
		strstr(fake_stage_text(fake_process.output_fd), "Usage: dnscache-fake "));
	ck_assert_ptr_nonnull(strstr(fake_process.text, "\n  global.mode "));
	ck_assert_str_eq(fake_process.life, "");
}
END_TEST

START_TEST(instance_that_is_no_name_gives_2)
{
	ck_assert_int_eq(setenv("DNSCACHE_INSTANCE", "../x", 1), 0);
	fake_stage_start_normally();
	ck_assert_int_eq(fake_stage_end(), 2);
	ck_assert_str_eq(fake_process.life, "");
	ck_assert_ptr_nonnull(strstr(
		fake_stage_text(fake_process.log_fd), "DNSCACHE_INSTANCE '../x' is no name"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_start");
	TCase *tcase = tcase_create("stage_start");

	tcase_set_timeout(tcase, 30);
	fake_stage_add_fixtures(tcase);
	tcase_add_test(tcase, bad_config_gives_2_before_anything_happens);
	tcase_add_test(tcase, unknown_argument_gives_2);
	tcase_add_test(tcase, check_of_a_right_file_says_so_and_gives_0);
	tcase_add_test(tcase, check_of_a_wrong_file_lists_the_mistakes_and_gives_2);
	tcase_add_test(tcase, version_and_help_go_to_standard_output);
	tcase_add_test(tcase, instance_that_is_no_name_gives_2);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
