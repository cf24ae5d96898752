/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/ring.h"

#include "tests/support/ring_pair.h"

START_TEST(names_say_who_speaks_to_whom)
{
	char name[64], cut[16];

	ring_name(name, sizeof(name), NULL, "capture", 0, "analyzer", 3);
	ck_assert_str_eq(name, "/dnscache.ring.capture.0-analyzer.3");
	ring_name(name, sizeof(name), "", "capture", 0, "analyzer", 0);
	ck_assert_str_eq(name, "/dnscache.ring.capture.0-analyzer.0");
	ring_name(name, sizeof(name), "x", "analyzer", 1, "injector", 0);
	ck_assert_str_eq(name, "/dnscache-x.ring.analyzer.1-injector.0");
	ring_name(cut, sizeof(cut), "x", "analyzer", 1, "injector", 0);
	ck_assert_str_eq(cut, "/dnscache-x.rin");
}
END_TEST

START_TEST(records_arrive_in_order_with_their_bytes)
{
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(ring_pair_push(100 + i, i), RING_OK);
	for (int i = 0; i < 5; i++)
		ring_pair_expect(i, 0, 100 + i, i);
	ring_pair_expect_empty();
}
END_TEST

START_TEST(empty_body_is_a_record)
{
	ck_assert_int_eq(ring_pair_push(0, 0), RING_OK);
	ring_pair_expect(0, 0, 0, 0);
	ring_pair_expect_empty();
}
END_TEST

START_TEST(records_are_invisible_until_published_together)
{
	ck_assert_int_eq(ring_pair_commit(8, 1), RING_OK);
	ck_assert_int_eq(ring_pair_commit(9, 2), RING_OK);
	ring_pair_expect_empty();
	ck_assert_uint_eq(atomic_load(&pair.control->producer.next_sequence), 0);
	ring_publish(pair.producer);
	ring_pair_expect(0, 0, 8, 1);
	ring_pair_expect(1, 0, 9, 2);
	ck_assert_uint_eq(atomic_load(&pair.control->producer.next_sequence), 2);
}
END_TEST

START_TEST(record_shrinks_to_what_was_committed)
{
	void *body;

	ck_assert_int_eq(ring_reserve(pair.producer, RING_PAIR_BODY_MAX, &body), RING_OK);
	memset(body, 5, RING_PAIR_BODY_MAX);
	ring_commit(pair.producer, RING_PAIR_TYPE, 3);
	ring_publish(pair.producer);
	ck_assert_uint_eq(atomic_load(&pair.control->producer.head), 24);
	ring_pair_expect(0, 0, 3, 5);
}
END_TEST

START_TEST(abandoned_reservation_costs_nothing)
{
	void *body;

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(ring_reserve(pair.producer, RING_PAIR_BODY_MAX, &body), RING_OK);
	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
	ring_pair_expect(0, 0, 8, 1);
}
END_TEST

START_TEST(every_size_passes_the_end_of_the_data)
{
	uint64_t sequence = 0;

	for (int round = 0; round < 3; round++) {
		for (uint32_t size = 0; size <= RING_PAIR_BODY_MAX; size++) {
			ck_assert_int_eq(ring_pair_push(size, sequence & 0xff), RING_OK);
			ring_pair_expect(sequence, 0, size, sequence & 0xff);
			ring_release(pair.consumer);
			sequence++;
		}
	}
	ck_assert_uint_eq(ring_pair_corrupt(), 0);
}
END_TEST

START_TEST(padding_of_eight_bytes_is_enough)
{
	ring_pair_advance(4080);
	ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, 1), RING_OK); /* pads 16 */
	ck_assert_uint_eq(atomic_load(&pair.control->producer.head), 4096 + 512);
	ring_pair_expect(170, 0, RING_PAIR_BODY_MAX, 1);
	ring_release(pair.consumer);

	ring_pair_advance(4096 + 512 + 148 * 24);
	ck_assert_int_eq(ring_pair_push(8, 2), RING_OK); /* leaves 8 */
	ck_assert_int_eq(ring_pair_push(0, 3), RING_OK);
	ck_assert_uint_eq(atomic_load(&pair.control->producer.head), 2 * 4096 + 16);
	ring_pair_expect(319, 0, 8, 2);
	ring_pair_expect(320, 0, 0, 3);
	ck_assert_uint_eq(ring_pair_corrupt(), 0);
}
END_TEST

