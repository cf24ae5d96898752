/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/* For whom a learned answer is good, and what a second response does to it. */

#define NAME  "www.example.com"
#define TRUTH "abcd"
#define LIE   "evil"

static void respond(const struct lab_query *query, const char *address)
{
	lab_begin(query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_A,
		LAB_TTL_S, address, 4);
	lab_respond(query);
}

/* Client @client asks, and is told this. */
static struct lab_query told(uint8_t client, const char *address)
{
	const struct lab_query query = lab_from(client, NAME);

	lab_ask(&query);
	lab_pass(1);
	respond(&query, address);
	return query;
}

static void told_and_settled(uint8_t client, const char *address)
{
	(void)told(client, address);
	lab_settle();
}

/* What we would answer this client with now: the address, or NULL. The resolver has fallen silent. */
static const char *answer_of(uint8_t client)
{
	static char address[5];
	const unsigned int before = lab.order_count;
	const struct lab_query query = lab_from(client, NAME);
	const union lab_order *order;
	struct dns_message view;
	struct dns_record record;

	lab_ask(&query);
	if (lab.order_count == before)
		return NULL;
	order = lab_last_order(&view);
	ck_assert_int_eq(dns_read_record(order->head.dns, &view, view.answer_at, &record), 0);
	memcpy(address, order->head.dns + record.rdata_at, 4);
	return address;
}

START_TEST(new_answer_is_for_its_client_alone_until_it_has_settled)
{
	(void)told(2, TRUTH);
	lab_fall_silent(); /* in less than it takes to settle */
	ck_assert_str_eq(answer_of(2), TRUTH);
	ck_assert_ptr_null(answer_of(3));
}
END_TEST

START_TEST(settled_answer_is_for_its_whole_scope)
{
	told_and_settled(2, TRUTH);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(2), TRUTH);
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(opposed_answer_is_forgotten_and_the_one_before_stays)
{
	struct lab_query query;

	told_and_settled(2, TRUTH);
	query = told(3, LIE);
	respond(&query, TRUTH);
	ck_assert_uint_eq(lab.worker.counters.drops_conflict, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
	ck_assert_str_eq(answer_of(2), TRUTH);
}
END_TEST

START_TEST(opposed_answer_is_forgotten_though_there_was_none_before)
{
	const struct lab_query query = told(2, LIE);

	respond(&query, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(2));
	ck_assert_ptr_null(answer_of(3));
}
END_TEST

START_TEST(failure_opposes_an_answer)
{
	const struct lab_query query = told(2, LIE);

	lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
	ck_assert_uint_eq(lab.worker.counters.drops_conflict, 1);
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(2));
}
END_TEST

START_TEST(same_response_again_opposes_nothing)
{
	const struct lab_query query = told(2, TRUTH);

	respond(&query, TRUTH);
	respond(&query, TRUTH);
	ck_assert_uint_eq(lab.worker.counters.responses_duplicate, 2);
	ck_assert_uint_eq(lab.worker.counters.drops_conflict, 0);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(second_response_that_came_in_wrong_opposes_nothing)
{
	const struct lab_query query = told(2, TRUTH);
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = 9;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.responses_wrong_entry, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(nothing_settles_where_something_was_missed)
{
	(void)told(2, LIE);
	lab_lose(1); /* the true response, say */
	lab_settle();
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 1);
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(3));
	ck_assert_str_eq(answer_of(2), LIE);
}
END_TEST

/* Room for 16 queries. */
static void start_with_a_small_table(void)
{
	lab_end();
	lab_configure();
	lab.config.matching_capacity = 16;
	lab_open();
}

/* By another client. */
static void teach_new_names(int count)
{
	for (int i = 0; i < count; i++) {
		char name[16];
		struct lab_query query;

		(void)snprintf(name, sizeof(name), "new%d.example", i);
		query = lab_from(3, name);
		lab_resolve(&query);
	}
}

START_TEST(queries_that_nobody_answers_keep_nothing_from_settling)
{
	start_with_a_small_table();
	(void)told(2, TRUTH);
	teach_new_names(7);
	for (int i = 0; i < 100; i++) {
		const struct lab_query query = lab_from(3, "other.example");

		lab_ask(&query);
	}
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 0);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(4), TRUTH);
}
END_TEST

