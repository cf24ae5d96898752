/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/support/captured_stderr.h"
#include "tests/support/ring_pair.h"

static struct captured_stderr captured;

static uint64_t producer_epoch(void)
{
	return atomic_load(&pair.control->producer.epoch);
}

START_TEST(size_is_rounded_up_to_a_power_of_two)
{
	const char *name = temp_shm_name("rounded");
	struct ring_usage usage;
	struct ring *ring;

	ck_assert_int_eq(ring_attach_producer(&ring, name, 5000), RING_OK);
	ring_usage(ring, &usage);
	ck_assert_uint_eq(usage.capacity_bytes, 8192);
	ring_detach(ring);
	ck_assert_int_eq(ring_attach_producer(&ring, name, 8192), RING_OK);
	ring_detach(ring);
	segment_destroy(name);

	ck_assert_int_eq(ring_attach_producer(&ring, name, 0), RING_OK);
	ring_usage(ring, &usage);
	ck_assert_uint_eq(usage.capacity_bytes, RING_DATA_BYTES_MIN);
	ring_detach(ring);
	segment_destroy(name);

	captured_stderr_begin(&captured);
	ck_assert_int_eq(
		ring_attach_producer(&ring, name, (uint64_t)RING_DATA_BYTES_MAX + 1), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 1);
}
END_TEST

START_TEST(ring_that_does_not_exist_is_not_ready)
{
	struct ring *ring;

	ck_assert_int_eq(ring_attach_consumer(&ring, temp_shm_name("absent")), RING_NOT_READY);
}
END_TEST

START_TEST(each_end_has_one_owner)
{
	struct ring *ring;

	ck_assert_int_eq(ring_attach_producer(&ring, pair.name, RING_PAIR_BYTES), RING_BUSY);
	ck_assert_int_eq(ring_attach_producer(&ring, pair.name, 2 * RING_PAIR_BYTES), RING_BUSY);
	ck_assert_int_eq(ring_attach_consumer(&ring, pair.name), RING_BUSY);
	ck_assert(!ring_is_replaced(pair.consumer));
	ck_assert_uint_eq(producer_epoch(), 1);
}
END_TEST

START_TEST(next_producer_goes_on_where_the_last_one_stopped)
{
	ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
	ring_pair_detach_producer();
	ring_pair_attach_producer();
	ck_assert_uint_eq(producer_epoch(), 2);
	ck_assert_int_eq(ring_pair_push(8, 2), RING_OK);
	for (int i = 0; i < 3; i++)
		ring_pair_expect(i, 0, 8, i);
	ring_pair_expect_empty();
}
END_TEST

START_TEST(committed_but_unpublished_records_show_as_loss)
{
	struct ring_producer_state state;

	ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
	ck_assert_int_eq(ring_pair_commit(8, 1), RING_OK);
	ck_assert_int_eq(ring_pair_commit(8, 2), RING_OK);
	ring_pair_detach_producer();
	ring_producer_state(pair.consumer, &state);
	ck_assert_uint_eq(state.next_sequence, 1);

	ring_pair_attach_producer();
	ring_producer_state(pair.consumer, &state);
	ck_assert_uint_eq(state.next_sequence, 3);
	ck_assert_int_eq(ring_pair_push(8, 3), RING_OK);
	ring_pair_expect(0, 0, 8, 0);
	ring_pair_expect(3, 2, 8, 3);
}
END_TEST

START_TEST(refusals_survive_their_producer)
{
	ck_assert_int_eq(ring_pair_push(UINT32_MAX, 0), RING_OVERSIZED);
	ring_pair_detach_producer();
	ring_pair_attach_producer();
	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
	ring_pair_expect(1, 1, 8, 1);
}
END_TEST

START_TEST(next_consumer_gets_what_was_not_released_again)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(ring_pair_push(8, i), RING_OK);
	ring_pair_expect(0, 0, 8, 0);
	ring_pair_expect(1, 0, 8, 1);
	ring_release(pair.consumer);
	ring_pair_expect(2, 0, 8, 2);
	ring_pair_detach_consumer();
	ring_pair_attach_consumer();
	ck_assert_uint_eq(atomic_load(&pair.control->consumer.epoch), 2);
	ck_assert_uint_eq(ring_expected_sequence(pair.consumer), 2);
	ring_pair_expect(2, 0, 8, 2);
	ring_pair_expect(3, 0, 8, 3);
	ring_pair_expect_empty();
}
END_TEST

