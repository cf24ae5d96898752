/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/verdict.h"

#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define SENT_NS (1000 * NS_PER_S)

static struct dns_builder builder;

/* A query that has waited long enough, nothing failing, with an answer at hand. */
static struct verdict_question overdue(void)
{
	return (struct verdict_question){
		.mode = CONFIG_MODE_RESCUE,
		.level = FAILURE_NONE,
		.is_eligible = true,
		.is_timeout_condition = true,
		.has_answer = true,
		.sent_ns = SENT_NS,
		.asked_ns = SENT_NS,
		.now_ns = SENT_NS + NS_PER_S,
		.answer_after_ns = NS_PER_S,
		.patience_ns = 5 * NS_PER_S,
	};
}

static enum verdict decide(struct verdict_question question)
{
	return verdict_decide(&question);
}

START_TEST(healthy_resolver_is_given_its_time)
{
	struct verdict_question question = overdue();

	question.now_ns = SENT_NS + NS_PER_S - 1;
	ck_assert_int_eq(decide(question), VERDICT_WAIT);
	question.asked_ns = ++question.now_ns; /* asking again does not make it longer */
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
}
END_TEST

START_TEST(whatever_is_failing_is_answered_at_once)
{
	struct verdict_question question = overdue();

	question.now_ns = SENT_NS;
	question.level = FAILURE_NAME;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.level = FAILURE_ZONE;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
}
END_TEST

START_TEST(what_loses_some_is_answered_at_once_from_a_fresh_answer_only)
{
	static const enum failure_level levels[] = { FAILURE_LOSSY, FAILURE_HOST };

	for (int i = 0; i < 2; i++) {
		struct verdict_question question = overdue();

		question.level = levels[i];
		question.now_ns = SENT_NS;
		ck_assert_int_eq(decide(question), VERDICT_WAIT);
		question.is_fresh = true;
		ck_assert_int_eq(decide(question), VERDICT_ANSWER);
		question.is_fresh = false;
		question.now_ns = SENT_NS + NS_PER_S;
		ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	}
}
END_TEST

START_TEST(what_loses_some_may_still_bring_the_first_answer)
{
	struct verdict_question question = overdue();

	question.level = FAILURE_LOSSY;
	question.has_answer = false;
	question.now_ns = SENT_NS;
	ck_assert_int_eq(decide(question), VERDICT_WAIT);
	question.now_ns = SENT_NS + NS_PER_S;
	ck_assert_int_eq(decide(question), VERDICT_NO_ENTRY);
}
END_TEST

START_TEST(zone_that_is_never_answered_is_left)
{
	struct verdict_question question = overdue();

	question.is_never = true;
	ck_assert_int_eq(decide(question), VERDICT_NEVER);
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_NEVER);
	question.is_eligible = false;
	ck_assert_int_eq(decide(question), VERDICT_NOT_ELIGIBLE);
}
END_TEST

START_TEST(missing_response_is_no_reason_unless_it_is_a_condition)
{
	struct verdict_question question = overdue();

	question.is_timeout_condition = false;
	ck_assert_int_eq(decide(question), VERDICT_NO_CONDITION);
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_NO_CONDITION);
	question.level = FAILURE_NAME;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.level = FAILURE_LOSSY;
	ck_assert_int_eq(decide(question), VERDICT_NO_CONDITION);
	question.is_fresh = true;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.level = FAILURE_NONE;
	question.now_ns = SENT_NS;
	ck_assert_int_eq(decide(question), VERDICT_WAIT);
}
END_TEST

START_TEST(query_that_only_its_resolver_may_answer_is_left)
{
	struct verdict_question question = overdue();

	question.is_eligible = false;
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_NOT_ELIGIBLE);
}
END_TEST

START_TEST(client_that_is_a_resolver_is_left)
{
	struct verdict_question question = overdue();

	question.is_client_resolver = true;
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_CLIENT_IS_RESOLVER);
}
END_TEST

START_TEST(where_responses_may_be_hidden_nobody_is_answered)
{
	struct verdict_question question = overdue();

	question.level = FAILURE_ONE_SIDED;
	ck_assert_int_eq(decide(question), VERDICT_ONE_SIDED);
}
END_TEST