START_TEST(nothing_settles_that_had_to_make_room)
{
	start_with_a_small_table();
	(void)told(2, TRUTH);
	teach_new_names(16);
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(4));
}
END_TEST

/* One look-up vouches for all that say the same: the others take no room from it. */
START_TEST(asking_often_keeps_nothing_from_settling)
{
	start_with_a_small_table();
	for (int i = 0; i < 100; i++)
		(void)told(2, TRUTH);
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 0);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(what_could_not_settle_does_when_it_is_said_again)
{
	(void)told(2, TRUTH);
	lab_lose(1);
	lab_settle();
	(void)told(2, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(what_made_room_settles_when_it_is_said_again)
{
	start_with_a_small_table();
	(void)told(2, TRUTH);
	teach_new_names(16);
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 1);
	(void)told(2, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(4), TRUTH);
}
END_TEST

/* It would not settle by the first one, which may have missed something. */
START_TEST(query_after_a_loss_vouches_anew)
{
	(void)told(2, TRUTH);
	lab_lose(1);
	lab_pass(1);
	(void)told(2, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

/* Its query was asked before: what contradicts it may have been missed already. */
START_TEST(query_from_before_a_loss_does_not_vouch)
{
	const struct lab_query query = lab_from(2, NAME);

	lab_ask(&query);
	lab_lose(1);
	lab_pass(1);
	respond(&query, LIE);
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(3));
}
END_TEST

START_TEST(late_response_settles_in_a_full_table)
{
	struct lab_query query;

	start_with_a_small_table();
	lab_teach("other.example");
	query = lab_from(2, NAME);
	lab_ask(&query);
	lab_pass(6000);
	respond(&query, TRUTH);
	ck_assert_uint_eq(lab.worker.counters.responses_late, 1);
	for (int i = 0; i < 20; i++) {
		const struct lab_query lost = lab_from(3, "lost.example");

		lab_ask(&lost);
	}
	ck_assert_uint_eq(lab.worker.counters.cache_unsettled, 0);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(4), TRUTH);
}
END_TEST

START_TEST(asking_again_does_not_hide_a_second_response)
{
	const struct lab_query query = told(2, LIE);

	lab_ask(&query); /* same port, id and question */
	lab_pass(1);
	respond(&query, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(changed_answer_takes_the_place_of_the_one_before)
{
	told_and_settled(2, "old!");
	told_and_settled(3, "new!");
	lab_fall_silent();
	ck_assert_str_eq(answer_of(2), "new!");
}
END_TEST

START_TEST(what_its_client_was_told_last_counts)
{
	told_and_settled(2, TRUTH);
	(void)told(3, LIE);
	lab_lose(1); /* so that it never settles */
	lab_settle();
	(void)told(3, TRUTH);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

START_TEST(by_client_nobody_shares)
{
	lab.config.share = CONFIG_SHARE_CLIENT;
	told_and_settled(2, TRUTH);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(2), TRUTH);
	ck_assert_ptr_null(answer_of(3));
}
END_TEST

START_TEST(by_client_an_opposed_answer_leaves_the_one_before)
{
	struct lab_query query;

	lab.config.share = CONFIG_SHARE_CLIENT;
	told_and_settled(2, TRUTH);
	query = told(2, LIE);
	respond(&query, TRUTH);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(2), TRUTH);
}
END_TEST

START_TEST(by_confirmation_a_second_client_shares_it)
{
	lab.config.share = CONFIG_SHARE_CONFIRMED;
	told_and_settled(2, TRUTH);
	told_and_settled(2, TRUTH); /* the same client confirms nothing */
	told_and_settled(3, TRUTH);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(4), TRUTH);
}
END_TEST

START_TEST(by_confirmation_one_client_alone_shares_nothing)
{
	lab.config.share = CONFIG_SHARE_CONFIRMED;
	told_and_settled(2, LIE);
	told_and_settled(2, LIE);
	told_and_settled(3, TRUTH);
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(4));
	ck_assert_str_eq(answer_of(2), LIE);
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

/* The client of this address asks at another edge than its own, and is told this. */
static void told_at_and_settled(uint32_t if_index, uint8_t client, const char *address)
{
	const struct lab_query query = lab_from(client, NAME);
	struct message_packet *packet = lab_query_packet(&query);

	packet->if_index = if_index;
	packet->ingress_if_index = if_index;
	lab_feed(packet);
	lab_pass(1);
	lab_begin(&query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, DNS_TYPE_A,
		LAB_TTL_S, address, 4);
	packet = lab_response_packet(&query);
	packet->if_index = if_index;
	lab_feed(packet);
	lab_settle();
}

START_TEST(by_confirmation_a_second_address_of_one_edge_is_no_second_client)
{
	lab.config.share = CONFIG_SHARE_CONFIRMED;
	told_and_settled(2, LIE);
	told_at_and_settled(2, 3, LIE);
	told_at_and_settled(2, 4, LIE);
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(5));
	ck_assert_str_eq(answer_of(2), LIE);
	told_and_settled(6, LIE);
	lab_fall_silent();
	ck_assert_str_eq(answer_of(5), LIE);
}
END_TEST

