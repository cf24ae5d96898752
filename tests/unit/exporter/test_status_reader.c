/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/status_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/status.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/temp_shm.h"

#define INSTANCE_AT   (sizeof("/dnscache-") - 1)
#define SOMEBODY_ELSE 65534 /* nobody */

static const struct counter_description descriptions[] = {
	{ "queries", "type=\"A\"", COUNTER_TOTAL, "Queries" },
	{ "queries", "type=\"AAAA\"", COUNTER_TOTAL, NULL },
	{ "edges", "", COUNTER_LEVEL, "Edges" },
};

#define COUNTERS 3

static struct status_reader *reader;
static struct status status;
static char instance[TEMP_SHM_NAME_BYTES_MAX];
static char path[256];
static struct captured_stderr captured;

/* The instance's name makes the segment's begin as temp_shm.h wants it. */
static void setup(void)
{
	(void)snprintf(instance, sizeof(instance), "%s", temp_shm_name("s") + INSTANCE_AT);
	reader = calloc(1, sizeof(*reader));
	status_reader_init(reader, instance, "capture");
	(void)snprintf(path, sizeof(path), "/dev/shm%s", reader->name);
	status_init(&status);
}

static void teardown(void)
{
	status_reader_close(reader);
	status_close(&status);
	free(reader);
}

static void create(void)
{
	const uint64_t values[COUNTERS] = { 11, 22, 33 };

	ck_assert_int_eq(
		status_create(&status, reader->name, "capture", descriptions, COUNTERS), 0);
	status_set(&status, STATUS_RUN);
	status_beat(&status, 123456789);
	status_publish(&status, values);
}

static struct status_layout_header *header(void)
{
	return status.segment.bytes;
}

static struct status_layout_counter *counters(void)
{
	return (struct status_layout_counter *)(header() + 1);
}

/* Read twice; what is wrong is said once, in a line with @part. */
static void is_refused_with(const char *part)
{
	const char *said;

	captured_stderr_begin(&captured);
	status_reader_read(reader);
	status_reader_read(reader);
	said = captured_stderr_end(&captured);
	ck_assert(!reader->snapshot.is_present);
	ck_assert_msg(strstr(said, part) != NULL, "'%s' is not in: %s", part, said);
	ck_assert_int_eq(captured_stderr_lines(said), 1);
}

START_TEST(stage_that_is_not_there_is_not_present)
{
	captured_stderr_begin(&captured);
	status_reader_read(reader);
	ck_assert_str_eq(captured_stderr_end(&captured), "");
	ck_assert(!reader->snapshot.is_present);
	ck_assert_str_eq(reader->snapshot.stage, "capture");
	ck_assert(!status_snapshot_is_up(&reader->snapshot, clock_ns()));
}
END_TEST

START_TEST(figures_of_a_stage_are_copied)
{
	const uint64_t later[COUNTERS] = { 12, 22, 34 };
	const struct status_snapshot *snapshot = &reader->snapshot;

	create();
	status_reader_read(reader);
	ck_assert(snapshot->is_present);
	ck_assert_uint_eq(snapshot->state, STATUS_RUN);
	ck_assert_uint_eq(snapshot->heartbeat_ns, 123456789);
	ck_assert_uint_eq(snapshot->pid, (uint64_t)getpid());
	ck_assert_str_eq(snapshot->version_text, DNSCACHE_VERSION);
	ck_assert_uint_eq(snapshot->counter_count, COUNTERS);
	ck_assert_str_eq(snapshot->counters[1].family, "queries");
	ck_assert_str_eq(snapshot->counters[1].labels, "type=\"AAAA\"");
	ck_assert_str_eq(snapshot->counters[2].help, "Edges");
	ck_assert_uint_eq(snapshot->values[1], 22);

	status_publish(&status, later);
	status_beat(&status, 123456790);
	status_reader_read(reader);
	ck_assert_uint_eq(snapshot->values[0], 12);
	ck_assert_uint_eq(snapshot->values[2], 34);
	ck_assert_uint_eq(snapshot->heartbeat_ns, 123456790);
}
END_TEST

START_TEST(figures_of_a_dead_stage_stay)
{
	create();
	status_close(&status);
	status_reader_read(reader);
	ck_assert(reader->snapshot.is_present);
	ck_assert_uint_eq(reader->snapshot.values[2], 33);
}
END_TEST

START_TEST(successor_of_a_stage_is_found)
{
	const struct counter_description others[] = {
		{ "flows", "", COUNTER_TOTAL, "Flows" },
	};

	create();
	status_reader_read(reader);
	status_close(&status);
	ck_assert_int_eq(status_create(&status, reader->name, "capture", others, 1), 0);
	status_reader_read(reader);
	ck_assert_uint_eq(reader->snapshot.counter_count, 1);
	ck_assert_str_eq(reader->snapshot.counters[0].family, "flows");
	ck_assert_uint_eq(reader->snapshot.state, STATUS_BOOT);
}
END_TEST

