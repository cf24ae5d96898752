/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/status.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/temp_shm.h"

static const struct counter_description descriptions[] = {
	{ "events", "result=\"read\"", COUNTER_TOTAL, "Events, by result" },
	{ "events", "result=\"malformed\"", COUNTER_TOTAL, NULL },
	{ "ring_used_bytes", "", COUNTER_LEVEL, "Bytes in the ring" },
	{ "answer_seconds", "le=\"0.1\"", COUNTER_BUCKET, "Time to an answer" },
	{ "answer_seconds", NULL, COUNTER_SUM_NS, NULL },
};

static const uint64_t values[ARRAY_COUNT(descriptions)] = { 11, 22, UINT64_MAX, 44, 55 };

static struct captured_stderr captured;
static struct status status;
static struct segment seen; /* what another process maps */
static const char *name;

static void setup(void)
{
	name = temp_shm_name("status");
	status_init(&status);
	segment_init(&seen);
}

static void teardown(void)
{
	status_close(&status);
	segment_detach(&seen);
	segment_destroy(name);
}

static void test_status_create(void)
{
	ck_assert_int_eq(
		status_create(&status, name, "fake", descriptions, ARRAY_COUNT(descriptions)), 0);
}

static const struct status_layout_header *test_status_look(void)
{
	segment_detach(&seen);
	ck_assert_int_eq(segment_attach(&seen, name, false, sizeof(struct status_layout_header)),
		SEGMENT_OK);
	return seen.bytes;
}

START_TEST(names_hold_instance_stage_and_number)
{
	char text[SEGMENT_NAME_BYTES_MAX];

	status_name(text, sizeof(text), "", "capture", 0);
	ck_assert_str_eq(text, "/dnscache.status.capture.0");
	status_name(text, sizeof(text), "x", "analyzer", 3);
	ck_assert_str_eq(text, "/dnscache-x.status.analyzer.3");
}
END_TEST

START_TEST(new_segment_says_who_made_it)
{
	const struct status_layout_header *header;
	uint64_t before_ns = clock_ns();
	uint8_t boot_id[16];

	test_status_create();
	header = test_status_look();
	segment_boot_id(boot_id);
	ck_assert_uint_eq(header->magic, STATUS_LAYOUT_MAGIC);
	ck_assert_uint_eq(header->version, STATUS_LAYOUT_VERSION);
	ck_assert_uint_eq(header->pid, (uint64_t)getpid());
	ck_assert_uint_ge(header->started_ns, before_ns);
	ck_assert_uint_le(header->started_ns, clock_ns());
	ck_assert_mem_eq(header->boot_id, boot_id, sizeof(boot_id));
	ck_assert_str_eq(header->stage, "fake");
	ck_assert_str_eq(header->version_text, DNSCACHE_VERSION);
	ck_assert_uint_eq(header->state, STATUS_BOOT);
	ck_assert_uint_eq(header->heartbeat_ns, header->started_ns);
}
END_TEST

START_TEST(descriptions_stand_in_their_order)
{
	const struct status_layout_header *header;
	const struct status_layout_counter *counters;

	test_status_create();
	header = test_status_look();
	counters = (const void *)((const char *)seen.bytes + header->counters_at);
	ck_assert_uint_eq(header->counter_count, ARRAY_COUNT(descriptions));
	for (size_t i = 0; i < ARRAY_COUNT(descriptions); i++) {
		const struct counter_description *from = &descriptions[i];

		ck_assert_uint_eq(counters[i].kind, from->kind);
		ck_assert_str_eq(counters[i].family, from->family);
		ck_assert_str_eq(counters[i].labels, from->labels ? from->labels : "");
		ck_assert_str_eq(counters[i].help, from->help ? from->help : "");
	}
}
END_TEST

START_TEST(published_values_are_read_back_in_order)
{
	const struct status_layout_header *header;
	const uint64_t *shared;

	test_status_create();
	header = test_status_look();
	shared = (const void *)((const char *)seen.bytes + header->values_at);
	ck_assert_uint_eq(seen.size_bytes, header->values_at + sizeof(values));
	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		ck_assert_uint_eq(shared[i], 0);

	status_publish(&status, values);
	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		ck_assert_uint_eq(shared[i], values[i]);
}
END_TEST

