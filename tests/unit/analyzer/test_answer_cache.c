/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_cache.h"

#include <pthread.h>
#include <semaphore.h>

#include "tests/support/answer_cache_probe.h"

START_TEST(what_was_put_is_found_and_nothing_else)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	ck_assert(!probe_find(1, PROBE_NOW_NS));
	probe_put(1);
	probe_put(2);
	ck_assert(probe_find(1, PROBE_NOW_NS));
	ck_assert(probe_find(2, PROBE_NOW_NS));
	ck_assert(!probe_find(3, PROBE_NOW_NS));
	ck_assert_uint_eq(probe_usage().entries, 2);
	ck_assert_uint_eq(probe_usage().insertions, 2);
}
END_TEST

START_TEST(newer_answer_replaces_the_older_one)
{
	struct answer_facts facts = answer_sample_facts(PROBE_NOW_NS, 0);
	const struct answer_entry *entry;
	struct answer_key key;

	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	probe_put(1);
	answer_sample_key(&key, 1);
	facts.rcode = 3;
	ck_assert_int_eq(answer_cache_put(probe_cache, &key, &facts, (const uint8_t *)"new", 3),
		ANSWER_CACHE_OK);

	rcu_read_lock();
	entry = answer_cache_find(probe_cache, &key, PROBE_NOW_NS);
	ck_assert_ptr_nonnull(entry);
	ck_assert_uint_eq(entry->message_bytes, 3);
	ck_assert_mem_eq(answer_entry_message(entry), "new", 3);
	ck_assert_uint_eq(entry->rcode, 3);
	rcu_read_unlock();
	ck_assert_uint_eq(probe_walk(1).count, 1);
	ck_assert_uint_eq(probe_usage().entries, 1);
	ck_assert_uint_eq(probe_usage().insertions, 2);
	ck_assert_uint_eq(probe_usage().evictions, 0);
}
END_TEST

/* A response @later_s later that says the same, with so much left of its TTL. */
static bool renew(uint32_t number, uint32_t later_s, uint32_t left_s)
{
	const uint64_t now_ns = PROBE_NOW_NS + later_s * NS_PER_S;
	struct answer_facts facts = answer_sample_facts(now_ns, 0);
	struct answer_key key;

	facts.fresh_until_ns = now_ns + left_s * NS_PER_S;
	facts.stale_until_ns = facts.fresh_until_ns + 3600 * NS_PER_S;
	answer_sample_key(&key, number);
	return answer_cache_renew(probe_cache, &key, &facts);
}

START_TEST(answer_that_is_given_again_is_kept_as_long_as_the_last_one_says)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	probe_put(1);
	ck_assert(renew(1, 1000, 100));
	ck_assert_uint_eq(
		answer_cache_expire(probe_cache, PROBE_NOW_NS + (PROBE_KEEP_S + 10) * NS_PER_S, 9),
		1);
	ck_assert_uint_eq(probe_usage().expirations, 0);
	ck_assert(probe_find(1, PROBE_NOW_NS + (1000 + 100 + 3600) * NS_PER_S - 1));
	ck_assert(!probe_find(1, PROBE_NOW_NS + (1000 + 100 + 3600) * NS_PER_S));
	ck_assert_uint_eq(
		answer_cache_expire(probe_cache, PROBE_NOW_NS + (1000 + 3710) * NS_PER_S, 9), 1);
	ck_assert_uint_eq(probe_usage().expirations, 1);
	ck_assert_uint_eq(probe_usage().insertions, 1);
}
END_TEST

START_TEST(entry_moves_unless_it_says_something_else)
{
	struct answer_facts facts = answer_sample_facts(PROBE_NOW_NS, 0);
	struct answer_key from, to;

	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	answer_sample_key(&from, 1);
	answer_sample_key(&to, 2);
	facts.likeness.records = 7;
	ck_assert_int_eq(answer_cache_put(probe_cache, &from, &facts, (const uint8_t *)"new", 3),
		ANSWER_CACHE_OK);
	ck_assert(!answer_cache_move(probe_cache, &from, 8, &to));
	ck_assert(answer_cache_has(probe_cache, &from, 7));
	ck_assert(!answer_cache_has(probe_cache, &to, 7));
	ck_assert(answer_cache_move(probe_cache, &from, 7, &to));
	ck_assert(!answer_cache_has(probe_cache, &from, 7));
	ck_assert(answer_cache_has(probe_cache, &to, 7));
	ck_assert(!answer_cache_move(probe_cache, &from, 7, &to));
}
END_TEST

