/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/query_match.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/transaction_samples.h"

#define MATCHING_MAX 16
#define LISTED_MAX   4

static struct query_match *match;
static unsigned int forgotten_count;

static void start(void)
{
	const struct query_match_limits limits = { .matching_max = MATCHING_MAX,
		.matched_max = LISTED_MAX,
		.unmatched_max = LISTED_MAX,
		.matched_ttl_ns = 10 * NS_PER_S,
		.unmatched_ttl_ns = 20 * NS_PER_S };

	rcu_register_thread();
	ck_assert_int_eq(query_match_new(&match, &limits, 1), 0);
	forgotten_count = 0;
}

static void end(void)
{
	query_match_free(match);
	rcu_unregister_thread();
}

static struct transaction *sample(uint16_t number)
{
	const struct transaction_path path = transaction_sample_path();
	const struct dns_head head = transaction_sample_head(number);
	const struct answer_key key = transaction_sample_key();

	return query_match_make(match, &path, &head, &key);
}

static struct transaction *follow(uint16_t number)
{
	const struct dns_head head = transaction_sample_head(number);
	struct transaction *transaction = sample(number);

	ck_assert_ptr_nonnull(transaction);
	return query_match_follow(match, transaction, &head) ? transaction : NULL;
}

/* The same query at another edge. */
static struct transaction *follow_at(uint32_t if_index, uint16_t number)
{
	const struct dns_head head = transaction_sample_head(number);
	struct transaction *transaction = sample(number);

	ck_assert_ptr_nonnull(transaction);
	transaction->path.if_index = if_index;
	return query_match_follow(match, transaction, &head) ? transaction : NULL;
}

static struct transaction *find(uint16_t number)
{
	const struct transaction_path path = transaction_sample_path();
	const struct dns_head head = transaction_sample_head(number);

	return query_match_find(match, &path, &head);
}

static struct transaction *find_at(uint32_t if_index, uint16_t number)
{
	struct transaction_path path = transaction_sample_path();
	const struct dns_head head = transaction_sample_head(number);

	path.if_index = if_index;
	return query_match_find(match, &path, &head);
}

static void see(const struct transaction *transaction, void *argument)
{
	(void)transaction;
	++*(unsigned int *)argument;
}

static unsigned int count(enum query_match_table table)
{
	unsigned int seen = 0;

	rcu_read_lock();
	query_match_walk(match, table, see, &seen);
	rcu_read_unlock();
	return seen;
}

START_TEST(query_is_found_by_what_it_was_sent_with)
{
	struct transaction *transaction = follow(1);

	ck_assert_ptr_eq(find(1), transaction);
	ck_assert_ptr_null(find(2));
	ck_assert_uint_eq(query_match_waiting(match), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 1);
}
END_TEST

START_TEST(transaction_holds_name_key_and_question)
{
	const struct transaction *transaction = follow(1);

	ck_assert_uint_eq(transaction->query.id, 1);
	ck_assert_uint_eq(transaction->query.flags, DNS_FLAG_RD);
	ck_assert_uint_eq(transaction->query.type, DNS_TYPE_A);
	ck_assert_uint_eq(transaction->name_bytes, 17);
	ck_assert_mem_eq(transaction_name(transaction), "\3www\7example\3com", 17);
	ck_assert_uint_eq(transaction->key_bytes, 3);
	ck_assert_mem_eq(transaction_key(transaction), "key", 3);
	ck_assert_uint_eq(transaction->outcome, TRANSACTION_WAITING);
}
END_TEST

START_TEST(every_part_of_the_path_counts)
{
	const struct dns_head head = transaction_sample_head(1);
	const struct transaction_path path = transaction_sample_path();
	struct transaction_path others[7];

	follow(1);
	for (int i = 0; i < 7; i++)
		others[i] = path;
	others[0].if_index++;
	others[1].client_port_be++;
	others[2].server_port_be++;
	others[3].client_ip[15]++;
	others[4].server_ip[0]++;
	others[5].vlan_ids[0]++;
	others[6].vlan_ids[1]++;
	for (int i = 0; i < 7; i++)
		ck_assert_ptr_null(query_match_find(match, &others[i], &head));
}
END_TEST

START_TEST(every_part_of_the_question_counts)
{
	const struct transaction_path path = transaction_sample_path();
	struct dns_head others[5];

	follow(1);
	for (int i = 0; i < 5; i++)
		others[i] = transaction_sample_head(1);
	others[0].id++;
	others[1].question.type = DNS_TYPE_AAAA;
	others[2].question.class = DNS_CLASS_CH;
	others[3].question.name.bytes[1] = 'x';
	others[4].question.name.length_bytes = 13;
	for (int i = 0; i < 5; i++)
		ck_assert_ptr_null(query_match_find(match, &path, &others[i]));
}
END_TEST

