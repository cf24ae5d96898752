/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answer cache under fire: readers check every byte they find, while one writer
 * replaces, evicts and expires as fast as it can, with memory so short that it often
 * has to wait for them. Two seconds, or forty if DNSCACHE_TEST_LONG is set.
 */
#include "analyzer/answer_cache.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "shared/dns_write.h"
#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

#define READER_COUNT      2
#define NAME_COUNT        4096u
#define ENTRIES_MAX       1024u
#define MEMORY_BYTES      (384u * 1024)
#define KEEP_S_MAX        30u
#define STEP_NS           (4 * NS_PER_MS) /*  of made-up time, per put */
#define HEADER_BYTES      12              /* number, version, length */
#define MESSAGE_BYTES_MAX 600u
#define HELD_COUNT        4

/* As ck_assert(), which notes every passed line in a file and so is slow in a loop. */
#define REQUIRE(condition)                              \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* What all threads share. Time and versions only grow. */
static struct answer_cache *cache;
static _Atomic uint64_t now_ns = 1000 * NS_PER_S;
static _Atomic bool is_over;
static _Atomic uint64_t found_count, missed_count, walked_count;

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint8_t fill_byte(uint32_t number, uint32_t version)
{
	return (uint8_t)(number * 31 + version * 7);
}

static void message_make(
	uint8_t *out_message, uint32_t number, uint32_t version, uint16_t message_bytes)
{
	dns_write_u32(out_message, number);
	dns_write_u32(out_message + 4, version);
	dns_write_u32(out_message + 8, message_bytes);
	memset(out_message + HEADER_BYTES, fill_byte(number, version),
		(size_t)message_bytes - HEADER_BYTES);
}

/* Check an entry to its last byte. Returns its version. */
static uint32_t entry_check(const struct answer_entry *entry)
{
	const uint8_t *message = answer_entry_message(entry);
	uint32_t number = dns_read_u32(message);
	uint32_t version = dns_read_u32(message + 4);
	struct answer_key key;

	answer_sample_key(&key, number);
	REQUIRE(entry->key_bytes == key.size_bytes);
	REQUIRE(memcmp(answer_entry_key(entry), key.bytes, key.size_bytes) == 0);
	REQUIRE(answer_entry_facts(entry).learned_ns == version);
	REQUIRE(entry->message_bytes == dns_read_u32(message + 8));
	for (uint16_t i = HEADER_BYTES; i < entry->message_bytes; i++)
		REQUIRE(message[i] == fill_byte(number, version));
	return version;
}

/* Under one lock: find a few, check them, and check them again at the end. */
static void reader_round(uint32_t *random, uint32_t *versions)
{
	const struct answer_entry *held[HELD_COUNT];
	uint64_t time_ns = now_ns;

	rcu_read_lock();
	for (int i = 0; i < HELD_COUNT; i++) {
		uint32_t number = next_random(random) % NAME_COUNT;
		struct answer_key key;
		uint32_t version;

		answer_sample_key(&key, number);
		held[i] = answer_cache_find(cache, &key, time_ns);
		if (!held[i]) {
			missed_count++;
			continue;
		}
		found_count++;
		REQUIRE(memcmp(answer_entry_key(held[i]), key.bytes, key.size_bytes) == 0);
		REQUIRE(answer_entry_stale_until_ns(held[i]) > time_ns);
		version = entry_check(held[i]);
		REQUIRE(version >= versions[number]); /* an older one never comes back */
		versions[number] = version;
	}
	if (next_random(random) % 64 == 0)
		(void)sched_yield();
	for (int i = 0; i < HELD_COUNT; i++)
		if (held[i])
			(void)entry_check(held[i]);
	rcu_read_unlock();
}

static void *reader(void *argument)
{
	uint32_t *versions = calloc(NAME_COUNT, sizeof(*versions));
	uint32_t random = (uint32_t)(uintptr_t)argument;

	REQUIRE(versions);
	rcu_register_thread();
	while (!is_over)
		reader_round(&random, versions);
	rcu_unregister_thread();
	free(versions);
	return NULL;
}

