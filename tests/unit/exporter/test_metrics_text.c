/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_text.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/check_main.h"

#define NOW_NS       1000000000000ull
#define BOOT_UNIX_NS 1700000000000000000ull
#define TEXT_BYTES   (1u << 20)

static struct status_snapshot snapshots[2];
static char *text;
static unsigned int left_out;

static void set_stage(unsigned int index, const char *stage)
{
	struct status_snapshot *snapshot = &snapshots[index];

	snapshot->stage = stage;
	snapshot->is_present = true;
	snapshot->state = STATUS_RUN;
	snapshot->heartbeat_ns = NOW_NS - 5000000;
	snapshot->started_ns = NOW_NS / 2;
	snapshot->counter_count = 0;
	snapshot->counters_refused = 0;
}

static void add(unsigned int index, uint32_t kind, const char *family, const char *labels,
	uint64_t value, const char *help)
{
	struct status_snapshot *snapshot = &snapshots[index];
	struct status_layout_counter *counter = &snapshot->counters[snapshot->counter_count];

	memset(counter, 0, sizeof(*counter));
	counter->kind = kind;
	strcpy(counter->family, family);
	strcpy(counter->labels, labels);
	strcpy(counter->help, help);
	snapshot->values[snapshot->counter_count++] = value;
}

static const char *render(void)
{
	const struct metrics_text_input input = {
		.stages = { &snapshots[0], &snapshots[1] },
		.stage_count = 2,
		.now_ns = NOW_NS,
		.boot_unix_ns = BOOT_UNIX_NS,
		.version = "1.2\"3\\4\n5",
	};
	struct evbuffer *out = evbuffer_new();
	size_t bytes;

	left_out = metrics_text_render(out, &input);
	metrics_text_scrape(out, 1234567, left_out);
	bytes = evbuffer_get_length(out);
	ck_assert_uint_lt(bytes, TEXT_BYTES);
	(void)evbuffer_remove(out, text, bytes);
	text[bytes] = '\0';
	evbuffer_free(out);
	return text;
}

static unsigned int count_of(const char *part)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	return count;
}

#define HAS(part)     ck_assert_msg(count_of(part) == 1, "%u times: %s\n%s", count_of(part), part, text)
#define HAS_NOT(part) ck_assert_msg(count_of(part) == 0, "there is: %s\n%s", part, text)

static void setup(void)
{
	text = malloc(TEXT_BYTES);
	set_stage(0, "capture");
	set_stage(1, "analyzer");
}

static void teardown(void)
{
	free(text);
}

START_TEST(family_is_printed_once_over_all_stages)
{
	add(0, COUNTER_TOTAL, "ring_records", "ring=\"a\"", 1, "Records");
	add(0, COUNTER_LEVEL, "edges", "", 7, "Edges");
	add(0, COUNTER_TOTAL, "ring_records", "ring=\"b\"", 2, "");
	add(1, COUNTER_TOTAL, "queries", "", 9, "Queries");
	add(1, COUNTER_TOTAL, "ring_records", "ring=\"c\"", 3, "Other words");
	render();
	HAS("# HELP dnscache_ring_records_total Records\n"
	    "# TYPE dnscache_ring_records_total counter\n"
	    "dnscache_ring_records_total{ring=\"a\"} 1\n"
	    "dnscache_ring_records_total{ring=\"b\"} 2\n"
	    "dnscache_ring_records_total{ring=\"c\"} 3\n");
	HAS("# HELP dnscache_edges Edges\n# TYPE dnscache_edges gauge\ndnscache_edges 7\n");
	HAS("dnscache_queries_total 9\n");
	ck_assert_uint_eq(count_of("# TYPE dnscache_ring_records_total "), 1);
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(histogram_becomes_cumulative_with_inf_and_count)
{
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"0.25\"", 1, "Waits");
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"0.5\"", 0, "");
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"8.192\"", 4, "");
	add(0, COUNTER_SUM_NS, "wait_seconds", "", 12000000034ull, "");
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