START_TEST(next_consumer_is_told_a_loss_after_what_was_released)
{
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
		ring_pair_expect(3 * i, i ? 2 : 0, 8, 0);
		ring_release(pair.consumer);
		ck_assert_int_eq(ring_pair_push(UINT32_MAX, 0), RING_OVERSIZED);
		ck_assert_int_eq(ring_pair_push(UINT32_MAX, 0), RING_OVERSIZED);
		ring_pair_detach_consumer();
		ring_pair_attach_consumer();
		ck_assert_uint_eq(ring_expected_sequence(pair.consumer), 3 * i + 1);
	}
}
END_TEST

START_TEST(next_consumer_without_a_trustworthy_tail_starts_at_the_head)
{
	ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
	ring_pair_detach_consumer();
	atomic_store(&pair.control->consumer.tail, 1000000);
	ring_pair_attach_consumer();
	ck_assert_uint_eq(ring_pair_corrupt(), 1);
	ring_pair_expect_empty();
	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
	ring_pair_expect(1, 1, 8, 1);
}
END_TEST

START_TEST(next_producer_without_a_trustworthy_tail_waits_for_one)
{
	ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
	ring_pair_detach_producer();
	atomic_store(&pair.control->consumer.tail, 1000000);
	ring_pair_attach_producer();
	ck_assert_int_eq(ring_pair_push(8, 1), RING_FULL);
	ring_pair_expect(0, 0, 8, 0);
	ring_release(pair.consumer);
	ck_assert_int_eq(ring_pair_push(8, 2), RING_OK);
	ring_pair_expect(2, 1, 8, 2);
}
END_TEST

/* A new producer with this size makes a new ring, and the consumer finds its way there. */
static void assert_replaced(uint64_t data_bytes)
{
	ring_pair_detach_producer();
	ck_assert(!ring_is_replaced(pair.consumer));
	captured_stderr_begin(&captured);
	ck_assert_int_eq(ring_attach_producer(&pair.producer, pair.name, data_bytes), RING_OK);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 1);
	ck_assert(ring_is_replaced(pair.consumer));
	ring_pair_detach_consumer();
	ring_pair_attach_consumer();
	ring_pair_map();
	ck_assert_uint_eq(producer_epoch(), 1);
	ck_assert_int_eq(ring_pair_push(8, 9), RING_OK);
	ring_pair_expect(0, 0, 8, 9);
}

START_TEST(ring_of_another_size_is_replaced)
{
	assert_replaced(2 * RING_PAIR_BYTES);
}
END_TEST

START_TEST(ring_from_another_boot_is_replaced_and_not_read)
{
	struct ring *ring;

	ring_pair_detach_consumer();
	pair.control->header.boot_id[3] ^= 1;
	ck_assert_int_eq(ring_attach_consumer(&ring, pair.name), RING_NOT_READY);
	pair.control->header.boot_id[3] ^= 1;
	ring_pair_attach_consumer();
	pair.control->header.boot_id[3] ^= 1;
	assert_replaced(RING_PAIR_BYTES);
}
END_TEST

START_TEST(ring_created_after_now_is_from_another_boot)
{
	struct ring *ring;

	ring_pair_detach_consumer();
	pair.control->header.created_ns += 1ull << 50;
	ck_assert_int_eq(ring_attach_consumer(&ring, pair.name), RING_NOT_READY);
	pair.control->header.created_ns -= 1ull << 50;
	ring_pair_attach_consumer();
	pair.control->header.created_ns += 1ull << 50;
	assert_replaced(RING_PAIR_BYTES);
}
END_TEST

