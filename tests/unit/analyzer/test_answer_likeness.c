/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_likeness.h"

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define TTL_S 300u
#define SEED  7

static struct dns_builder builder;

static void start(void)
{
	dns_builder_start(
		&builder, DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA, "www.example.com", DNS_TYPE_A);
}

static void add(const char *owner, const char *address, uint32_t ttl_s)
{
	dns_builder_record(&builder, DNS_SECTION_ANSWER, owner, DNS_TYPE_A, ttl_s, address, 4);
}

/* Of what was built, and begin the next. */
static struct answer_likeness made(uint32_t ttl_s)
{
	struct answer_likeness likeness;
	struct dns_message view;

	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	answer_likeness_of(builder.bytes, &view, ttl_s, SEED, &likeness);
	start();
	return likeness;
}

static struct answer_likeness of_one(const char *owner, const char *address, uint32_t ttl_s)
{
	add(owner, address, ttl_s);
	return made(ttl_s);
}

static struct answer_likeness of_two(
	const char *first, uint32_t first_s, const char *second, uint32_t second_s)
{
	add("www.example.com", first, first_s);
	add("www.example.com", second, second_s);
	return made(first_s < second_s ? first_s : second_s);
}

static bool is_same(struct answer_likeness one, struct answer_likeness other)
{
	return one.records == other.records;
}

static bool is_aged(struct answer_likeness one, struct answer_likeness other)
{
	return answer_likeness_is_aged(&one, &other);
}

START_TEST(order_compression_and_case_are_no_difference)
{
	const struct answer_likeness plain = of_one("www.example.com", "abcd", TTL_S);

	ck_assert(is_same(
		of_two("abcd", TTL_S, "efgh", TTL_S), of_two("efgh", TTL_S, "abcd", TTL_S)));
	ck_assert(is_same(plain, of_one(DNS_BUILDER_TO_QUESTION, "abcd", TTL_S)));
	ck_assert(is_same(plain, of_one("WWW.example.COM", "abcd", TTL_S)));
}
END_TEST

START_TEST(another_address_owner_type_or_count_is_a_difference)
{
	const struct answer_likeness plain = of_one("www.example.com", "abcd", TTL_S);

	ck_assert(!is_same(plain, of_one("www.example.com", "abce", TTL_S)));
	ck_assert(!is_same(plain, of_one("ww.example.com", "abcd", TTL_S)));
	ck_assert(!is_same(plain, of_two("abcd", TTL_S, "abcd", TTL_S)));
	dns_builder_record(
		&builder, DNS_SECTION_ANSWER, "www.example.com", DNS_TYPE_TXT, TTL_S, "abcd", 4);
	ck_assert(!is_same(plain, made(TTL_S)));
	ck_assert(!is_same(plain, made(TTL_S))); /* no record at all */
}
END_TEST

START_TEST(rcode_is_a_difference)
{
	const struct answer_likeness no_data = made(TTL_S);

	dns_builder_start(
		&builder, DNS_FLAG_QR | DNS_RCODE_NXDOMAIN, "www.example.com", DNS_TYPE_A);
	ck_assert(!is_same(no_data, made(TTL_S)));
}
END_TEST

static struct answer_likeness of_alias(const char *target, size_t target_bytes)
{
	dns_builder_record(&builder, DNS_SECTION_ANSWER, "www.example.com", DNS_TYPE_CNAME, TTL_S,
		target, (uint16_t)target_bytes);
	return made(TTL_S);
}

START_TEST(names_in_rdata_are_compared_whole)
{
	/* The second points to "example" in the question. */
	const struct answer_likeness whole = of_alias("\1a\7example\3com", 15);

	ck_assert(is_same(whole, of_alias("\1A\xc0\x10", 4)));
	ck_assert(!is_same(whole, of_alias("\1b\xc0\x10", 4)));
}
END_TEST

START_TEST(other_sections_are_no_difference)
{
	const struct answer_likeness plain = of_one("www.example.com", "abcd", TTL_S);

	add("www.example.com", "abcd", TTL_S);
	dns_builder_record(
		&builder, DNS_SECTION_ADDITIONAL, "ns.example.com", DNS_TYPE_A, TTL_S, "efgh", 4);
	ck_assert(is_same(plain, made(TTL_S)));
}
END_TEST

START_TEST(ttls_that_ran_down_alike_are_no_difference)
{
	const struct answer_likeness old = of_two("abcd", 300, "efgh", 400);

	ck_assert(is_aged(old, of_two("abcd", 300, "efgh", 400)));
	ck_assert(is_aged(old, of_two("efgh", 200, "abcd", 100)));
	ck_assert(!is_aged(old, of_two("abcd", 100, "efgh", 150)));
	ck_assert(!is_aged(old, of_two("abcd", 300, "xxxx", 400)));
}
END_TEST

static struct answer_likeness of_signed(const char *signature)
{
	add("www.example.com", "abcd", TTL_S);
	dns_builder_record(&builder, DNS_SECTION_AUTHORITY, "example.com", DNS_TYPE_RRSIG, TTL_S,
		signature, (uint16_t)strlen(signature));
	return made(TTL_S);
}

START_TEST(signatures_beside_the_answer_say_nothing_and_are_no_age)
{
	const struct answer_likeness old = of_signed("old");

	ck_assert(is_same(old, of_signed("new")));
	ck_assert(!is_aged(old, of_signed("new")));
	ck_assert(is_aged(old, of_signed("old")));
	ck_assert(!is_aged(old, of_one("www.example.com", "abcd", TTL_S)));
}
END_TEST

static Suite *test_answer_likeness_suite(void)
{
	Suite *suite = suite_create("answer_likeness");
	TCase *all = tcase_create("answer_likeness");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, order_compression_and_case_are_no_difference);
	tcase_add_test(all, another_address_owner_type_or_count_is_a_difference);
	tcase_add_test(all, rcode_is_a_difference);
	tcase_add_test(all, names_in_rdata_are_compared_whole);
	tcase_add_test(all, other_sections_are_no_difference);
	tcase_add_test(all, ttls_that_ran_down_alike_are_no_difference);
	tcase_add_test(all, signatures_beside_the_answer_say_nothing_and_are_no_age);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_likeness_suite());
}
