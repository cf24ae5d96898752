/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/capture_report.h"

#include "shared/compiler.h"
#include "tests/support/check_main.h"

static const struct {
	uint64_t edges;
	double rate;
	uint64_t lost;
	const char *line;
} samples[] = {
	{ 0, 0, 0, "watching 0 edges, 0 packets/s, 0 lost" },
	{ 1, 0.42, 7, "watching 1 edge, 0.4 packets/s, 7 lost" },
	{ 3, 9.94, 0, "watching 3 edges, 9.9 packets/s, 0 lost" },
	{ 3, 9.96, 0, "watching 3 edges, 10 packets/s, 0 lost" },
	{ 3, 999.4, 0, "watching 3 edges, 999 packets/s, 0 lost" },
	{ 3, 999.6, 0, "watching 3 edges, 1.0k packets/s, 0 lost" },
	{ 3, 1234, 0, "watching 3 edges, 1.2k packets/s, 0 lost" },
	{ 3, 56789, 0, "watching 3 edges, 57k packets/s, 0 lost" },
	{ 3, 999999, 0, "watching 3 edges, 1.0M packets/s, 0 lost" },
	{ 3, 1234567890, 0, "watching 3 edges, 1235M packets/s, 0 lost" },
};

START_TEST(line_is_short_at_any_rate)
{
	char line[128];

	capture_report_line(
		line, sizeof(line), samples[_i].edges, samples[_i].rate, samples[_i].lost);
	ck_assert_str_eq(line, samples[_i].line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture_report");
	TCase *tcase = tcase_create("capture_report");

	tcase_add_loop_test(tcase, line_is_short_at_any_rate, 0, (int)ARRAY_COUNT(samples));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