START_TEST(ring_of_a_creator_that_could_not_tell_its_boot_is_taken)
{
	ring_pair_detach_consumer();
	ring_pair_detach_producer();
	memset(pair.control->header.boot_id, 0, sizeof(pair.control->header.boot_id));
	ring_pair_attach_consumer();
	ring_pair_attach_producer();
	ck_assert_uint_eq(producer_epoch(), 2);
}
END_TEST

START_TEST(ring_with_impossible_sizes_is_replaced_and_not_read)
{
	const uint64_t impossible[] = { 0, 4095, 4097, 8192, 2048, 1ull << 63, UINT64_MAX };
	struct ring *ring;

	ring_pair_detach_consumer();
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		pair.control->header.data_bytes = impossible[i];
		ck_assert_int_eq(ring_attach_consumer(&ring, pair.name), RING_NOT_READY);
	}
	pair.control->header.data_bytes = RING_PAIR_BYTES;
	ring_pair_attach_consumer();
	pair.control->header.control_bytes = 64;
	assert_replaced(RING_PAIR_BYTES);
}
END_TEST

START_TEST(ring_with_a_misaligned_head_is_replaced)
{
	atomic_store(&pair.control->producer.head, 4);
	assert_replaced(RING_PAIR_BYTES);
}
END_TEST

START_TEST(truncated_ring_is_replaced)
{
	ring_pair_detach_producer();
	ck_assert_int_eq(ftruncate(pair.raw.fd, 0), 0);
	ring_pair_attach_producer();
	ck_assert(ring_is_replaced(pair.consumer));
	ring_pair_detach_consumer();
	ring_pair_attach_consumer();
}
END_TEST

START_TEST(truncated_and_regrown_ring_is_replaced)
{
	ring_pair_detach_producer();
	ring_pair_detach_consumer();
	ck_assert_int_eq(ftruncate(pair.raw.fd, 0), 0);
	ck_assert_int_eq(ftruncate(pair.raw.fd, RING_CONTROL_BYTES + RING_PAIR_BYTES), 0);
	ck_assert_int_eq(ring_attach_consumer(&pair.consumer, pair.name), RING_NOT_READY);
	ring_pair_attach_producer();
	ring_pair_attach_consumer();
}
END_TEST

/* What a creator would leave that dies half-way, were it not for segment_prepare(). */
START_TEST(half_made_ring_is_not_ready_and_then_replaced)
{
	const size_t sizes[] = { 0, 1, RING_CONTROL_BYTES, RING_CONTROL_BYTES + RING_PAIR_BYTES };
	const char *name = temp_shm_name("half");
	char path[256];
	struct ring *ring;

	(void)snprintf(path, sizeof(path), "/dev/shm%s", name);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(ftruncate(fd, (off_t)sizes[i]), 0);
		(void)close(fd);
		ck_assert_int_eq(ring_attach_consumer(&ring, name), RING_NOT_READY);
		ck_assert_int_eq(ring_attach_producer(&ring, name, RING_PAIR_BYTES), RING_OK);
		ring_detach(ring);
		segment_destroy(name);
	}
}
END_TEST

/* Both ends refuse, five times each, and say so in one line each name. */
static void assert_refused(int errnum, const char *text)
{
	struct ring *ring;

	ring_pair_detach_producer();
	ring_pair_detach_consumer();
	captured_stderr_begin(&captured);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(ring_attach_consumer(&ring, pair.name), -errnum);
		ck_assert_int_eq(ring_attach_producer(&ring, pair.name, RING_PAIR_BYTES), -errnum);
	}
	(void)captured_stderr_end(&captured);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_ptr_nonnull(strstr(captured.text, pair.name));
	ck_assert_ptr_nonnull(strstr(captured.text, text));
	ck_assert(!segment_is_replaced(&pair.raw));
}

START_TEST(another_layout_version_is_refused_naming_both)
{
	pair.control->header.version = 77;
	assert_refused(EPROTO, "version 77, this program needs 3:");
}
END_TEST

START_TEST(segment_that_is_no_ring_is_refused)
{
	atomic_store(&pair.control->header.magic, 0x7461747364ull);
	assert_refused(EPROTO, "is not a ring");
}
END_TEST

