/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/own_process.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "tests/support/check_main.h"

static const struct own_process_units units = { .tick_ns = 10000000, .page_bytes = 4096 };

START_TEST(fields_are_those_of_proc)
{
	struct metrics_process process;

	ck_assert_int_eq(
		own_process_parse(
			"4711 (dnscache-export) S 1 4711 4711 0 -1 4194560 21 0 0 0 150 50 "
			"0 0 20 0 3 0 12345 104857600 2560 18446744073709551615 1 1 0\n",
			&units, &process),
		0);
	ck_assert_uint_eq(process.cpu_ns, 2 * NS_PER_S);
	ck_assert_uint_eq(process.thread_count, 3);
	ck_assert_uint_eq(process.started_ns, 123450 * NS_PER_MS);
	ck_assert_uint_eq(process.virtual_bytes, 104857600);
	ck_assert_uint_eq(process.resident_bytes, 10485760);
}
END_TEST

START_TEST(name_may_look_like_fields)
{
	struct metrics_process process;

	ck_assert_int_eq(
		own_process_parse("1 (a) R 1 (b) S 1 1 1 0 -1 0 0 0 0 0 1 0 0 0 20 0 7 0 9 8 6 5",
			&units, &process),
		0);
	ck_assert_uint_eq(process.thread_count, 7);
}
END_TEST

START_TEST(other_texts_are_refused)
{
	static const char *const texts[] = { "", ")", "1 (a) S 1 1", "1 a S 1 1 1 0 -1 0 0 0 0 0 1",
		"1 (a) S 1 1 1 0 -1 0 0 0 0 0 x 0 0 0 20 0 7 0 9 8 6 5" };
	struct metrics_process process = { .cpu_ns = 42 };

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		ck_assert_int_eq(own_process_parse(texts[i], &units, &process), -EPROTO);
	ck_assert_uint_eq(process.cpu_ns, 42);
}
END_TEST

START_TEST(this_process_is_told_of)
{
	const struct rlimit limit = { 512, 512 };
	struct metrics_process before, after;
	int fd;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(own_process_read(&before), 0);
	fd = dup(STDOUT_FILENO);
	ck_assert_int_eq(own_process_read(&after), 0);
	(void)close(fd);
	ck_assert_uint_eq(after.open_fds, before.open_fds + 1);
	ck_assert_uint_ge(before.open_fds, 1);
	ck_assert_uint_eq(before.fds_max, 512);
	ck_assert_uint_gt(before.virtual_bytes_max, before.virtual_bytes);
	ck_assert_uint_gt(before.virtual_bytes, before.resident_bytes);
	ck_assert_uint_gt(before.resident_bytes, 0);
	ck_assert_uint_ge(before.thread_count, 1);
	ck_assert_uint_gt(before.started_ns, 0);
	ck_assert_uint_le(before.started_ns, clock_ns());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("own_process");
	TCase *tcase = tcase_create("own_process");

	tcase_add_test(tcase, fields_are_those_of_proc);
	tcase_add_test(tcase, name_may_look_like_fields);
	tcase_add_test(tcase, other_texts_are_refused);
	tcase_add_test(tcase, this_process_is_told_of);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
