/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_owners.h"

#include <stdlib.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"

static struct answer_owners owners;

static const uint8_t alice[ANSWER_KEY_CLIENT_BYTES] = { [10] = 0xff, 0xff, 10, 0, 0, 2 };
static const uint8_t bob[ANSWER_KEY_CLIENT_BYTES] = { [10] = 0xff, 0xff, 10, 0, 0, 3 };

/* Sample @number as it is this client's, or everybody's; free() it. */
static struct answer_entry *entry_of(uint32_t number, uint8_t whose, const uint8_t *client)
{
	const struct answer_facts facts = answer_sample_facts(NS_PER_S, 0);
	static const uint8_t message[1];
	struct answer_key key, theirs;

	answer_sample_key(&key, number);
	answer_key_of(&theirs, whose, client, &key);
	return answer_entry_new(whose ? &theirs : &key, &facts, message, sizeof(message));
}

START_TEST(nobody_has_any_at_first)
{
	ck_assert(!answer_owners_may_have(&owners, alice));
}
END_TEST

START_TEST(owner_may_have_some_until_the_last_one_left)
{
	struct answer_entry *young = entry_of(1, ANSWER_KEY_YOUNG, alice);
	struct answer_entry *own = entry_of(1, ANSWER_KEY_OWN, alice);

	answer_owners_join(&owners, young);
	answer_owners_join(&owners, own);
	ck_assert(answer_owners_may_have(&owners, alice));
	ck_assert(!answer_owners_may_have(&owners, bob));
	answer_owners_leave(&owners, young);
	ck_assert(answer_owners_may_have(&owners, alice));
	answer_owners_leave(&owners, own);
	ck_assert(!answer_owners_may_have(&owners, alice));
	free(young);
	free(own);
}
END_TEST

START_TEST(what_is_everybodys_is_nobodys)
{
	struct answer_entry *shared = entry_of(1, 0, alice);
	struct answer_entry *witness = entry_of(1, ANSWER_KEY_WITNESS, alice);

	answer_owners_join(&owners, shared);
	answer_owners_join(&owners, witness);
	for (unsigned int i = 0; i < ANSWER_OWNERS_GROUPS; i++)
		ck_assert_uint_eq(owners.counts[i], 0);
	free(shared);
	free(witness);
}
END_TEST

static Suite *test_answer_owners_suite(void)
{
	Suite *suite = suite_create("answer_owners");
	TCase *all = tcase_create("answer_owners");

	tcase_add_test(all, nobody_has_any_at_first);
	tcase_add_test(all, owner_may_have_some_until_the_last_one_left);
	tcase_add_test(all, what_is_everybodys_is_nobodys);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_owners_suite());
}
