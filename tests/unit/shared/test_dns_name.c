/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_name.h"

#include <string.h>

#include "tests/support/check_main.h"

/* A header of zeros, so that offset 12 is where a message's first name is. */
#define HEADER "\0\0\0\0\0\0\0\0\0\0\0\0"

#define READ(literal, at, out_name, out_next_at) \
	dns_name_read((const uint8_t *)(literal), sizeof(literal) - 1, at, out_name, out_next_at)

#define ASSERT_MALFORMED(literal, at) assert_malformed(literal, sizeof(literal) - 1, at)

/* On a copy of exactly that size, so that a sanitizer sees a byte read after it. */
static void assert_malformed(const char *message, size_t message_bytes, size_t at)
{
	struct dns_name name = { .length_bytes = 77 };
	size_t next_at = 88;
	uint8_t *copy = malloc(message_bytes);

	ck_assert(copy || message_bytes == 0);
	if (message_bytes > 0)
		memcpy(copy, message, message_bytes);
	ck_assert_int_eq(
		dns_name_read(copy, message_bytes, at, &name, &next_at), DNS_NAME_MALFORMED);
	ck_assert_int_eq(dns_name_skip(copy, message_bytes, at, &next_at), DNS_NAME_MALFORMED);
	ck_assert_uint_eq(name.length_bytes, 77);
	ck_assert_uint_eq(next_at, 88);
	free(copy);
}

static void assert_name(const struct dns_name *name, const char *wire, size_t wire_bytes)
{
	ck_assert_uint_eq(name->length_bytes, wire_bytes);
	ck_assert_mem_eq(name->bytes, wire, wire_bytes);
}

/* A name of 63 + 63 + 63 + last_bytes label bytes after a header, without its root. */
static size_t long_name(uint8_t *out, size_t last_bytes)
{
	const size_t label_bytes[] = { 63, 63, 63, last_bytes };
	size_t at = 12;

	memset(out, 0, 12);
	for (size_t i = 0; i < 4; i++) {
		out[at++] = (uint8_t)label_bytes[i];
		memset(out + at, 0xff, label_bytes[i]);
		at += label_bytes[i];
	}
	return at;
}

START_TEST(plain_name_is_read_as_sent)
{
	struct dns_name name;
	size_t next_at;

	ck_assert_int_eq(READ(HEADER "\3WwW\7example\0rest", 12, &name, &next_at), DNS_NAME_OK);
	assert_name(&name, "\3WwW\7example\0", 13);
	ck_assert_uint_eq(next_at, 25);
}
END_TEST

START_TEST(root_is_one_byte)
{
	struct dns_name name;
	size_t next_at;

	ck_assert_int_eq(READ(HEADER "\0", 12, &name, &next_at), DNS_NAME_OK);
	assert_name(&name, "\0", 1);
	ck_assert_uint_eq(next_at, 13);
}
END_TEST

START_TEST(pointers_are_followed_and_next_is_after_the_first)
{
	struct dns_name name;
	size_t next_at;

	/* 12: example.  21: b -> 12  25: a -> 21 */
	ck_assert_int_eq(READ(HEADER "\7example\0\1b\300\14\1a\300\25rest", 25, &name, &next_at),
		DNS_NAME_OK);
	assert_name(&name, "\1a\1b\7example\0", 13);
	ck_assert_uint_eq(next_at, 29);
	ck_assert_int_eq(
		dns_name_skip((const uint8_t *)HEADER "\7example\0\1b\300\14", 25, 21, &next_at),
		DNS_NAME_OK);
	ck_assert_uint_eq(next_at, 25);
}
END_TEST

START_TEST(pointer_to_a_pointer_is_followed)
{
	struct dns_name name;
	size_t next_at;

	ck_assert_int_eq(READ(HEADER "\1a\0\300\14\300\17", 17, &name, &next_at), DNS_NAME_OK);
	assert_name(&name, "\1a\0", 3);
	ck_assert_uint_eq(next_at, 19);
}
END_TEST

START_TEST(pointer_loop_is_refused)
{
	ASSERT_MALFORMED(HEADER "\300\14", 12);
	ASSERT_MALFORMED(HEADER "\1a\300\14", 12);
	ASSERT_MALFORMED(HEADER "\1a\1b\300\16", 12);
	ASSERT_MALFORMED(HEADER "\300\16\300\14", 14);
	/* From the second run back into itself: 12 -> 15 would be the way on. */
	ASSERT_MALFORMED(HEADER "\1a\300\17\1b\300\14", 16);
}
END_TEST