START_TEST(full_ring_refuses_and_keeps_old_messages)
{
	struct ring_usage usage;

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
	ck_assert_int_eq(ring_pair_push(0, 99), RING_FULL);
	ck_assert_int_eq(ring_pair_push(0, 99), RING_FULL);
	ring_usage(pair.producer, &usage);
	ck_assert_uint_eq(usage.used_bytes, RING_PAIR_BYTES);
	ck_assert_uint_eq(usage.capacity_bytes, RING_PAIR_BYTES);
	ck_assert_uint_eq(usage.dropped_full, 2);
	ck_assert_uint_eq(usage.records, 10);

	for (int i = 0; i < 8; i++)
		ring_pair_expect(i, 0, RING_PAIR_BODY_MAX, i);
	ring_pair_expect_empty();
	ck_assert_int_eq(ring_pair_push(0, 99), RING_FULL); /* read is not released */
	ring_release(pair.consumer);
	ck_assert_int_eq(ring_pair_push(1, 42), RING_OK);
	ring_pair_expect(11, 3, 1, 42);
}
END_TEST

START_TEST(what_does_not_fit_before_the_wrap_is_refused_whole)
{
	ring_pair_advance(3600);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
	/* 496 padded, 3584 used: 16 are left. */
	ck_assert_int_eq(ring_pair_push(1, 9), RING_FULL);
	ck_assert_int_eq(ring_pair_push(0, 9), RING_OK);
	for (int i = 0; i < 7; i++)
		ring_pair_expect(150 + i, 0, RING_PAIR_BODY_MAX, i);
	ring_pair_expect(158, 1, 0, 9);
}
END_TEST

static uint64_t high_watermark(void)
{
	struct ring_usage usage;

	ring_usage(pair.producer, &usage);
	return usage.high_watermark_bytes;
}

START_TEST(high_watermark_is_the_most_that_ever_waited)
{
	ck_assert_uint_eq(high_watermark(), 0);
	for (int i = 0; i < 100; i++) { /* far more than fits, one at a time */
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
		ring_pair_expect(i, 0, RING_PAIR_BODY_MAX, i);
		ring_release(pair.consumer);
	}
	ck_assert_uint_eq(high_watermark(), RING_PAIR_BYTES / 8);
	for (int i = 100; i < 103; i++)
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
	ck_assert_uint_eq(high_watermark(), RING_PAIR_BYTES / 8 * 3);
	for (int i = 100; i < 103; i++)
		ring_pair_expect(i, 0, RING_PAIR_BODY_MAX, i);
	ring_release(pair.consumer);
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ck_assert_uint_eq(high_watermark(), RING_PAIR_BYTES / 8 * 3);
}
END_TEST

/* What it says is another process's word. */
START_TEST(high_watermark_is_never_more_than_the_ring_holds)
{
	for (int i = 0; i < 8; i++) {
		atomic_store(&pair.control->consumer.tail, UINT64_MAX - 4096 * (uint64_t)i + 1);
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
	}
	ck_assert_int_eq(ring_pair_push(1, 1), RING_FULL);
	ck_assert_uint_eq(high_watermark(), RING_PAIR_BYTES);
}
END_TEST

START_TEST(oversized_record_is_refused_and_counted)
{
	struct ring_usage usage;

	ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX + 1, 0), RING_OVERSIZED);
	ck_assert_int_eq(ring_pair_push(UINT32_MAX, 0), RING_OVERSIZED);
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ring_pair_expect(2, 2, 1, 1);
	ring_usage(pair.consumer, &usage);
	ck_assert_uint_eq(usage.dropped_oversized, 2);
	ck_assert_uint_eq(usage.dropped_full, 0);
}
END_TEST