static void walker_visit(const struct answer_entry *entry, void *argument)
{
	uint64_t *count = argument;

	(void)entry_check(entry);
	(*count)++;
}

static void *walker(void *argument)
{
	(void)argument;
	rcu_register_thread();
	while (!is_over) {
		uint64_t count = 0;

		rcu_read_lock();
		answer_cache_walk(cache, walker_visit, &count);
		rcu_read_unlock();
		walked_count += count;
	}
	rcu_unregister_thread();
	return NULL;
}

static void writer_put(uint32_t *random, uint32_t version)
{
	uint32_t number = next_random(random) % NAME_COUNT;
	uint16_t message_bytes =
		(uint16_t)(HEADER_BYTES + next_random(random) % (MESSAGE_BYTES_MAX - HEADER_BYTES));
	const struct answer_facts facts = {
		.learned_ns = version,
		.stale_until_ns = now_ns + (1 + next_random(random) % KEEP_S_MAX) * NS_PER_S,
		.flags = number % 3 == 0 ? ANSWER_NEGATIVE : 0,
	};
	uint8_t message[MESSAGE_BYTES_MAX];
	struct answer_key key;

	answer_sample_key(&key, number);
	message_make(message, number, version, message_bytes);
	REQUIRE(answer_cache_put(cache, &key, &facts, message, message_bytes) == ANSWER_CACHE_OK);
}

/* Returns the puts it made. */
static uint32_t writer(uint64_t until_ns)
{
	struct answer_cache_usage usage;
	uint32_t random = 1, version = 0;

	while (clock_ns() < until_ns) {
		writer_put(&random, ++version);
		answer_cache_usage(cache, &usage);
		REQUIRE(usage.memory_bytes <= MEMORY_BYTES);
		REQUIRE(usage.entries + usage.entries_negative <= ENTRIES_MAX);
		now_ns += STEP_NS;
		(void)answer_cache_expire(cache, now_ns, 100);
	}
	return version;
}

START_TEST(readers_never_see_a_torn_freed_or_older_entry)
{
	const uint64_t seconds = getenv("DNSCACHE_TEST_LONG") ? 40 : 2;
	pthread_t threads[READER_COUNT + 1];
	struct answer_cache_usage usage;
	uint32_t put_count;

	rcu_register_thread();
	ck_assert_int_eq(answer_cache_new(&cache, ENTRIES_MAX, MEMORY_BYTES, 1, now_ns), 0);
	for (uintptr_t i = 0; i < READER_COUNT; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, (void *)(i + 1)), 0);
	ck_assert_int_eq(pthread_create(&threads[READER_COUNT], NULL, walker, NULL), 0);

	put_count = writer(clock_ns() + seconds * NS_PER_S);
	is_over = true;
	for (int i = 0; i < READER_COUNT + 1; i++)
		(void)pthread_join(threads[i], NULL);

	answer_cache_usage(cache, &usage);
	ck_assert_uint_eq(usage.insertions, put_count);
	ck_assert_uint_gt(usage.evictions, 0);
	ck_assert_uint_gt(usage.expirations, 0);
	ck_assert_uint_gt(found_count, 0);
	ck_assert_uint_gt(missed_count, 0);
	ck_assert_uint_gt(walked_count, 0);
	fprintf(stderr, "# %u puts, %llu evictions, %llu expirations, %llu found, %llu walked\n",
		put_count, (unsigned long long)usage.evictions,
		(unsigned long long)usage.expirations, (unsigned long long)found_count,
		(unsigned long long)walked_count);
	answer_cache_free(cache);
	rcu_unregister_thread();
}
END_TEST

static Suite *test_answer_cache_readers_and_writer_suite(void)
{
	Suite *suite = suite_create("answer_cache_readers_and_writer");
	TCase *all = tcase_create("answer_cache_readers_and_writer");

	tcase_set_timeout(all, 120);
	tcase_add_test(all, readers_never_see_a_torn_freed_or_older_entry);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_cache_readers_and_writer_suite());
}