START_TEST(overflow_bucket_of_a_stage_is_in_inf)
{
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"1\"", 2, "Waits");
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"+Inf\"", 3, "");
	add(0, COUNTER_SUM_NS, "wait_seconds", "", 0, "");
	render();
	HAS("dnscache_wait_seconds_bucket{le=\"1\"} 2\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 5\n"
	    "dnscache_wait_seconds_sum 0.000000000\n"
	    "dnscache_wait_seconds_count 5\n");
	ck_assert_uint_eq(count_of("+Inf"), 1);
}
END_TEST

START_TEST(histograms_of_one_family_are_told_apart_by_their_labels)
{
	add(0, COUNTER_BUCKET, "wait_seconds", "to=\"a\",le=\"1\"", 2, "Waits");
	add(0, COUNTER_BUCKET, "wait_seconds", "to=\"a\",le=\"2\"", 2, "");
	add(0, COUNTER_SUM_NS, "wait_seconds", "to=\"a\"", 1000000000, "");
	add(1, COUNTER_BUCKET, "wait_seconds", "le=\"1\",to=\"b\"", 7, "");
	add(1, COUNTER_SUM_NS, "wait_seconds", "to=\"b\"", 2000000000, "");
	render();
	HAS("dnscache_wait_seconds_bucket{to=\"a\",le=\"1\"} 2\n"
	    "dnscache_wait_seconds_bucket{to=\"a\",le=\"2\"} 4\n"
	    "dnscache_wait_seconds_bucket{to=\"a\",le=\"+Inf\"} 4\n"
	    "dnscache_wait_seconds_sum{to=\"a\"} 1.000000000\n"
	    "dnscache_wait_seconds_count{to=\"a\"} 4\n"
	    "dnscache_wait_seconds_bucket{to=\"b\",le=\"1\"} 7\n"
	    "dnscache_wait_seconds_bucket{to=\"b\",le=\"+Inf\"} 7\n"
	    "dnscache_wait_seconds_sum{to=\"b\"} 2.000000000\n"
	    "dnscache_wait_seconds_count{to=\"b\"} 7\n");
	ck_assert_uint_eq(left_out, 0);
}
END_TEST

START_TEST(stage_is_up_while_it_runs_and_its_heart_beats)
{
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	snapshots[0].heartbeat_ns = NOW_NS - STATUS_READER_BEAT_NS_MAX;
	snapshots[1].heartbeat_ns = NOW_NS - STATUS_READER_BEAT_NS_MAX - 1;
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
	snapshots[0].heartbeat_ns = NOW_NS + 1000; /* it beat after we looked at the clock */
	snapshots[1].heartbeat_ns = UINT64_MAX;
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
	snapshots[0].state = STATUS_DRAIN;
	snapshots[1].heartbeat_ns = NOW_NS;
	snapshots[1].state = STATUS_BOOT;
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 0\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
}
END_TEST

START_TEST(counters_of_a_dead_stage_still_print)
{
	add(0, COUNTER_TOTAL, "queries", "", 9, "Queries");
	snapshots[0].heartbeat_ns = 0;
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 0\n");
	HAS("dnscache_queries_total 9\n");
}
END_TEST

START_TEST(absent_stage_is_down_and_has_no_times)
{
	add(0, COUNTER_TOTAL, "queries", "", 9, "Queries");
	snapshots[0].is_present = false;
	render();
	HAS("dnscache_stage_up{stage=\"capture\"} 0\n");
	HAS_NOT("dnscache_queries_total");
	HAS_NOT("dnscache_stage_start_time_seconds{stage=\"capture\"}");
	HAS("dnscache_stage_start_time_seconds{stage=\"analyzer\"} 1700000500.000\n");
	HAS("dnscache_stage_last_heartbeat_timestamp_seconds{stage=\"analyzer\"} 1700000999.995\n");
}
END_TEST

