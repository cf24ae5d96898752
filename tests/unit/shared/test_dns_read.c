/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_read.h"

#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define FLAGS_OK    (DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA)
#define TO_QUESTION DNS_BUILDER_TO_QUESTION
#define LABEL_OF_61 "1234567890123456789012345678901234567890123456789012345678901"
#define LABEL_OF_63 LABEL_OF_61 "23"

static struct dns_builder builder;

static int read_built(struct dns_message *out_view)
{
	return dns_read_message(builder.bytes, builder.size_bytes, out_view);
}

START_TEST(head_is_read_in_host_order)
{
	struct dns_head head;

	dns_builder_start(&builder, FLAGS_OK, "Www.Example", DNS_TYPE_HTTPS);
	dns_write_counts(builder.bytes, (const uint16_t[]){ 1, 0x0203, 0x0405, 0x0607 });
	ck_assert_int_eq(dns_read_head(builder.bytes, builder.size_bytes, &head), DNS_READ_OK);
	ck_assert_uint_eq(head.id, 0x1234);
	ck_assert_uint_eq(head.flags, 0x8180);
	ck_assert_uint_eq(head.counts[DNS_SECTION_QUESTION], 1);
	ck_assert_uint_eq(head.counts[DNS_SECTION_ANSWER], 0x0203);
	ck_assert_uint_eq(head.counts[DNS_SECTION_AUTHORITY], 0x0405);
	ck_assert_uint_eq(head.counts[DNS_SECTION_ADDITIONAL], 0x0607);
	ck_assert_uint_eq(head.question.name.length_bytes, 13);
	ck_assert_mem_eq(head.question.name.bytes, "\3Www\7Example\0", 13);
	ck_assert_uint_eq(head.question.type, 65);
	ck_assert_uint_eq(head.question.class, DNS_CLASS_IN);
	ck_assert_uint_eq(head.question.end_at, 12 + 13 + 4);
}
END_TEST

START_TEST(head_accessors_see_their_own_bits)
{
	struct dns_head none = { .flags = 0x0040 }; /* Z */
	struct dns_head all = { .flags = 0xffff };
	struct dns_head head = { .flags = DNS_OPCODE_UPDATE << 11 | DNS_RCODE_REFUSED };

	ck_assert(!dns_head_is_response(&none) && dns_head_is_response(&all));
	ck_assert(!dns_head_is_authoritative(&none) && dns_head_is_authoritative(&all));
	ck_assert(!dns_head_is_truncated(&none) && dns_head_is_truncated(&all));
	ck_assert(!dns_head_is_recursion_desired(&none) && dns_head_is_recursion_desired(&all));
	ck_assert(!dns_head_is_recursion_available(&none) && dns_head_is_recursion_available(&all));
	ck_assert(!dns_head_is_authentic(&none) && dns_head_is_authentic(&all));
	ck_assert(!dns_head_is_checking_disabled(&none) && dns_head_is_checking_disabled(&all));
	ck_assert_uint_eq(dns_head_opcode(&head), DNS_OPCODE_UPDATE);
	ck_assert_uint_eq(dns_head_rcode(&head), DNS_RCODE_REFUSED);
	head.flags = 0x8623; /* as in RFC 1035's and RFC 4035's figures */
	ck_assert(dns_head_is_response(&head) && dns_head_is_authoritative(&head));
	ck_assert(dns_head_is_truncated(&head) && dns_head_is_authentic(&head));
	ck_assert(!dns_head_is_recursion_desired(&head) && !dns_head_is_checking_disabled(&head));
}
END_TEST

START_TEST(head_needs_nothing_after_the_question)
{
	struct dns_head head;
	size_t question_end;

	dns_builder_start(&builder, FLAGS_OK, "a.example", DNS_TYPE_A);
	question_end = builder.size_bytes;
	dns_builder_a(&builder, 60);
	for (size_t bytes = 0; bytes <= builder.size_bytes; bytes++) {
		int r = dns_read_head(builder.bytes, bytes, &head);

		if (bytes >= question_end)
			ck_assert_int_eq(r, DNS_READ_OK);
		else if (bytes < DNS_HEADER_BYTES || bytes >= question_end - 4)
			ck_assert_int_eq(r, DNS_READ_SHORT);
		else
			ck_assert_int_eq(r, DNS_READ_NAME);
	}
}
END_TEST