START_TEST(client_that_gave_up_is_not_answered)
{
	struct verdict_question question = overdue();

	question.level = FAILURE_SILENT;
	question.now_ns = SENT_NS + 5 * NS_PER_S - 1;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.now_ns++;
	ck_assert_int_eq(decide(question), VERDICT_EXPIRED);
}
END_TEST

START_TEST(client_that_asks_again_has_not_given_up)
{
	struct verdict_question question = overdue();

	question.level = FAILURE_SILENT;
	question.asked_ns = SENT_NS + 4 * NS_PER_S;
	question.now_ns = SENT_NS + 9 * NS_PER_S - 1;
	ck_assert_int_eq(decide(question), VERDICT_ANSWER);
	question.now_ns++;
	ck_assert_int_eq(decide(question), VERDICT_EXPIRED);
}
END_TEST

START_TEST(without_an_answer_there_is_none)
{
	struct verdict_question question = overdue();

	question.has_answer = false;
	ck_assert_int_eq(decide(question), VERDICT_NO_ENTRY);
	question.mode = CONFIG_MODE_OBSERVE;
	ck_assert_int_eq(decide(question), VERDICT_NO_ENTRY);
}
END_TEST

START_TEST(observe_never_answers)
{
	struct verdict_question question = overdue();

	question.mode = CONFIG_MODE_OBSERVE;
	for (int level = FAILURE_NONE; level <= FAILURE_ONE_SIDED; level++) {
		question.level = (enum failure_level)level;
		ck_assert_int_ne(decide(question), VERDICT_ANSWER);
	}
	question.level = FAILURE_SILENT;
	ck_assert_int_eq(decide(question), VERDICT_DISABLED);
}
END_TEST

START_TEST(query_of_the_future_waits)
{
	struct verdict_question question = overdue();

	question.now_ns = SENT_NS - 1;
	ck_assert_int_eq(decide(question), VERDICT_WAIT);
}
END_TEST

static bool is_eligible(void)
{
	struct dns_message view;

	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	return verdict_is_eligible(&view);
}

static bool is_eligible_with(uint16_t flags, uint16_t type, uint16_t class)
{
	dns_builder_start(&builder, flags, "www.example.com", type);
	dns_write_u16(builder.bytes + builder.size_bytes - 2, class);
	return is_eligible();
}

START_TEST(every_type_of_record_may_be_answered)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_NS, DNS_TYPE_CNAME, DNS_TYPE_SOA,
		DNS_TYPE_PTR, DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_DS,
		DNS_TYPE_RRSIG, DNS_TYPE_DNSKEY, DNS_TYPE_HTTPS, 99, 127, 256, DNS_TYPE_CAA,
		65280 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ck_assert_msg(
			is_eligible_with(DNS_FLAG_RD, types[i], DNS_CLASS_IN), "type %u", types[i]);
}
END_TEST

START_TEST(what_is_no_record_type_may_not)
{
	static const uint16_t types[] = { 0, DNS_TYPE_OPT, DNS_TYPE_TKEY, DNS_TYPE_TSIG,
		DNS_TYPE_IXFR, DNS_TYPE_AXFR, 253, 254, DNS_TYPE_ANY };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ck_assert_msg(!is_eligible_with(DNS_FLAG_RD, types[i], DNS_CLASS_IN), "type %u",
			types[i]);
}
END_TEST

START_TEST(query_without_recursion_desired_may_not)
{
	ck_assert(!is_eligible_with(0, DNS_TYPE_A, DNS_CLASS_IN));
	ck_assert(!is_eligible_with(DNS_FLAG_CD | DNS_FLAG_AD, DNS_TYPE_A, DNS_CLASS_IN));
	ck_assert(is_eligible_with(
		DNS_FLAG_RD | DNS_FLAG_CD | DNS_FLAG_AD, DNS_TYPE_A, DNS_CLASS_IN));
}
END_TEST

