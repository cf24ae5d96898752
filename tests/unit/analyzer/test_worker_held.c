/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * Failures that were kept from their client: who gets a reply instead, who gets them after all.
 *
 * NAME is known. Each test ends with every held packet in exactly one counter.
 */

#define NAME      "www.example.com"
#define MEANT_EDE 15 /* blocked */

static unsigned int held_count;

static struct message_packet *hold(struct message_packet *packet)
{
	held_count++;
	return lab_hold(packet);
}

static struct message_packet *response(
	const struct lab_query *query, uint16_t rcode, int extended_error)
{
	uint8_t option[6] = { 0, DNS_EDNS_OPTION_EXTENDED_ERROR, 0, 2 };

	lab_begin(query, rcode);
	dns_write_u16(option + 4, (uint16_t)extended_error);
	if (extended_error >= 0)
		dns_builder_opt(&lab_builder, 1232, 0, option, sizeof(option));
	return lab_response_packet(query);
}

static struct message_packet *error(const struct lab_query *query)
{
	struct message_packet *packet = lab_query_packet(query);

	packet->kind = MESSAGE_PACKET_UNREACHABLE;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->ingress_if_index = 200;
	packet->checksum = MESSAGE_CHECKSUM_NONE;
	return packet;
}

/* Ways to fail, for tests that are about all of them. */
static struct message_packet *failure(const struct lab_query *query, int how)
{
	if (how == 0)
		return error(query);
	return response(query, how == 1 ? DNS_RCODE_SERVFAIL : DNS_RCODE_REFUSED, -1);
}

static const enum message_trigger triggers[] = { MESSAGE_TRIGGER_UNREACHABLE,
	MESSAGE_TRIGGER_SERVFAIL, MESSAGE_TRIGGER_REFUSED };

#define WAYS 3

static struct lab_query ask(const char *name)
{
	const struct lab_query query = lab_a(name);

	lab_ask(&query);
	lab_pass(1);
	return query;
}

static void start(void)
{
	held_count = 0;
	lab_start();
	lab_teach(NAME);
	lab_pass(1);
}

static void end(void)
{
	const struct analyzer_counters *counters = &lab.worker.counters;

	ck_assert_uint_eq(held_count, counters->held_answered + counters->held_released +
					      counters->held_superseded + counters->held_discarded);
	lab_end();
}

static void expect_released(unsigned int count)
{
	ck_assert_uint_eq(lab.release_count, count);
	ck_assert_uint_eq(lab.worker.counters.held_released, count);
}

START_TEST(first_failure_of_a_known_name_becomes_our_reply)
{
	const struct lab_query query = ask(NAME);

	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 1);
	ck_assert_uint_eq(lab.orders[0].head.trigger, triggers[_i]);
	ck_assert_uint_eq(lab.worker.counters.held_answered, 1);
	ck_assert_uint_eq(lab.cancel_count, 0);
	ck_assert_uint_eq(lab.worker.counters.lost_races_failure, 0);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, _i == 0);
	ck_assert_uint_eq(lab.worker.counters.failures_servfail, _i == 1);
	ck_assert_uint_eq(lab.worker.counters.failures_refused, _i == 2);
	expect_released(0);
}
END_TEST

START_TEST(failure_of_an_unknown_name_goes_on_as_it_came)
{
	const struct lab_query query = ask("unknown.example");
	const struct message_packet *packet = hold(failure(&query, _i));
	const struct message_release *release = &lab.release.head;

	lab_feed(packet);
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
	ck_assert_uint_eq(release->held_ns, packet->seen_ns);
	ck_assert_uint_eq(release->deadline_ns, packet->seen_ns + NS_PER_S);
	ck_assert_uint_eq(release->if_index, 1);
	ck_assert_uint_eq(release->frame_bytes, LAB_HEAD_BYTES + packet->dns_bytes);
	ck_assert_uint_eq(release->dns_at, LAB_HEAD_BYTES);
	ck_assert_uint_eq(release->checksum, packet->checksum);
	ck_assert_mem_eq(release->frame, packet->dns + packet->dns_bytes, LAB_HEAD_BYTES);
	ck_assert_mem_eq(release->frame + LAB_HEAD_BYTES, packet->dns, packet->dns_bytes);
	ck_assert_uint_eq(lab.worker.counters.suppressed_no_entry, 1);
}
END_TEST

START_TEST(failure_that_comes_after_our_reply_is_dropped)
{
	const struct lab_query first = ask(NAME);
	struct lab_query second;

	lab_feed(hold(failure(&first, _i)));
	second = ask(NAME); /* the name is failing: it is answered at once */
	ck_assert_uint_eq(lab.order_count, 2);
	lab_feed(hold(failure(&second, _i)));
	ck_assert_uint_eq(lab.order_count, 2);
	ck_assert_uint_eq(lab.cancel_count, 0);
	ck_assert_uint_eq(lab.worker.counters.held_superseded, 1);
	ck_assert_uint_eq(lab.worker.counters.lost_races_failure, _i != 0);
	expect_released(0);
}
END_TEST