START_TEST(what_would_spoil_the_scrape_is_left_out_and_counted)
{
	add(0, COUNTER_TOTAL, "queries", "a=\"1\"", 1, "Queries");
	add(1, COUNTER_TOTAL, "queries", "a=\"1\"", 2, "");            /* repeated */
	add(1, COUNTER_LEVEL, "queries", "a=\"2\"", 3, "");            /* of another kind */
	add(1, COUNTER_LEVEL, "stage_up", "stage=\"capture\"", 4, ""); /* ours */
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"2\"", 5, "Waits");
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"1\"", 6, ""); /* out of order */
	add(0, COUNTER_BUCKET, "wait_seconds", "le=\"x\"", 7, ""); /* no edge */
	add(0, COUNTER_BUCKET, "wait_seconds", "", 8, "");
	snapshots[1].counters_refused = 10;
	render();
	HAS("dnscache_queries_total{a=\"1\"} 1\n");
	ck_assert_uint_eq(count_of("dnscache_queries"), 3); /* HELP, TYPE and the sample */
	ck_assert_uint_eq(count_of("dnscache_stage_up{stage=\"capture\"}"), 1);
	HAS("dnscache_wait_seconds_bucket{le=\"2\"} 5\n"
	    "dnscache_wait_seconds_bucket{le=\"+Inf\"} 5\n");
	ck_assert_uint_eq(left_out, 6 + 10);
	HAS("dnscache_scrape_errors 16\n");
}
END_TEST

START_TEST(texts_are_escaped)
{
	add(0, COUNTER_TOTAL, "queries", "", 1, "A back\\slash");
	render();
	HAS("# HELP dnscache_queries_total A back\\\\slash\n");
	HAS("dnscache_build_info{version=\"1.2\\\"3\\\\4\\n5\"} 1\n");
	HAS("dnscache_scrape_duration_seconds 0.001234567\n");
}
END_TEST

START_TEST(largest_stages_are_printed_whole)
{
	char family[64];

	for (unsigned int i = 0; i < STATUS_LAYOUT_COUNTERS_MAX; i++) {
		(void)snprintf(family, sizeof(family), "family_%u", i % 100);
		add(0, COUNTER_TOTAL, family, "", i, "Help");
		(void)snprintf(family, sizeof(family), "other_%u", i);
		add(1, COUNTER_LEVEL, family, "", UINT64_MAX, "Help");
	}
	render();
	HAS("dnscache_other_511 18446744073709551615\n");
	ck_assert_uint_eq(left_out, STATUS_LAYOUT_COUNTERS_MAX - 100);
}
END_TEST

START_TEST(nanoseconds_that_only_grow_are_seconds_in_total)
{
	add(0, COUNTER_TOTAL_NS, "cpu_seconds", "stage=\"a\"", 1000000034ull, "CPU time");
	add(1, COUNTER_TOTAL_NS, "cpu_seconds", "stage=\"b\"", 0, "");
	add(1, COUNTER_TOTAL, "cpu_seconds", "stage=\"c\"", 7, "");
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

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, family_is_printed_once_over_all_stages);
	tcase_add_test(tcase, histogram_becomes_cumulative_with_inf_and_count);
	tcase_add_test(tcase, overflow_bucket_of_a_stage_is_in_inf);
	tcase_add_test(tcase, nanoseconds_that_only_grow_are_seconds_in_total);
	tcase_add_test(tcase, histograms_of_one_family_are_told_apart_by_their_labels);
	tcase_add_test(tcase, stage_is_up_while_it_runs_and_its_heart_beats);
	tcase_add_test(tcase, counters_of_a_dead_stage_still_print);
	tcase_add_test(tcase, absent_stage_is_down_and_has_no_times);
	tcase_add_test(tcase, what_would_spoil_the_scrape_is_left_out_and_counted);
	tcase_add_test(tcase, texts_are_escaped);
	tcase_add_test(tcase, largest_stages_are_printed_whole);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
