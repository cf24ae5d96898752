/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/search_siblings.h"

#include <string.h>

#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

#define FAILED_NS (100 * NS_PER_S)
#define LATER_NS  (FAILED_NS + NS_PER_S)

static struct search_siblings *siblings;
static const uint8_t client_ip[16] = { 10 }, other_ip[16] = { 11 };

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(search_siblings_new(&siblings, 1), 0);
}

static void end(void)
{
	search_siblings_free(siblings);
	rcu_unregister_thread();
}

/* @wire: as a C string, its NUL is the root. */
static struct dns_name name_of(const char *wire)
{
	struct dns_name name = { .length_bytes = (uint8_t)(strlen(wire) + 1) };

	memcpy(name.bytes, wire, name.length_bytes);
	return name;
}

static void failed_at(const char *wire, uint64_t at_ns)
{
	const struct dns_name name = name_of(wire);
	const struct search_query query = { 7, client_ip, &name };

	search_siblings_failed(siblings, &query, at_ns);
}

static void failed(const char *wire)
{
	failed_at(wire, FAILED_NS);
}

static bool has(uint32_t if_index, const uint8_t *ip, const char *wire, uint64_t sent_ns)
{
	const struct dns_name name = name_of(wire);
	const struct search_query query = { if_index, ip, &name };

	return search_siblings_has(siblings, &query, sent_ns, sent_ns);
}

START_TEST(name_with_the_same_first_label_is_a_sibling)
{
	ck_assert(!has(7, client_ip, "\2db\4prod", LATER_NS));
	failed("\2db\7staging");
	ck_assert(has(7, client_ip, "\2db\4prod", LATER_NS));
	ck_assert(has(7, client_ip, "\2DB\4prod", LATER_NS));
	ck_assert(has(7, client_ip, "\2db", LATER_NS));
}
END_TEST

START_TEST(itself_another_label_client_or_edge_is_none)
{
	failed("\2db\7staging");
	ck_assert(!has(7, client_ip, "\2db\7staging", LATER_NS));
	ck_assert(!has(7, client_ip, "\2DB\7STAGING", LATER_NS));
	ck_assert(!has(7, client_ip, "\3db2\4prod", LATER_NS));
	ck_assert(!has(7, other_ip, "\2db\4prod", LATER_NS));
	ck_assert(!has(8, client_ip, "\2db\4prod", LATER_NS));
}
END_TEST

START_TEST(what_was_asked_before_or_much_later_is_none)
{
	failed("\2db\7staging");
	ck_assert(!has(7, client_ip, "\2db\4prod", FAILED_NS - 1));
	ck_assert(!has(7, client_ip, "\2db\4prod", FAILED_NS + SEARCH_SIBLINGS_NS));
	ck_assert(has(7, client_ip, "\2db\4prod", FAILED_NS + SEARCH_SIBLINGS_NS - 1));
}
END_TEST

START_TEST(third_of_a_list_is_a_sibling_of_the_first)
{
	failed("\2db\7staging");
	ck_assert(has(7, client_ip, "\2db\4prod", FAILED_NS + 5 * NS_PER_S));
	ck_assert(has(7, client_ip, "\2db", FAILED_NS + 10 * NS_PER_S));
	ck_assert(has(7, client_ip, "\2db\4prod", FAILED_NS + 10 * NS_PER_S)); /* asked again */
}
END_TEST

START_TEST(after_half_a_minute_a_name_is_nobodys_sibling)
{
	uint64_t at_ns = FAILED_NS;

	failed("\2db\7staging");
	for (; at_ns < FAILED_NS + SEARCH_SIBLINGS_NS_MAX; at_ns += 5 * NS_PER_S)
		ck_assert(has(7, client_ip, "\2db\4prod", at_ns));
	ck_assert(!has(7, client_ip, "\2db\4prod", at_ns));
}
END_TEST

START_TEST(second_that_fails_too_leaves_the_first_on_record)
{
	failed("\2db\7staging");
	failed("\2db\4prod");
	ck_assert(has(7, client_ip, "\2db\4prod", LATER_NS));
}
END_TEST

START_TEST(second_that_fails_too_has_the_third_wait_as_long)
{
	failed("\2db\7staging");
	failed_at("\2db\4test", FAILED_NS + 5 * NS_PER_S);
	ck_assert(has(7, client_ip, "\2db\4prod", FAILED_NS + 10 * NS_PER_S));
	failed_at("\2db\5other", FAILED_NS + 15 * NS_PER_S);
	ck_assert(has(7, client_ip, "\2db\4prod", FAILED_NS + 20 * NS_PER_S));
	failed_at("\2db\4more", FAILED_NS + 25 * NS_PER_S);
	ck_assert(!has(7, client_ip, "\2db\4prod", FAILED_NS + SEARCH_SIBLINGS_NS_MAX));
}
END_TEST

START_TEST(answered_name_has_no_siblings)
{
	const struct dns_name name = name_of("\2db\7staging"), other = name_of("\2db\4prod");
	const struct search_query query = { 7, client_ip, &name };
	const struct search_query other_query = { 7, client_ip, &other };

	search_siblings_answered(siblings, &query);
	failed("\2db\7staging");
	search_siblings_answered(siblings, &other_query);
	ck_assert(has(7, client_ip, "\2db\4prod", LATER_NS));
	search_siblings_answered(siblings, &query);
	ck_assert(!has(7, client_ip, "\2db\4prod", LATER_NS));
}
END_TEST

static Suite *test_search_siblings_suite(void)
{
	Suite *suite = suite_create("search_siblings");
	TCase *all = tcase_create("search_siblings");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, name_with_the_same_first_label_is_a_sibling);
	tcase_add_test(all, itself_another_label_client_or_edge_is_none);
	tcase_add_test(all, what_was_asked_before_or_much_later_is_none);
	tcase_add_test(all, third_of_a_list_is_a_sibling_of_the_first);
	tcase_add_test(all, after_half_a_minute_a_name_is_nobodys_sibling);
	tcase_add_test(all, second_that_fails_too_leaves_the_first_on_record);
	tcase_add_test(all, second_that_fails_too_has_the_third_wait_as_long);
	tcase_add_test(all, answered_name_has_no_siblings);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_search_siblings_suite());
}
