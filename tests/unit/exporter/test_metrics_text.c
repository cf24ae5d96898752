/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_text.h"

#include "tests/support/check_main.h"
#include "tests/support/stage_samples.h"

static struct status_snapshot *capture, *analyzer;
static enum metrics_format format;
static unsigned int left_out;

static void setup(void)
{
	samples_reset();
	capture = samples_stage("capture");
	analyzer = samples_stage("analyzer");
	format = METRICS_FORMAT_TEXT;
}

static void render(void)
{
	const struct metrics_out out = { evbuffer_new(), format };

	left_out = metrics_text_render(&out, &samples_set);
	samples_take(out.text);
}

START_TEST(family_is_printed_once_over_all_stages)
{
	samples_add(capture, COUNTER_TOTAL, "ring_records", "ring=\"a\"", 1, "Records");
	samples_add(capture, COUNTER_LEVEL, "edges", "", 7, "Edges");
	samples_add(capture, COUNTER_TOTAL, "ring_records", "ring=\"b\"", 2, "");
	samples_add(analyzer, COUNTER_TOTAL, "queries", "", 9, "Queries");
	samples_add(analyzer, COUNTER_TOTAL, "ring_records", "ring=\"c\"", 3, "Other words");
	render();
	HAS("# HELP dnscache_ring_records_total Records\n"
	    "# TYPE dnscache_ring_records_total counter\n"
	    "dnscache_ring_records_total{ring=\"a\"} 1\n"
	    "dnscache_ring_records_total{ring=\"b\"} 2\n"
	    "dnscache_ring_records_total{ring=\"c\"} 3\n");
	HAS("# HELP dnscache_edges Edges\n# TYPE dnscache_edges gauge\ndnscache_edges 7\n");
	HAS("dnscache_queries_total 9\n");
	ck_assert_uint_eq(samples_count_of("# TYPE dnscache_ring_records_total "), 1);
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(histogram_becomes_cumulative_with_inf_and_count)
{
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"0.25\"", 1, "Waits");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"0.5\"", 0, "");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"8.192\"", 4, "");
	samples_add(capture, COUNTER_SUM_NS, "wait_seconds", "", 12000000034ull, "");
	render();
	HAS("# TYPE dnscache_wait_seconds histogram\n"
	    "dnscache_wait_seconds_bucket{le=\"0.25\"} 1\n"
	    "dnscache_wait_seconds_bucket{le=\"0.5\"} 1\n"
	    "dnscache_wait_seconds_bucket{le=\"8.192\"} 5\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 5\n"
	    "dnscache_wait_seconds_sum 12.000000034\n"
	    "dnscache_wait_seconds_count 5\n");
}
END_TEST

START_TEST(sum_that_is_no_time_is_printed_as_it_is)
{
	samples_add(capture, COUNTER_BUCKET, "size_bytes", "proto=\"udp\",le=\"64\"", 1, "Sizes");
	samples_add(capture, COUNTER_BUCKET, "size_bytes", "proto=\"udp\",le=\"+Inf\"", 2, "");
	samples_add(capture, COUNTER_SUM, "size_bytes", "proto=\"udp\"", 3000000064ull, "");
	render();
	HAS("dnscache_size_bytes_bucket{proto=\"udp\",le=\"64.0\"} 1\n"
	    "dnscache_size_bytes_bucket{proto=\"udp\",le=\"+Inf\"} 3\n"
	    "dnscache_size_bytes_sum{proto=\"udp\"} 3000000064\n"
	    "dnscache_size_bytes_count{proto=\"udp\"} 3\n");
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(overflow_bucket_of_a_stage_is_in_inf)
{
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"1\"", 2, "Waits");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"+Inf\"", 3, "");
	samples_add(capture, COUNTER_SUM_NS, "wait_seconds", "", 0, "");
	render();
	HAS("dnscache_wait_seconds_bucket{le=\"1.0\"} 2\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 5\n"
	    "dnscache_wait_seconds_sum 0.000000000\n"
	    "dnscache_wait_seconds_count 5\n");
	ck_assert_uint_eq(samples_count_of("+Inf"), 1);
}
END_TEST

