/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/exporter_memory.h"
#include "exporter/metrics_page.h"

#include "shared/compiler.h"
#include "shared/stage_counters.h"
#include "tests/support/check_main.h"
#include "tests/support/stage_samples.h"

/*
 * All counters of all stages, as they describe them: what a host costs its Prometheus,
 * and whether the stages agree on what their common families are.
 */

#define SERIES_MAX 500

#define COUNTER COUNTER_DESCRIPTION
static const struct counter_description capture[] = {
#include "capture/capture_counters.def"
};
static const struct counter_description analyzer[] = {
#include "analyzer/analyzer_counters.def"
};
static const struct counter_description injector[] = {
#include "injector/injector_counters.def"
};
static const struct counter_description exporter[] = {
#include "exporter/exporter_counters.def"
};
#undef COUNTER

/* @own: of this stage; those that every stage has come behind them. */
static void add_stage(const char *name, const struct counter_description *own, size_t own_count)
{
	static struct stage_counters counters;
	struct status_snapshot *stage = samples_stage(name);

	stage_counters_init(&counters, name, own, own_count);
	for (size_t i = 0; i < counters.count; i++) {
		const struct counter_description *counter = &counters.descriptions[i];

		samples_add(stage, counter->kind, counter->family,
			counter->labels ? counter->labels : "", 1,
			counter->help ? counter->help : "");
	}
}

static unsigned int render(enum metrics_format format)
{
	struct metrics_ancestor_misses misses = { .count = 0 };
	const struct metrics_process process = { .fds_max = 1 };
	const struct metrics_page_input input = {
		.set = samples_set,
		.build = { "1", "2", "3", "4" },
		.process = &process,
		.misses = &misses,
	};
	const struct metrics_out out = { evbuffer_new(), format };
	const unsigned int left_out = metrics_page_render(&out, &input);

	metrics_page_finish(&out, 1, left_out);
	samples_take(out.text);
	return left_out;
}

static void setup(void)
{
	samples_reset();
	add_stage("capture", capture, ARRAY_COUNT(capture));
	add_stage("analyzer", analyzer, ARRAY_COUNT(analyzer));
	add_stage("injector", injector, ARRAY_COUNT(injector));
	add_stage("exporter", exporter, ARRAY_COUNT(exporter));
}

START_TEST(everything_together_stays_within_the_budget_of_series)
{
	unsigned int series;

	ck_assert_uint_eq(render(METRICS_FORMAT_TEXT), 0);
	series = samples_count_of("\n") - samples_count_of("# HELP ") - samples_count_of("# TYPE ");
	ck_assert_uint_gt(series, 200);
	ck_assert_uint_le(series, SERIES_MAX);
	/* Twice: evbuffers are never full, and labels of a host may be longer. */
	ck_assert_uint_le(2 * strlen(samples_text), EXPORTER_MEMORY_PAGE_BYTES);
	HAS_NOT("Not described by its stage");
}
END_TEST

START_TEST(both_formats_have_the_same_samples)
{
	static char text[SAMPLES_TEXT_BYTES];
	char *place;

	(void)render(METRICS_FORMAT_TEXT);
	strcpy(text, samples_text);
	(void)render(METRICS_FORMAT_OPENMETRICS);
	for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place))
		if (line[0] != '#')
			ck_assert_msg(strstr(samples_text, line), "not in OpenMetrics: %s", line);
	ck_assert_ptr_nonnull(strstr(samples_text, "\n# EOF\n"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_budget");
	TCase *tcase = tcase_create("metrics_budget");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, everything_together_stays_within_the_budget_of_series);
	tcase_add_test(tcase, both_formats_have_the_same_samples);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
