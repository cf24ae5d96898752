/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <ctype.h>
#include <string.h>

#include "shared/compiler.h"
#include "shared/config_key.h"
#include "shared/config_value.h"
#include "tests/support/check_main.h"

#define TEST_MAN_BYTES_MAX 65536

static char page[TEST_MAN_BYTES_MAX];
static char other[TEST_MAN_BYTES_MAX];

static void print_page(void)
{
	FILE *out = fmemopen(page, sizeof(page), "w");

	ck_assert_ptr_nonnull(out);
	config_print_man(out);
	ck_assert_int_eq(fclose(out), 0);
}

/* If it fails: dnscache-<stage> --man-config > man/dnscache.conf.5 */
START_TEST(page_is_the_file_in_man)
{
	FILE *file = fopen(TEST_SOURCE_ROOT "/man/dnscache.conf.5", "re");

	ck_assert_ptr_nonnull(file);
	other[fread(other, 1, sizeof(other) - 1, file)] = '\0';
	(void)fclose(file);
	print_page();
	ck_assert_str_eq(page, other);
}
END_TEST

/* What troff makes of the escapes that the page uses. */
static void read_as_text(char *out_text, const char *troff)
{
	static const struct {
		const char *escape;
		const char *text;
	} escapes[] = {
		{ "\\-", "-" },
		{ "\\e", "\\" },
		{ "\\(aq", "'" },
		{ "\\fB", "" },
		{ "\\fI", "" },
		{ "\\fR", "" },
	};

	while (*troff) {
		size_t i = 0;

		while (i < ARRAY_COUNT(escapes) &&
			strncmp(troff, escapes[i].escape, strlen(escapes[i].escape)) != 0)
			i++;
		if (i == ARRAY_COUNT(escapes)) {
			*out_text++ = *troff++;
			continue;
		}
		troff += strlen(escapes[i].escape);
		out_text = stpcpy(out_text, escapes[i].text);
	}
	*out_text = '\0';
}

START_TEST(page_has_every_key_with_what_sample_and_help_say)
{
	char wanted[2048];
	char allowed[CONFIG_VALUE_ALLOWED_BYTES_MAX];
	char initial[CONFIG_TEXT_BYTES_MAX];
	const char *at = other;

	print_page();
	read_as_text(other, page);
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		config_key_default(initial, sizeof(initial), key);
		config_value_allowed(allowed, sizeof(allowed), key);
		(void)snprintf(wanted, sizeof(wanted),
			".TP\n%s = %s\n%s.\n.br\nAllowed: %s.\n.br\nChanges by: %s", key->name,
			initial, key->help, allowed,
			key->when == CONFIG_WHEN_RELOAD ? "SIGHUP.\n" : "a restart of ");
		at = strstr(at, wanted);
		ck_assert_msg(at != NULL, "not there, or not in its place:\n%s", wanted);
	}
}
END_TEST

/* A line that begins with a dot or an apostrophe is a request; of ours these are all. */
START_TEST(no_text_becomes_a_request)
{
	static const char *const requests[] = { ".\\\"", ".TH ", ".SH ", ".TP", ".PP", ".br", ".I ",
		".B ", ".IR ", ".BR " };
	char *line;
	char *rest = page;

	print_page();
	while ((line = strsep(&rest, "\n")) != NULL) {
		bool is_known = line[0] != '.' && line[0] != '\'';

		for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
			is_known = is_known || strncmp(line, requests[i], strlen(requests[i])) == 0;
		ck_assert_msg(is_known, "%s", line);
		for (const char *at = line; *at; at++)
			ck_assert(isprint((unsigned char)*at));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_man");
	TCase *tcase = tcase_create("config_man");

	tcase_add_test(tcase, page_is_the_file_in_man);
	tcase_add_test(tcase, page_has_every_key_with_what_sample_and_help_say);
	tcase_add_test(tcase, no_text_becomes_a_request);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