START_TEST(pointer_forward_is_refused)
{
	ASSERT_MALFORMED(HEADER "\300\16\1a\0", 12);
	ASSERT_MALFORMED(HEADER "\1a\0\1b\300\23\1c\0", 15);
}
END_TEST

START_TEST(pointer_into_its_own_run_is_refused)
{
	ASSERT_MALFORMED(HEADER "\1a\0\1b\1c\300\17", 15);
	ASSERT_MALFORMED(HEADER "\1a\0\1b\1c\300\21", 15);
}
END_TEST

START_TEST(pointer_into_the_header_is_refused)
{
	ASSERT_MALFORMED(HEADER "\300\13", 12);
	ASSERT_MALFORMED(HEADER "\1a\300\0", 12);
}
END_TEST

START_TEST(other_label_types_are_refused)
{
	ASSERT_MALFORMED(HEADER "\100aaaaaaaa\0", 12);
	ASSERT_MALFORMED(HEADER "\200\14\0", 12);
	ASSERT_MALFORMED(HEADER "\1a\277\14\0", 12);
	/* Where a pointer with these bits would be good. */
	ASSERT_MALFORMED(HEADER "\1a\0\200\14\0", 15);
	ASSERT_MALFORMED(HEADER "\1a\0\100\14\0", 15);
}
END_TEST

START_TEST(cut_name_is_refused)
{
	static const char whole[] = HEADER "\3www\300\14";

	ASSERT_MALFORMED("", 0);
	ASSERT_MALFORMED(HEADER, 12);
	ASSERT_MALFORMED(HEADER "\1a", 12);
	ASSERT_MALFORMED(HEADER "\3ab", 12);
	for (size_t bytes = 12; bytes < sizeof(whole) - 1; bytes++)
		assert_malformed(whole, bytes, 12);
}
END_TEST

START_TEST(offset_past_the_end_is_refused)
{
	ASSERT_MALFORMED(HEADER "\0", 13);
	ASSERT_MALFORMED(HEADER "\0", 14);
	ASSERT_MALFORMED(HEADER "\0", SIZE_MAX);
}
END_TEST

START_TEST(name_of_255_bytes_is_read_and_256_refused)
{
	uint8_t message[12 + 300] = { 0 };
	struct dns_name name;
	size_t next_at;

	long_name(message, 61);
	ck_assert_int_eq(dns_name_read(message, sizeof(message), 12, &name, &next_at), DNS_NAME_OK);
	ck_assert_uint_eq(name.length_bytes, 255);
	ck_assert_uint_eq(next_at, 12 + 255);

	memset(message, 0, sizeof(message));
	long_name(message, 62);
	assert_malformed((const char *)message, sizeof(message), 12);
}
END_TEST

START_TEST(length_is_counted_across_pointers)
{
	uint8_t message[12 + 300] = { 0 };
	struct dns_name name;
	size_t next_at;
	size_t at = long_name(message, 59) + 1;

	/* 253 bytes there, 2 here: 255. */
	memcpy(message + at, "\1a\300\14", 4);
	ck_assert_int_eq(dns_name_read(message, sizeof(message), at, &name, &next_at), DNS_NAME_OK);
	ck_assert_uint_eq(name.length_bytes, 255);

	memcpy(message + at, "\2aa\300\14", 5);
	assert_malformed((const char *)message, sizeof(message), at);
}
END_TEST

