/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * Whose answer is good for whom, and which queries are never answered. All but the
 * eligible ones are asked while their resolver is silent, so any usable answer shows.
 */

#define NAME "www.example.com"

/* Learned from: client 1, A, RD alone, no EDNS. */
static void learn(const struct lab_query *query)
{
	struct lab_query elsewhere = *query;

	lab_resolve(query);
	elsewhere.name = "silent1.example"; /* fall silent there too */
	elsewhere.id += 1000;
	lab_pass(1);
	lab_ask(&elsewhere);
	elsewhere.name = "silent2.example";
	lab_ask(&elsewhere);
	lab_pass(1810);
	lab.order_count = 0;
	lab_settle();
}

static bool is_answered(struct lab_query query)
{
	const unsigned int before = lab.order_count;

	query.id = ++lab.last_id;
	lab_ask(&query);
	return lab.order_count > before;
}

START_TEST(same_question_is_answered)
{
	struct lab_query query = lab_a(NAME);

	learn(&query);
	ck_assert(is_answered(query));
	query.name = "wWw.ExAmPlE.cOm";
	ck_assert(is_answered(query));
	query.client = 7; /* of the same scope */
	ck_assert(is_answered(query));
}
END_TEST

START_TEST(root_is_a_name_like_others)
{
	const struct lab_query query = lab_a("");

	learn(&query);
	ck_assert(is_answered(query));
}
END_TEST

