/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_reload.h"

#include <errno.h>
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/fake_stage.h"

#define TEST_KEPT "[matching]\ncapacity = 77\n"

static void start_it(void)
{
	fake_stage_start_normally();
	fake_stage_await('W');
}

static void hang_up(void)
{
	ck_assert_int_eq(kill(fake_process.pid, SIGHUP), 0);
}

static const char *end_it(void)
{
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
	return fake_stage_text(fake_process.log_fd);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		count++;
	}
	return count;
}

START_TEST(good_file_is_in_force_and_said)
{
	const char *log;

	start_it();
	fake_stage_rewrite_config(TEST_KEPT "[global]\nmode = observe\nreport_interval = 2m\n");
	hang_up();
	fake_stage_await('l');
	fake_stage_rewrite_config(TEST_KEPT);
	hang_up();
	fake_stage_await('L');
	log = end_it();
	ck_assert_uint_eq(count_of(log, "\n"), 4); /* running, two reloads, stopped */
	ck_assert_uint_eq(
		count_of(log, "configuration reloaded: global.report_interval 1m -> 2m\n"), 1);
	ck_assert_uint_eq(
		count_of(log, "configuration reloaded: global.report_interval 2m -> 1m\n"), 1);
}
END_TEST

START_TEST(bad_file_changes_nothing_and_is_said)
{
	const char *log;

	start_it();
	fake_stage_rewrite_config(TEST_KEPT "[global]\nmode = observe\nlog = loud\nworker = 0\n");
	hang_up();
	for (int i = 0; i < 8; i++) /* longer than two reloads are apart */
		fake_stage_await('H');
	fake_stage_rewrite_config(TEST_KEPT);
	hang_up();
	fake_stage_await('L');
	log = end_it();
	ck_assert_ptr_null(strchr(fake_process.life, 'l'));
	ck_assert_uint_eq(count_of(log, ":5: global.log: 'loud' "), 1);
	ck_assert_uint_eq(count_of(log, ":6: global.worker: '0' "), 1);
	ck_assert_uint_eq(count_of(log, "configuration not reloaded: the old one stays\n"), 1);
	ck_assert_uint_eq(count_of(log, "configuration reloaded: nothing changes for fake\n"), 1);
}
END_TEST

START_TEST(signal_in_open_is_not_lost)
{
	fake_signal_in_open = SIGHUP;
	fake_stage_start_normally();
	fake_stage_await('L');
	(void)end_it();
	ck_assert_int_eq(strncmp(fake_process.life, "IOL", 3), 0);
}
END_TEST

START_TEST(storm_is_a_few_reloads)
{
	size_t count = 0;
	uint64_t started_ns;

	start_it();
	started_ns = clock_ns();
	for (int i = 0; i < 1000; i++)
		hang_up();
	fake_stage_await('L');
	for (int i = 0; i < 8; i++)
		fake_stage_await('H');
	(void)end_it();
	for (const char *at = fake_process.life; *at; at++)
		count += *at == 'L';
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_le(count, 2 + (clock_ns() - started_ns) / STAGE_RELOAD_NS_MIN);
}
END_TEST

START_TEST(fault_in_reload_stops_the_stage)
{
	fake_faults.reload = -EIO;
	start_it();
	hang_up();
	ck_assert_int_eq(fake_stage_end(), 1);
	ck_assert_uint_eq(fake_stage_look()->state, STATUS_FAULT);
}
END_TEST

START_TEST(change_of_the_level_is_told_at_the_more_talkative_one)
{
	const char *log;

	start_it();
	fake_stage_rewrite_config(TEST_KEPT "[global]\nlog = error\n");
	hang_up();
	fake_stage_await('L');
	fake_stage_rewrite_config(TEST_KEPT "[global]\nlog = error\nreport_interval = 0s\n");
	hang_up();
	fake_stage_await('L'); /* not told */
	fake_stage_rewrite_config(TEST_KEPT "[global]\nlog = info\n");
	hang_up();
	fake_stage_await('L');
	log = end_it();
	ck_assert_uint_eq(count_of(log, "configuration reloaded"), 2);
	ck_assert_uint_eq(count_of(log, "reloaded: global.log info -> error\n"), 1);
	ck_assert_uint_eq(count_of(log, "reloaded: global.log error -> info; "
					"global.report_interval 0s -> 1m\n"),
		1);
}
END_TEST

START_TEST(reports_come_as_often_as_configured)
{
	start_it();
	fake_stage_rewrite_config(TEST_KEPT "[global]\nreport_interval = 100ms\n");
	hang_up();
	fake_stage_await('L');
	ck_assert_ptr_null(memchr(fake_process.life, 'R', fake_process.life_bytes));
	for (int i = 0; i < 3; i++)
		fake_stage_await('R');
	fake_stage_rewrite_config(TEST_KEPT "[global]\nreport_interval = 0s\n");
	hang_up();
	fake_stage_await('L');
	fake_process.life_bytes = 0;
	for (int i = 0; i < 5; i++)
		fake_stage_await('H');
	ck_assert_ptr_null(memchr(fake_process.life, 'R', fake_process.life_bytes));
	ck_assert_uint_ge(count_of(end_it(), "dnscache-fake: worked 1 times or more\n"), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_reload");
	TCase *tcase = tcase_create("stage_reload");

	tcase_set_timeout(tcase, 30);
	fake_stage_add_fixtures(tcase);
	tcase_add_test(tcase, good_file_is_in_force_and_said);
	tcase_add_test(tcase, bad_file_changes_nothing_and_is_said);
	tcase_add_test(tcase, signal_in_open_is_not_lost);
	tcase_add_test(tcase, storm_is_a_few_reloads);
	tcase_add_test(tcase, fault_in_reload_stops_the_stage);
	tcase_add_test(tcase, change_of_the_level_is_told_at_the_more_talkative_one);
	tcase_add_test(tcase, reports_come_as_often_as_configured);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