START_TEST(histograms_of_one_family_are_told_apart_by_their_labels)
{
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "to=\"a\",le=\"1\"", 2, "Waits");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "to=\"a\",le=\"2\"", 2, "");
	samples_add(capture, COUNTER_SUM_NS, "wait_seconds", "to=\"a\"", 1000000000, "");
	samples_add(analyzer, COUNTER_BUCKET, "wait_seconds", "le=\"1\",to=\"b\"", 7, "");
	samples_add(analyzer, COUNTER_SUM_NS, "wait_seconds", "to=\"b\"", 2000000000, "");
	render();
	HAS("dnscache_wait_seconds_bucket{to=\"a\",le=\"1.0\"} 2\n"
	    "dnscache_wait_seconds_bucket{to=\"a\",le=\"2.0\"} 4\n"
	    "dnscache_wait_seconds_bucket{to=\"a\",le=\"+Inf\"} 4\n"
	    "dnscache_wait_seconds_sum{to=\"a\"} 1.000000000\n"
	    "dnscache_wait_seconds_count{to=\"a\"} 4\n"
	    "dnscache_wait_seconds_bucket{to=\"b\",le=\"1.0\"} 7\n"
	    "dnscache_wait_seconds_bucket{to=\"b\",le=\"+Inf\"} 7\n"
	    "dnscache_wait_seconds_sum{to=\"b\"} 2.000000000\n"
	    "dnscache_wait_seconds_count{to=\"b\"} 7\n");
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(counters_of_a_dead_stage_still_print)
{
	samples_add(capture, COUNTER_TOTAL, "queries", "", 9, "Queries");
	capture->heartbeat_ns = 0;
	render();
	HAS("dnscache_queries_total 9\n");
}
END_TEST

START_TEST(counters_of_an_absent_stage_do_not)
{
	samples_add(capture, COUNTER_TOTAL, "queries", "", 9, "Queries");
	capture->is_present = false;
	render();
	HAS_NOT("dnscache_queries");
}
END_TEST

START_TEST(help_is_escaped)
{
	samples_add(capture, COUNTER_TOTAL, "queries", "", 1, "A back\\slash and \"quotes\"");
	render();
	HAS("# HELP dnscache_queries_total A back\\\\slash and \"quotes\"\n");
	format = METRICS_FORMAT_OPENMETRICS;
	render();
	HAS("# HELP dnscache_queries A back\\\\slash and \\\"quotes\\\"\n");
}
END_TEST

START_TEST(openmetrics_families_have_no_suffix_and_samples_do)
{
	format = METRICS_FORMAT_OPENMETRICS;
	samples_add(capture, COUNTER_TOTAL, "queries", "a=\"b\"", 9, "Queries");
	samples_add(capture, COUNTER_LEVEL, "edges", "", 7, "Edges");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"1\"", 1, "Waits");
	render();
	HAS("# HELP dnscache_queries Queries\n# TYPE dnscache_queries counter\n"
	    "dnscache_queries_total{a=\"b\"} 9\n");
	HAS("# HELP dnscache_edges Edges\n# TYPE dnscache_edges gauge\ndnscache_edges 7\n");
	HAS("# TYPE dnscache_wait_seconds histogram\n"
	    "dnscache_wait_seconds_bucket{le=\"1.0\"} 1\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 1\n"
	    "dnscache_wait_seconds_sum 0.000000000\n"
	    "dnscache_wait_seconds_count 1\n");
}
END_TEST

