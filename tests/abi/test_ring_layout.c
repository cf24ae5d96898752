/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring segment's bytes as layout version 3 has them. If a test here fails, the
 * layout changed: give it a new RING_LAYOUT_VERSION, and keep these as they are.
 */
#include "shared/layout/ring_layout.h"

#include <stddef.h>

#include "tests/support/ring_pair.h"

START_TEST(numbers_are_those_of_version_3)
{
	ck_assert_uint_eq(RING_LAYOUT_VERSION, 3);
	ck_assert_uint_eq(RING_LAYOUT_MAGIC, 0x0000676e69726e64ull);
	ck_assert_uint_eq(RING_CONTROL_BYTES, 4096);
	ck_assert_uint_eq(RING_DATA_BYTES_MIN, 4096);
	ck_assert_uint_eq(RING_DATA_BYTES_MAX, 1073741824);
	ck_assert_uint_eq(RING_RECORD_ALIGN, 8);
	ck_assert_uint_eq(RING_RECORD_PADDING, 65535);
	ck_assert_uint_eq(RING_LOCK_PRODUCER, 0);
	ck_assert_uint_eq(RING_LOCK_CONSUMER, 1);
}
END_TEST

#define ASSERT_WORD(member, at, bytes)                                                       \
	do {                                                                                 \
		ck_assert_uint_eq(offsetof(struct ring_layout_control, member), at);         \
		ck_assert_uint_eq(sizeof(((struct ring_layout_control *)0)->member), bytes); \
	} while (0)

START_TEST(every_word_has_its_place)
{
	ck_assert_uint_eq(sizeof(struct ring_layout_control), 4096);
	ASSERT_WORD(header.magic, 0, 8);
	ASSERT_WORD(header.version, 8, 4);
	ASSERT_WORD(header.control_bytes, 12, 4);
	ASSERT_WORD(header.data_bytes, 16, 8);
	ASSERT_WORD(header.boot_id, 24, 16);
	ASSERT_WORD(header.created_ns, 40, 8);
	ASSERT_WORD(header.creator_pid, 48, 8);
	ASSERT_WORD(producer.head, 128, 8);
	ASSERT_WORD(producer.next_sequence, 136, 8);
	ASSERT_WORD(producer.epoch, 144, 8);
	ASSERT_WORD(producer.heartbeat_ns, 152, 8);
	ASSERT_WORD(producer.complete_until_ns, 160, 8);
	ASSERT_WORD(producer.lost_upstream, 168, 8);
	ASSERT_WORD(producer.dropped_full, 176, 8);
	ASSERT_WORD(producer.dropped_oversized, 184, 8);
	ASSERT_WORD(consumer.tail, 256, 8);
	ASSERT_WORD(consumer.epoch, 264, 8);
	ASSERT_WORD(consumer.heartbeat_ns, 272, 8);
	ASSERT_WORD(consumer.corrupt, 280, 8);
	ASSERT_WORD(consumer.places[0].tail, 288, 8);
	ASSERT_WORD(consumer.places[0].sequence, 296, 8);
	ASSERT_WORD(consumer.places[1].tail, 304, 8);
	ASSERT_WORD(consumer.places[1].sequence, 312, 8);
	ASSERT_WORD(doorbell.sleeping, 384, 4);
	ASSERT_WORD(successor.next_sequence, 512, 8);
}
END_TEST

START_TEST(record_header_is_16_bytes)
{
	ck_assert_uint_eq(sizeof(struct ring_layout_record), 16);
	ck_assert_uint_eq(offsetof(struct ring_layout_record, size_bytes), 0);
	ck_assert_uint_eq(offsetof(struct ring_layout_record, type), 4);
	ck_assert_uint_eq(offsetof(struct ring_layout_record, flags), 6);
	ck_assert_uint_eq(offsetof(struct ring_layout_record, sequence), 8);
}
END_TEST

/* At index 3984: two records, 64 bytes of padding to the end; at index 4096: the third. */
#define GOLDEN_AT 3984

/* clang-format off */
static const uint8_t golden_end[112] = {
	/* 5 bytes of 0xa1, type 7, sequence 166 */
	0x15, 0, 0, 0, 0x07, 0, 0, 0, 0xa6, 0, 0, 0, 0, 0, 0, 0,
	0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0, 0, 0,
	/* 8 bytes of 0xa2, type 7, sequence 167 */
	0x18, 0, 0, 0, 0x07, 0, 0, 0, 0xa7, 0, 0, 0, 0, 0, 0, 0,
	0xa2, 0xa2, 0xa2, 0xa2, 0xa2, 0xa2, 0xa2, 0xa2,
	/* padding of 64 bytes, of which 8 are written */
	0x40, 0, 0, 0, 0xff, 0xff, 0, 0,
};

static const uint8_t golden_start[32] = {
	/* 50 bytes of 0xa3, type 7, sequence 168 */
	0x42, 0, 0, 0, 0x07, 0, 0, 0, 0xa8, 0, 0, 0, 0, 0, 0, 0,
	0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3, 0xa3,
};