START_TEST(other_opcodes_and_responses_may_not)
{
	for (uint16_t opcode = 1; opcode < 16; opcode++)
		ck_assert(
			!is_eligible_with((uint16_t)(DNS_FLAG_RD | opcode << DNS_FLAG_OPCODE_SHIFT),
				DNS_TYPE_A, DNS_CLASS_IN));
	ck_assert(!is_eligible_with(DNS_FLAG_QR | DNS_FLAG_RD, DNS_TYPE_A, DNS_CLASS_IN));
}
END_TEST

START_TEST(other_classes_may_not)
{
	ck_assert(!is_eligible_with(DNS_FLAG_RD, DNS_TYPE_TXT, DNS_CLASS_CH));
	ck_assert(!is_eligible_with(DNS_FLAG_RD, DNS_TYPE_A, DNS_CLASS_HS));
	ck_assert(!is_eligible_with(DNS_FLAG_RD, DNS_TYPE_A, DNS_CLASS_ANY));
}
END_TEST

START_TEST(unknown_version_of_edns_may_not)
{
	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, DNS_EDNS_FLAG_DO, NULL, 0);
	ck_assert(is_eligible());

	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_A);
	dns_builder_opt(&builder, 1232, 1u << 16, NULL, 0);
	ck_assert(!is_eligible());
}
END_TEST

START_TEST(query_that_brings_records_may_not)
{
	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_A);
	dns_builder_a(&builder, 60);
	ck_assert(!is_eligible());

	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_IXFR);
	dns_builder_soa(&builder, 60, 60);
	ck_assert(!is_eligible());
}
END_TEST

START_TEST(signed_query_may_not)
{
	static const uint8_t rdata[] = "\0"     /* algorithm: the root */
				       "SSSSSS" /* time signed */
				       "FF"     /* fudge */
				       "\0\0"   /* no MAC */
				       "IIEE"   /* original id, error */
				       "\0";    /* no other data; its second byte is the NUL */

	dns_builder_start(&builder, DNS_FLAG_RD, "www.example.com", DNS_TYPE_A);
	dns_builder_record_of_class(&builder, DNS_SECTION_ADDITIONAL, "key", DNS_TYPE_TSIG,
		DNS_CLASS_ANY, 0, rdata, sizeof(rdata));
	ck_assert(!is_eligible());
}
END_TEST

static Suite *test_verdict_suite(void)
{
	Suite *suite = suite_create("verdict");
	TCase *decided = tcase_create("decided");
	TCase *eligible = tcase_create("eligible");

	tcase_add_test(decided, healthy_resolver_is_given_its_time);
	tcase_add_test(decided, whatever_is_failing_is_answered_at_once);
	tcase_add_test(decided, what_loses_some_is_answered_at_once_from_a_fresh_answer_only);
	tcase_add_test(decided, what_loses_some_may_still_bring_the_first_answer);
	tcase_add_test(decided, zone_that_is_never_answered_is_left);
	tcase_add_test(decided, missing_response_is_no_reason_unless_it_is_a_condition);
	tcase_add_test(decided, query_that_only_its_resolver_may_answer_is_left);
	tcase_add_test(decided, client_that_is_a_resolver_is_left);
	tcase_add_test(decided, where_responses_may_be_hidden_nobody_is_answered);
	tcase_add_test(decided, client_that_gave_up_is_not_answered);
	tcase_add_test(decided, client_that_asks_again_has_not_given_up);
	tcase_add_test(decided, without_an_answer_there_is_none);
	tcase_add_test(decided, observe_never_answers);
	tcase_add_test(decided, query_of_the_future_waits);
	suite_add_tcase(suite, decided);

	tcase_add_test(eligible, every_type_of_record_may_be_answered);
	tcase_add_test(eligible, what_is_no_record_type_may_not);
	tcase_add_test(eligible, query_without_recursion_desired_may_not);
	tcase_add_test(eligible, other_opcodes_and_responses_may_not);
	tcase_add_test(eligible, other_classes_may_not);
	tcase_add_test(eligible, unknown_version_of_edns_may_not);
	tcase_add_test(eligible, query_that_brings_records_may_not);
	tcase_add_test(eligible, signed_query_may_not);
	suite_add_tcase(suite, eligible);
	return suite;
}

int main(void)
{
	return check_main_run(test_verdict_suite());
}
