/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_rdata.h"

#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define CHECK(type, literal) check(type, DNS_CLASS_IN, literal, sizeof(literal) - 1)

/* What dns_rdata_check() says of the rdata in a message about "example" (offset 12). */
static int check(uint16_t type, uint16_t class, const char *rdata, size_t rdata_bytes)
{
	static struct dns_builder builder;
	struct dns_record record = { .type = type, .class = class };

	dns_builder_start(&builder, DNS_FLAG_QR, "example", type);
	record.rdata_at = (uint16_t)builder.size_bytes;
	record.rdata_bytes = (uint16_t)rdata_bytes;
	dns_builder_bytes(&builder, rdata, rdata_bytes);
	dns_builder_bytes(&builder, "\0\0\0\0", 4); /* what may not be read as part of it */
	return dns_rdata_check(builder.bytes, &record);
}

START_TEST(addresses_have_their_size)
{
	ck_assert_int_eq(CHECK(DNS_TYPE_A, "1234"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_A, "123"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_A, "12345"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_A, ""), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_AAAA, "1234567890123456"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_AAAA, "1234"), DNS_RDATA_MALFORMED);
}
END_TEST

START_TEST(single_names_fill_the_rdata)
{
	static const uint16_t types[] = { DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_PTR,
		DNS_TYPE_DNAME };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert_int_eq(CHECK(types[i], "\1a\0"), DNS_RDATA_OK);
		ck_assert_int_eq(CHECK(types[i], "\1a\300\14"), DNS_RDATA_OK);
		ck_assert_int_eq(CHECK(types[i], "\0"), DNS_RDATA_OK);
		ck_assert_int_eq(CHECK(types[i], ""), DNS_RDATA_MALFORMED);
		ck_assert_int_eq(CHECK(types[i], "\1a"), DNS_RDATA_MALFORMED);
		ck_assert_int_eq(CHECK(types[i], "\1a\300"), DNS_RDATA_MALFORMED);
		ck_assert_int_eq(CHECK(types[i], "\1a\0\0"), DNS_RDATA_MALFORMED);
	}
}
END_TEST

START_TEST(fixed_fields_around_names_are_needed)
{
	ck_assert_int_eq(CHECK(DNS_TYPE_MX, "pp\1a\0"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_MX, "p"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_MX, "pp"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_SRV, "ppwwoo\1a\300\14"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_SRV, "ppwwoo"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_SOA, "\300\14\0SSSSRRRRYYYYEEEEMMMM"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_SOA, "\300\14\0SSSSRRRRYYYYEEEEMMM"), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(
		CHECK(DNS_TYPE_SOA, "\300\14\0SSSSRRRRYYYYEEEEMMMM."), DNS_RDATA_MALFORMED);
	ck_assert_int_eq(CHECK(DNS_TYPE_SOA, "\300\14\300"), DNS_RDATA_MALFORMED);
}
END_TEST

START_TEST(unknown_types_are_opaque)
{
	ck_assert_int_eq(CHECK(DNS_TYPE_TXT, ""), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(DNS_TYPE_RRSIG, "\300\300\300"), DNS_RDATA_OK);
	ck_assert_int_eq(CHECK(65280, "\300\300\300"), DNS_RDATA_OK);
}
END_TEST

START_TEST(addresses_of_other_classes_are_opaque)
{
	ck_assert_int_eq(check(DNS_TYPE_A, DNS_CLASS_CH, "\1a\0\1\1", 5), DNS_RDATA_OK);
	ck_assert_int_eq(check(DNS_TYPE_CNAME, DNS_CLASS_CH, "\1a", 2), DNS_RDATA_MALFORMED);
}
END_TEST

static Suite *test_dns_rdata_suite(void)
{
	Suite *suite = suite_create("dns_rdata");
	TCase *forms = tcase_create("forms");

	tcase_add_test(forms, addresses_have_their_size);
	tcase_add_test(forms, single_names_fill_the_rdata);
	tcase_add_test(forms, fixed_fields_around_names_are_needed);
	tcase_add_test(forms, unknown_types_are_opaque);
	tcase_add_test(forms, addresses_of_other_classes_are_opaque);
	suite_add_tcase(suite, forms);
	return suite;
}

int main(void)
{
	return check_main_run(test_dns_rdata_suite());
}