START_TEST(whichever_edge_finds_it_by_the_rest)
{
	const struct dns_head head = transaction_sample_head(1);
	struct transaction_path path = transaction_sample_path();
	struct transaction *transaction = follow(1);

	path.if_index = TRANSACTION_ANY_EDGE;
	ck_assert_ptr_eq(query_match_find(match, &path, &head), transaction);
	path.client_port_be++;
	ck_assert_ptr_null(query_match_find(match, &path, &head));
}
END_TEST

START_TEST(matched_query_leaves_the_table_for_the_list)
{
	query_match_matched(match, follow(1));
	ck_assert_ptr_null(find(1));
	ck_assert_uint_eq(query_match_waiting(match), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 0);
}
END_TEST

START_TEST(unmatched_query_is_listed_and_still_found)
{
	struct transaction *transaction = follow(1);

	query_match_unmatched(match, transaction);
	ck_assert_ptr_eq(find(1), transaction);
	ck_assert_uint_eq(transaction->outcome, TRANSACTION_UNMATCHED);
	ck_assert_uint_eq(query_match_waiting(match), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 0);
}
END_TEST

START_TEST(late_response_leaves_the_query_in_the_list_of_the_unmatched)
{
	struct transaction *transaction = follow(1);

	query_match_unmatched(match, transaction);
	query_match_forget(match, transaction);
	ck_assert_ptr_null(find(1));
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
}
END_TEST

START_TEST(voided_query_is_found_and_in_no_list)
{
	struct transaction *transaction = follow(1);

	query_match_voided(match, transaction);
	ck_assert_ptr_eq(find(1), transaction);
	ck_assert_uint_eq(query_match_waiting(match), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
}
END_TEST

START_TEST(full_table_takes_no_more_waiting_queries_of_the_edge_that_filled_it)
{
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow(number));
	ck_assert_ptr_null(follow(MATCHING_MAX));
	ck_assert_uint_eq(query_match_waiting(match), MATCHING_MAX);
	query_match_matched(match, find(3));
	ck_assert_ptr_nonnull(follow(MATCHING_MAX));
}
END_TEST

static void count_waiting(struct transaction *transaction, void *argument)
{
	ck_assert_ptr_eq(argument, match);
	ck_assert_uint_eq(transaction->outcome, TRANSACTION_WAITING);
	ck_assert_uint_eq(transaction->query.id, forgotten_count); /* the oldest */
	forgotten_count++;
}

START_TEST(another_edge_has_its_part_of_a_full_table)
{
	query_match_set_forgetter(match, count_waiting, match);
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow(number));
	for (uint16_t number = 0; number < MATCHING_MAX / 2; number++)
		ck_assert_ptr_nonnull(follow_at(8, 100 + number));
	ck_assert_uint_eq(forgotten_count, MATCHING_MAX / 2);
	ck_assert_uint_eq(query_match_waiting(match), MATCHING_MAX);
	ck_assert_uint_eq(count(QUERY_MATCH_WAITING), MATCHING_MAX);
	ck_assert_ptr_null(find(MATCHING_MAX / 2 - 1));
	ck_assert_ptr_nonnull(find(MATCHING_MAX / 2));
	ck_assert_ptr_null(follow_at(8, 200));
}
END_TEST

static void count_forgotten(struct transaction *transaction, void *argument)
{
	ck_assert_ptr_eq(argument, match);
	ck_assert_uint_eq(transaction->query.id, 2); /* the first that was retained */
	forgotten_count++;
}

START_TEST(those_kept_for_late_responses_make_room_oldest_first)
{
	query_match_set_forgetter(match, count_forgotten, match);
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow(number));
	query_match_unmatched(match, find(2));
	query_match_voided(match, find(1));

	ck_assert_ptr_nonnull(follow(100));
	ck_assert_uint_eq(forgotten_count, 1);
	ck_assert_ptr_null(find(2));
	ck_assert_ptr_nonnull(find(1));
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1); /* the list keeps it */
}
END_TEST

START_TEST(those_that_settle_make_room_after_those)
{
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow(number));
	for (uint16_t number = 0; number < MATCHING_MAX - 1; number++)
		query_match_settling(match, find(number));
	query_match_unmatched(match, find(MATCHING_MAX - 1));

	ck_assert_ptr_nonnull(follow(100));
	ck_assert_ptr_null(find(MATCHING_MAX - 1));
	ck_assert_ptr_nonnull(find(0));
	ck_assert_ptr_nonnull(follow(101));
	ck_assert_ptr_null(find(0));
}
END_TEST

