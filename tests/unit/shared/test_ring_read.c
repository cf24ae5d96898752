/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two ends make of a segment in which a third hand wrote (ring.h, Trust). */
#include "shared/ring.h"

#include "tests/support/ring_pair.h"

/* Write a header at this index and publish it up to @head, as a wrong producer would. */
static void forge(uint64_t index, struct ring_layout_record header, uint64_t head)
{
	memcpy(pair.data + index % RING_PAIR_BYTES, &header, sizeof(header));
	atomic_store(&pair.control->producer.head, head);
}

static struct ring_layout_record header_of(uint32_t size_bytes, uint16_t type)
{
	return (struct ring_layout_record){ .size_bytes = size_bytes, .type = type };
}

/* The forgery is counted once, skipped up to the head, and nothing is handed out. */
static void assert_skipped(uint64_t head)
{
	const uint64_t corrupt_before = ring_pair_corrupt();

	ring_pair_expect_empty();
	ring_pair_expect_empty();
	ck_assert_uint_eq(ring_pair_corrupt(), corrupt_before + 1);
	ring_release(pair.consumer);
	ck_assert_uint_eq(atomic_load(&pair.control->consumer.tail), head);
}

START_TEST(record_of_no_size_is_refused)
{
	forge(0, header_of(0, 1), 64);
	assert_skipped(64);
}
END_TEST

START_TEST(record_smaller_than_its_header_is_refused)
{
	forge(0, header_of(15, 1), 64);
	assert_skipped(64);
}
END_TEST

START_TEST(record_past_the_head_is_refused)
{
	forge(0, header_of(65, 1), 64);
	assert_skipped(64);
}
END_TEST

START_TEST(record_whose_padding_passes_the_head_is_refused)
{
	forge(0, header_of(17, 1), 16);
	assert_skipped(16);
}
END_TEST

START_TEST(record_larger_than_any_is_refused)
{
	forge(0, header_of(513, 1), 4096);
	assert_skipped(4096);
	forge(4096, header_of(UINT32_MAX, 1), 8192);
	assert_skipped(8192);
	forge(8192, header_of(UINT32_MAX - 6, 1), 12288); /* rounded up, it would be 0 */
	assert_skipped(12288);
}
END_TEST

START_TEST(record_past_the_end_of_the_data_is_refused)
{
	ring_pair_advance(4080);
	forge(4080, header_of(100, 1), 4080 + 200);
	assert_skipped(4080 + 200);
}
END_TEST

START_TEST(header_that_does_not_fit_before_the_end_is_refused)
{
	ring_pair_advance(4080);
	forge(4080, header_of(16, 1), 4080 + 8); /* half a header before the head */
	assert_skipped(4080 + 8);
	/* Now 8 bytes before the end: a second word would lie behind the mapping. */
	memcpy(pair.data + 4088, &(struct ring_layout_record){ .size_bytes = 16, .type = 1 }, 8);
	atomic_store(&pair.control->producer.head, 4088 + 64);
	assert_skipped(4088 + 64);
}
END_TEST

START_TEST(type_and_flags_nobody_writes_are_refused)
{
	forge(0, header_of(16, 0), 64);
	assert_skipped(64);
	forge(64, (struct ring_layout_record){ .size_bytes = 16, .type = 1, .flags = 1 }, 128);
	assert_skipped(128);
}
END_TEST

START_TEST(padding_that_does_not_reach_the_end_is_refused)
{
	ring_pair_advance(4008);
	forge(4008, header_of(80, RING_RECORD_PADDING), 4096);
	assert_skipped(4096);
	forge(4096, header_of(0, RING_RECORD_PADDING), 4096 + 64);
	assert_skipped(4096 + 64);
}
END_TEST

START_TEST(padding_past_the_head_is_refused)
{
	ring_pair_advance(4008);
	forge(4008, header_of(88, RING_RECORD_PADDING), 4008 + 80);
	assert_skipped(4008 + 80);
}
END_TEST

START_TEST(padding_of_a_whole_ring_is_refused)
{
	forge(0, header_of(4096, RING_RECORD_PADDING), 4096);
	assert_skipped(4096);
}
END_TEST

START_TEST(padding_alone_is_nothing_to_read)
{
	ring_pair_advance(4008);
	forge(4008, header_of(88, RING_RECORD_PADDING), 4096);
	ring_pair_expect_empty();
	ck_assert_uint_eq(ring_pair_corrupt(), 0);
}
END_TEST

