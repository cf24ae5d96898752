/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/one_sided.h"

#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

/* Alone; test_failure_one_sided.c has it together with what it keeps from being judged. */

static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:br0";
static uint8_t resolver_ip[16], client_ip[16];
static struct failure_path path = { scope, resolver_ip, client_ip, 0 };
static struct one_sided *one_sided;
static uint64_t name_hash;

static void start(void)
{
	rcu_register_thread();
	ck_assert_int_eq(one_sided_new(&one_sided, 1), 0);
	path.if_index = 1;
	resolver_ip[15] = 53;
	name_hash = 7;
}

static void end(void)
{
	one_sided_free(one_sided);
	rcu_unregister_thread();
}

static bool unanswered(uint64_t sent_ms)
{
	return one_sided_unanswered(one_sided, &path, name_hash, sent_ms * NS_PER_MS);
}

START_TEST(edge_is_one_sided_after_two_look_ups)
{
	ck_assert(one_sided_look(one_sided, &path) != ONE_SIDED_VIEW_ONE_SIDED);
	ck_assert(!unanswered(100));
	ck_assert(one_sided_look(one_sided, &path) != ONE_SIDED_VIEW_ONE_SIDED);
	ck_assert(unanswered(200));
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_ONE_SIDED);
	ck_assert(!unanswered(300));
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_ONE_SIDED);
}
END_TEST

START_TEST(queries_of_one_name_and_moment_are_one_look_up)
{
	ck_assert(!unanswered(100));
	ck_assert(!unanswered(100));
	ck_assert(!unanswered(101));
	ck_assert(!unanswered(99));
	ck_assert(one_sided_look(one_sided, &path) != ONE_SIDED_VIEW_ONE_SIDED);
}
END_TEST

START_TEST(queries_of_two_names_are_two_look_ups)
{
	(void)unanswered(100);
	name_hash = 8;
	ck_assert(unanswered(100));
}
END_TEST

START_TEST(edge_is_unheard_until_its_first_response)
{
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_UNHEARD);
	(void)unanswered(100);
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_UNHEARD);
	one_sided_responded(one_sided, &path);
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_HEARD);
	path.if_index = 2;
	ck_assert(one_sided_look(one_sided, &path) == ONE_SIDED_VIEW_UNHEARD);
}
END_TEST

START_TEST(response_ends_it_for_good)
{
	(void)unanswered(100);
	(void)unanswered(200);
	one_sided_responded(one_sided, &path);
	ck_assert(one_sided_look(one_sided, &path) != ONE_SIDED_VIEW_ONE_SIDED);
	ck_assert(!unanswered(300));
	ck_assert(!unanswered(400));
	ck_assert(one_sided_look(one_sided, &path) != ONE_SIDED_VIEW_ONE_SIDED);
}
END_TEST

START_TEST(edges_and_resolvers_are_told_apart)
{
	(void)unanswered(100);
	path.if_index = 2;
	ck_assert(!unanswered(200));
	path.if_index = 1;
	resolver_ip[15] = 54;
	ck_assert(!unanswered(200));
	resolver_ip[15] = 53;
	ck_assert(unanswered(200));
}
END_TEST

START_TEST(resolver_that_is_never_heard_is_told_once)
{
	ck_assert(one_sided_unheard(one_sided, &path));
	path.if_index = 2;
	ck_assert(!one_sided_unheard(one_sided, &path));
	resolver_ip[15] = 54;
	ck_assert(one_sided_unheard(one_sided, &path));
}
END_TEST

START_TEST(nothing_is_freed_without_harm)
{
	one_sided_free(NULL);
}
END_TEST

static Suite *test_one_sided_suite(void)
{
	Suite *suite = suite_create("one_sided");
	TCase *all = tcase_create("one_sided");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_test(all, edge_is_one_sided_after_two_look_ups);
	tcase_add_test(all, queries_of_one_name_and_moment_are_one_look_up);
	tcase_add_test(all, queries_of_two_names_are_two_look_ups);
	tcase_add_test(all, edge_is_unheard_until_its_first_response);
	tcase_add_test(all, response_ends_it_for_good);
	tcase_add_test(all, edges_and_resolvers_are_told_apart);
	tcase_add_test(all, resolver_that_is_never_heard_is_told_once);
	tcase_add_test(all, nothing_is_freed_without_harm);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_one_sided_suite());
}