START_TEST(state_and_heartbeat_are_seen_at_once)
{
	const struct status_layout_header *header;

	test_status_create();
	header = test_status_look();
	status_set(&status, STATUS_RUN);
	status_beat(&status, 12345);
	ck_assert_uint_eq(header->state, STATUS_RUN);
	ck_assert_uint_eq(header->heartbeat_ns, 12345);
}
END_TEST

START_TEST(stage_without_counters_has_a_status)
{
	ck_assert_int_eq(status_create(&status, name, "fake", NULL, 0), 0);
	status_publish(&status, NULL);
	ck_assert_uint_eq(test_status_look()->counter_count, 0);
	ck_assert_uint_eq(seen.size_bytes, sizeof(struct status_layout_header));
}
END_TEST

START_TEST(segment_of_the_dead_is_left_to_look_at_and_then_replaced)
{
	test_status_create();
	status_publish(&status, values);
	status_set(&status, STATUS_DRAIN);
	status_close(&status);
	ck_assert_uint_eq(test_status_look()->state, STATUS_DRAIN);

	test_status_create();
	ck_assert(segment_is_replaced(&seen));
	ck_assert_uint_eq(test_status_look()->state, STATUS_BOOT);
}
END_TEST

START_TEST(segment_of_another_size_is_replaced)
{
	ck_assert_int_eq(status_create(&status, name, "fake", NULL, 0), 0);
	status_close(&status);
	test_status_create();
	ck_assert_uint_eq(test_status_look()->counter_count, ARRAY_COUNT(descriptions));
}
END_TEST

START_TEST(segment_cut_to_nothing_is_replaced)
{
	test_status_create();
	ck_assert_int_eq(ftruncate(status.segment.fd, 0), 0);
	status_close(&status);
	test_status_create();
	ck_assert_uint_eq(test_status_look()->magic, STATUS_LAYOUT_MAGIC);
}
END_TEST

START_TEST(second_living_owner_is_refused_and_the_first_stays)
{
	struct status second;
	char expected[256];
	int r;

	test_status_create();
	(void)test_status_look();
	status_init(&second);

	captured_stderr_begin(&captured);
	r = status_create(&second, name, "fake", descriptions, ARRAY_COUNT(descriptions));
	captured_stderr_end(&captured);
	(void)snprintf(expected, sizeof(expected),
		"segment '%s' is in use by process %d: Device or resource busy\n", name, getpid());
	ck_assert_int_eq(r, -EBUSY);
	ck_assert_str_eq(captured.text, expected);
	ck_assert(!segment_is_replaced(&seen));

	status_close(&second);
	status_close(&status);
	test_status_create();
}
END_TEST

START_TEST(killed_owner_is_replaced)
{
	int ready[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		test_status_create();
		(void)!write(ready[1], "r", 1);
		(void)pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	captured_stderr_begin(&captured);
	ck_assert_int_eq(status_create(&status, name, "fake", NULL, 0), -EBUSY);
	captured_stderr_end(&captured);

	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	test_status_create();
	ck_assert_uint_eq(test_status_look()->pid, (uint64_t)getpid());
}
END_TEST

START_TEST(segment_of_a_squatter_is_refused)
{
	test_status_create();
	ck_assert_int_eq(fchmod(status.segment.fd, 0666), 0);
	status_close(&status);

	captured_stderr_begin(&captured);
	ck_assert_int_eq(status_create(&status, name, "fake", NULL, 0), -EPERM);
	captured_stderr_end(&captured);
	ck_assert_str_ne(captured.text, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status");
	TCase *tcase = tcase_create("status");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, names_hold_instance_stage_and_number);
	tcase_add_test(tcase, new_segment_says_who_made_it);
	tcase_add_test(tcase, descriptions_stand_in_their_order);
	tcase_add_test(tcase, published_values_are_read_back_in_order);
	tcase_add_test(tcase, state_and_heartbeat_are_seen_at_once);
	tcase_add_test(tcase, stage_without_counters_has_a_status);
	tcase_add_test(tcase, segment_of_the_dead_is_left_to_look_at_and_then_replaced);
	tcase_add_test(tcase, segment_of_another_size_is_replaced);
	tcase_add_test(tcase, segment_cut_to_nothing_is_replaced);
	tcase_add_test(tcase, second_living_owner_is_refused_and_the_first_stays);
	tcase_add_test(tcase, killed_owner_is_replaced);
	tcase_add_test(tcase, segment_of_a_squatter_is_refused);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