/* It did not get our reply, or not take it, and nothing is to be had this time. */
START_TEST(failure_after_the_client_asked_again_in_vain_goes_on)
{
	const struct lab_query query = ask(NAME);

	lab_feed(hold(error(&query)));
	ck_assert_uint_eq(lab.order_count, 1);
	lab.is_injector_full = true;
	lab_ask(&query);
	lab.is_injector_full = false;
	ck_assert_uint_eq(lab.order_count, 1);
	lab.config.mode = CONFIG_MODE_OBSERVE;
	lab_feed(hold(error(&query)));
	expect_released(1);
}
END_TEST

START_TEST(second_error_of_a_query_that_was_not_answered_goes_on_too)
{
	const struct lab_query query = ask("unknown.example");

	lab_feed(hold(error(&query)));
	lab_feed(hold(error(&query)));
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable, 1);
	expect_released(2);
}
END_TEST

START_TEST(failure_that_fits_no_query_goes_on)
{
	const struct lab_query query = lab_a(NAME);

	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(failure_of_a_query_that_has_its_response_goes_on)
{
	const struct lab_query query = ask(NAME);

	lab_answer(&query);
	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(late_failure_goes_on)
{
	struct lab_query query;

	lab.config.mode = CONFIG_MODE_OBSERVE;
	query = ask(NAME);
	lab_pass(6000);
	lab.config.mode = CONFIG_MODE_RESCUE;
	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(failure_that_entered_wrong_goes_on)
{
	const struct lab_query query = ask(NAME);
	struct message_packet *packet = hold(failure(&query, _i));

	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = 9;
	lab_feed(packet);
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(damaged_failure_goes_on_damaged)
{
	const struct lab_query query = ask(NAME);
	struct message_packet *packet = hold(response(&query, DNS_RCODE_SERVFAIL, -1));

	packet->checksum = MESSAGE_CHECKSUM_WRONG;
	lab_feed(packet);
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
	ck_assert_uint_eq(lab.release.head.checksum, MESSAGE_CHECKSUM_WRONG);
}
END_TEST

START_TEST(what_our_reader_refuses_goes_on)
{
	const struct lab_query query = ask(NAME);
	struct message_packet *packet = response(&query, DNS_RCODE_SERVFAIL, -1);

	if (_i == 0)
		packet->dns_bytes = packet->dns_bytes_sent = 0; /* a quote of eight bytes of UDP */
	else
		packet->dns[7] = 1; /* a record that is not there */
	lab_feed(hold(packet));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(failure_after_something_was_missed_goes_on)
{
	const struct lab_query query = ask(NAME);

	lab_lose(1);
	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_voided, 1);
	expect_released(1);
}
END_TEST

START_TEST(failure_that_is_meant_goes_on)
{
	const struct lab_query query = ask(NAME);

	lab_feed(hold(response(&query, DNS_RCODE_SERVFAIL, _i)));
	ck_assert_int_eq(lab.order_count == 0, (_i >= 6 && _i <= 12) || (_i >= 15 && _i <= 18));
	ck_assert_uint_eq(lab.release_count, lab.order_count == 0);
}
END_TEST

START_TEST(condition_that_is_off_lets_its_failures_go_on)
{
	static const enum config_condition conditions[] = { CONFIG_CONDITION_ICMP,
		CONFIG_CONDITION_SERVFAIL, CONFIG_CONDITION_REFUSED };
	struct lab_query query;

	lab_end();
	lab_configure();
	lab.config.conditions &= ~(uint64_t)conditions[_i];
	lab_open();
	lab_teach(NAME);
	query = ask(NAME);
	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(rules_of_the_verdict_hold)
{
	struct lab_query query = lab_a(NAME);

	switch (_i) {
	case 0: /* does not ask for recursion */
		query.flags = 0;
		break;
	case 1: /* a client that serves DNS */
		break;
	case 2:
		lab.config.mode = CONFIG_MODE_OBSERVE;
		break;
	default: /* does not get as far as a resolver */
		query.ip_ttl = 1;
	}
	if (_i == 1) {
		struct message_packet *packet = lab_query_packet(&query);

		packet->flags |= MESSAGE_PACKET_CLIENT_SERVES;
		lab_feed(packet);
	} else {
		lab_ask(&query);
	}
	lab_feed(hold(response(&query, DNS_RCODE_SERVFAIL, -1)));
	ck_assert_uint_eq(lab.order_count, 0);
	expect_released(1);
}
END_TEST

START_TEST(first_error_of_a_resolver_that_never_responded_goes_on)
{
	struct lab_query query = lab_a(NAME);

	query.resolver = 54;
	lab_ask(&query);
	lab_feed(hold(error(&query)));
	ck_assert_uint_eq(lab.worker.counters.suppressed_one_sided, 1);
	expect_released(1);
}
END_TEST

START_TEST(what_was_held_too_long_is_discarded_and_counts_as_any_other)
{
	const struct lab_query query = ask(NAME);
	struct message_packet *packet = hold(failure(&query, _i));

	lab.now_ns += NS_PER_S + 1;
	lab_feed(packet);
	ck_assert_uint_eq(lab.worker.counters.held_discarded, 1);
	ck_assert_uint_eq(lab.worker.counters.failures_unreachable +
				  lab.worker.counters.responses_servfail +
				  lab.worker.counters.responses_refused,
		1);
	expect_released(0);
}
END_TEST

START_TEST(without_room_for_its_release_it_is_discarded)
{
	const struct lab_query query = ask("unknown.example");

	lab.is_injector_full = true;
	lab_feed(hold(failure(&query, _i)));
	ck_assert_uint_eq(lab.worker.counters.held_discarded, 1);
	expect_released(0);
}
END_TEST

/* Those are sent on as ever. */
START_TEST(failure_that_was_not_held_is_never_released)
{
	const struct lab_query query = ask("unknown.example");

	lab_feed(failure(&query, _i));
	expect_released(0);
}
END_TEST

START_TEST(good_response_after_a_held_error_was_answered_is_compared)
{
	const struct lab_query query = ask(NAME);

	lab_feed(hold(error(&query)));
	lab_answer(&query);
	ck_assert_uint_eq(lab.worker.counters.lost_races_same, 1);
	ck_assert_uint_eq(lab.cancel_count, 1);
}
END_TEST

/* glibc goes on with its list at once when an error comes. */
START_TEST(name_behind_one_whose_error_went_on_is_not_answered)
{
	struct lab_query query;

	lab_teach("db.b.example");
	query = ask("db.a.example");
	lab_feed(hold(error(&query)));
	expect_released(1);
	query = ask("db.b.example");
	lab_feed(hold(error(&query)));
	ck_assert_uint_eq(lab.order_count, 0);
	ck_assert_uint_eq(lab.worker.counters.suppressed_partial_search, 1);
	expect_released(2);
}
END_TEST

static Suite *test_worker_held_suite(void)
{
	Suite *suite = suite_create("worker_held");
	TCase *all = tcase_create("worker_held");

	tcase_add_checked_fixture(all, start, end);
	tcase_add_loop_test(all, first_failure_of_a_known_name_becomes_our_reply, 0, WAYS);
	tcase_add_loop_test(all, failure_of_an_unknown_name_goes_on_as_it_came, 0, WAYS);
	tcase_add_loop_test(all, failure_that_comes_after_our_reply_is_dropped, 0, WAYS);
	tcase_add_test(all, failure_after_the_client_asked_again_in_vain_goes_on);
	tcase_add_test(all, second_error_of_a_query_that_was_not_answered_goes_on_too);
	tcase_add_loop_test(all, failure_that_fits_no_query_goes_on, 0, WAYS);
	tcase_add_loop_test(all, failure_of_a_query_that_has_its_response_goes_on, 0, WAYS);
	tcase_add_loop_test(all, late_failure_goes_on, 0, WAYS);
	tcase_add_loop_test(all, failure_that_entered_wrong_goes_on, 0, WAYS);
	tcase_add_test(all, damaged_failure_goes_on_damaged);
	tcase_add_loop_test(all, what_our_reader_refuses_goes_on, 0, 2);
	tcase_add_loop_test(all, failure_after_something_was_missed_goes_on, 0, WAYS);
	tcase_add_loop_test(all, failure_that_is_meant_goes_on, 0, 30);
	tcase_add_loop_test(all, condition_that_is_off_lets_its_failures_go_on, 0, WAYS);
	tcase_add_loop_test(all, rules_of_the_verdict_hold, 0, 4);
	tcase_add_test(all, first_error_of_a_resolver_that_never_responded_goes_on);
	tcase_add_loop_test(
		all, what_was_held_too_long_is_discarded_and_counts_as_any_other, 0, WAYS);
	tcase_add_loop_test(all, without_room_for_its_release_it_is_discarded, 0, WAYS);
	tcase_add_loop_test(all, failure_that_was_not_held_is_never_released, 0, WAYS);
	tcase_add_test(all, good_response_after_a_held_error_was_answered_is_compared);
	tcase_add_test(all, name_behind_one_whose_error_went_on_is_not_answered);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_held_suite());
}