START_TEST(head_beyond_the_size_starts_again_there)
{
	atomic_store(&pair.control->producer.head, 4096 + 8);
	assert_skipped(4096 + 8);
	forge(4096 + 8, header_of(24, RING_PAIR_TYPE), 4096 + 32);
	memset(pair.data + 24, 3, 8);
	ring_pair_expect(0, 0, 8, 3);
}
END_TEST

START_TEST(head_that_moves_back_starts_again_there)
{
	ring_pair_advance(96);
	atomic_store(&pair.control->producer.head, 48);
	assert_skipped(48);
}
END_TEST

START_TEST(misaligned_head_is_counted_once_and_waited_out)
{
	struct ring_record record;

	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
	for (int i = 0; i < 3; i++) {
		atomic_store(&pair.control->producer.head, 20);
		ck_assert_int_eq(ring_read(pair.consumer, &record), RING_EMPTY);
		ck_assert_uint_eq(ring_pair_corrupt(), 1);
	}
	ring_wait(pair.consumer, 1000); /* and is no reason to stay awake */
	atomic_store(&pair.control->producer.head, 24);
	ring_pair_expect(0, 0, 8, 1);
	ck_assert_uint_eq(ring_pair_corrupt(), 1);
}
END_TEST

START_TEST(body_cannot_change_once_handed_out)
{
	struct ring_record record;

	ck_assert_int_eq(ring_pair_push(64, 1), RING_OK);
	ck_assert_int_eq(ring_read(pair.consumer, &record), RING_OK);
	memset(pair.data, 0xee, RING_PAIR_BYTES);
	for (int i = 0; i < 64; i++)
		ck_assert_uint_eq(((const uint8_t *)record.body)[i], 1);
}
END_TEST

START_TEST(sequence_that_moves_back_is_counted_and_gone_on_from)
{
	forge(0, (struct ring_layout_record){ .size_bytes = 16, .type = 7, .sequence = 900 }, 16);
	ring_pair_expect(900, 900, 0, 0);
	forge(16, (struct ring_layout_record){ .size_bytes = 16, .type = 7, .sequence = 5 }, 32);
	ring_pair_expect(5, 0, 0, 0);
	ck_assert_uint_eq(ring_pair_corrupt(), 1);
	forge(32, (struct ring_layout_record){ .size_bytes = 16, .type = 7, .sequence = 6 }, 48);
	ring_pair_expect(6, 0, 0, 0);
	ck_assert_uint_eq(ring_pair_corrupt(), 1);
}
END_TEST

START_TEST(skipped_records_show_as_loss)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(ring_pair_push(8, i), RING_OK);
	ring_pair_expect(0, 0, 8, 0);
	memset(pair.data + 24, 0, 8); /* the header of record 1 */
	ring_pair_expect_empty();
	ck_assert_int_eq(ring_pair_push(8, 4), RING_OK);
	ring_pair_expect(4, 3, 8, 4);
}
END_TEST

/* Whatever the consumer's word says, nothing unread may be overwritten. */
static void assert_still_full(uint64_t tail)
{
	atomic_store(&pair.control->consumer.tail, tail);
	ck_assert_int_eq(ring_pair_push(0, 0xee), RING_FULL);
}

START_TEST(hostile_tail_does_not_make_room)
{
	ring_pair_advance(96);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, i), RING_OK);
	ck_assert_int_eq(ring_pair_push(RING_PAIR_BODY_MAX, 7), RING_FULL);
	while (ring_pair_push(0, 8) == RING_OK)
		continue;
	assert_still_full(atomic_load(&pair.control->producer.head) + 8); /* past the head */
	assert_still_full(UINT64_MAX - 7);
	assert_still_full(0);   /* back */
	assert_still_full(100); /* forward, misaligned */
	for (int i = 0; i < 7; i++)
		ring_pair_expect(4 + i, 0, RING_PAIR_BODY_MAX, i);
	ring_pair_expect(12, 1, 0, 8);
	ring_release(pair.consumer);
	ck_assert_int_eq(ring_pair_push(8, 1), RING_OK);
}
END_TEST

