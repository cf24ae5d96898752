/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_options.h"

#include <errno.h>

#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"

#define TEST_OPTIONS_ARGUMENTS_MAX 5

static struct captured_stderr captured;

static int test_options_read(struct stage_options *out_options, const char *const *arguments)
{
	char *argv[TEST_OPTIONS_ARGUMENTS_MAX + 2] = { "dnscache-fake" };
	int argc = 1;
	int r;

	for (; argc <= TEST_OPTIONS_ARGUMENTS_MAX && arguments[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)arguments[argc - 1];

	captured_stderr_begin(&captured);
	r = stage_options_read(out_options, argc, argv);
	captured_stderr_end(&captured);
	return r;
}

static const struct {
	const char *arguments[TEST_OPTIONS_ARGUMENTS_MAX + 1];
	enum stage_action action;
	const char *config_path;
} good[] = {
	{ { NULL }, STAGE_ACTION_RUN, NULL },
	{ { "--config", "a.conf" }, STAGE_ACTION_RUN, "a.conf" },
	{ { "--config=a.conf" }, STAGE_ACTION_RUN, "a.conf" },
	{ { "--check-config" }, STAGE_ACTION_CHECK_CONFIG, NULL },
	{ { "--check-config", "--config", "a" }, STAGE_ACTION_CHECK_CONFIG, "a" },
	{ { "--sample-config" }, STAGE_ACTION_SAMPLE_CONFIG, NULL },
	{ { "--man-config" }, STAGE_ACTION_MAN_CONFIG, NULL },
	{ { "--help" }, STAGE_ACTION_HELP, NULL },
	{ { "--version" }, STAGE_ACTION_VERSION, NULL },
};

START_TEST(arguments_say_what_to_do)
{
	struct stage_options options;

	ck_assert_int_eq(test_options_read(&options, good[_i].arguments), 0);
	ck_assert_str_eq(captured.text, "");
	ck_assert_int_eq(options.action, good[_i].action);
	ck_assert_pstr_eq(options.config_path, good[_i].config_path);
}
END_TEST

static const struct {
	const char *arguments[TEST_OPTIONS_ARGUMENTS_MAX + 1];
	const char *line;
} bad[] = {
	{ { "--daemon" }, "unknown argument '--daemon', see --help\n" },
	{ { "--check-config", "--daemon", "--help" }, "unknown argument '--daemon', see --help\n" },
	{ { "-x" }, "unknown argument '-x', see --help\n" },
	{ { "-xyz" }, "unknown argument '-xyz', see --help\n" },
	{ { "capture" }, "unknown argument 'capture', see --help\n" },
	{ { "--help", "me" }, "unknown argument 'me', see --help\n" },
	{ { "--help=me" }, "unknown argument '--help=me', see --help\n" },
	{ { "--config" }, "no value for '--config', see --help\n" },
	{ { "" }, "unknown argument '', see --help\n" },
};

START_TEST(unknown_argument_is_one_line)
{
	struct stage_options options = { .config_path = "untouched" };

	ck_assert_int_eq(test_options_read(&options, bad[_i].arguments), -EINVAL);
	ck_assert_str_eq(captured.text, bad[_i].line);
	ck_assert_str_eq(options.config_path, "untouched");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_options");
	TCase *tcase = tcase_create("stage_options");

	tcase_add_loop_test(tcase, arguments_say_what_to_do, 0, (int)ARRAY_COUNT(good));
	tcase_add_loop_test(tcase, unknown_argument_is_one_line, 0, (int)ARRAY_COUNT(bad));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
