/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/transaction_list.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/transaction_samples.h"

#define TTL_NS (10 * NS_PER_S)

static struct transaction_pool pool;
static struct transaction_list list;
static uint16_t seen_ids[16];
static unsigned int seen_count;

static void start(void)
{
	rcu_register_thread();
	transaction_pool_init(&pool);
	transaction_list_init(&list, &pool, 3, TTL_NS);
}

static void end(void)
{
	transaction_list_clear(&list);
	transaction_pool_close(&pool);
	rcu_unregister_thread();
}

static void add(uint16_t number, uint64_t finished_s)
{
	struct transaction *transaction = transaction_sample(&pool, number);

	ck_assert_ptr_nonnull(transaction);
	transaction->finished_ns = finished_s * NS_PER_S;
	transaction_list_add(&list, transaction);
	if (!transaction->is_listed)
		transaction_release(&pool, transaction);
}

static void see(const struct transaction *transaction, void *argument)
{
	ck_assert_ptr_eq(argument, &list);
	ck_assert_uint_lt(seen_count, 16);
	seen_ids[seen_count++] = transaction->query.id;
}

static void walk(void)
{
	seen_count = 0;
	rcu_read_lock();
	transaction_list_walk(&list, see, &list);
	rcu_read_unlock();
	ck_assert_uint_eq(seen_count, list.count);
}

START_TEST(list_is_walked_oldest_first)
{
	add(1, 1);
	add(2, 2);
	walk();
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_uint_eq(seen_ids[0], 1);
	ck_assert_uint_eq(seen_ids[1], 2);
}
END_TEST

START_TEST(full_list_drops_its_oldest)
{
	for (uint16_t number = 1; number <= 5; number++)
		add(number, number);
	walk();
	ck_assert_uint_eq(seen_count, 3);
	ck_assert_uint_eq(seen_ids[0], 3);
	ck_assert_uint_eq(seen_ids[2], 5);
}
END_TEST

START_TEST(what_ended_a_ttl_ago_is_dropped)
{
	add(1, 1);
	add(2, 2);
	transaction_list_expire(&list, 11 * NS_PER_S - 1);
	ck_assert_uint_eq(list.count, 2);
	transaction_list_expire(&list, 11 * NS_PER_S);
	walk();
	ck_assert_uint_eq(seen_count, 1);
	ck_assert_uint_eq(seen_ids[0], 2);
	transaction_list_expire(&list, 100 * NS_PER_S);
	ck_assert_uint_eq(list.count, 0);
	transaction_list_expire(&list, 100 * NS_PER_S);
}
END_TEST

START_TEST(list_of_no_capacity_keeps_nothing)
{
	transaction_list_init(&list, &pool, 0, TTL_NS);
	add(1, 1);
	walk();
	ck_assert_uint_eq(seen_count, 0);
}
END_TEST

START_TEST(transaction_stays_while_a_reader_looks_at_it)
{
	const struct transaction *transaction;

	add(1, 1);
	rcu_read_lock();
	transaction = cds_list_entry(list.transactions.next, struct transaction, listed);
	transaction_list_clear(&list);
	ck_assert_uint_eq(transaction->query.id, 1); /* or the address sanitizer speaks */
	rcu_read_unlock();
}
END_TEST

START_TEST(transaction_that_the_table_holds_outlives_the_list)
{
	struct transaction *transaction = transaction_sample(&pool, 1);

	transaction->is_followed = true;
	transaction_list_add(&list, transaction);
	transaction_list_clear(&list);
	ck_assert_uint_eq(pool.retired.count, 0);
	ck_assert(!transaction->is_listed);
	transaction->is_followed = false;
	transaction_release(&pool, transaction);
}
END_TEST

static Suite *test_transaction_list_suite(void)
{
	Suite *suite = suite_create("transaction_list");
	TCase *all = tcase_create("transaction_list");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, list_is_walked_oldest_first);
	tcase_add_test(all, full_list_drops_its_oldest);
	tcase_add_test(all, what_ended_a_ttl_ago_is_dropped);
	tcase_add_test(all, list_of_no_capacity_keeps_nothing);
	tcase_add_test(all, transaction_stays_while_a_reader_looks_at_it);
	tcase_add_test(all, transaction_that_the_table_holds_outlives_the_list);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_transaction_list_suite());
}
