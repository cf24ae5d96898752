/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_sieve.h"

#include <stdlib.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

#define COUNT 8

static struct answer_sieve sieve;
static struct answer_entry *entries[COUNT];

/* Entries 0 to 7, in this order. */
static void sieve_fill(void)
{
	static const struct answer_key key = { .size_bytes = ANSWER_KEY_BYTES_MIN };
	const struct answer_facts facts = { 0 };

	answer_sieve_init(&sieve);
	for (int i = 0; i < COUNT; i++) {
		entries[i] = answer_entry_new(&key, &facts, (const uint8_t *)"", 1);
		answer_sieve_add(&sieve, entries[i]);
	}
}

static void sieve_empty(void)
{
	for (int i = 0; i < COUNT; i++)
		free(entries[i]);
}

static void visit(int i)
{
	entries[i]->visited = 1;
}

/* Its number, or -1. */
static int evict(void)
{
	struct answer_entry *victim = answer_sieve_victim(&sieve);

	if (!victim)
		return -1;
	answer_sieve_remove(&sieve, victim);
	for (int i = 0; i < COUNT; i++)
		if (entries[i] == victim)
			return i;
	ck_abort_msg("evicted what was never added");
}

START_TEST(empty_sieve_has_no_victim)
{
	for (int i = 0; i < COUNT; i++)
		answer_sieve_remove(&sieve, entries[i]);
	ck_assert_int_eq(evict(), -1);
	ck_assert_ptr_null(answer_sieve_oldest(&sieve));
}
END_TEST

START_TEST(unvisited_entries_go_oldest_first)
{
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(evict(), i);
	ck_assert_int_eq(evict(), -1);
}
END_TEST

START_TEST(visited_entry_is_spared_once)
{
	visit(0);
	visit(1);
	ck_assert_int_eq(evict(), 2);
	for (int i = 3; i < COUNT; i++)
		ck_assert_int_eq(evict(), i);
	ck_assert_int_eq(evict(), 0);
	ck_assert_int_eq(evict(), 1);
}
END_TEST

START_TEST(spared_entry_keeps_its_place)
{
	struct answer_entry *newest = entries[7];

	answer_sieve_remove(&sieve, newest);
	for (int i = 0; i < 7; i++)
		visit(i);
	ck_assert_int_eq(evict(), 0); /* all were spared, and the hand began again */
	answer_sieve_add(&sieve, newest);
	for (int i = 1; i < COUNT; i++)
		ck_assert_int_eq(evict(), i);
}
END_TEST

START_TEST(hand_goes_on_where_it_was)
{
	struct answer_entry *again;

	visit(0);
	ck_assert_int_eq(evict(), 1);
	ck_assert_int_eq(evict(), 2);
	again = entries[1];
	answer_sieve_add(&sieve, again);
	visit(3);
	ck_assert_int_eq(evict(), 4); /* 0 is older and unvisited by now, but behind the hand */
	for (int i = 5; i < COUNT; i++)
		ck_assert_int_eq(evict(), i);
	ck_assert_int_eq(evict(), 1);
	ck_assert_int_eq(evict(), 0);
	ck_assert_int_eq(evict(), 3);
}
END_TEST

START_TEST(entry_under_the_hand_can_be_removed)
{
	visit(0);
	ck_assert_ptr_eq(answer_sieve_victim(&sieve), entries[1]);
	answer_sieve_remove(&sieve, entries[1]);
	ck_assert_int_eq(evict(), 2);
	for (int i = 3; i < COUNT; i++)
		answer_sieve_remove(&sieve, entries[i]);
	ck_assert_int_eq(evict(), 0);
}
END_TEST

START_TEST(endless_sparing_ends)
{
	static struct answer_entry many[ANSWER_SIEVE_SPARED_MAX + 10];

	answer_sieve_init(&sieve);
	for (int i = 0; i < ANSWER_SIEVE_SPARED_MAX + 10; i++) {
		many[i].visited = 1;
		answer_sieve_add(&sieve, &many[i]);
	}
	ck_assert_ptr_eq(answer_sieve_victim(&sieve), &many[ANSWER_SIEVE_SPARED_MAX]);
}
END_TEST

static Suite *test_answer_sieve_suite(void)
{
	Suite *suite = suite_create("answer_sieve");
	TCase *all = tcase_create("answer_sieve");

	tcase_add_checked_fixture(all, sieve_fill, sieve_empty);
	tcase_add_test(all, empty_sieve_has_no_victim);
	tcase_add_test(all, unvisited_entries_go_oldest_first);
	tcase_add_test(all, visited_entry_is_spared_once);
	tcase_add_test(all, spared_entry_keeps_its_place);
	tcase_add_test(all, hand_goes_on_where_it_was);
	tcase_add_test(all, entry_under_the_hand_can_be_removed);
	tcase_add_test(all, endless_sparing_ends);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_sieve_suite());
}