static const uint8_t golden_header[24] = {
	0x64, 0x6e, 0x72, 0x69, 0x6e, 0x67, 0, 0, /* "dnring" */
	0x03, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0,
};

static const uint8_t golden_producer[64] = {
	0x48, 0x10, 0, 0, 0, 0, 0, 0, /* head: 4096 + 72 */
	0xaa, 0, 0, 0, 0, 0, 0, 0,    /* next_sequence: 169 offered, then one too large */
	0x01, 0, 0, 0, 0, 0, 0, 0,    /* epoch */
	0x11, 0x22, 0, 0, 0, 0, 0, 0, /* heartbeat_ns */
	0x33, 0x44, 0, 0, 0, 0, 0, 0, /* complete_until_ns */
	0x05, 0, 0, 0, 0, 0, 0, 0,    /* lost_upstream */
	0, 0, 0, 0, 0, 0, 0, 0,       /* dropped_full */
	0x01, 0, 0, 0, 0, 0, 0, 0,    /* dropped_oversized */
};

static const uint8_t golden_consumer[64] = {
	0xa8, 0x0f, 0, 0, 0, 0, 0, 0, /* tail: the first of the three is released */
	0x01, 0, 0, 0, 0, 0, 0, 0,    /* epoch */
	0x55, 0, 0, 0, 0, 0, 0, 0,    /* heartbeat_ns */
	0, 0, 0, 0, 0, 0, 0, 0,       /* corrupt */
	0xa8, 0x0f, 0, 0, 0, 0, 0, 0, 0xa7, 0, 0, 0, 0, 0, 0, 0, /* here 167 is expected */
	0x90, 0x0f, 0, 0, 0, 0, 0, 0, 0xa6, 0, 0, 0, 0, 0, 0, 0, /* and 166 was, at 3984 */
};
/* clang-format on */

START_TEST(three_records_at_the_wrap_have_these_bytes)
{
	const uint8_t *bytes = pair.raw.bytes;

	ring_pair_advance(GOLDEN_AT);
	ck_assert_int_eq(ring_pair_commit(5, 0xa1), RING_OK);
	ck_assert_int_eq(ring_pair_commit(8, 0xa2), RING_OK);
	ck_assert_int_eq(ring_pair_commit(50, 0xa3), RING_OK);
	ck_assert_int_eq(ring_pair_commit(RING_PAIR_BODY_MAX + 1, 0), RING_OVERSIZED);
	ring_beat(pair.producer, 0x2211);
	ring_state_complete(pair.producer, 0x4433, 5);
	ring_beat(pair.consumer, 0x55);
	ring_pair_expect(166, 0, 5, 0xa1);
	ring_release(pair.consumer);

	ck_assert_mem_eq(pair.data + GOLDEN_AT, golden_end, sizeof(golden_end));
	ck_assert_mem_eq(pair.data, golden_start, sizeof(golden_start));
	ck_assert_mem_eq(bytes, golden_header, sizeof(golden_header));
	ck_assert_mem_eq(bytes + 128, golden_producer, sizeof(golden_producer));
	ck_assert_mem_eq(bytes + 256, golden_consumer, sizeof(golden_consumer));
	ck_assert_uint_eq(bytes[512], 0xaa);
}
END_TEST

/* As an older build of version 3 left them: the words alone, no ring code involved. */
START_TEST(golden_bytes_are_read_as_written)
{
	uint8_t *bytes = pair.raw.bytes;

	ring_pair_detach_producer();
	ring_pair_detach_consumer();
	memcpy(pair.data + GOLDEN_AT, golden_end, sizeof(golden_end));
	memset(pair.data, 0xa3, 16 + 50);
	memcpy(pair.data, golden_start, 16);
	memcpy(bytes + 128, golden_producer, sizeof(golden_producer));
	memcpy(bytes + 256, golden_consumer, sizeof(golden_consumer));

	ring_pair_attach_consumer();
	ring_pair_expect(167, 0, 8, 0xa2);
	ring_pair_expect(168, 0, 50, 0xa3);
	ring_pair_expect_empty();
	ck_assert_uint_eq(ring_take_lost(pair.consumer, 170), 1);
	ring_pair_attach_producer();
	ck_assert_int_eq(ring_pair_push(1, 1), RING_OK);
	ring_pair_expect(170, 0, 1, 1);
}
END_TEST

static Suite *ring_layout_suite(void)
{
	Suite *suite = suite_create("ring_layout");
	TCase *tests = ring_pair_case(suite, "ring_layout");

	tcase_add_test(tests, numbers_are_those_of_version_3);
	tcase_add_test(tests, every_word_has_its_place);
	tcase_add_test(tests, record_header_is_16_bytes);
	tcase_add_test(tests, three_records_at_the_wrap_have_these_bytes);
	tcase_add_test(tests, golden_bytes_are_read_as_written);
	return suite;
}

int main(void)
{
	return check_main_run(ring_layout_suite());
}