START_TEST(queries_that_wait_leave_half_of_the_table_to_those_that_settle)
{
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow_at(8, number));
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		query_match_settling(match, find_at(8, number));
	for (uint16_t number = 0; number < MATCHING_MAX / 2; number++)
		ck_assert_ptr_nonnull(follow(100 + number));
	ck_assert_ptr_null(follow(200)); /* it is the one that has most waiting */
	ck_assert_ptr_nonnull(find_at(8, MATCHING_MAX / 2));
	ck_assert_ptr_nonnull(follow_at(9, 300));
	ck_assert_ptr_null(find(100));
	ck_assert_ptr_nonnull(find_at(8, MATCHING_MAX / 2));
}
END_TEST

START_TEST(late_one_that_settles_is_no_longer_one_that_is_late)
{
	for (uint16_t number = 0; number < MATCHING_MAX; number++)
		ck_assert_ptr_nonnull(follow(number));
	query_match_unmatched(match, find(0));
	query_match_unmatched(match, find(1));
	query_match_settling_late(match, find(0));
	ck_assert_ptr_nonnull(follow(100));
	ck_assert_ptr_nonnull(find(0));
	ck_assert_ptr_null(find(1));
}
END_TEST

START_TEST(lists_keep_to_their_capacity_and_ttl)
{
	for (uint16_t number = 0; number < 2 * LISTED_MAX; number++) {
		struct transaction *matched = follow(number);

		matched->finished_ns = number * NS_PER_S;
		query_match_matched(match, matched);
	}
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), LISTED_MAX);
	query_match_expire(match, 14 * NS_PER_S); /* of 4 to 7, the first is 10 s old */
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), LISTED_MAX - 1);
}
END_TEST

START_TEST(ttls_may_change_for_what_is_listed_already)
{
	struct transaction *matched = follow(1);
	struct transaction *unmatched = follow(2);

	matched->finished_ns = NS_PER_S;
	unmatched->finished_ns = NS_PER_S;
	query_match_matched(match, matched);
	query_match_unmatched(match, unmatched);
	query_match_set_ttls(match, 2 * NS_PER_S, 3 * NS_PER_S);
	query_match_expire(match, 3 * NS_PER_S);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	query_match_expire(match, 4 * NS_PER_S);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 0);
}
END_TEST

START_TEST(each_list_has_its_own_ttl)
{
	struct transaction *transaction = follow(1);

	query_match_matched(match, follow(2));
	query_match_unmatched(match, transaction);
	query_match_forget(match, transaction);
	query_match_expire(match, 10 * NS_PER_S);
	ck_assert_uint_eq(count(QUERY_MATCH_MATCHED), 0);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 1);
	query_match_expire(match, 20 * NS_PER_S);
	ck_assert_uint_eq(count(QUERY_MATCH_UNMATCHED), 0);
}
END_TEST

START_TEST(table_is_freed_with_all_that_is_in_it)
{
	follow(1);
	query_match_unmatched(match, follow(2));
	query_match_voided(match, follow(3));
	query_match_matched(match, follow(4));
	query_match_free(NULL);
}
END_TEST

static Suite *test_query_match_suite(void)
{
	Suite *suite = suite_create("query_match");
	TCase *all = tcase_create("query_match");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, query_is_found_by_what_it_was_sent_with);
	tcase_add_test(all, transaction_holds_name_key_and_question);
	tcase_add_test(all, every_part_of_the_path_counts);
	tcase_add_test(all, every_part_of_the_question_counts);
	tcase_add_test(all, whichever_edge_finds_it_by_the_rest);
	tcase_add_test(all, matched_query_leaves_the_table_for_the_list);
	tcase_add_test(all, unmatched_query_is_listed_and_still_found);
	tcase_add_test(all, late_response_leaves_the_query_in_the_list_of_the_unmatched);
	tcase_add_test(all, voided_query_is_found_and_in_no_list);
	tcase_add_test(all, full_table_takes_no_more_waiting_queries_of_the_edge_that_filled_it);
	tcase_add_test(all, another_edge_has_its_part_of_a_full_table);
	tcase_add_test(all, those_kept_for_late_responses_make_room_oldest_first);
	tcase_add_test(all, those_that_settle_make_room_after_those);
	tcase_add_test(all, queries_that_wait_leave_half_of_the_table_to_those_that_settle);
	tcase_add_test(all, late_one_that_settles_is_no_longer_one_that_is_late);
	tcase_add_test(all, lists_keep_to_their_capacity_and_ttl);
	tcase_add_test(all, each_list_has_its_own_ttl);
	tcase_add_test(all, ttls_may_change_for_what_is_listed_already);
	tcase_add_test(all, table_is_freed_with_all_that_is_in_it);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_query_match_suite());
}