START_TEST(longest_names_are_read)
{
	static const char longest[] = LABEL_OF_63 "." LABEL_OF_63 "." LABEL_OF_63 "." LABEL_OF_61;
	struct dns_message view;
	struct dns_record record;

	dns_builder_start(&builder, FLAGS_OK, longest, DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, longest, DNS_TYPE_A, 60, "1234", 4);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
	ck_assert_uint_eq(view.head.question.name.length_bytes, DNS_NAME_BYTES_MAX);
	ck_assert_mem_eq(view.head.question.name.bytes, builder.bytes + 12, DNS_NAME_BYTES_MAX);
	ck_assert_uint_eq(view.head.question.end_at, 12 + DNS_NAME_BYTES_MAX + 4);
	ck_assert_int_eq(
		dns_read_record(builder.bytes, &view, view.answer_at, &record), DNS_READ_OK);
	ck_assert_uint_eq(record.ttl_s, 60);
	ck_assert_uint_eq(record.next_at, builder.size_bytes);
}
END_TEST

START_TEST(head_is_untouched_on_failure)
{
	struct dns_head head, before;

	memset(&head, 0x5a, sizeof(head));
	before = head;
	dns_builder_start(&builder, 0, "a.example", DNS_TYPE_A);
	ck_assert_int_eq(
		dns_read_head(builder.bytes, builder.size_bytes - 1, &head), DNS_READ_SHORT);
	ck_assert_mem_eq(&head, &before, sizeof(head));
}
END_TEST

START_TEST(other_than_one_question_is_refused)
{
	static const uint16_t counts[] = { 0, 2, 256 };
	struct dns_message view;

	dns_builder_start(&builder, 0, "a.example", DNS_TYPE_A);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		dns_write_count(builder.bytes, DNS_SECTION_QUESTION, counts[i]);
		ck_assert_int_eq(read_built(&view), DNS_READ_QUESTION_COUNT);
	}
}
END_TEST

START_TEST(compressed_question_is_refused)
{
	struct dns_head head;

	for (unsigned int target = 0; target < 20; target++) {
		dns_builder_start(&builder, 0, "aaaa", DNS_TYPE_A);
		builder.bytes[12] = 0xc0;
		builder.bytes[13] = (uint8_t)target;
		ck_assert_int_eq(
			dns_read_head(builder.bytes, builder.size_bytes, &head), DNS_READ_NAME);
	}
}
END_TEST

START_TEST(sections_are_told_by_offsets)
{
	static const uint16_t types[] = { DNS_TYPE_CNAME, DNS_TYPE_A, DNS_TYPE_SOA, DNS_TYPE_TXT,
		DNS_TYPE_OPT };
	static const enum dns_section sections[] = { DNS_SECTION_ANSWER, DNS_SECTION_ANSWER,
		DNS_SECTION_AUTHORITY, DNS_SECTION_ADDITIONAL, DNS_SECTION_ADDITIONAL };
	struct dns_message view;
	struct dns_record record;
	size_t i = 0;
	uint16_t at;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_record(
		&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_CNAME, 300, "\1b\300\14", 4);
	dns_builder_a(&builder, 60);
	dns_builder_soa(&builder, 30, 10);
	dns_builder_record(&builder, DNS_SECTION_ADDITIONAL, "x.y", DNS_TYPE_TXT, 5, "\1a", 2);
	dns_builder_opt(&builder, 1232, DNS_EDNS_FLAG_DO, NULL, 0);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);

	for (at = view.answer_at; dns_read_record(builder.bytes, &view, at, &record) == 0;
		at = record.next_at) {
		ck_assert_uint_eq(record.owner_at, at);
		ck_assert_uint_eq(record.type, types[i]);
		ck_assert_int_eq(record.section, sections[i]);
		i++;
	}
	ck_assert_uint_eq(i, 5);
	ck_assert_uint_eq(at, view.end_at);
	ck_assert_uint_eq(view.end_at, builder.size_bytes);
}
END_TEST

