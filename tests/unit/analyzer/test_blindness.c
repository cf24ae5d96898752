/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/blindness.h"

#include "tests/support/check_main.h"

static struct blindness blindness;
static struct ring_producer_state producer;
static uint64_t expected; /* the next sequence number to read */

static enum blindness_cause begin(void)
{
	return blindness_begin(&blindness, &producer);
}

/* @is_drained: the ring is empty, so what is missing up to the producer's number is lost. */
static enum blindness_cause end(bool is_drained)
{
	enum blindness_cause lost = BLINDNESS_NONE;
	enum blindness_cause cause;

	if (is_drained && expected < producer.next_sequence) {
		lost = blindness_record(&blindness, producer.next_sequence - expected);
		expected = producer.next_sequence;
	}
	cause = blindness_end(&blindness, expected);
	return cause != BLINDNESS_NONE ? cause : lost;
}

/* One batch that reads all there is. */
static enum blindness_cause batch(void)
{
	const enum blindness_cause first = begin();
	enum blindness_cause last;

	expected = producer.next_sequence;
	last = end(true);
	return first != BLINDNESS_NONE ? first : last;
}

/* A ring in steady state, seen whole up to 1000. */
static void start(void)
{
	blindness_init(&blindness);
	expected = 0;
	producer = (struct ring_producer_state){
		.complete_until_ns = 1000, .epoch = 1, .next_sequence = 10, .lost_upstream = 3
	};
	(void)batch();
}

START_TEST(first_ring_is_a_new_epoch)
{
	blindness_init(&blindness);
	ck_assert_uint_eq(blindness.complete_until_ns, 0);
	ck_assert_int_eq(batch(), BLINDNESS_EPOCH);
	ck_assert_uint_gt(blindness.generation, 1);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
}
END_TEST

START_TEST(whole_ring_moves_time_and_voids_nothing)
{
	const uint64_t generation = blindness.generation;

	for (int i = 0; i < 100; i++) {
		producer.complete_until_ns += 20;
		producer.next_sequence += 5;
		ck_assert_int_eq(batch(), BLINDNESS_NONE);
		ck_assert_uint_eq(blindness.complete_until_ns, producer.complete_until_ns);
	}
	ck_assert_uint_eq(blindness.generation, generation);
}
END_TEST

START_TEST(time_stands_until_the_ring_is_read_that_far)
{
	producer.complete_until_ns = 2000;
	producer.next_sequence = 100;
	ck_assert_int_eq(begin(), BLINDNESS_NONE);
	expected = 64;
	ck_assert_int_eq(end(false), BLINDNESS_NONE);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);

	/* Meanwhile the producer went on: what it said first is what counts. */
	producer.complete_until_ns = 3000;
	producer.next_sequence = 200;
	ck_assert_int_eq(begin(), BLINDNESS_NONE);
	expected = 128;
	ck_assert_int_eq(end(false), BLINDNESS_NONE);
	ck_assert_uint_eq(blindness.complete_until_ns, 2000);
}
END_TEST

START_TEST(producer_that_says_nothing_new_holds_time)
{
	for (int i = 0; i < 10; i++) {
		producer.next_sequence++;
		ck_assert_int_eq(batch(), BLINDNESS_NONE);
		ck_assert_uint_eq(blindness.complete_until_ns, 1000);
	}
}
END_TEST

START_TEST(time_never_runs_backwards)
{
	producer.complete_until_ns = 500;
	(void)batch();
	producer.epoch++;
	producer.complete_until_ns = 0;
	(void)batch();
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
}
END_TEST

START_TEST(gap_between_records_voids)
{
	const uint64_t generation = blindness.generation;

	ck_assert_int_eq(blindness_record(&blindness, 0), BLINDNESS_NONE);
	ck_assert_uint_eq(blindness.generation, generation);
	ck_assert_int_eq(blindness_record(&blindness, 1), BLINDNESS_GAP);
	ck_assert_uint_gt(blindness.generation, generation);
}
END_TEST

START_TEST(loss_before_capture_voids_what_came_before_and_what_is_being_read)
{
	uint64_t generation;

	producer.lost_upstream++;
	producer.next_sequence += 2;
	ck_assert_int_eq(begin(), BLINDNESS_LOSS);
	generation = blindness.generation; /* queries read now */
	expected = producer.next_sequence;
	ck_assert_int_eq(end(true), BLINDNESS_SAME);
	ck_assert_uint_gt(blindness.generation, generation);
	ck_assert_int_eq(batch(), BLINDNESS_NONE);
}
END_TEST

START_TEST(loss_is_told_once_though_the_ring_is_read_in_several_batches)
{
	uint64_t generation;

	producer.lost_upstream++;
	producer.next_sequence = 200;
	ck_assert_int_eq(begin(), BLINDNESS_LOSS);
	for (expected = 64; expected < 200; expected += 64) {
		ck_assert_int_eq(end(false), BLINDNESS_NONE);
		ck_assert_int_ne(begin(), BLINDNESS_LOSS);
	}
	generation = blindness.generation;
	expected = 200;
	ck_assert_int_eq(end(false), BLINDNESS_SAME);
	ck_assert_uint_gt(blindness.generation, generation);
}
END_TEST