/* It was made anew, say: its address is the same, its edge is another. */
START_TEST(by_confirmation_an_address_at_a_second_edge_is_no_second_client)
{
	lab.config.share = CONFIG_SHARE_CONFIRMED;
	lab.config.cache_max_stale_ns = 0;
	told_and_settled(2, LIE);
	lab.now_ns += (LAB_TTL_S + 2) * NS_PER_S;
	lab_beat();
	worker_housekeep(&lab.worker, lab.now_ns); /* what it had of its own is gone */
	told_at_and_settled(9, 2, LIE);
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(5));
}
END_TEST

START_TEST(response_after_our_reply_is_compared_with_it)
{
	struct lab_query query;

	told_and_settled(2, TRUTH);
	lab_fall_silent();
	query = lab_from(2, NAME);
	lab_ask(&query);
	respond(&query, TRUTH);
	ck_assert_uint_eq(lab.worker.counters.lost_races_same, 1);
	lab_fall_silent();
	query = lab_from(2, NAME);
	lab_ask(&query);
	respond(&query, "new!");
	ck_assert_uint_eq(lab.worker.counters.lost_races_different, 1);
	lab_fall_silent();
	query = lab_from(2, NAME);
	lab_ask(&query);
	lab_answer_failed(&query, DNS_RCODE_SERVFAIL, -1);
	ck_assert_uint_eq(lab.worker.counters.lost_races_failure, 1);
}
END_TEST

/* What settled is said again by others meanwhile: the newcomer stands against all of them. */
START_TEST(newcomer_that_others_contradict_does_not_settle)
{
	told_and_settled(2, TRUTH);
	(void)told(3, LIE);
	lab_pass(1000);
	(void)told(4, TRUTH);
	lab_settle();
	lab_fall_silent();
	ck_assert_str_eq(answer_of(2), TRUTH);
	ck_assert_str_eq(answer_of(3), TRUTH);
}
END_TEST

/* Its resolver never had it: who answered? */
START_TEST(error_opposes_an_answer)
{
	const struct lab_query query = told(2, LIE);
	struct message_packet *packet = lab_query_packet(&query);

	packet->kind = MESSAGE_PACKET_UNREACHABLE;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->ingress_if_index = 200;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.drops_conflict, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_ptr_null(answer_of(2));
	ck_assert_ptr_null(answer_of(3));
}
END_TEST

START_TEST(shorter_life_of_two_same_responses_counts)
{
	const struct lab_query query = lab_from(2, NAME);
	const union lab_order *order;
	struct dns_message view;
	struct dns_record record;

	lab_ask(&query);
	lab_begin(&query, 0);
	dns_builder_a(&lab_builder, 80000);
	lab_respond(&query);
	lab_begin(&query, 0);
	dns_builder_a(&lab_builder, 60);
	lab_respond(&query);
	ck_assert_uint_eq(lab.worker.counters.responses_duplicate, 1);
	lab_settle();
	lab_fall_silent();
	ck_assert_ptr_nonnull(answer_of(3));
	order = lab_last_order(&view);
	ck_assert_int_eq(dns_read_record(order->head.dns, &view, view.answer_at, &record), 0);
	ck_assert_uint_le(record.ttl_s, 60);
}
END_TEST