START_TEST(other_name_or_type_is_not)
{
	struct lab_query query = lab_a(NAME);

	learn(&query);
	query.type = DNS_TYPE_AAAA;
	ck_assert(!is_answered(query));
	query = lab_a("example.com");
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(answer_of_one_resolver_is_not_given_for_another)
{
	struct lab_query query = lab_a("b.example");

	query.resolver = 54;
	learn(&query);
	query.resolver = LAB_RESOLVER;
	query.name = NAME;
	learn(&query);
	query.resolver = 54;
	ck_assert(!is_answered(query));
	query.name = "b.example";
	ck_assert(is_answered(query));
}
END_TEST

START_TEST(answer_of_one_scope_is_not_given_in_another)
{
	struct lab_query query = lab_a("b.example");

	query.scope = "bridge:br1";
	query.client = 3;
	learn(&query);
	query = lab_a(NAME);
	learn(&query);
	query.scope = "bridge:br1";
	query.client = 3;
	ck_assert(!is_answered(query));
	query.name = "b.example";
	ck_assert(is_answered(query));
}
END_TEST

START_TEST(answer_without_dnssec_is_not_given_to_who_asks_for_it)
{
	struct lab_query query = lab_a(NAME);

	learn(&query);
	query.has_opt = true;
	ck_assert(is_answered(query));
	query.opt_ttl_field = DNS_EDNS_FLAG_DO;
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(answer_with_dnssec_is_not_given_to_who_does_not_ask_for_it)
{
	struct lab_query query = lab_a(NAME);

	query.has_opt = true;
	query.opt_ttl_field = DNS_EDNS_FLAG_DO;
	learn(&query);
	ck_assert(is_answered(query));
	query.opt_ttl_field = 0;
	ck_assert(!is_answered(query));
	query.has_opt = false;
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(unchecked_answer_is_given_to_who_asks_for_that_only)
{
	struct lab_query query = lab_a(NAME);

	query.flags |= DNS_FLAG_CD;
	learn(&query);
	ck_assert(is_answered(query));
	query.flags = DNS_FLAG_RD;
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(answer_for_one_client_subnet_is_not_given_for_another)
{
	struct lab_query query = lab_a(NAME);

	query.has_opt = true;
	query.options = "\0\10\0\7\0\1\30\0\300\0\2"; /* 192.0.2.0/24 */
	query.options_bytes = 11;
	learn(&query);
	ck_assert(is_answered(query));
	query.options = "\0\10\0\7\0\1\30\0\300\0\3";
	ck_assert(!is_answered(query));
	query.options_bytes = 0;
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(cookie_makes_no_difference)
{
	struct lab_query query = lab_a(NAME);

	query.has_opt = true;
	query.options = "\0\12\0\10cookie!!";
	query.options_bytes = 12;
	learn(&query);
	query.options = "\0\12\0\10another!";
	ck_assert(is_answered(query));
}
END_TEST

/* Asked, answered, and asked again when the resolver is silent: still nothing. */
static void check_never(struct lab_query query)
{
	const struct lab_query known = lab_a("known.example");

	lab_resolve(&query);
	learn(&known);
	ck_assert(is_answered(known));
	ck_assert(!is_answered(query));
	lab_pass(6000);
	ck_assert_uint_eq(lab.order_count, 1);
}

START_TEST(query_without_recursion_desired_is_never_answered)
{
	struct lab_query query = lab_a(NAME);

	query.flags = 0;
	check_never(query);
	query = lab_a(NAME); /* nor by what others learned */
	learn(&query);
	query.flags = 0;
	ck_assert(!is_answered(query));
}
END_TEST

START_TEST(any_and_transfers_are_never_answered)
{
	static const uint16_t types[] = { DNS_TYPE_ANY, DNS_TYPE_AXFR, DNS_TYPE_IXFR };

	for (int i = 0; i < 3; i++) {
		struct lab_query query = lab_a(NAME);

		query.type = types[i];
		check_never(query);
	}
}
END_TEST

START_TEST(other_classes_are_never_answered)
{
	struct lab_query query = lab_a("version.bind");

	query.class = DNS_CLASS_CH;
	query.type = DNS_TYPE_TXT;
	check_never(query);
}
END_TEST

START_TEST(other_opcodes_are_never_answered)
{
	static const uint16_t opcodes[] = { DNS_OPCODE_STATUS, DNS_OPCODE_NOTIFY,
		DNS_OPCODE_UPDATE };

	for (int i = 0; i < 3; i++) {
		struct lab_query query = lab_a(NAME);

		query.flags |= (uint16_t)(opcodes[i] << DNS_FLAG_OPCODE_SHIFT);
		check_never(query);
	}
	ck_assert_uint_ge(lab.worker.counters.queries_other_opcode, 3);
	ck_assert_uint_eq(lab.worker.counters.queries_malformed, 0);
}
END_TEST

/* Types whose records any bytes will do for. */
START_TEST(every_type_of_record_is_learned_and_answered)
{
	static const uint16_t types[] = { DNS_TYPE_AAAA, 10, 99, 65280, 65534 };

	for (int i = 0; i < 5; i++) {
		struct lab_query query = lab_a(NAME);

		query.type = types[i];
		learn(&query);
		ck_assert_msg(is_answered(query), "type %u", types[i]);
	}
}
END_TEST

/* Longer than any real subnet: no answer is good for it, and nothing is looked for. */
START_TEST(query_with_an_impossible_subnet_is_left_alone)
{
	static const char option[4 + 36] = "\0\10\0\44\0\1\377";
	struct lab_query query = lab_a(NAME);

	lab_teach("other.example");
	query.has_opt = true;
	query.options = option;
	query.options_bytes = sizeof(option);
	lab_ask(&query);
	lab_pass(3000);
	lab_ask(&query); /* again */
	lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_gt(lab.worker.counters.suppressed_not_eligible, 0);
}
END_TEST

static Suite *test_worker_keys_suite(void)
{
	Suite *suite = suite_create("worker_keys");
	TCase *all = tcase_create("worker_keys");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, query_with_an_impossible_subnet_is_left_alone);
	tcase_add_test(all, same_question_is_answered);
	tcase_add_test(all, root_is_a_name_like_others);
	tcase_add_test(all, other_name_or_type_is_not);
	tcase_add_test(all, answer_of_one_resolver_is_not_given_for_another);
	tcase_add_test(all, answer_of_one_scope_is_not_given_in_another);
	tcase_add_test(all, answer_without_dnssec_is_not_given_to_who_asks_for_it);
	tcase_add_test(all, answer_with_dnssec_is_not_given_to_who_does_not_ask_for_it);
	tcase_add_test(all, unchecked_answer_is_given_to_who_asks_for_that_only);
	tcase_add_test(all, answer_for_one_client_subnet_is_not_given_for_another);
	tcase_add_test(all, cookie_makes_no_difference);
	tcase_add_test(all, query_without_recursion_desired_is_never_answered);
	tcase_add_test(all, any_and_transfers_are_never_answered);
	tcase_add_test(all, other_classes_are_never_answered);
	tcase_add_test(all, other_opcodes_are_never_answered);
	tcase_add_test(all, every_type_of_record_is_learned_and_answered);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_keys_suite());
}