START_TEST(successors_are_counted_and_their_predecessors_gap_is_not)
{
	create();
	status_reader_read(reader);
	status_reader_read(reader);
	ck_assert_uint_eq(reader->snapshot.restart_count, 0);
	status_close(&status);
	segment_destroy(reader->name);
	status_reader_read(reader); /* nobody is there */
	ck_assert_uint_eq(reader->snapshot.restart_count, 0);
	create();
	status_reader_read(reader);
	ck_assert_uint_eq(reader->snapshot.restart_count, 1);
	status_close(&status);
	create();
	status_reader_read(reader);
	status_reader_read(reader);
	ck_assert_uint_eq(reader->snapshot.restart_count, 2);
}
END_TEST

START_TEST(stage_whose_segment_was_removed_is_not_present)
{
	create();
	status_reader_read(reader);
	segment_destroy(reader->name);
	status_reader_read(reader);
	ck_assert(!reader->snapshot.is_present);
}
END_TEST

START_TEST(other_layout_version_is_refused_naming_both)
{
	char part[64];

	create();
	header()->version = 7;
	(void)snprintf(part, sizeof(part), "has layout version 7, this program needs %u",
		STATUS_LAYOUT_VERSION);
	is_refused_with(part);

	header()->version = STATUS_LAYOUT_VERSION;
	status_reader_read(reader);
	ck_assert(reader->snapshot.is_present);

	status_close(&status); /* the right stage is followed by a wrong one: that is news again */
	create();
	header()->version = 7;
	is_refused_with(part);
}
END_TEST

START_TEST(segment_without_a_status_is_refused)
{
	create();
	atomic_store(&header()->magic, 0x6e6f7065);
	is_refused_with("there is no status in it");
}
END_TEST

START_TEST(status_of_another_boot_is_refused)
{
	create();
	header()->boot_id[3] ^= 1;
	is_refused_with("another boot");
}
END_TEST

START_TEST(status_of_another_stage_is_refused)
{
	create();
	strcpy(header()->stage, "analyzer");
	is_refused_with("another stage's");
	memset(header()->stage, 'c', sizeof(header()->stage));
	status_reader_read(reader);
	ck_assert(!reader->snapshot.is_present);
}
END_TEST

START_TEST(version_that_is_no_text_is_refused)
{
	create();
	memset(header()->version_text, 'v', sizeof(header()->version_text));
	is_refused_with("its version is no text");
}
END_TEST

/* Hostile numbers: where the counters are, and how many. */
static const struct {
	uint32_t counter_count;
	uint64_t counters_at;
	uint64_t values_at;
} places[] = {
	{ STATUS_LAYOUT_COUNTERS_MAX + 1, 256, 256 }, { UINT32_MAX, 256, 256 },
	{ 4, 256, 256 + 3 * 320 }, /* one more than there are */
	{ 3, 0, 256 + 3 * 320 },   /* inside the header */
	{ 3, 256, 0 }, { 3, 257, 256 + 3 * 320 }, { 3, 256, 256 + 3 * 320 + 4 },
	{ 3, 256, 256 + 3 * 320 + 8 }, /* the last value behind the end */
	{ 3, 256 + 3 * 24 + 8, 256 }, { 3, UINT64_MAX - 7, 256 }, { 3, 256, UINT64_MAX - 7 },
	{ 3, 1ull << 63, 1ull << 63 }, { 1, 256 + 3 * 320 + 3 * 8, 256 }, /* at the end */
};

START_TEST(counters_outside_the_segment_are_refused)
{
	create();
	header()->counter_count = places[_i].counter_count;
	header()->counters_at = places[_i].counters_at;
	header()->values_at = places[_i].values_at;
	is_refused_with(places[_i].counter_count > STATUS_LAYOUT_COUNTERS_MAX ? "too many"
									      : "not inside it");
}
END_TEST

START_TEST(counters_may_stand_anywhere_inside)
{
	create();
	header()->counter_count = 0;
	header()->counters_at = header()->values_at = 256 + 3 * 320 + 3 * 8;
	status_reader_read(reader);
	ck_assert(reader->snapshot.is_present);
	ck_assert_uint_eq(reader->snapshot.counter_count, 0);
}
END_TEST