START_TEST(record_fields_are_where_they_say)
{
	struct dns_message view;
	struct dns_record record;
	size_t owner_at;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	owner_at = dns_builder_record_of_class(&builder, DNS_SECTION_ANSWER, "ab", DNS_TYPE_TXT,
		DNS_CLASS_CH, 0x01020304, "\2hi", 3);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
	ck_assert_int_eq(
		dns_read_record(builder.bytes, &view, view.answer_at, &record), DNS_READ_OK);
	ck_assert_uint_eq(record.owner_at, owner_at);
	ck_assert_uint_eq(record.type, DNS_TYPE_TXT);
	ck_assert_uint_eq(record.class, DNS_CLASS_CH);
	ck_assert_uint_eq(record.ttl_s, 0x01020304);
	ck_assert_uint_eq(record.ttl_at, owner_at + 4 + 4);
	ck_assert_uint_eq(record.rdata_at, owner_at + 4 + 10);
	ck_assert_uint_eq(record.rdata_bytes, 3);
	ck_assert_uint_eq(record.next_at, builder.size_bytes);
}
END_TEST

START_TEST(empty_sections_start_where_the_next_does)
{
	struct dns_message view;
	struct dns_record record;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_soa(&builder, 30, 10);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
	ck_assert_uint_eq(view.answer_at, view.authority_at);
	ck_assert_uint_eq(view.additional_at, view.end_at);
	ck_assert_int_eq(
		dns_read_record(builder.bytes, &view, view.answer_at, &record), DNS_READ_OK);
	ck_assert_int_eq(record.section, DNS_SECTION_AUTHORITY);
}
END_TEST

START_TEST(iteration_ends_at_the_end_and_at_bad_offsets)
{
	struct dns_message view;
	struct dns_record record;
	unsigned int found_count = 0;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 60);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
	memset(builder.bytes + builder.size_bytes, 0, 64);
	for (unsigned int at = view.end_at - 15u; at <= UINT16_MAX; at++)
		found_count += dns_read_record(builder.bytes, &view, (uint16_t)at, &record) !=
			       DNS_READ_END;
	ck_assert_uint_eq(found_count, 0);
}
END_TEST

START_TEST(every_cut_of_a_message_is_refused)
{
	struct dns_message view, before;

	memset(&view, 0x5a, sizeof(view));
	before = view;
	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_record(
		&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_CNAME, 300, "\1b\300\14", 4);
	dns_builder_a(&builder, 60);
	dns_builder_soa(&builder, 30, 10);
	dns_builder_opt(&builder, 1232, 0, "\0\12\0\10cccccccc", 12);
	for (size_t bytes = 0; bytes < builder.size_bytes; bytes++) {
		ck_assert_int_ne(dns_read_message(builder.bytes, bytes, &view), DNS_READ_OK);
		ck_assert_mem_eq(&view, &before, sizeof(view));
	}
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
}
END_TEST

START_TEST(trailing_bytes_are_refused)
{
	struct dns_message view;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 60);
	dns_builder_bytes(&builder, "\0", 1);
	ck_assert_int_eq(read_built(&view), DNS_READ_TRAILING);
}
END_TEST

START_TEST(count_that_promises_more_is_refused)
{
	struct dns_message view;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_a(&builder, 60);
	dns_write_count(builder.bytes, DNS_SECTION_ADDITIONAL, UINT16_MAX);
	ck_assert_int_eq(read_built(&view), DNS_READ_SHORT);
}
END_TEST

START_TEST(malformed_owner_and_rdata_are_told_apart)
{
	struct dns_message view;
	size_t record_at;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	record_at = dns_builder_a(&builder, 60);
	builder.bytes[record_at + 1] = (uint8_t)record_at;
	ck_assert_int_eq(read_built(&view), DNS_READ_NAME);

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_A, 1, "12345", 5);
	ck_assert_int_eq(read_built(&view), DNS_READ_RECORD);
}
END_TEST

START_TEST(longest_message_is_read_and_a_longer_one_refused)
{
	static uint8_t rdata[DNS_MESSAGE_BYTES_MAX];
	struct dns_message view;
	struct dns_record record;

	dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_TXT);
	dns_builder_record(&builder, DNS_SECTION_ANSWER, TO_QUESTION, DNS_TYPE_TXT, 1, rdata,
		(uint16_t)(DNS_MESSAGE_BYTES_MAX - builder.size_bytes - 12));
	ck_assert_uint_eq(builder.size_bytes, DNS_MESSAGE_BYTES_MAX);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);
	ck_assert_int_eq(
		dns_read_record(builder.bytes, &view, view.answer_at, &record), DNS_READ_OK);
	ck_assert_uint_eq(record.next_at, DNS_MESSAGE_BYTES_MAX);
	ck_assert_int_eq(
		dns_read_record(builder.bytes, &view, record.next_at, &record), DNS_READ_END);

	dns_builder_bytes(&builder, "\0", 1);
	ck_assert_int_eq(read_built(&view), DNS_READ_LONG);
}
END_TEST