START_TEST(one_at_a_time_vouches_for_what_an_entry_says)
{
	struct answer_facts facts = answer_sample_facts(PROBE_NOW_NS, 0);
	struct answer_key key;

	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	answer_sample_key(&key, 1);
	ck_assert(!answer_cache_vouch(probe_cache, &key, 7, 1));
	facts.likeness.records = 7;
	ck_assert_int_eq(answer_cache_put(probe_cache, &key, &facts, (const uint8_t *)"new", 3),
		ANSWER_CACHE_OK);
	ck_assert(!answer_cache_vouch(probe_cache, &key, 8, 1));
	ck_assert(answer_cache_vouch(probe_cache, &key, 7, 1));
	ck_assert(!answer_cache_vouch(probe_cache, &key, 7, 1));
	ck_assert(answer_cache_vouch(probe_cache, &key, 7, 2)); /* after a loss */
	answer_cache_unvouch(probe_cache, &key, 7, 1);
	ck_assert(!answer_cache_vouch(probe_cache, &key, 7, 2));
	answer_cache_unvouch(probe_cache, &key, 7, 2);
	ck_assert(answer_cache_vouch(probe_cache, &key, 7, 2));
}
END_TEST

START_TEST(what_is_not_there_or_lives_longer_is_not_renewed)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	ck_assert(!renew(1, 0, ANSWER_SAMPLE_TTL_S));
	probe_put(1);
	ck_assert(!renew(1, 0, ANSWER_SAMPLE_TTL_S + 1));
	ck_assert(renew(1, 0, ANSWER_SAMPLE_TTL_S));
}
END_TEST

START_TEST(replacing_in_a_full_table_evicts_nobody)
{
	probe_open(4, PROBE_MEMORY_BYTES); /* three positive ones */
	for (uint32_t i = 0; i < 3; i++)
		probe_put(i);
	for (uint32_t i = 0; i < 10; i++)
		probe_put(1);
	ck_assert_uint_eq(probe_usage().evictions, 0);
	ck_assert_uint_eq(probe_walk(0).count, 3);
}
END_TEST

START_TEST(stale_answer_is_found_until_it_is_forgotten)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	probe_put(1);
	ck_assert(probe_find(1, PROBE_NOW_NS + (ANSWER_SAMPLE_TTL_S + 1) * NS_PER_S));
	ck_assert(probe_find(1, PROBE_NOW_NS + PROBE_KEEP_S * NS_PER_S - 1));
	ck_assert(!probe_find(1, PROBE_NOW_NS + PROBE_KEEP_S * NS_PER_S));
}
END_TEST

START_TEST(expiry_forgets_what_is_past_and_keeps_the_rest)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(
			answer_sample_put(probe_cache, i, PROBE_NOW_NS + i * NS_PER_S, 0), 0);
	ck_assert_uint_eq(answer_cache_expire(probe_cache, PROBE_NOW_NS, 1000), 0);
	ck_assert_uint_eq(answer_cache_expire(
				  probe_cache, PROBE_NOW_NS + (PROBE_KEEP_S + 40) * NS_PER_S, 1000),
		40);
	ck_assert(!probe_keeps(39));
	ck_assert(probe_keeps(40));
	ck_assert_uint_eq(probe_usage().entries, 60);
	ck_assert_uint_eq(probe_usage().expirations, 40);
	ck_assert_uint_eq(probe_usage().evictions, 0);
}
END_TEST

START_TEST(expiry_does_no_more_than_it_is_asked_to)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 100; i++)
		probe_put(i);
	ck_assert_uint_eq(
		answer_cache_expire(probe_cache, PROBE_NOW_NS + 86400 * NS_PER_S, 30), 30);
	ck_assert_uint_eq(probe_usage().entries, 70);
	ck_assert_uint_eq(
		answer_cache_expire(probe_cache, PROBE_NOW_NS + 86400 * NS_PER_S, 100), 70);
	ck_assert_uint_eq(probe_usage().entries, 0);
}
END_TEST

START_TEST(replaced_answer_lives_as_long_as_the_newer_one_says)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	probe_put(1);
	ck_assert_int_eq(answer_sample_put(probe_cache, 1, PROBE_NOW_NS + 600 * NS_PER_S, 0), 0);
	ck_assert_uint_eq(answer_cache_expire(
				  probe_cache, PROBE_NOW_NS + (PROBE_KEEP_S + 590) * NS_PER_S, 10),
		0);
	ck_assert_uint_eq(answer_cache_expire(
				  probe_cache, PROBE_NOW_NS + (PROBE_KEEP_S + 602) * NS_PER_S, 10),
		1);
}
END_TEST

