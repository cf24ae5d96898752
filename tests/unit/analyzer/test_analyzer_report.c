/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer_report.h"

#include <string.h>

#include "shared/clock.h"
#include "tests/support/check_main.h"

static struct analyzer_report report;
static struct analyzer_counters counters;
static char line[128];

static void start(void)
{
	memset(&counters, 0, sizeof(counters));
	analyzer_report_init(&report);
	analyzer_report_take(&report, &counters, NS_PER_S);
}

static void end(void)
{
}

static const char *line_at(uint64_t second)
{
	analyzer_report_take(&report, &counters, second * NS_PER_S);
	analyzer_report_line(&report, &counters, line, sizeof(line));
	return line;
}

START_TEST(idle_host_has_no_loss)
{
	ck_assert_str_eq(
		line_at(2), "loss 0.00%  matching 0  matched 0  unmatched 0  cached 0  silent 0");
}
END_TEST

START_TEST(levels_are_those_of_now)
{
	counters.queries_inflight = 3;
	counters.cache_entries_success = 15;
	counters.cache_entries_denial = 2;
	counters.resolvers_silent = 1;
	ck_assert_str_eq(
		line_at(2), "loss 0.00%  matching 3  matched 0  unmatched 0  cached 17  silent 1");
}
END_TEST

START_TEST(loss_is_the_one_that_metrics_show)
{
	counters.loss_ratio_ppm = 123456; /* of look-ups: no ratio of these queries */
	counters.queries_matched = 6;
	counters.queries_unmatched = 2;
	counters.failures_servfail = 3;
	ck_assert_str_eq(
		line_at(2), "loss 12.35%  matching 0  matched 6  unmatched 2  cached 0  silent 0");
}
END_TEST

/* Its query may yet get a response. */
START_TEST(error_alone_leaves_no_query_unmatched)
{
	counters.failures_unreachable = 3;
	ck_assert_str_eq(
		line_at(2), "loss 0.00%  matching 0  matched 0  unmatched 0  cached 0  silent 0");
}
END_TEST

START_TEST(queries_of_long_ago_are_not_told)
{
	counters.queries_matched = 1;
	counters.queries_unmatched = 99;
	(void)line_at(2);
	for (uint64_t second = 3; second < 80; second++)
		(void)line_at(second);
	counters.queries_matched = 8;
	ck_assert_str_eq(
		line_at(80), "loss 0.00%  matching 0  matched 7  unmatched 0  cached 0  silent 0");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("analyzer_report");
	TCase *tcase = tcase_create("analyzer_report");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, idle_host_has_no_loss);
	tcase_add_test(tcase, levels_are_those_of_now);
	tcase_add_test(tcase, loss_is_the_one_that_metrics_show);
	tcase_add_test(tcase, error_alone_leaves_no_query_unmatched);
	tcase_add_test(tcase, queries_of_long_ago_are_not_told);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
