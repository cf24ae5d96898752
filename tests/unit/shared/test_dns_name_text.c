/* SPDX-License-Identifier: BSD-2-Clause */
/* The other half of test_dns_name.c: dns_name_to_text(). */
#include "shared/dns_name.h"

#include <string.h>

#include "tests/support/check_main.h"

/* A name of 63 + 63 + 63 + last_bytes label bytes, without its root. */
static void long_name(uint8_t *out, size_t last_bytes)
{
	const size_t label_bytes[] = { 63, 63, 63, last_bytes };

	for (size_t i = 0; i < 4; i++) {
		*out++ = (uint8_t)label_bytes[i];
		memset(out, 0xff, label_bytes[i]);
		out += label_bytes[i];
	}
}

START_TEST(text_has_no_trailing_dot_and_root_is_a_dot)
{
	char text[DNS_NAME_TEXT_BYTES_MAX];

	ck_assert_uint_eq(
		dns_name_to_text((const uint8_t *)"\3WWW\7example\0", 13, text, sizeof(text)), 11);
	ck_assert_str_eq(text, "WWW.example");
	ck_assert_uint_eq(dns_name_to_text((const uint8_t *)"\0", 1, text, sizeof(text)), 1);
	ck_assert_str_eq(text, ".");
}
END_TEST

START_TEST(text_escapes_what_is_not_plain)
{
	static const uint8_t wire[] = "\16a.b\\c\"d \177\0\377!~$";
	char text[DNS_NAME_TEXT_BYTES_MAX];

	ck_assert_uint_eq(dns_name_to_text(wire, sizeof(wire), text, sizeof(text)), 31);
	ck_assert_str_eq(text, "a\\.b\\\\c\\034d\\032\\127\\000\\255!~$");
}
END_TEST

START_TEST(text_of_the_worst_name_just_fits)
{
	uint8_t wire[300] = { 0 };
	char text[DNS_NAME_TEXT_BYTES_MAX];

	long_name(wire, 61);
	ck_assert_uint_eq(
		dns_name_to_text(wire, 255, text, sizeof(text)), DNS_NAME_TEXT_BYTES_MAX - 1);
	ck_assert_uint_eq(strlen(text), DNS_NAME_TEXT_BYTES_MAX - 1);
	ck_assert_uint_eq(dns_name_to_text(wire, 255, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(text_that_does_not_fit_is_empty)
{
	static const uint8_t wire[] = "\2ab\1\"";
	char text[] = "0123456789";

	for (size_t out_bytes = 0; out_bytes <= 7; out_bytes++) {
		text[0] = 'x';
		text[out_bytes] = 'x';
		ck_assert_uint_eq(dns_name_to_text(wire, sizeof(wire), text, out_bytes), 0);
		ck_assert_int_eq(text[0], out_bytes == 0 ? 'x' : '\0');
		ck_assert_int_eq(text[out_bytes], 'x');
	}
	ck_assert_uint_eq(dns_name_to_text(wire, sizeof(wire), text, 8), 7);
	ck_assert_str_eq(text, "ab.\\034");
	ck_assert_uint_eq(dns_name_to_text((const uint8_t *)"\0", 1, text, 1), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

/* The text of a copy of exactly that size, so that a sanitizer sees a byte read after it. */
static void assert_no_text(const void *wire, size_t wire_bytes)
{
	char text[DNS_NAME_TEXT_BYTES_MAX] = "x";
	uint8_t *copy = malloc(wire_bytes);

	ck_assert(copy || wire_bytes == 0);
	if (wire_bytes > 0)
		memcpy(copy, wire, wire_bytes);
	ck_assert_uint_eq(dns_name_to_text(copy, wire_bytes, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
	free(copy);
}

START_TEST(text_of_a_hostile_name_is_empty)
{
	uint8_t wire[300] = { 0 };

	assert_no_text("", 0);
	assert_no_text("\1", 1);
	assert_no_text("\1a", 2);
	assert_no_text("\5a\0", 3);
	assert_no_text("\300\0", 3);
	assert_no_text("\100aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 66);

	long_name(wire, 62);
	assert_no_text(wire, 256);
}
END_TEST

static Suite *test_dns_name_text_suite(void)
{
	Suite *suite = suite_create("dns_name_text");
	TCase *text = tcase_create("text");

	tcase_add_test(text, text_has_no_trailing_dot_and_root_is_a_dot);
	tcase_add_test(text, text_escapes_what_is_not_plain);
	tcase_add_test(text, text_of_the_worst_name_just_fits);
	tcase_add_test(text, text_that_does_not_fit_is_empty);
	tcase_add_test(text, text_of_a_hostile_name_is_empty);
	suite_add_tcase(suite, text);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_name_text_suite());
}