START_TEST(more_pointers_than_labels_can_be_are_refused)
{
	uint8_t message[12 + 1 + 2 * 200] = { 0 };
	struct dns_name name;
	size_t next_at;
	size_t last_at;

	for (size_t i = 0; i < 200; i++) {
		size_t target = i == 0 ? 12 : 13 + 2 * (i - 1);

		message[13 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
		message[14 + 2 * i] = (uint8_t)target;
	}
	last_at = 13 + 2 * (DNS_NAME_POINTERS_MAX - 1);
	ck_assert_int_eq(
		dns_name_read(message, sizeof(message), last_at, &name, &next_at), DNS_NAME_OK);
	assert_malformed((const char *)message, sizeof(message), last_at + 2);
}
END_TEST

START_TEST(fold_changes_upper_case_letters_only)
{
	for (unsigned int length_bytes = 1; length_bytes <= 20; length_bytes++) {
		for (unsigned int byte = 0; byte < 256; byte++) {
			bool is_upper = byte >= 'A' && byte <= 'Z';
			struct dns_name name = { .length_bytes = (uint8_t)length_bytes };
			struct dns_name expected = name;

			memset(name.bytes, (int)byte, sizeof(name.bytes));
			memset(expected.bytes, (int)byte, sizeof(expected.bytes));
			memset(expected.bytes, (int)(is_upper ? byte + 32 : byte), length_bytes);
			dns_name_fold(&name);
			ck_assert_mem_eq(&name, &expected, sizeof(name));
		}
	}
}
END_TEST

START_TEST(fold_keeps_neighbours_apart)
{
	struct dns_name name = { .length_bytes = 16 };

	memcpy(name.bytes, "\377A\200Z@[`{AZaz\301\332\0", 16);
	dns_name_fold(&name);
	ck_assert_mem_eq(name.bytes, "\377a\200z@[`{azaz\301\332\0", 16);
}
END_TEST

START_TEST(longest_name_is_folded_to_its_end)
{
	struct dns_name name = { .length_bytes = DNS_NAME_BYTES_MAX };

	memset(name.bytes, 'Q', sizeof(name.bytes));
	dns_name_fold(&name);
	for (size_t i = 0; i < sizeof(name.bytes); i++)
		ck_assert_int_eq(name.bytes[i], 'q');
}
END_TEST

START_TEST(equality_is_exact_unless_folded)
{
	struct dns_name a = { 13, "\3www\7example" };
	struct dns_name b = { 13, "\3wWw\7eXample" };

	ck_assert(dns_name_is_equal(&a, &a));
	ck_assert(!dns_name_is_equal(&a, &b));
	ck_assert(dns_name_is_equal_folded(&a, &b));
}
END_TEST

START_TEST(difference_in_any_byte_is_seen)
{
	for (unsigned int length_bytes = 1; length_bytes <= DNS_NAME_BYTES_MAX; length_bytes++) {
		struct dns_name a = { .length_bytes = (uint8_t)length_bytes };
		struct dns_name b;
		unsigned int missed_count = 0;

		memset(a.bytes, 'm', sizeof(a.bytes));
		for (unsigned int at = 0; at < length_bytes; at++) {
			b = a;
			b.bytes[at] = 'N';
			missed_count += dns_name_is_equal(&a, &b);
			missed_count += dns_name_is_equal_folded(&a, &b);
			b.bytes[at] = 'M';
			missed_count += dns_name_is_equal(&a, &b);
			missed_count += !dns_name_is_equal_folded(&a, &b);
		}
		ck_assert_uint_eq(missed_count, 0);
	}
}
END_TEST

START_TEST(bytes_after_the_name_do_not_count)
{
	struct dns_name a = { 3, "\1a\0xxxxxxxx" };
	struct dns_name b = { 3, "\1A\0yyyyyyyy" };
	struct dns_name longer = { 5, "\1a\1b" };

	ck_assert(dns_name_is_equal_folded(&a, &b));
	ck_assert(!dns_name_is_equal_folded(&a, &longer));
	ck_assert(!dns_name_is_equal(&a, &longer));
}
END_TEST

static Suite *test_dns_name_suite(void)
{
	Suite *suite = suite_create("dns_name");
	TCase *reading = tcase_create("reading");
	TCase *folding = tcase_create("folding");

	tcase_add_test(reading, plain_name_is_read_as_sent);
	tcase_add_test(reading, root_is_one_byte);
	tcase_add_test(reading, pointers_are_followed_and_next_is_after_the_first);
	tcase_add_test(reading, pointer_to_a_pointer_is_followed);
	tcase_add_test(reading, pointer_loop_is_refused);
	tcase_add_test(reading, pointer_forward_is_refused);
	tcase_add_test(reading, pointer_into_its_own_run_is_refused);
	tcase_add_test(reading, pointer_into_the_header_is_refused);
	tcase_add_test(reading, other_label_types_are_refused);
	tcase_add_test(reading, cut_name_is_refused);
	tcase_add_test(reading, offset_past_the_end_is_refused);
	tcase_add_test(reading, name_of_255_bytes_is_read_and_256_refused);
	tcase_add_test(reading, length_is_counted_across_pointers);
	tcase_add_test(reading, more_pointers_than_labels_can_be_are_refused);
	suite_add_tcase(suite, reading);

	tcase_add_test(folding, fold_changes_upper_case_letters_only);
	tcase_add_test(folding, fold_keeps_neighbours_apart);
	tcase_add_test(folding, longest_name_is_folded_to_its_end);
	tcase_add_test(folding, equality_is_exact_unless_folded);
	tcase_add_test(folding, difference_in_any_byte_is_seen);
	tcase_add_test(folding, bytes_after_the_name_do_not_count);
	suite_add_tcase(suite, folding);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_name_suite());
}