START_TEST(tail_past_unpublished_records_does_not_count)
{
	ck_assert_int_eq(ring_pair_commit(RING_PAIR_BODY_MAX, 0), RING_OK);
	atomic_store(&pair.control->consumer.tail, 512); /* nobody can have read that */
	for (int i = 1; i < 8; i++)
		ck_assert_int_eq(ring_pair_commit(RING_PAIR_BODY_MAX, i), RING_OK);
	ck_assert_int_eq(ring_pair_commit(RING_PAIR_BODY_MAX, 8), RING_FULL);
}
END_TEST

START_TEST(tail_that_moved_back_heals_with_the_next_release)
{
	ring_pair_advance(96);
	atomic_store(&pair.control->consumer.tail, 0);
	ring_release(pair.consumer);
	ck_assert_uint_eq(atomic_load(&pair.control->consumer.tail), 96);
}
END_TEST

START_TEST(usage_of_nonsense_is_clamped)
{
	struct ring_usage usage;

	atomic_store(&pair.control->consumer.tail, 8192);
	ring_usage(pair.producer, &usage);
	ck_assert_uint_eq(usage.used_bytes, RING_PAIR_BYTES);
	ck_assert_uint_eq(usage.capacity_bytes, RING_PAIR_BYTES);
}
END_TEST

/* xorshift64: the same garbage on every run. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

START_TEST(garbage_never_leads_out_of_bounds)
{
	uint64_t state = 88172645463325252ull;
	struct ring_record record;

	for (int round = 0; round < 20000; round++) {
		uint64_t *words = (uint64_t *)pair.data;
		uint64_t head = atomic_load(&pair.control->producer.head);

		for (int i = 0; i < 8; i++)
			words[random_next(&state) % (RING_PAIR_BYTES / 8)] =
				random_next(&state) & 0x0000ffff000001ffull;
		head = round % 16 ? head + random_next(&state) % 512 / 8 * 8 : random_next(&state);
		atomic_store(&pair.control->producer.head, head);
		while (ring_read(pair.consumer, &record) == RING_OK)
			ck_assert_uint_le(record.body_bytes, RING_PAIR_BODY_MAX);
		ring_release(pair.consumer);
	}
	ck_assert_uint_gt(ring_pair_corrupt(), 100);
}
END_TEST

static void add_record_tests(TCase *tests)
{
	tcase_add_test(tests, record_of_no_size_is_refused);
	tcase_add_test(tests, record_smaller_than_its_header_is_refused);
	tcase_add_test(tests, record_past_the_head_is_refused);
	tcase_add_test(tests, record_whose_padding_passes_the_head_is_refused);
	tcase_add_test(tests, record_larger_than_any_is_refused);
	tcase_add_test(tests, record_past_the_end_of_the_data_is_refused);
	tcase_add_test(tests, header_that_does_not_fit_before_the_end_is_refused);
	tcase_add_test(tests, type_and_flags_nobody_writes_are_refused);
	tcase_add_test(tests, padding_that_does_not_reach_the_end_is_refused);
	tcase_add_test(tests, padding_past_the_head_is_refused);
	tcase_add_test(tests, padding_of_a_whole_ring_is_refused);
	tcase_add_test(tests, padding_alone_is_nothing_to_read);
	tcase_add_test(tests, body_cannot_change_once_handed_out);
	tcase_add_test(tests, sequence_that_moves_back_is_counted_and_gone_on_from);
	tcase_add_test(tests, skipped_records_show_as_loss);
	tcase_add_test(tests, garbage_never_leads_out_of_bounds);
}

static Suite *ring_read_suite(void)
{
	Suite *suite = suite_create("ring_read");
	TCase *indexes = ring_pair_case(suite, "indexes");

	add_record_tests(ring_pair_case(suite, "records"));
	tcase_add_test(indexes, head_beyond_the_size_starts_again_there);
	tcase_add_test(indexes, head_that_moves_back_starts_again_there);
	tcase_add_test(indexes, misaligned_head_is_counted_once_and_waited_out);
	tcase_add_test(indexes, hostile_tail_does_not_make_room);
	tcase_add_test(indexes, tail_past_unpublished_records_does_not_count);
	tcase_add_test(indexes, tail_that_moved_back_heals_with_the_next_release);
	tcase_add_test(indexes, usage_of_nonsense_is_clamped);
	return suite;
}

int main(void)
{
	return check_main_run(ring_read_suite());
}