START_TEST(ring_everybody_may_write_is_refused)
{
	ck_assert_int_eq(fchmod(pair.raw.fd, 0666), 0);
	assert_refused(EPERM, "writable by everybody");
}
END_TEST

START_TEST(refusal_that_was_settled_is_news_again)
{
	pair.control->header.version = 77;
	assert_refused(EPROTO, "version 77");
	pair.control->header.version = RING_LAYOUT_VERSION;
	ring_pair_attach_producer();
	ring_pair_attach_consumer();
	pair.control->header.version = 77;
	assert_refused(EPROTO, "version 77");
}
END_TEST

/* The consumer's process ends on the first touch; exit status 1 and one line. */
START_TEST(ring_truncated_while_mapped_ends_the_reader_and_is_made_anew)
{
	struct ring_record record;
	int status;
	pid_t pid;

	ring_pair_detach_consumer();
	ck_assert_int_eq(ring_pair_push(8, 0), RING_OK);
	captured_stderr_begin(&captured);
	pid = fork();
	if (pid == 0) {
		segment_guard();
		ring_pair_attach_consumer();
		if (ftruncate(pair.raw.fd, 0) < 0)
			_exit(77);
		(void)ring_read(pair.consumer, &record);
		_exit(78);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)captured_stderr_end(&captured);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_FAILURE);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);

	ck_assert(ring_is_replaced(pair.producer));
	ring_pair_detach_producer();
	ring_pair_attach_producer();
	ring_pair_attach_consumer();
	ring_pair_map();
	ck_assert_int_eq(ring_pair_push(8, 3), RING_OK);
	ring_pair_expect(0, 0, 8, 3);
}
END_TEST

START_TEST(detach_accepts_null)
{
	ring_detach(NULL);
}
END_TEST

static Suite *ring_attach_suite(void)
{
	Suite *suite = suite_create("ring_attach");
	TCase *owners = ring_pair_case(suite, "owners");
	TCase *replaced = ring_pair_case(suite, "replaced");
	TCase *refused = ring_pair_case(suite, "refused");

	tcase_add_test(owners, size_is_rounded_up_to_a_power_of_two);
	tcase_add_test(owners, ring_that_does_not_exist_is_not_ready);
	tcase_add_test(owners, each_end_has_one_owner);
	tcase_add_test(owners, next_producer_goes_on_where_the_last_one_stopped);
	tcase_add_test(owners, committed_but_unpublished_records_show_as_loss);
	tcase_add_test(owners, refusals_survive_their_producer);
	tcase_add_test(owners, next_consumer_gets_what_was_not_released_again);
	tcase_add_test(owners, next_consumer_is_told_a_loss_after_what_was_released);
	tcase_add_test(owners, next_consumer_without_a_trustworthy_tail_starts_at_the_head);
	tcase_add_test(owners, next_producer_without_a_trustworthy_tail_waits_for_one);
	tcase_add_test(owners, detach_accepts_null);

	tcase_add_test(replaced, ring_of_another_size_is_replaced);
	tcase_add_test(replaced, ring_from_another_boot_is_replaced_and_not_read);
	tcase_add_test(replaced, ring_created_after_now_is_from_another_boot);
	tcase_add_test(replaced, ring_of_a_creator_that_could_not_tell_its_boot_is_taken);
	tcase_add_test(replaced, ring_with_impossible_sizes_is_replaced_and_not_read);
	tcase_add_test(replaced, ring_with_a_misaligned_head_is_replaced);
	tcase_add_test(replaced, truncated_ring_is_replaced);
	tcase_add_test(replaced, truncated_and_regrown_ring_is_replaced);
	tcase_add_test(replaced, half_made_ring_is_not_ready_and_then_replaced);
	tcase_add_test(replaced, ring_truncated_while_mapped_ends_the_reader_and_is_made_anew);

	tcase_add_test(refused, another_layout_version_is_refused_naming_both);
	tcase_add_test(refused, segment_that_is_no_ring_is_refused);
	tcase_add_test(refused, ring_everybody_may_write_is_refused);
	tcase_add_test(refused, refusal_that_was_settled_is_news_again);
	return suite;
}

int main(void)
{
	return check_main_run(ring_attach_suite());
}