START_TEST(received_and_lost_make_the_next_sequence)
{
	struct ring_producer_state state;
	struct ring_record record;
	uint64_t received = 0, lost = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		(void)ring_pair_commit((i * 37) % (RING_PAIR_BODY_MAX + 20), i);
		if (i % 7 == 0)
			ring_publish(pair.producer);
		if (i % 100 < 80)
			continue;
		while (ring_read(pair.consumer, &record) == RING_OK) {
			received++;
			lost += record.lost_before;
		}
		ring_release(pair.consumer);
		ck_assert_uint_eq(received + lost, ring_expected_sequence(pair.consumer));
	}
	ring_publish(pair.producer);
	ring_producer_state(pair.consumer, &state);
	while (ring_read(pair.consumer, &record) == RING_OK) {
		received++;
		lost += record.lost_before;
	}
	lost += ring_take_lost(pair.consumer, state.next_sequence);
	ck_assert_uint_eq(state.next_sequence, 5000);
	ck_assert_uint_eq(received + lost, 5000);
	ck_assert_uint_gt(lost, 100);
	ck_assert_uint_gt(received, 1000);
	ck_assert_uint_eq(lost, atomic_load(&pair.control->producer.dropped_full) +
					atomic_load(&pair.control->producer.dropped_oversized));
}
END_TEST

START_TEST(loss_at_the_end_is_told_once)
{
	struct ring_producer_state state;

	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ck_assert_int_eq(ring_pair_push(UINT32_MAX, 0), RING_OVERSIZED);
	ring_producer_state(pair.consumer, &state);
	ring_pair_expect(0, 0, 1, 1);
	ring_pair_expect_empty();
	ck_assert_uint_eq(ring_take_lost(pair.consumer, state.next_sequence), 1);
	ck_assert_uint_eq(ring_take_lost(pair.consumer, state.next_sequence), 0);
	ck_assert_uint_eq(ring_expected_sequence(pair.consumer), 2);
	ck_assert_int_eq(ring_pair_push(1, 2), RING_OK);
	ring_pair_expect(2, 0, 1, 2);
}
END_TEST

START_TEST(refusal_amid_a_batch_is_told_with_the_batch)
{
	struct ring_producer_state state;

	ck_assert_int_eq(ring_pair_commit(1, 1), RING_OK);
	ck_assert_int_eq(ring_pair_commit(UINT32_MAX, 0), RING_OVERSIZED);
	ring_producer_state(pair.consumer, &state);
	ck_assert_uint_eq(state.next_sequence, 0); /* record 0 cannot be read yet */
	ring_publish(pair.producer);
	ring_producer_state(pair.consumer, &state);
	ck_assert_uint_eq(state.next_sequence, 2);
}
END_TEST

START_TEST(completeness_is_said_with_everything_before_it)
{
	struct ring_producer_state state;

	ck_assert_int_eq(ring_pair_commit(1, 1), RING_OK);
	ring_beat(pair.producer, 555);
	ring_state_complete(pair.producer, 1234, 5);
	ring_producer_state(pair.consumer, &state);
	ck_assert_uint_eq(state.complete_until_ns, 1234);
	ck_assert_uint_eq(state.lost_upstream, 5);
	ck_assert_uint_eq(state.next_sequence, 1);
	ck_assert_uint_eq(state.heartbeat_ns, 555);
	ck_assert_uint_eq(state.epoch, 1);
	ring_pair_expect(0, 0, 1, 1);
	ck_assert_uint_eq(ring_expected_sequence(pair.consumer), state.next_sequence);
}
END_TEST

START_TEST(each_end_beats_its_own_word)
{
	ring_beat(pair.producer, 11);
	ring_beat(pair.consumer, 22);
	ck_assert_uint_eq(atomic_load(&pair.control->producer.heartbeat_ns), 11);
	ck_assert_uint_eq(atomic_load(&pair.control->consumer.heartbeat_ns), 22);
}
END_TEST

START_TEST(producer_sees_when_its_consumer_was_alive)
{
	ck_assert_uint_eq(ring_consumer_heartbeat_ns(pair.producer), 0);
	ring_beat(pair.producer, 11);
	ring_beat(pair.consumer, 22);
	ck_assert_uint_eq(ring_consumer_heartbeat_ns(pair.producer), 22);
	ring_pair_detach_consumer();
	ck_assert_uint_eq(ring_consumer_heartbeat_ns(pair.producer), 22);
}
END_TEST

