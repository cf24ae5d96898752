/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_own.h"

#include "exporter/metrics_page.h"
#include "tests/support/check_main.h"
#include "tests/support/stage_samples.h"

static struct status_snapshot *capture, *analyzer;
static enum metrics_format format;

static void setup(void)
{
	samples_reset();
	capture = samples_stage("capture");
	analyzer = samples_stage("analyzer");
	format = METRICS_FORMAT_TEXT;
}

static void render_stages(void)
{
	const struct metrics_out out = { evbuffer_new(), format };

	metrics_own_stages(&out, &samples_set);
	samples_take(out.text);
}

START_TEST(stage_is_up_while_it_runs_and_its_heart_beats)
{
	render_stages();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	capture->heartbeat_ns = SAMPLES_NOW_NS - STATUS_READER_BEAT_NS_MAX;
	analyzer->heartbeat_ns = SAMPLES_NOW_NS - STATUS_READER_BEAT_NS_MAX - 1;
	render_stages();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
	capture->heartbeat_ns = SAMPLES_NOW_NS + 1000; /* it beat after we looked at the clock */
	analyzer->heartbeat_ns = UINT64_MAX;
	render_stages();
	HAS("dnscache_stage_up{stage=\"capture\"} 1\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
	capture->state = STATUS_DRAIN;
	analyzer->heartbeat_ns = SAMPLES_NOW_NS;
	analyzer->state = STATUS_BOOT;
	render_stages();
	HAS("dnscache_stage_up{stage=\"capture\"} 0\n");
	HAS("dnscache_stage_up{stage=\"analyzer\"} 0\n");
}
END_TEST

START_TEST(absent_stage_is_down_and_has_no_times)
{
	capture->is_present = false;
	capture->restart_count = 3;
	render_stages();
	HAS("dnscache_stage_up{stage=\"capture\"} 0\n");
	HAS("dnscache_stage_restarts_total{stage=\"capture\"} 3\n");
	HAS_NOT("dnscache_stage_start_time_seconds{stage=\"capture\"}");
	HAS("dnscache_stage_start_time_seconds{stage=\"analyzer\"} 1700000500.000000000\n");
	HAS("dnscache_stage_last_heartbeat_timestamp_seconds{stage=\"analyzer\"} "
	    "1700000999.995000000\n");
}
END_TEST

static void render_build(void)
{
	const struct metrics_build build = { "1.2\"3\\4\n5", "abc", "gcc 12", "1.1" };
	const struct metrics_out out = { evbuffer_new(), format };

	metrics_own_build(&out, &build);
	samples_take(out.text);
}

START_TEST(build_is_info_in_openmetrics_and_a_gauge_in_text)
{
	const char *const sample = "dnscache_build_info{version=\"1.2\\\"3\\\\4\\n5\","
				   "revision=\"abc\",cc=\"gcc 12\",libbpf=\"1.1\"} 1\n";

	render_build();
	HAS("# TYPE dnscache_build_info gauge\n");
	HAS(sample);
	format = METRICS_FORMAT_OPENMETRICS;
	render_build();
	HAS("# TYPE dnscache_build info\n");
	HAS(sample);
}
END_TEST

static void render_page(const struct metrics_process *process)
{
	struct metrics_ancestor_misses misses = { .count = 0 };
	const struct metrics_page_input input = {
		.set = samples_set,
		.build = { "1", "2", "3", "4" },
		.process = process,
		.misses = &misses,
	};
	const struct metrics_out out = { evbuffer_new(), format };

	metrics_page_finish(&out, 1234567, metrics_page_render(&out, &input));
	samples_take(out.text);
}

START_TEST(process_has_the_nine_usual_figures)
{
	const struct metrics_process process = {
		.cpu_ns = 250000000,
		.started_ns = 500000000,
		.thread_count = 1,
		.virtual_bytes = 4096,
		.virtual_bytes_max = UINT64_MAX,
		.resident_bytes = 2048,
		.heap_bytes = 1024,
		.open_fds = 9,
		.fds_max = 1024,
	};

	render_page(&process);
	HAS("\nprocess_cpu_seconds_total 0.250000000\n");
	HAS("\nprocess_start_time_seconds 1700000000.500000000\n");
	HAS("\nprocess_open_fds 9\n");
	HAS("\nprocess_max_fds 1024\n");
	HAS("\nprocess_virtual_memory_bytes 4096\n");
	HAS("\nprocess_virtual_memory_max_bytes 18446744073709551615\n");
	HAS("\nprocess_resident_memory_bytes 2048\n");
	HAS("\nprocess_heap_bytes 1024\n");
	HAS("\nprocess_threads 1\n");
	ck_assert_uint_eq(samples_count_of("\nprocess_"), 9);
	render_page(NULL);
	HAS_NOT("process_");
}
END_TEST

START_TEST(scrape_tells_of_itself_and_openmetrics_ends)
{
	capture->counters_refused = 16;
	render_page(NULL);
	HAS("dnscache_scrape_duration_seconds 0.001234567\n");
	HAS("dnscache_scrape_errors 16\n");
	HAS_NOT("# EOF");
	format = METRICS_FORMAT_OPENMETRICS;
	render_page(NULL);
	ck_assert_str_eq(samples_text + strlen(samples_text) - strlen("\n# EOF\n"), "\n# EOF\n");
}
END_TEST

START_TEST(names_made_here_are_taken)
{
	static const char *const names[] = { "build_info", "build", "stage_up", "stage_restarts",
		"stage_start_time_seconds", "scrape_errors" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(metrics_own_has(names[i]), "%s", names[i]);
	ck_assert(!metrics_own_has("stage"));
	ck_assert(!metrics_own_has("dns_requests"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_own");
	TCase *tcase = tcase_create("metrics_own");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, stage_is_up_while_it_runs_and_its_heart_beats);
	tcase_add_test(tcase, absent_stage_is_down_and_has_no_times);
	tcase_add_test(tcase, build_is_info_in_openmetrics_and_a_gauge_in_text);
	tcase_add_test(tcase, process_has_the_nine_usual_figures);
	tcase_add_test(tcase, scrape_tells_of_itself_and_openmetrics_ends);
	tcase_add_test(tcase, names_made_here_are_taken);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
