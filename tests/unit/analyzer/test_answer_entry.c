/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_entry.h"

#include <malloc.h>
#include <stdlib.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

START_TEST(entry_holds_copies_of_all_it_was_given)
{
	const struct answer_facts facts = answer_sample_facts(5, ANSWER_AD);
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES], same_message[ANSWER_SAMPLE_MESSAGE_BYTES];
	struct answer_key key, same_key;
	struct answer_entry *entry;

	answer_sample_key(&key, 7);
	answer_sample_key(&same_key, 7);
	answer_sample_message(message, 7);
	answer_sample_message(same_message, 7);
	entry = answer_entry_new(&key, &facts, message, sizeof(message));
	ck_assert_ptr_nonnull(entry);
	memset(&key, 0xff, sizeof(key));
	memset(message, 0xff, sizeof(message));

	ck_assert_uint_eq(entry->key_bytes, same_key.size_bytes);
	ck_assert_uint_eq(entry->message_bytes, sizeof(message));
	ck_assert_mem_eq(answer_entry_key(entry), same_key.bytes, same_key.size_bytes);
	ck_assert_mem_eq(answer_entry_message(entry), same_message, sizeof(same_message));
	ck_assert_uint_eq(answer_entry_facts(entry).learned_ns, 5);
	ck_assert_uint_eq(entry->flags, ANSWER_AD);
	ck_assert(!timer_is_set(&entry->expiry));
	ck_assert(!entry->visited);
	free(entry);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__has_feature)
#define HAS_GLIBC_MALLOC 1
#elif defined(__has_feature)
#define HAS_GLIBC_MALLOC !__has_feature(address_sanitizer)
#else
#define HAS_GLIBC_MALLOC 0
#endif

START_TEST(memory_is_counted_as_malloc_does)
{
	static const uint8_t message[UINT16_MAX];
	const struct answer_facts facts = { 0 };
	struct answer_key key;

	answer_sample_key(&key, 1);
	for (uint32_t bytes = 1; HAS_GLIBC_MALLOC && bytes <= UINT16_MAX; bytes += 1 + bytes / 50) {
		struct answer_entry *entry =
			answer_entry_new(&key, &facts, message, (uint16_t)bytes);

		const uint64_t counted =
			answer_entry_memory_bytes(key.size_bytes, (uint16_t)bytes);
		const uint64_t taken = malloc_usable_size(entry) + sizeof(size_t);

		/* A rest of 16 bytes is no chunk of its own: who finds one gets it, too. */
		ck_assert(taken == counted || taken == counted + 16);
		free(entry);
	}
}
END_TEST

static Suite *test_answer_entry_suite(void)
{
	Suite *suite = suite_create("answer_entry");
	TCase *all = tcase_create("answer_entry");

	tcase_add_test(all, entry_holds_copies_of_all_it_was_given);
	tcase_add_test(all, memory_is_counted_as_malloc_does);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_entry_suite());
}