START_TEST(publishing_wakes_only_a_sleeper)
{
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ck_assert_uint_eq(atomic_load(&pair.control->doorbell.sleeping), 0);
	atomic_store(&pair.control->doorbell.sleeping, 1);
	ring_publish(pair.producer); /* nothing new: no bell */
	ck_assert_uint_eq(atomic_load(&pair.control->doorbell.sleeping), 1);
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ck_assert_uint_eq(atomic_load(&pair.control->doorbell.sleeping), 0);
}
END_TEST

START_TEST(waiting_ends_at_once_when_there_is_something)
{
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ring_wait(pair.consumer, UINT64_MAX / 2); /* would outlive the test */
	ring_pair_expect(0, 0, 1, 1);
	ck_assert_int_eq(ring_pair_commit(1, 1), RING_OK);
	ring_wait(pair.consumer, 1000); /* not published: until the time is over */
	ck_assert_uint_eq(atomic_load(&pair.control->doorbell.sleeping), 0);
	ring_pair_expect_empty();
}
END_TEST

START_TEST(indexes_may_pass_the_end_of_their_numbers)
{
	/* Nearly 2^64 bytes on: the words are set as the last owners would have left them. */
	const uint64_t index = 0ull - RING_PAIR_BYTES - 16;

	ring_pair_detach_producer();
	ring_pair_detach_consumer();
	atomic_store(&pair.control->producer.head, index);
	atomic_store(&pair.control->consumer.tail, index);
	atomic_store(&pair.control->consumer.places[1].tail, index);
	ring_pair_attach_producer();
	ring_pair_attach_consumer();
	for (uint64_t i = 0; i < 200; i++) {
		ck_assert_int_eq(ring_pair_push(100, i), RING_OK);
		ring_pair_expect(i, 0, 100, i);
		ring_release(pair.consumer);
	}
	ck_assert_uint_lt(atomic_load(&pair.control->producer.head), 200 * 128);
}
END_TEST

static Suite *ring_suite(void)
{
	Suite *suite = suite_create("ring");
	TCase *records = ring_pair_case(suite, "records");
	TCase *loss = ring_pair_case(suite, "loss");
	TCase *words = ring_pair_case(suite, "words");

	tcase_add_test(records, names_say_who_speaks_to_whom);
	tcase_add_test(records, records_arrive_in_order_with_their_bytes);
	tcase_add_test(records, empty_body_is_a_record);
	tcase_add_test(records, records_are_invisible_until_published_together);
	tcase_add_test(records, record_shrinks_to_what_was_committed);
	tcase_add_test(records, abandoned_reservation_costs_nothing);
	tcase_add_test(records, every_size_passes_the_end_of_the_data);
	tcase_add_test(records, padding_of_eight_bytes_is_enough);
	tcase_add_test(records, indexes_may_pass_the_end_of_their_numbers);

	tcase_add_test(loss, full_ring_refuses_and_keeps_old_messages);
	tcase_add_test(loss, what_does_not_fit_before_the_wrap_is_refused_whole);
	tcase_add_test(loss, high_watermark_is_the_most_that_ever_waited);
	tcase_add_test(loss, high_watermark_is_never_more_than_the_ring_holds);
	tcase_add_test(loss, oversized_record_is_refused_and_counted);
	tcase_add_test(loss, received_and_lost_make_the_next_sequence);
	tcase_add_test(loss, loss_at_the_end_is_told_once);
	tcase_add_test(loss, refusal_amid_a_batch_is_told_with_the_batch);

	tcase_add_test(words, completeness_is_said_with_everything_before_it);
	tcase_add_test(words, each_end_beats_its_own_word);
	tcase_add_test(words, producer_sees_when_its_consumer_was_alive);
	tcase_add_test(words, publishing_wakes_only_a_sleeper);
	tcase_add_test(words, waiting_ends_at_once_when_there_is_something);
	return suite;
}

int main(void)
{
	return check_main_run(ring_suite());
}
