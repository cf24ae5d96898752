/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/transaction_pool.h"

#include "tests/support/check_main.h"
#include "tests/support/transaction_samples.h"

#define BURST (2 * TRANSACTION_POOL_SPARE_MAX)

static struct transaction_pool pool;
static struct transaction *burst[BURST];

static void pool_start(void)
{
	rcu_register_thread();
	transaction_pool_init(&pool);
}

static void pool_end(void)
{
	transaction_pool_close(&pool);
	rcu_unregister_thread();
}

/* For a name of so many bytes, and a key that has it, too. */
static struct transaction *make(uint8_t name_bytes)
{
	const struct transaction_path path = transaction_sample_path();
	struct answer_key key = { .size_bytes = ANSWER_KEY_FIXED_BYTES + name_bytes };
	struct dns_head head = transaction_sample_head(1);

	head.question.name.length_bytes = name_bytes;
	memset(head.question.name.bytes, 'n', name_bytes);
	memset(key.bytes, 'k', key.size_bytes);
	return transaction_pool_make(&pool, &path, &head, &key);
}

static void make_and_give(uint8_t name_bytes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		burst[i] = make(name_bytes);
	for (unsigned int i = 0; i < count; i++)
		transaction_pool_give(&pool, burst[i]);
}

static uint64_t spares(enum transaction_size size)
{
	return pool.spares[size].count;
}

START_TEST(names_of_up_to_seventy_bytes_are_usual)
{
	make_and_give(70, 1);
	ck_assert_uint_eq(spares(TRANSACTION_USUAL), 1);
	make_and_give(71, 1);
	ck_assert_uint_eq(spares(TRANSACTION_LONG), 1);
}
END_TEST

/* Whatever the last one's name was: what is taken fits, to its last byte. */
START_TEST(longest_name_fits_where_another_long_one_was)
{
	struct transaction *transaction;

	make_and_give(71, 1);
	transaction = make(DNS_NAME_BYTES_MAX);
	ck_assert_uint_eq(spares(TRANSACTION_LONG), 0);
	for (unsigned int i = 0; i < transaction->name_bytes; i++)
		ck_assert_uint_eq(transaction_name(transaction)[i], 'n');
	for (unsigned int i = 0; i < transaction->key_bytes; i++)
		ck_assert_uint_eq(transaction_key(transaction)[i], 'k');
	transaction_pool_give(&pool, transaction);
}
END_TEST

START_TEST(burst_of_one_size_leaves_room_for_the_other)
{
	make_and_give(20, BURST);
	make_and_give(200, BURST);
	ck_assert_uint_eq(spares(TRANSACTION_LONG), TRANSACTION_POOL_LONG_SPARE_MAX);
	ck_assert_uint_eq(
		spares(TRANSACTION_USUAL) + spares(TRANSACTION_LONG), TRANSACTION_POOL_SPARE_MAX);
}
END_TEST

static Suite *test_transaction_pool_suite(void)
{
	Suite *suite = suite_create("transaction_pool");
	TCase *all = tcase_create("transaction_pool");

	tcase_add_checked_fixture(all, pool_start, pool_end);
	tcase_add_test(all, names_of_up_to_seventy_bytes_are_usual);
	tcase_add_test(all, longest_name_fits_where_another_long_one_was);
	tcase_add_test(all, burst_of_one_size_leaves_room_for_the_other);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_transaction_pool_suite());
}
