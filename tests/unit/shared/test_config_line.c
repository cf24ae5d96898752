/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_line.h"

#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

/* The first line of @text. */
static void test_config_line_read(struct config_line *out_line, const char *text, size_t text_bytes)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, text_bytes, "r");

	ck_assert_ptr_nonnull(file);
	config_line_init(out_line);
	ck_assert(config_line_next(out_line, file));
	(void)fclose(file);
}

START_TEST(lines_are_counted_and_stripped)
{
	static const char text[] = "one\n\n\t two words \r\nlast";
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	static const char *const expected[] = { "one", "", "two words", "last" };
	struct config_line line;

	config_line_init(&line);
	for (unsigned int i = 0; i < ARRAY_COUNT(expected); i++) {
		ck_assert(config_line_next(&line, file));
		ck_assert_uint_eq(line.number, i + 1);
		ck_assert_str_eq(line.text, expected[i]);
		ck_assert_uint_eq(line.length_bytes, strlen(expected[i]));
		ck_assert(!line.has_control_characters);
	}
	ck_assert(!config_line_next(&line, file));
	(void)fclose(file);
}
END_TEST

START_TEST(byte_order_mark_is_left_out)
{
	struct config_line line;

	test_config_line_read(&line, "\xef\xbb\xbf[global]\n", 12);
	ck_assert_str_eq(line.text, "[global]");
	ck_assert_uint_eq(line.length_bytes, strlen("[global]"));
}
END_TEST

START_TEST(long_line_is_kept_in_part_and_measured_whole)
{
	char text[1000];
	struct config_line line;

	memset(text, 'x', sizeof(text));
	test_config_line_read(&line, text, sizeof(text));
	ck_assert_uint_eq(line.length_bytes, sizeof(text));
	ck_assert_uint_eq(strlen(line.text), CONFIG_LINE_BYTES_MAX);
}
END_TEST

START_TEST(blanks_around_do_not_make_a_line_long)
{
	char text[1000];
	struct config_line line;

	memset(text, ' ', sizeof(text));
	text[500] = 'x';
	test_config_line_read(&line, text, sizeof(text));
	ck_assert_uint_eq(line.length_bytes, 1);
	ck_assert_str_eq(line.text, "x");
}
END_TEST

START_TEST(control_characters_are_seen_but_tabs_are_not)
{
	struct config_line line;

	test_config_line_read(&line, "a\tb", 3);
	ck_assert(!line.has_control_characters);
	test_config_line_read(&line, "a\0b", 3);
	ck_assert(line.has_control_characters);
	test_config_line_read(&line, "a\rb", 3);
	ck_assert(line.has_control_characters);
	test_config_line_read(&line, "\0", 1);
	ck_assert(line.has_control_characters);
	ck_assert(!config_line_is_blank(&line));
}
END_TEST

static const struct {
	const char *text;
	const char *name; /* NULL: not a section */
} headers[] = {
	{ "[global]", "global" },
	{ "[global] ; x", "global" },
	{ "[global]# x", "global" },
	{ "[zone example.org]", "zone example.org" },
	{ "[]", "" },
	{ "[global", NULL },
	{ "[global]x", NULL },
	{ "global]", NULL },
};

START_TEST(section_is_what_stands_in_brackets)
{
	struct config_line line;
	char name[32];

	test_config_line_read(&line, headers[_i].text, strlen(headers[_i].text));
	ck_assert(config_line_section(&line, name, sizeof(name)) == (headers[_i].name != NULL));
	if (headers[_i].name)
		ck_assert_str_eq(name, headers[_i].name);
}
END_TEST

START_TEST(section_that_does_not_fit_is_refused)
{
	struct config_line line;
	char name[4];

	test_config_line_read(&line, "[abcd]", 6);
	ck_assert(!config_line_section(&line, name, sizeof(name)));
	test_config_line_read(&line, "[abc]", 5);
	ck_assert(config_line_section(&line, name, sizeof(name)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_line");
	TCase *tcase = tcase_create("config_line");

	tcase_add_test(tcase, lines_are_counted_and_stripped);
	tcase_add_test(tcase, byte_order_mark_is_left_out);
	tcase_add_test(tcase, long_line_is_kept_in_part_and_measured_whole);
	tcase_add_test(tcase, blanks_around_do_not_make_a_line_long);
	tcase_add_test(tcase, control_characters_are_seen_but_tabs_are_not);
	tcase_add_loop_test(
		tcase, section_is_what_stands_in_brackets, 0, (int)ARRAY_COUNT(headers));
	tcase_add_test(tcase, section_that_does_not_fit_is_refused);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
