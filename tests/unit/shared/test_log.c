/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "shared/fault.h"
#include "shared/log.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"

static struct captured_stderr captured;

/* Also without forks (CK_FORK=no) every test begins like a new process. */
static void forget_everything(void)
{
	(void)unsetenv("JOURNAL_STREAM");
	log_open(NULL);
	log_set_level(LOG_LEVEL_INFO);
}

/* The journal is whatever file JOURNAL_STREAM names, so a test can be it. */
static void name_stderr_as_journal(void)
{
	char stream[64];
	struct stat seen;

	ck_assert_int_eq(fstat(STDERR_FILENO, &seen), 0);
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)seen.st_dev,
		(unsigned long long)seen.st_ino);
	(void)setenv("JOURNAL_STREAM", stream, 1);
}

START_TEST(a_line_before_log_open_carries_no_name)
{
	captured_stderr_begin(&captured);
	log_info("three %s", "words");
	ck_assert_str_eq(captured_stderr_end(&captured), "three words\n");
}
END_TEST

START_TEST(a_line_outside_the_journal_begins_with_the_stage)
{
	captured_stderr_begin(&captured);
	log_open("capture");
	log_warning("look here");
	ck_assert_str_eq(captured_stderr_end(&captured), "dnscache-capture: look here\n");
}
END_TEST

START_TEST(a_line_in_the_journal_begins_with_its_priority)
{
	captured_stderr_begin(&captured);
	name_stderr_as_journal();
	log_open("capture");
	log_set_level(LOG_LEVEL_DEBUG);
	log_error("a");
	log_warning("b");
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(captured_stderr_end(&captured), "<3>a\n<4>b\n<6>c\n<7>d\n");
}
END_TEST

START_TEST(an_inherited_journal_stream_of_another_file_is_no_journal)
{
	captured_stderr_begin(&captured);
	(void)setenv("JOURNAL_STREAM", "1:2", 1);
	log_open("analyzer");
	log_info("c");
	ck_assert_str_eq(captured_stderr_end(&captured), "dnscache-analyzer: c\n");
}
END_TEST

START_TEST(levels_above_the_one_set_are_not_written)
{
	captured_stderr_begin(&captured);
	log_debug("not by default");
	log_set_level(LOG_LEVEL_WARNING);
	log_info("no");
	log_debug("no");
	log_warning("yes");
	log_error("yes");
	ck_assert_str_eq(captured_stderr_end(&captured), "yes\nyes\n");
}
END_TEST

START_TEST(a_fault_names_the_cause_and_yields_its_negative_number)
{
	int r;

	captured_stderr_begin(&captured);
	r = FAULT(ENOENT, "no interface '%s'", "eth7");
	ck_assert_str_eq(
		captured_stderr_end(&captured), "no interface 'eth7': No such file or directory\n");
	ck_assert_int_eq(r, -ENOENT);
}
END_TEST

START_TEST(a_fault_at_debug_level_names_its_line)
{
	char expected[128];
	int line;

	(void)snprintf(expected, sizeof(expected), "test_log.c:%d)\n", __LINE__ + 4);
	line = (int)strlen(expected);
	captured_stderr_begin(&captured);
	log_set_level(LOG_LEVEL_DEBUG);
	(void)FAULT(EPERM, "refused");
	(void)captured_stderr_end(&captured);
	ck_assert_int_gt(strlen(captured.text), line);
	ck_assert_str_eq(captured.text + strlen(captured.text) - line, expected);
}
END_TEST

START_TEST(errno_survives_a_line)
{
	captured_stderr_begin(&captured);
	errno = EXDEV;
	log_info("x");
	ck_assert_int_eq(errno, EXDEV);
	(void)FAULT(EPERM, "x");
	ck_assert_int_eq(errno, EXDEV);
	(void)captured_stderr_end(&captured);
}
END_TEST

START_TEST(a_long_line_is_cut_and_still_ends)
{
	static char text[3 * LOG_LINE_BYTES_MAX];

	memset(text, 'x', sizeof(text) - 1);
	captured_stderr_begin(&captured);
	log_open("capture");
	log_error("%s", text);
	(void)FAULT(EPERM, "%s", text);
	(void)captured_stderr_end(&captured);
	ck_assert_uint_eq(strlen(captured.text), 2 * LOG_LINE_BYTES_MAX);
	ck_assert_int_eq(captured.text[LOG_LINE_BYTES_MAX - 1], '\n');
	ck_assert_int_eq(captured.text[2 * LOG_LINE_BYTES_MAX - 1], '\n');
}
END_TEST

START_TEST(control_characters_cannot_forge_a_second_line)
{
	captured_stderr_begin(&captured);
	log_error("name 'a\n<3>forged\x1b[2J\x7f'");
	ck_assert_str_eq(captured_stderr_end(&captured), "name 'a?<3>forged?[2J?'\n");
}
END_TEST

START_TEST(written_lines_are_counted_by_level)
{
	uint64_t errors = log_written_count(LOG_LEVEL_ERROR);
	uint64_t warnings = log_written_count(LOG_LEVEL_WARNING);
	uint64_t infos = log_written_count(LOG_LEVEL_INFO);

	captured_stderr_begin(&captured);
	log_set_level(LOG_LEVEL_WARNING);
	log_error("a");
	(void)FAULT(EIO, "b");
	log_warning("c");
	log_info("not written");
	(void)captured_stderr_end(&captured);
	ck_assert_uint_eq(log_written_count(LOG_LEVEL_ERROR) - errors, 2);
	ck_assert_uint_eq(log_written_count(LOG_LEVEL_WARNING) - warnings, 1);
	ck_assert_uint_eq(log_written_count(LOG_LEVEL_INFO) - infos, 0);
}
END_TEST

static Suite *log_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");

	tcase_add_checked_fixture(tests, forget_everything, NULL);
	tcase_add_test(tests, a_line_before_log_open_carries_no_name);
	tcase_add_test(tests, a_line_outside_the_journal_begins_with_the_stage);
	tcase_add_test(tests, a_line_in_the_journal_begins_with_its_priority);
	tcase_add_test(tests, an_inherited_journal_stream_of_another_file_is_no_journal);
	tcase_add_test(tests, levels_above_the_one_set_are_not_written);
	tcase_add_test(tests, a_fault_names_the_cause_and_yields_its_negative_number);
	tcase_add_test(tests, a_fault_at_debug_level_names_its_line);
	tcase_add_test(tests, errno_survives_a_line);
	tcase_add_test(tests, a_long_line_is_cut_and_still_ends);
	tcase_add_test(tests, control_characters_cannot_forge_a_second_line);
	tcase_add_test(tests, written_lines_are_counted_by_level);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return check_main_run(log_suite());
}
