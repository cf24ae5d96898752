/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/dns_mnemonic.h"

#include <string.h>

#include "tests/support/check_main.h"

static char text[DNS_MNEMONIC_BYTES_MAX];

START_TEST(known_numbers_have_names)
{
	dns_mnemonic_type(28, text);
	ck_assert_str_eq(text, "AAAA");
	dns_mnemonic_type(257, text);
	ck_assert_str_eq(text, "CAA");
	dns_mnemonic_class(1, text);
	ck_assert_str_eq(text, "IN");
	dns_mnemonic_rcode(3, text);
	ck_assert_str_eq(text, "NXDOMAIN");
	dns_mnemonic_rcode(23, text);
	ck_assert_str_eq(text, "BADCOOKIE");
}
END_TEST

START_TEST(unknown_numbers_are_written_out)
{
	dns_mnemonic_type(0, text);
	ck_assert_str_eq(text, "TYPE0");
	dns_mnemonic_type(65535, text);
	ck_assert_str_eq(text, "TYPE65535");
	dns_mnemonic_class(65535, text);
	ck_assert_str_eq(text, "CLASS65535");
	dns_mnemonic_rcode(65535, text);
	ck_assert_str_eq(text, "RCODE65535");
}
END_TEST

START_TEST(every_number_has_a_text_of_its_own)
{
	static char seen[65536][DNS_MNEMONIC_BYTES_MAX];

	for (unsigned int type = 0; type <= 65535; type++) {
		dns_mnemonic_type((uint16_t)type, seen[type]);
		ck_assert_uint_gt(strlen(seen[type]), 0);
		for (unsigned int other = type > 300 ? 65535 : 0; other < type; other++)
			ck_assert_str_ne(seen[type], seen[other]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dns_mnemonic");
	TCase *tcase = tcase_create("dns_mnemonic");

	tcase_add_test(tcase, known_numbers_have_names);
	tcase_add_test(tcase, unknown_numbers_are_written_out);
	tcase_add_test(tcase, every_number_has_a_text_of_its_own);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
