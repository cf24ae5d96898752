/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_accept.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

#define TEXT        "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct wish {
	const char *accept;
	const char *wanted;
};

static void check(const struct wish *wishes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct metrics_accepted accepted = metrics_accept(wishes[i].accept);
		const bool is_text = strcmp(wishes[i].wanted, TEXT) == 0;

		ck_assert_msg(strcmp(accepted.content_type, wishes[i].wanted) == 0, "for '%s': %s",
			wishes[i].accept ? wishes[i].accept : "(none)", accepted.content_type);
		ck_assert_int_eq(accepted.format,
			is_text ? METRICS_FORMAT_TEXT : METRICS_FORMAT_OPENMETRICS);
	}
}

#define CHECK(...)                                                   \
	do {                                                         \
		static const struct wish wishes[] = { __VA_ARGS__ }; \
		check(wishes, ARRAY_COUNT(wishes));                  \
	} while (0)

START_TEST(prometheus_gets_openmetrics)
{
	CHECK(/* 3.x */
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		  "application/openmetrics-text;version=0.0.1;q=0.4,"
		  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
		  "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
			OPENMETRICS "; escaping=allow-utf-8" },
		/* 2.42 */
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			OPENMETRICS });
}
END_TEST

START_TEST(people_and_old_clients_get_text)
{
	CHECK({ NULL, TEXT }, { "", TEXT }, { "*/*", TEXT }, { "text/plain", TEXT },
		{ "text/*;q=0.1", TEXT }, { "text/html,application/xhtml+xml,*/*;q=0.8", TEXT },
		{ "text/plain;version=0.0.4", TEXT }, { "application/*", TEXT });
}
END_TEST

START_TEST(higher_q_wins_whatever_comes_first)
{
	CHECK({ "application/openmetrics-text;q=0.2,text/plain;q=0.3", TEXT },
		{ "application/openmetrics-text;q=0.3,text/plain;q=0.2", OPENMETRICS },
		{ "text/plain;q=0.2,application/openmetrics-text;q=0.3", OPENMETRICS },
		{ "text/plain;q=0.999,application/openmetrics-text", OPENMETRICS },
		{ "text/plain;q=0.001,application/openmetrics-text;q=0.002", OPENMETRICS });
}
END_TEST

START_TEST(between_equals_what_is_named_wins_then_text)
{
	CHECK({ "application/openmetrics-text,text/plain", TEXT },
		{ "application/openmetrics-text,*/*", OPENMETRICS },
		{ "application/openmetrics-text;q=0.5,text/*;q=0.5", OPENMETRICS },
		{ "application/openmetrics-text;q=0,*/*;q=0", TEXT });
}
END_TEST

START_TEST(narrower_range_speaks_for_its_format)
{
	CHECK({ "*/*;q=0.9,text/plain;q=0.1,application/openmetrics-text;q=0.5", OPENMETRICS },
		{ "application/openmetrics-text;q=0.9,"
		  "application/openmetrics-text;version=1.0.0;q=0.1,text/plain;q=0.5",
			TEXT },
		{ "text/plain;q=0.1,text/plain;q=0.6,application/openmetrics-text;q=0.5", TEXT });
}
END_TEST

START_TEST(only_versions_that_are_spoken_count)
{
	CHECK({ "application/openmetrics-text;version=0.0.1", TEXT },
		{ "application/openmetrics-text;version=2.0.0,text/plain;q=0.1", TEXT },
		{ "application/openmetrics-text;version=\"1.0.0\";charset=UTF-8", OPENMETRICS },
		{ "application/openmetrics-text;charset=latin1", TEXT },
		{ "text/plain;version=1.0.0,application/openmetrics-text;q=0.1", OPENMETRICS },
		{ "application/vnd.google.protobuf;q=1,application/openmetrics-text;q=0.5",
			OPENMETRICS });
}
END_TEST

START_TEST(letter_case_and_space_do_not_matter)
{
	CHECK({ " Application/OpenMetrics-Text ; VERSION = 1.0.0 ;\tQ=0.5 , text/plain;q=0.4 ",
		OPENMETRICS });
}
END_TEST

START_TEST(only_schemes_that_leave_names_alone_are_echoed)
{
	CHECK({ "application/openmetrics-text;escaping=underscores",
		      OPENMETRICS "; escaping=underscores" },
		{ "application/openmetrics-text;escaping=values", OPENMETRICS "; escaping=values" },
		{ "application/openmetrics-text;escaping=dots", OPENMETRICS },
		{ "application/openmetrics-text;escaping=x\r\nA: b", OPENMETRICS },
		{ "text/plain;version=0.0.4;escaping=allow-utf-8", TEXT });
}
END_TEST

START_TEST(what_cannot_be_read_is_passed_over)
{
	CHECK({ "application/openmetrics-text;q=2", TEXT },
		{ "application/openmetrics-text;q=1.001", TEXT },
		{ "application/openmetrics-text;q=0.0001", TEXT },
		{ "application/openmetrics-text;q=.5", TEXT },
		{ "application/openmetrics-text;q=-1", TEXT },
		{ "application/openmetrics-text;q=", TEXT },
		{ "application/openmetrics-text;q", TEXT },
		{ "application/openmetrics-text;q=0,5", TEXT }, { ",,;;,=,;q=1,/", TEXT },
		{ "openmetrics,application/openmetrics-text;;;=;q=1", OPENMETRICS },
		{ "application/openmetrics-text;version=\"1.0.0", TEXT },
		{ "application/openmetrics-text;version=\"", TEXT });
}
END_TEST

START_TEST(no_byte_is_read_beyond_the_header)
{
	static const char full[] = " application/openmetrics-text; version=\"1.0.0\" ;q=0.5,*/*";

	/* On the heap and cut everywhere: sanitizers see a read too far. */
	for (size_t bytes = 0; bytes < sizeof(full); bytes++) {
		char *cut = strndup(full, bytes);

		(void)metrics_accept(cut);
		free(cut);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_accept");
	TCase *tcase = tcase_create("metrics_accept");

	tcase_add_test(tcase, prometheus_gets_openmetrics);
	tcase_add_test(tcase, people_and_old_clients_get_text);
	tcase_add_test(tcase, higher_q_wins_whatever_comes_first);
	tcase_add_test(tcase, between_equals_what_is_named_wins_then_text);
	tcase_add_test(tcase, narrower_range_speaks_for_its_format);
	tcase_add_test(tcase, only_versions_that_are_spoken_count);
	tcase_add_test(tcase, letter_case_and_space_do_not_matter);
	tcase_add_test(tcase, only_schemes_that_leave_names_alone_are_echoed);
	tcase_add_test(tcase, what_cannot_be_read_is_passed_over);
	tcase_add_test(tcase, no_byte_is_read_beyond_the_header);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