static void break_counter(int how)
{
	struct status_layout_counter *counter = &counters()[0];

	switch (how) {
	case 0:
		counter->kind = 0;
		break;
	case 1:
		counter->kind = COUNTER_SUM + 1;
		break;
	case 2:
		memset(counter->family, 'f', sizeof(counter->family));
		break;
	case 3:
		strcpy(counter->family, "a b");
		break;
	case 4:
		counter->family[0] = '\0';
		break;
	case 5:
		memset(counter->labels, 'l', sizeof(counter->labels));
		break;
	case 6:
		strcpy(counter->labels, "type=\"A\"} 1\ndnscache_x{");
		break;
	case 7:
		memset(counter->help, 'h', sizeof(counter->help));
		break;
	case 8:
		strcpy(counter->help, "two\nlines");
		break;
	}
}

#define BREAK_COUNT 9

START_TEST(counter_with_a_wrong_description_is_left_out)
{
	create();
	break_counter(_i);
	status_reader_read(reader);
	ck_assert(reader->snapshot.is_present);
	ck_assert_uint_eq(reader->snapshot.counter_count, COUNTERS - 1);
	ck_assert_uint_eq(reader->snapshot.counters_refused, 1);
	ck_assert_str_eq(reader->snapshot.counters[0].labels, "type=\"AAAA\"");
	ck_assert_uint_eq(reader->snapshot.values[0], 22);
	ck_assert_uint_eq(reader->snapshot.values[1], 33);
}
END_TEST

START_TEST(descriptions_are_judged_once_and_kept)
{
	create();
	status_reader_read(reader);
	memset(counters(), 'x', COUNTERS * sizeof(*counters()));
	header()->counter_count = UINT32_MAX;
	header()->values_at = UINT64_MAX;
	status_reader_read(reader);
	ck_assert_str_eq(reader->snapshot.counters[0].family, "queries");
	ck_assert_uint_eq(reader->snapshot.values[0], 11);
}
END_TEST

START_TEST(truncated_segment_is_not_there)
{
	create();
	status_close(&status);
	ck_assert_int_eq(truncate(path, sizeof(struct status_layout_header) - 1), 0);
	status_reader_read(reader);
	ck_assert(!reader->snapshot.is_present);
	ck_assert_int_eq(truncate(path, sizeof(struct status_layout_header)), 0);
	is_refused_with("not inside it");
	ck_assert_int_eq(truncate(path, 0), 0);
	status_reader_read(reader);
	ck_assert(!reader->snapshot.is_present);
}
END_TEST

START_TEST(segment_of_somebody_else_is_refused)
{
	if (geteuid() != 0)
		return;
	create();
	ck_assert_int_eq(chown(path, SOMEBODY_ELSE, SOMEBODY_ELSE), 0);
	is_refused_with("belongs to somebody else");
}
END_TEST

START_TEST(segment_that_everybody_may_write_is_refused)
{
	create();
	ck_assert_int_eq(chmod(path, 0666), 0);
	is_refused_with("writable by everybody");
}
END_TEST

START_TEST(link_in_its_place_is_refused)
{
	ck_assert_int_eq(symlink("/dev/zero", path), 0);
	captured_stderr_begin(&captured);
	status_reader_read(reader);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 1);
	ck_assert(!reader->snapshot.is_present);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status_reader");
	TCase *tcase = tcase_create("status_reader");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, stage_that_is_not_there_is_not_present);
	tcase_add_test(tcase, figures_of_a_stage_are_copied);
	tcase_add_test(tcase, figures_of_a_dead_stage_stay);
	tcase_add_test(tcase, successor_of_a_stage_is_found);
	tcase_add_test(tcase, successors_are_counted_and_their_predecessors_gap_is_not);
	tcase_add_test(tcase, stage_whose_segment_was_removed_is_not_present);
	tcase_add_test(tcase, other_layout_version_is_refused_naming_both);
	tcase_add_test(tcase, segment_without_a_status_is_refused);
	tcase_add_test(tcase, status_of_another_boot_is_refused);
	tcase_add_test(tcase, status_of_another_stage_is_refused);
	tcase_add_test(tcase, version_that_is_no_text_is_refused);
	tcase_add_loop_test(tcase, counters_outside_the_segment_are_refused, 0,
		(int)(sizeof(places) / sizeof(places[0])));
	tcase_add_test(tcase, counters_may_stand_anywhere_inside);
	tcase_add_loop_test(tcase, counter_with_a_wrong_description_is_left_out, 0, BREAK_COUNT);
	tcase_add_test(tcase, descriptions_are_judged_once_and_kept);
	tcase_add_test(tcase, truncated_segment_is_not_there);
	tcase_add_test(tcase, segment_of_somebody_else_is_refused);
	tcase_add_test(tcase, segment_that_everybody_may_write_is_refused);
	tcase_add_test(tcase, link_in_its_place_is_refused);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