/* Of the same port, id and name: which of the two its response answers nobody knows. */
START_TEST(query_that_is_sent_again_otherwise_teaches_nothing)
{
	struct lab_query query = lab_from(2, NAME);

	lab_ask(&query);
	query.flags |= DNS_FLAG_CD;
	lab_ask(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_voided, 1);
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, 1);
	ck_assert_uint_eq(lab.worker.counters.drops_not_eligible, 1);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.cache_entries_success, 0);
}
END_TEST

static struct captured_stderr captured;

static const char *said_by_conflicts(int count)
{
	captured_stderr_begin(&captured);
	for (int i = 0; i < count; i++) {
		const struct lab_query query = told(2, LIE);

		respond(&query, TRUTH);
	}
	return captured_stderr_end(&captured);
}

START_TEST(conflicts_are_told_every_ten_seconds_at_most)
{
	ck_assert_str_eq(said_by_conflicts(3),
		"resolver 10.0.0.53 (bridge:br0) sent two different responses to a query for "
		"www.example.com: neither is remembered (1 such since the last line)\n");
	lab_pass(10000);
	ck_assert_ptr_nonnull(strstr(said_by_conflicts(1), "(3 such since the last line)"));
}
END_TEST

static Suite *test_worker_share_suite(void)
{
	Suite *suite = suite_create("worker_share");
	TCase *all = tcase_create("worker_share");

	tcase_add_checked_fixture(all, lab_start, lab_end);
	tcase_add_test(all, new_answer_is_for_its_client_alone_until_it_has_settled);
	tcase_add_test(all, settled_answer_is_for_its_whole_scope);
	tcase_add_test(all, opposed_answer_is_forgotten_and_the_one_before_stays);
	tcase_add_test(all, opposed_answer_is_forgotten_though_there_was_none_before);
	tcase_add_test(all, failure_opposes_an_answer);
	tcase_add_test(all, same_response_again_opposes_nothing);
	tcase_add_test(all, second_response_that_came_in_wrong_opposes_nothing);
	tcase_add_test(all, nothing_settles_where_something_was_missed);
	tcase_add_test(all, nothing_settles_that_had_to_make_room);
	tcase_add_test(all, asking_often_keeps_nothing_from_settling);
	tcase_add_test(all, what_could_not_settle_does_when_it_is_said_again);
	tcase_add_test(all, queries_that_nobody_answers_keep_nothing_from_settling);
	tcase_add_test(all, what_made_room_settles_when_it_is_said_again);
	tcase_add_test(all, query_after_a_loss_vouches_anew);
	tcase_add_test(all, query_from_before_a_loss_does_not_vouch);
	tcase_add_test(all, late_response_settles_in_a_full_table);
	tcase_add_test(all, asking_again_does_not_hide_a_second_response);
	tcase_add_test(all, changed_answer_takes_the_place_of_the_one_before);
	tcase_add_test(all, what_its_client_was_told_last_counts);
	tcase_add_test(all, by_client_nobody_shares);
	tcase_add_test(all, by_client_an_opposed_answer_leaves_the_one_before);
	tcase_add_test(all, by_confirmation_a_second_client_shares_it);
	tcase_add_test(all, by_confirmation_one_client_alone_shares_nothing);
	tcase_add_test(all, by_confirmation_a_second_address_of_one_edge_is_no_second_client);
	tcase_add_test(all, by_confirmation_an_address_at_a_second_edge_is_no_second_client);
	tcase_add_test(all, response_after_our_reply_is_compared_with_it);
	tcase_add_test(all, newcomer_that_others_contradict_does_not_settle);
	tcase_add_test(all, error_opposes_an_answer);
	tcase_add_test(all, shorter_life_of_two_same_responses_counts);
	tcase_add_test(all, query_that_is_sent_again_otherwise_teaches_nothing);
	tcase_add_test(all, conflicts_are_told_every_ten_seconds_at_most);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_share_suite());
}
