/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/analyzer_memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/failing_names.h"
#include "analyzer/query_match.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/transaction_samples.h"

#define MIB     (1ull << 20)
#define QUERIES 4096u

static struct config config;

static void start(void)
{
	config_defaults(&config);
}

static uint64_t sum(void)
{
	struct memory_bounds bounds = { .count = 0 };

	analyzer_memory(&config, &bounds);
	return memory_bounds_sum(&bounds);
}

START_TEST(defaults_take_less_than_a_quarter_of_a_gigabyte)
{
	ck_assert_uint_gt(sum(), 64 * MIB);
	ck_assert_uint_lt(sum(), 256 * MIB);
}
END_TEST

START_TEST(what_is_configured_counts)
{
	const uint64_t before = sum();

	config.cache_memory_bytes += 100 * MIB;
	ck_assert_uint_eq(sum(), before + 100 * MIB);
	config_defaults(&config);
	config.matched_capacity += 1000;
	ck_assert_uint_eq(sum(), before + 1000 * transaction_bytes_max());
	config_defaults(&config);
	config.unmatched_capacity = 0;
	ck_assert_uint_eq(sum(), before - 16384 * transaction_bytes_max());
	config_defaults(&config);
	config.matching_capacity *= 2;
	ck_assert_uint_ge(sum(), before + 16384 * transaction_bytes_max());
	config_defaults(&config);
	config.worker_count = 2; /* a ring more */
	ck_assert_uint_ge(sum(), before + config.capture_ring_bytes);
	config_defaults(&config);
	config.capture_ring_bytes = 5 * MIB; /* a power of two */
	ck_assert_uint_eq(sum(), before + 4 * MIB);
}
END_TEST

/* A client's query with the longest name there is, number @number of its kind. */
static struct transaction *longest_query(
	struct query_match *match, struct dns_head *head, uint32_t number)
{
	static const struct answer_key key = { .size_bytes = ANSWER_KEY_BYTES_MAX };
	struct transaction_path path = transaction_sample_path();

	path.client_port_be = (uint16_t)number;
	*head = transaction_sample_head((uint16_t)(number >> 16));
	head->question.name.length_bytes = DNS_NAME_BYTES_MAX;
	return query_match_make(match, &path, head, &key);
}

static uint64_t used_bytes(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Not so where a sanitizer's malloc stands in for glibc's. */
static bool is_malloc_counted(void)
{
	const uint64_t before = used_bytes();
	void *volatile memory = malloc(MIB);
	const bool is_counted = used_bytes() > before;

	free(memory);
	return is_counted;
}

START_TEST(tables_of_queries_full_of_the_longest_names_stay_within_it)
{
	const struct query_match_limits limits = { QUERIES, QUERIES, QUERIES, NS_PER_S, NS_PER_S };
	const uint64_t before = used_bytes();
	struct query_match *match;
	struct dns_head head;

	rcu_register_thread();
	ck_assert_int_eq(query_match_new(&match, &limits, 1), 0);
	for (uint32_t i = 0; i < 3 * QUERIES; i++) {
		struct transaction *transaction = longest_query(match, &head, i);

		ck_assert(query_match_follow(match, transaction, &head));
		if (i < QUERIES)
			query_match_matched(match, transaction);
		else if (i < 2 * QUERIES)
			query_match_unmatched(match, transaction);
	}
	ck_assert_uint_le(used_bytes() - before, query_match_bytes(&limits));
	if (is_malloc_counted())
		ck_assert_uint_ge(used_bytes() - before,
			(query_match_bytes(&limits) -
				TRANSACTION_POOL_SPARE_MAX * transaction_bytes_max()) *
				9 / 10);
	query_match_free(match);
	rcu_unregister_thread();
}
END_TEST

START_TEST(failing_names_full_of_the_longest_stay_within_it)
{
	static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:br0";
	static const uint8_t resolver[16], client[16];
	const struct failure_path path = { scope, resolver, client, 1 };
	const struct failing_names_validity validity = { 1, 0 };
	const uint64_t before = used_bytes();
	struct failing_names *names;
	struct dns_name name = { .length_bytes = DNS_NAME_BYTES_MAX };

	rcu_register_thread();
	ck_assert_int_eq(failing_names_new(&names, 1), 0);
	for (uint32_t i = 0; i < 2 * FAILING_NAMES_MAX; i++) {
		memcpy(name.bytes + 1, &i, sizeof(i));
		failing_names_failed(
			names, &path, &name, &validity, FAILING_NAMES_UNANSWERED, NS_PER_S, NS_PER_S);
	}
	ck_assert_uint_le(used_bytes() - before, failing_names_bytes());
	if (is_malloc_counted())
		ck_assert_uint_ge(used_bytes() - before, failing_names_bytes() * 9 / 10);
	failing_names_free(names);
	rcu_unregister_thread();
}
END_TEST

/* RCU's thread frees slower than a worker that does nothing else gives it: then that waits. */
START_TEST(what_rcu_holds_back_is_bounded)
{
	const struct query_match_limits limits = { 16, 0, 0, NS_PER_S, NS_PER_S };
	struct query_match *match;
	struct dns_head head;
	uint64_t peak = 0;
	const uint64_t before = used_bytes();

	rcu_register_thread();
	ck_assert_int_eq(query_match_new(&match, &limits, 1), 0);
	for (uint32_t i = 0; i < 20 * TRANSACTION_POOL_SPARE_MAX; i++) {
		struct transaction *transaction = longest_query(match, &head, i);

		ck_assert(query_match_follow(match, transaction, &head));
		query_match_matched(match, transaction);
		if (i % 1024 == 0 && used_bytes() - before > peak)
			peak = used_bytes() - before;
	}
	ck_assert_uint_le(peak, query_match_bytes(&limits) + transaction_bytes_max());
	query_match_free(match);
	rcu_unregister_thread();
}
END_TEST

static Suite *test_analyzer_memory_suite(void)
{
	Suite *suite = suite_create("analyzer_memory");
	TCase *all = tcase_create("analyzer_memory");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, defaults_take_less_than_a_quarter_of_a_gigabyte);
	tcase_add_test(all, what_is_configured_counts);
	tcase_add_test(all, tables_of_queries_full_of_the_longest_names_stay_within_it);
	tcase_add_test(all, failing_names_full_of_the_longest_stay_within_it);
	tcase_add_test(all, what_rcu_holds_back_is_bounded);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_analyzer_memory_suite());
}