START_TEST(loss_count_that_runs_backwards_voids_too)
{
	producer.lost_upstream--;
	ck_assert_int_eq(batch(), BLINDNESS_LOSS);
}
END_TEST

START_TEST(loss_voids_before_time_moves_past_it)
{
	producer.lost_upstream++;
	producer.complete_until_ns = 2000;
	ck_assert_int_eq(begin(), BLINDNESS_LOSS);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
}
END_TEST

START_TEST(new_capture_voids)
{
	producer.epoch++;
	ck_assert_int_eq(batch(), BLINDNESS_EPOCH);
	ck_assert_int_eq(batch(), BLINDNESS_NONE);
}
END_TEST

START_TEST(ring_that_was_gone_voids_when_one_is_there_again)
{
	blindness_detached(&blindness);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
	producer.complete_until_ns = 2000;
	ck_assert_int_eq(batch(), BLINDNESS_EPOCH);
	ck_assert_uint_eq(blindness.complete_until_ns, 2000);
	ck_assert_int_eq(batch(), BLINDNESS_NONE);
}
END_TEST

START_TEST(ring_that_goes_while_it_is_being_read_does_not_move_time)
{
	producer.complete_until_ns = 2000;
	producer.next_sequence = 100;
	(void)begin();
	expected = 64;
	(void)end(false);
	blindness_detached(&blindness);
	(void)end(true);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
}
END_TEST

START_TEST(loss_at_the_tail_voids_as_soon_as_the_ring_is_empty)
{
	const uint64_t generation = blindness.generation;

	producer.next_sequence += 3; /* lost: nothing to read */
	producer.complete_until_ns = 2000;
	ck_assert_int_eq(begin(), BLINDNESS_NONE);
	ck_assert_int_eq(end(true), BLINDNESS_GAP);
	ck_assert_uint_gt(blindness.generation, generation);
	ck_assert_uint_eq(blindness.complete_until_ns, 2000);
}
END_TEST

START_TEST(full_batch_is_not_taken_for_the_tail)
{
	producer.next_sequence += 100;
	(void)begin();
	expected += 64;
	ck_assert_int_eq(end(false), BLINDNESS_NONE);
	ck_assert_uint_eq(blindness.complete_until_ns, 1000);
}
END_TEST

START_TEST(same_loss_at_the_tail_voids_once)
{
	producer.next_sequence += 3;
	(void)begin();
	(void)end(true);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(begin(), BLINDNESS_NONE);
		ck_assert_int_eq(end(true), BLINDNESS_NONE);
	}
}
END_TEST

START_TEST(further_loss_at_the_tail_voids_again)
{
	producer.next_sequence += 3;
	(void)begin();
	(void)end(true);
	producer.next_sequence++;
	ck_assert_int_eq(begin(), BLINDNESS_NONE);
	ck_assert_int_eq(end(true), BLINDNESS_GAP);
}
END_TEST

START_TEST(loss_at_the_tail_of_a_new_ring_is_seen_though_its_numbers_are_smaller)
{
	producer.next_sequence = 1000;
	(void)begin();
	(void)end(true); /* missed up to 1000 */

	blindness_detached(&blindness);
	producer = (struct ring_producer_state){ .complete_until_ns = 2000, .epoch = 1 };
	expected = 0;
	ck_assert_int_eq(batch(), BLINDNESS_EPOCH);
	producer.next_sequence = 3;
	ck_assert_int_eq(begin(), BLINDNESS_NONE);
	ck_assert_int_eq(end(true), BLINDNESS_GAP);
}
END_TEST

static Suite *test_blindness_suite(void)
{
	Suite *suite = suite_create("blindness");
	TCase *all = tcase_create("blindness");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, first_ring_is_a_new_epoch);
	tcase_add_test(all, whole_ring_moves_time_and_voids_nothing);
	tcase_add_test(all, time_stands_until_the_ring_is_read_that_far);
	tcase_add_test(all, producer_that_says_nothing_new_holds_time);
	tcase_add_test(all, time_never_runs_backwards);
	tcase_add_test(all, gap_between_records_voids);
	tcase_add_test(all, loss_before_capture_voids_what_came_before_and_what_is_being_read);
	tcase_add_test(all, loss_is_told_once_though_the_ring_is_read_in_several_batches);
	tcase_add_test(all, loss_count_that_runs_backwards_voids_too);
	tcase_add_test(all, loss_voids_before_time_moves_past_it);
	tcase_add_test(all, new_capture_voids);
	tcase_add_test(all, ring_that_was_gone_voids_when_one_is_there_again);
	tcase_add_test(all, ring_that_goes_while_it_is_being_read_does_not_move_time);
	tcase_add_test(all, loss_at_the_tail_voids_as_soon_as_the_ring_is_empty);
	tcase_add_test(all, full_batch_is_not_taken_for_the_tail);
	tcase_add_test(all, same_loss_at_the_tail_voids_once);
	tcase_add_test(all, further_loss_at_the_tail_voids_again);
	tcase_add_test(all, loss_at_the_tail_of_a_new_ring_is_seen_though_its_numbers_are_smaller);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_blindness_suite());
}
