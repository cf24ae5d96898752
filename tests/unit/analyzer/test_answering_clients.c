/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answering_clients.h"

#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

#define NOW_NS  (1000 * NS_PER_S)
#define HOUR_NS (3600 * NS_PER_S)

static const struct answering_client client = { 7, { 2, 0, 0, 0, 0, 9 } };
static struct answering_clients *clients;

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(answering_clients_new(&clients, 1), 0);
}

static void end(void)
{
	answering_clients_free(clients);
	rcu_unregister_thread();
}

START_TEST(nobody_answers_until_seen_to)
{
	ck_assert(!answering_clients_has(clients, &client, NOW_NS));
}
END_TEST

START_TEST(who_answered_is_known_for_an_hour)
{
	answering_clients_put(clients, &client, NOW_NS);
	ck_assert(answering_clients_has(clients, &client, NOW_NS));
	ck_assert(answering_clients_has(clients, &client, NOW_NS + HOUR_NS - 1));
	ck_assert(!answering_clients_has(clients, &client, NOW_NS + HOUR_NS));
}
END_TEST

START_TEST(another_answer_begins_the_hour_anew)
{
	answering_clients_put(clients, &client, NOW_NS);
	answering_clients_put(clients, &client, NOW_NS + HOUR_NS - 1);
	ck_assert(answering_clients_has(clients, &client, NOW_NS + 2 * HOUR_NS - 2));
}
END_TEST

START_TEST(neighbour_cannot_make_another_one_answer)
{
	const struct answering_client neighbour = { 8, { 2, 0, 0, 0, 0, 9 } };

	answering_clients_put(clients, &neighbour, NOW_NS); /* the address, at another edge */
	ck_assert(!answering_clients_has(clients, &client, NOW_NS));
}
END_TEST

START_TEST(every_byte_of_the_address_counts)
{
	struct answering_client other;

	answering_clients_put(clients, &client, NOW_NS);
	for (size_t i = 0; i < sizeof(other.address); i++) {
		other = client;
		other.address[i] ^= 1;
		ck_assert(!answering_clients_has(clients, &other, NOW_NS));
	}
}
END_TEST

START_TEST(no_clients_are_freed_without_harm)
{
	answering_clients_free(NULL);
}
END_TEST

static Suite *test_answering_clients_suite(void)
{
	Suite *suite = suite_create("answering_clients");
	TCase *all = tcase_create("answering_clients");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, nobody_answers_until_seen_to);
	tcase_add_test(all, who_answered_is_known_for_an_hour);
	tcase_add_test(all, another_answer_begins_the_hour_anew);
	tcase_add_test(all, neighbour_cannot_make_another_one_answer);
	tcase_add_test(all, every_byte_of_the_address_counts);
	tcase_add_test(all, no_clients_are_freed_without_harm);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answering_clients_suite());
}