START_TEST(walk_sees_every_entry_once)
{
	probe_open(PROBE_ENTRIES_MAX, PROBE_MEMORY_BYTES);
	ck_assert_uint_eq(probe_walk(0).count, 0);
	for (uint32_t i = 0; i < 500; i++)
		probe_put(i);
	for (uint32_t i = 0; i < 500; i++) {
		struct probe_walked walked = probe_walk(i);

		ck_assert_uint_eq(walked.count, 500);
		ck_assert_uint_eq(walked.sought_count, 1);
	}
}
END_TEST

static sem_t reader_found, reader_may_go;

static void *reader_that_stays(void *argument)
{
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES];
	const struct answer_entry *entry;
	struct answer_key key;

	(void)argument;
	rcu_register_thread();
	answer_sample_key(&key, 0);
	answer_sample_message(message, 0);
	rcu_read_lock();
	entry = answer_cache_find(probe_cache, &key, PROBE_NOW_NS);
	(void)sem_post(&reader_found);
	(void)sem_wait(&reader_may_go);
	ck_assert_mem_eq(answer_entry_key(entry), key.bytes, key.size_bytes);
	ck_assert_mem_eq(answer_entry_message(entry), message, sizeof(message));
	rcu_read_unlock();
	rcu_unregister_thread();
	return NULL;
}

START_TEST(evicted_entry_stays_until_its_reader_unlocks)
{
	uint64_t entry_bytes, before_bytes;
	struct answer_key key;
	pthread_t reader;

	probe_open(2, PROBE_MEMORY_BYTES); /* one positive one */
	probe_put(0);
	before_bytes = probe_usage().memory_bytes;
	answer_sample_key(&key, 0);
	entry_bytes = answer_entry_memory_bytes(key.size_bytes, ANSWER_SAMPLE_MESSAGE_BYTES);
	(void)sem_init(&reader_found, 0, 0);
	(void)sem_init(&reader_may_go, 0, 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, reader_that_stays, NULL), 0);
	(void)sem_wait(&reader_found);

	probe_put(1); /* the reader has visited it: it is the only one, so it goes all the same */
	ck_assert(!probe_find(0, PROBE_NOW_NS));
	ck_assert_uint_eq(probe_usage().memory_bytes, before_bytes + entry_bytes);
	(void)sem_post(&reader_may_go);
	(void)pthread_join(reader, NULL);
	rcu_barrier();
	ck_assert_uint_eq(probe_usage().memory_bytes, before_bytes);
}
END_TEST

START_TEST(free_gives_back_entries_that_wait_too)
{
	probe_open(10, PROBE_MEMORY_BYTES);
	for (uint32_t i = 0; i < 100; i++)
		probe_put(i);
	answer_cache_free(probe_cache);
	probe_cache = NULL;
	answer_cache_free(probe_cache);
}
END_TEST

static Suite *test_answer_cache_suite(void)
{
	Suite *suite = suite_create("answer_cache");
	TCase *content = tcase_create("content");
	TCase *readers = tcase_create("readers");

	tcase_add_checked_fixture(content, probe_start, probe_end);
	tcase_add_test(content, what_was_put_is_found_and_nothing_else);
	tcase_add_test(content, newer_answer_replaces_the_older_one);
	tcase_add_test(content, answer_that_is_given_again_is_kept_as_long_as_the_last_one_says);
	tcase_add_test(content, entry_moves_unless_it_says_something_else);
	tcase_add_test(content, one_at_a_time_vouches_for_what_an_entry_says);
	tcase_add_test(content, what_is_not_there_or_lives_longer_is_not_renewed);
	tcase_add_test(content, replacing_in_a_full_table_evicts_nobody);
	tcase_add_test(content, stale_answer_is_found_until_it_is_forgotten);
	tcase_add_test(content, expiry_forgets_what_is_past_and_keeps_the_rest);
	tcase_add_test(content, expiry_does_no_more_than_it_is_asked_to);
	tcase_add_test(content, replaced_answer_lives_as_long_as_the_newer_one_says);
	tcase_add_test(content, walk_sees_every_entry_once);
	suite_add_tcase(suite, content);

	tcase_add_checked_fixture(readers, probe_start, probe_end);
	tcase_add_test(readers, evicted_entry_stays_until_its_reader_unlocks);
	tcase_add_test(readers, free_gives_back_entries_that_wait_too);
	suite_add_tcase(suite, readers);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_cache_suite());
}
