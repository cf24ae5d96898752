/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_label.h"

#include <string.h>

#include "tests/support/check_main.h"

static bool is_list(const char *text)
{
	return metrics_label_is_list(text, METRICS_LABEL_LIST_BYTES_MAX);
}

START_TEST(label_lists_as_stages_write_them_are_right)
{
	ck_assert(is_list(""));
	ck_assert(is_list("reason=\"full\""));
	ck_assert(is_list("reason=\"full\",ring=\"capture.0-analyzer.0\""));
	ck_assert(is_list("a=\"\",_b2=\"x{y}, z\""));
	ck_assert(is_list("a=\"back\\\\slash \\\"quote\\\" line\\n\""));
}
END_TEST

START_TEST(label_lists_that_would_spoil_a_scrape_are_refused)
{
	static const char *const wrong[] = {
		"reason",
		"reason=",
		"reason=full",
		"reason=\"",
		"reason=\"full",
		"=\"x\"",
		"2a=\"x\"",
		"a-b=\"x\"",
		"a=\"x\",",
		",a=\"x\"",
		"a=\"x\"b=\"y\"",
		"a=\"x\" ",
		"a=\"x\", b=\"y\"",
		"a=\"x\"} 1",
		"a=\"\\q\"",
		"a=\"\\",
		"a=\"\\\"",
		"a=\"\n\"",
		"a=\"\x7f\"",
		"a=\"\xc3\xa4\"",
		"a=\"x\",a=\"y\"",
		"a=\"1\",b=\"2\",a=\"3\"",
		" ",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!is_list(wrong[i]), "taken: %s", wrong[i]);
}
END_TEST

START_TEST(text_without_its_end_is_refused)
{
	char text[8];

	memset(text, 'a', sizeof(text));
	ck_assert(!metrics_label_is_family(text, sizeof(text)));
	ck_assert(!metrics_label_is_printable(text, sizeof(text)));
	ck_assert(!metrics_label_is_list(text, sizeof(text)));
	text[7] = '\0';
	ck_assert(metrics_label_is_family(text, sizeof(text)));
	ck_assert(metrics_label_is_printable(text, sizeof(text)));
}
END_TEST

START_TEST(family_is_a_name)
{
	ck_assert(metrics_label_is_family("dns_requests", 64));
	ck_assert(metrics_label_is_family("_x9", 64));
	ck_assert(!metrics_label_is_family("", 64));
	ck_assert(!metrics_label_is_family("9x", 64));
	ck_assert(!metrics_label_is_family("a b", 64));
	ck_assert(!metrics_label_is_family("a{", 64));
	ck_assert(!metrics_label_is_family("a:b", 64));
}
END_TEST

static bool take(const char *list, const char *rest, const char *edge)
{
	char out_rest[METRICS_LABEL_LIST_BYTES_MAX], out_edge[METRICS_LABEL_LIST_BYTES_MAX];

	return metrics_label_take_le(list, out_rest, out_edge) && strcmp(out_rest, rest) == 0 &&
	       strcmp(out_edge, edge) == 0;
}

START_TEST(le_is_taken_from_any_place)
{
	ck_assert(take("le=\"0.25\"", "", "0.25"));
	ck_assert(take("to=\"x\",le=\"8.192\"", "to=\"x\"", "8.192"));
	ck_assert(take("le=\"1\",to=\"x\",a=\"b\"", "to=\"x\",a=\"b\"", "1"));
	ck_assert(take("a=\"b\",le=\"+Inf\",to=\"x\"", "a=\"b\",to=\"x\"", "+Inf"));
	ck_assert(take("a=\"\\\",le=\\\"9\",le=\"2\"", "a=\"\\\",le=\\\"9\"", "2"));
}
END_TEST

START_TEST(edge_that_is_no_number_is_refused)
{
	static const char *const wrong[] = { "", "a=\"b\"", "le=\"\"", "le=\"x\"", "le=\"1.\"",
		"le=\".5\"", "le=\"-1\"", "le=\"1e3\"", "le=\"1.2.3\"", "le=\"Inf\"", "le=\"nan\"",
		"le=\" 1\"", "notle=\"1\"" };
	char rest[METRICS_LABEL_LIST_BYTES_MAX], edge[METRICS_LABEL_LIST_BYTES_MAX];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!metrics_label_take_le(wrong[i], rest, edge), "taken: %s", wrong[i]);
}
END_TEST

START_TEST(labels_are_found_whole)
{
	const char *const list = "a=\"b\",reason=\"full\",c=\",reason=\\\"late\\\",\"";

	ck_assert(metrics_label_has(list, "a=\"b\""));
	ck_assert(metrics_label_has(list, "reason=\"full\""));
	ck_assert(!metrics_label_has(list, "reason=\"late\""));
	ck_assert(!metrics_label_has(list, "eason=\"full\""));
	ck_assert(!metrics_label_has("ab=\"c\"", "b=\"c\""));
	ck_assert(metrics_label_has("ab=\"c\",b=\"c\"", "b=\"c\""));
	ck_assert(!metrics_label_has("", "a=\"b\""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_label");
	TCase *tcase = tcase_create("metrics_label");

	tcase_add_test(tcase, label_lists_as_stages_write_them_are_right);
	tcase_add_test(tcase, label_lists_that_would_spoil_a_scrape_are_refused);
	tcase_add_test(tcase, text_without_its_end_is_refused);
	tcase_add_test(tcase, family_is_a_name);
	tcase_add_test(tcase, le_is_taken_from_any_place);
	tcase_add_test(tcase, edge_that_is_no_number_is_refused);
	tcase_add_test(tcase, labels_are_found_whole);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