START_TEST(signatures_are_noticed)
{
	static const struct {
		uint16_t type;
		const char *rdata;
		bool is_signature;
	} cases[] = {
		{ DNS_TYPE_TSIG, "\0\0", true },
		{ DNS_TYPE_SIG, "\0\0", true },
		{ DNS_TYPE_SIG, "\0\1", false }, /* covers A: a record like any other */
		{ DNS_TYPE_RRSIG, "\0\0", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_message view;

		dns_builder_start(&builder, FLAGS_OK, "example", DNS_TYPE_A);
		dns_builder_record(
			&builder, DNS_SECTION_ADDITIONAL, "", cases[i].type, 0, cases[i].rdata, 2);
		ck_assert_int_eq(read_built(&view), DNS_READ_OK);
		ck_assert_int_eq(view.has_signature, cases[i].is_signature);
	}
}
END_TEST

START_TEST(update_may_leave_rdata_out)
{
	const uint16_t flags = DNS_OPCODE_UPDATE << DNS_FLAG_OPCODE_SHIFT;
	struct dns_message view;

	dns_builder_start(&builder, flags, "example", DNS_TYPE_SOA);
	dns_builder_record_of_class(
		&builder, DNS_SECTION_ANSWER, "a.example", DNS_TYPE_A, DNS_CLASS_NONE, 0, NULL, 0);
	dns_builder_record_of_class(&builder, DNS_SECTION_AUTHORITY, "a.example", DNS_TYPE_CNAME,
		DNS_CLASS_ANY, 0, NULL, 0);
	ck_assert_int_eq(read_built(&view), DNS_READ_OK);

	dns_write_flags(builder.bytes, 0);
	ck_assert_int_eq(read_built(&view), DNS_READ_RECORD);

	/* Adding a record needs its data. */
	dns_builder_start(&builder, flags, "example", DNS_TYPE_SOA);
	dns_builder_record(&builder, DNS_SECTION_AUTHORITY, "a.example", DNS_TYPE_A, 0, NULL, 0);
	ck_assert_int_eq(read_built(&view), DNS_READ_RECORD);
}
END_TEST

static void add_head_tests(Suite *suite)
{
	TCase *head = tcase_create("head");

	tcase_add_test(head, head_is_read_in_host_order);
	tcase_add_test(head, head_accessors_see_their_own_bits);
	tcase_add_test(head, head_needs_nothing_after_the_question);
	tcase_add_test(head, longest_names_are_read);
	tcase_add_test(head, head_is_untouched_on_failure);
	tcase_add_test(head, other_than_one_question_is_refused);
	tcase_add_test(head, compressed_question_is_refused);
	suite_add_tcase(suite, head);
}

static void add_message_tests(Suite *suite)
{
	TCase *message = tcase_create("message");

	tcase_add_test(message, sections_are_told_by_offsets);
	tcase_add_test(message, record_fields_are_where_they_say);
	tcase_add_test(message, empty_sections_start_where_the_next_does);
	tcase_add_test(message, iteration_ends_at_the_end_and_at_bad_offsets);
	tcase_add_test(message, every_cut_of_a_message_is_refused);
	tcase_add_test(message, trailing_bytes_are_refused);
	tcase_add_test(message, count_that_promises_more_is_refused);
	tcase_add_test(message, malformed_owner_and_rdata_are_told_apart);
	tcase_add_test(message, longest_message_is_read_and_a_longer_one_refused);
	tcase_add_test(message, signatures_are_noticed);
	tcase_add_test(message, update_may_leave_rdata_out);
	suite_add_tcase(suite, message);
}

int main(void)
{
	Suite *suite = suite_create("dns_read");

	add_head_tests(suite);
	add_message_tests(suite);
	return check_main_run(suite);
}