START_TEST(what_is_shown_as_the_ancestors_is_not_shown_twice)
{
	samples_add(analyzer, COUNTER_LEVEL, "loss_ratio_ppm", "", 9, "Loss");
	render();
	HAS_NOT("loss_ratio_ppm");
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(what_would_spoil_the_scrape_is_left_out_and_counted)
{
	samples_add(capture, COUNTER_TOTAL, "queries", "a=\"1\"", 1, "Queries");
	samples_add(analyzer, COUNTER_TOTAL, "queries", "a=\"1\"", 2, ""); /* repeated */
	samples_add(analyzer, COUNTER_LEVEL, "queries", "a=\"2\"", 3, ""); /* of another kind */
	samples_add(analyzer, COUNTER_LEVEL, "stage_up", "stage=\"capture\"", 4, ""); /* ours */
	samples_add(analyzer, COUNTER_LEVEL, "loss", "", 4, "");                      /* ours */
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"2\"", 5, "Waits");
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"1\"", 6, ""); /* out of order */
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "le=\"x\"", 7, ""); /* no edge */
	samples_add(capture, COUNTER_BUCKET, "wait_seconds", "", 8, "");
	analyzer->counters_refused = 10;
	render();
	HAS("dnscache_queries_total{a=\"1\"} 1\n");
	ck_assert_uint_eq(samples_count_of("dnscache_queries"), 3); /* HELP, TYPE and the sample */
	HAS_NOT("dnscache_stage_up");
	HAS_NOT("dnscache_loss");
	HAS("dnscache_wait_seconds_bucket{le=\"2.0\"} 5\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 5\n");
	ck_assert_uint_eq(left_out, 7 + 10);
}
END_TEST

START_TEST(largest_stages_are_printed_whole)
{
	char family[64];

	for (unsigned int i = 0; i < STATUS_LAYOUT_COUNTERS_MAX; i++) {
		(void)snprintf(family, sizeof(family), "family_%u", i % 100);
		samples_add(capture, COUNTER_TOTAL, family, "", i, "Help");
		(void)snprintf(family, sizeof(family), "other_%u", i);
		samples_add(analyzer, COUNTER_LEVEL, family, "", UINT64_MAX, "Help");
	}
	render();
	HAS("dnscache_other_511 18446744073709551615\n");
	ck_assert_uint_eq(left_out, STATUS_LAYOUT_COUNTERS_MAX - 100);
}
END_TEST

START_TEST(nanoseconds_that_only_grow_are_seconds_in_total)
{
	samples_add(
		capture, COUNTER_TOTAL_NS, "cpu_seconds", "stage=\"a\"", 1000000034ull, "CPU time");
	samples_add(analyzer, COUNTER_TOTAL_NS, "cpu_seconds", "stage=\"b\"", 0, "");
	samples_add(analyzer, COUNTER_TOTAL, "cpu_seconds", "stage=\"c\"", 7, "");
	render();
	HAS("# HELP dnscache_cpu_seconds_total CPU time\n"
	    "# TYPE dnscache_cpu_seconds_total counter\n"
	    "dnscache_cpu_seconds_total{stage=\"a\"} 1.000000034\n"
	    "dnscache_cpu_seconds_total{stage=\"b\"} 0.000000000\n");
	HAS_NOT("stage=\"c\"");
	ck_assert_uint_eq(left_out, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_text");
	TCase *tcase = tcase_create("metrics_text");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, family_is_printed_once_over_all_stages);
	tcase_add_test(tcase, histogram_becomes_cumulative_with_inf_and_count);
	tcase_add_test(tcase, sum_that_is_no_time_is_printed_as_it_is);
	tcase_add_test(tcase, overflow_bucket_of_a_stage_is_in_inf);
	tcase_add_test(tcase, nanoseconds_that_only_grow_are_seconds_in_total);
	tcase_add_test(tcase, histograms_of_one_family_are_told_apart_by_their_labels);
	tcase_add_test(tcase, counters_of_a_dead_stage_still_print);
	tcase_add_test(tcase, counters_of_an_absent_stage_do_not);
	tcase_add_test(tcase, help_is_escaped);
	tcase_add_test(tcase, openmetrics_families_have_no_suffix_and_samples_do);
	tcase_add_test(tcase, what_is_shown_as_the_ancestors_is_not_shown_twice);
	tcase_add_test(tcase, what_would_spoil_the_scrape_is_left_out_and_counted);
	tcase_add_test(tcase, largest_stages_are_printed_whole);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
