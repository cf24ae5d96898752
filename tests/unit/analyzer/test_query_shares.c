/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/query_shares.h"

#include "tests/support/check_main.h"

#define QUERIES 64

static struct query_shares shares;
static struct transaction transactions[QUERIES];
static unsigned int used;

static void start(void)
{
	query_shares_init(&shares);
	used = 0;
}

static struct transaction *join(uint32_t if_index)
{
	struct transaction *transaction = &transactions[used++];

	ck_assert_uint_le(used, QUERIES);
	transaction->path.if_index = if_index;
	query_shares_join(&shares, transaction);
	return transaction;
}

static void join_many(uint32_t if_index, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		(void)join(if_index);
}

START_TEST(nobody_makes_room_where_nobody_waits)
{
	ck_assert_ptr_null(query_shares_victim(&shares, 7));
}
END_TEST

START_TEST(edge_with_most_makes_room_its_oldest_first)
{
	struct transaction *oldest = join(1);
	struct transaction *second = join(1);

	join_many(2, 1);
	join_many(1, 3);
	ck_assert_ptr_eq(query_shares_victim(&shares, 2), oldest);
	ck_assert_ptr_eq(query_shares_victim(&shares, 3), oldest);
	query_shares_leave(&shares, oldest);
	ck_assert_ptr_eq(query_shares_victim(&shares, 3), second);
}
END_TEST

START_TEST(edge_with_most_takes_nobodys_place)
{
	join_many(1, 5);
	join_many(2, 4);
	ck_assert_ptr_null(query_shares_victim(&shares, 1));
	ck_assert_ptr_nonnull(query_shares_victim(&shares, 2));
	(void)join(2); /* as many */
	ck_assert_ptr_null(query_shares_victim(&shares, 1));
	ck_assert_ptr_null(query_shares_victim(&shares, 2));
}
END_TEST

START_TEST(edge_that_was_the_heaviest_still_asks_the_heaviest)
{
	struct transaction *own[6];
	struct transaction *others;

	for (int i = 0; i < 6; i++)
		own[i] = join(1);
	others = join(2);
	join_many(2, 4);
	for (int i = 0; i < 5; i++)
		query_shares_leave(&shares, own[i]);
	ck_assert_ptr_eq(query_shares_victim(&shares, 1), others);
}
END_TEST

START_TEST(edge_that_was_the_heaviest_is_asked_for_no_more_than_it_has)
{
	struct transaction *others[6];
	struct transaction *first;

	for (int i = 0; i < 6; i++)
		others[i] = join(1);
	first = join(2);
	join_many(2, 4);
	for (int i = 0; i < 5; i++) /* edge 1 was the heaviest, and nothing joined since */
		query_shares_leave(&shares, others[i]);
	ck_assert_ptr_eq(query_shares_victim(&shares, 3), others[5]);
	(void)join(3);
	ck_assert_ptr_eq(query_shares_victim(&shares, 3), first);
	ck_assert_ptr_null(query_shares_victim(&shares, 2));
}
END_TEST

START_TEST(flooding_edges_end_with_equal_parts_and_a_quiet_one_with_its_own)
{
	unsigned int counts[4] = { 0 };
	unsigned int total = 0;

	for (uint32_t i = 0; i < 3000; i++) {
		const uint32_t if_index = i % 100 == 99 ? 3 : 1 + i % 2;
		struct transaction *transaction = &transactions[total];

		if (counts[3] == 5 && if_index == 3)
			continue;
		if (total == QUERIES) {
			transaction = query_shares_victim(&shares, if_index);
			if (transaction == NULL)
				continue;
			query_shares_leave(&shares, transaction);
			counts[transaction->path.if_index]--;
			total--;
		}
		transaction->path.if_index = if_index;
		query_shares_join(&shares, transaction);
		counts[if_index]++;
		total++;
	}
	ck_assert_uint_eq(counts[3], 5);
	ck_assert_uint_ge(counts[1], (QUERIES - 5) / 2);
	ck_assert_uint_ge(counts[2], (QUERIES - 5) / 2);
}
END_TEST

static Suite *test_query_shares_suite(void)
{
	Suite *suite = suite_create("query_shares");
	TCase *all = tcase_create("query_shares");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, nobody_makes_room_where_nobody_waits);
	tcase_add_test(all, edge_with_most_makes_room_its_oldest_first);
	tcase_add_test(all, edge_with_most_takes_nobodys_place);
	tcase_add_test(all, edge_that_was_the_heaviest_still_asks_the_heaviest);
	tcase_add_test(all, edge_that_was_the_heaviest_is_asked_for_no_more_than_it_has);
	tcase_add_test(all, flooding_edges_end_with_equal_parts_and_a_quiet_one_with_its_own);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_query_shares_suite());
}
