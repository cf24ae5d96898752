/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_read.h"

#include "shared/clock.h"
#include "shared/compiler.h"
#include "tests/scenario/rpl_text.h"

/* What a file says, and what is said of one that is wrong. */

#define BEGIN    "SCENARIO_BEGIN title\n"
#define END      "SCENARIO_END\n"
#define QUESTION "SECTION QUESTION\nwww.example.com. IN A\n"
#define QUERY    "STEP 1 QUERY\nENTRY_BEGIN\nREPLY RD\n" QUESTION "ENTRY_END\n"

#define OWN_OF_ENTRY \
	"in an entry, ours are 'edns BYTES', 'ede CODE' and 'hops NUMBER', and in one of STEP REPLY 'second'"

START_TEST(options_name_the_resolver)
{
	struct rpl *rpl = rpl_text_good("; comment\nserver:\n\tminimal-responses: no\n"
					"forward-zone: name: \".\" forward-addr: 216.0.0.1\n"
					"\tforward-addr: 216.0.0.2\nCONFIG_END\n" BEGIN END);

	ck_assert_str_eq(rpl->title, "title");
	ck_assert_str_eq(rpl->resolver, "216.0.0.1");
	ck_assert(!rpl->is_minimal);
	ck_assert_str_eq(rpl->config, "");
	rpl_free(rpl);
}
END_TEST

START_TEST(no_options_are_fine)
{
	struct rpl *rpl = rpl_text_good(BEGIN END);

	ck_assert_str_eq(rpl->resolver, RPL_RESOLVER_DEFAULT);
	ck_assert(rpl->is_minimal);
	rpl_free(rpl);
}
END_TEST

START_TEST(our_options_become_dnscache_conf)
{
	struct rpl *rpl = rpl_text_good("; dnscache: [rescue] answer_after = 300ms ; why\n"
					"; dnscache: [cache]  ttl = 1m\n" BEGIN END);

	ck_assert_str_eq(rpl->config, "[rescue]\nanswer_after = 300ms\n[cache]\nttl = 1m\n");
	rpl_free(rpl);
}
END_TEST

START_TEST(range_has_addresses_and_entries)
{
	struct rpl *rpl = rpl_text_good(BEGIN
		"RANGE_BEGIN 10 20\n\tADDRESS 10.0.0.53\n\tADDRESS 10.0.0.54\n"
		"ENTRY_BEGIN\nMATCH opcode qname\nADJUST copy_id sleep=0.25\nREPLY QR AA SERVFAIL\n"
		"; dnscache: ede 22\n; dnscache: hops 3\n" QUESTION "ENTRY_END\n"
		"ENTRY_BEGIN\nADJUST do_not_answer\nENTRY_END\nRANGE_END\n" END);
	const struct rpl_range *range = rpl->ranges;
	const struct rpl_entry *entry = range->entries;

	ck_assert_uint_eq(range->first, 10);
	ck_assert_uint_eq(range->last, 20);
	ck_assert_uint_eq(range->address_count, 2);
	ck_assert_str_eq(range->addresses[1], "10.0.0.54");
	ck_assert_uint_eq(entry->match, RPL_MATCH_OPCODE | RPL_MATCH_QNAME);
	ck_assert_uint_eq(entry->sleep_ns, 250 * NS_PER_MS);
	ck_assert_int_eq(entry->has_ede, 22);
	ck_assert_uint_eq(entry->hops, 3);
	ck_assert(ldns_pkt_qr(entry->message) && ldns_pkt_aa(entry->message));
	ck_assert(!ldns_pkt_rd(entry->message));
	ck_assert_int_eq(ldns_pkt_get_rcode(entry->message), LDNS_RCODE_SERVFAIL);
	ck_assert(!entry->is_silent && entry->next->is_silent);
	ck_assert_ptr_null(entry->next->next);
	rpl_free(rpl);
}
END_TEST

START_TEST(records_have_their_section_and_ttl)
{
	struct rpl *rpl = rpl_text_good(
		BEGIN "STEP 1 CHECK_ANSWER\nENTRY_BEGIN\nMATCH all ttl ede=any\n" QUESTION
		      "SECTION ANSWER\nwww.example.com. IN CNAME a.example.com.\n"
		      "a.example.com. 7 A 192.0.2.1\na.example.com. 7 IN TXT \"a;b\" ; comment\n"
		      "SECTION AUTHORITY\nSECTION ADDITIONAL\nns.example.com. 9 IN AAAA ::1\n"
		      "ENTRY_END\n" END);
	const struct rpl_entry *entry = rpl->steps->entry;
	const ldns_rr_list *answer = ldns_pkt_answer(entry->message);

	ck_assert_uint_eq(entry->match, RPL_MATCH_ALL | RPL_MATCH_TTL | RPL_MATCH_EDE);
	ck_assert_int_eq(entry->ede, RPL_EDE_ANY);
	ck_assert_uint_eq(ldns_rr_list_rr_count(answer), 3);
	ck_assert_uint_eq(ldns_rr_ttl(ldns_rr_list_rr(answer, 0)), 3600);
	ck_assert_uint_eq(ldns_rr_ttl(ldns_rr_list_rr(answer, 1)), 7);
	ck_assert_uint_eq(ldns_rr_list_rr_count(ldns_pkt_authority(entry->message)), 0);
	ck_assert_uint_eq(ldns_rr_list_rr_count(ldns_pkt_additional(entry->message)), 1);
	rpl_free(rpl);
}
END_TEST

START_TEST(steps_are_in_their_order)
{
	struct rpl *rpl = rpl_text_good(BEGIN
		"STEP 1 QUERY ADDRESS 10.0.0.2\nENTRY_BEGIN\nREPLY RD DO\n; dnscache: edns 700\n" QUESTION
		"ENTRY_END\n; dnscache: reply after 250ms\nSTEP 3 TIME_PASSES ELAPSE 1.5\n"
		"STEP 4 TIMEOUT\n; dnscache: counter orders_sent = 2\n" END);
	const struct rpl_step *step = rpl->steps;

	ck_assert_int_eq(step->kind, RPL_STEP_QUERY);
	ck_assert_str_eq(step->address, "10.0.0.2");
	ck_assert(ldns_pkt_edns_do(step->entry->message));
	ck_assert_uint_eq(ldns_pkt_edns_udp_size(step->entry->message), 700);
	step = step->next;
	ck_assert_int_eq(step->kind, RPL_STEP_ANSWERED);
	ck_assert(step->is_reply && step->has_time);
	ck_assert_uint_eq(step->elapse_ns, 250 * NS_PER_MS);
	ck_assert_uint_eq(step->number, 1);
	step = step->next;
	ck_assert_int_eq(step->kind, RPL_STEP_TIME_PASSES);
	ck_assert_uint_eq(step->elapse_ns, 1500 * NS_PER_MS);
	step = step->next;
	ck_assert_int_eq(step->kind, RPL_STEP_TIMEOUT);
	ck_assert_int_eq(step->next->kind, RPL_STEP_COUNTER);
	ck_assert_uint_eq(step->next->value, 2);
	ck_assert_ptr_null(step->next->next);
	rpl_free(rpl);
}
END_TEST

START_TEST(own_steps_have_their_arguments)
{
	struct rpl *rpl =
		rpl_text_good(BEGIN "; dnscache: reload [global]  mode = observe ; why\n"
				    "; dnscache: holding for 2s\n; dnscache: not holding\n" END);
	const struct rpl_step *step = rpl->steps;

	ck_assert_int_eq(step->kind, RPL_STEP_RELOAD);
	ck_assert_str_eq(step->text, "[global]\nmode = observe\n");
	step = step->next;
	ck_assert_int_eq(step->kind, RPL_STEP_HOLDING);
	ck_assert(step->is_holding);
	ck_assert_uint_eq(step->elapse_ns, 2 * NS_PER_S);
	ck_assert_int_eq(step->next->kind, RPL_STEP_HOLDING);
	ck_assert(!step->next->is_holding);
	rpl_free(rpl);
}
END_TEST

static const struct {
	const char *text;
	const char *mistake;
} mistakes[] = {
	{ "server:\n", "file:1: the file ends before SCENARIO_BEGIN" },
	{ "\n; dnscache: answer_after = 1s\n" BEGIN END,
		"file:2: before SCENARIO_BEGIN, ours is '[section] key = value'" },
	{ BEGIN, "file:1: the file ends before SCENARIO_END" },
	{ BEGIN "\nWHAT is this\n" END, "file:3: 'WHAT is this' is not known in a scenario" },
	{ BEGIN "RANGE_BEGIN 5\n" END,
		"file:2: a range is RANGE_BEGIN, its first and its last step" },
	{ BEGIN "RANGE_BEGIN 5 4\n" END,
		"file:2: a range is RANGE_BEGIN, its first and its last step" },
	{ BEGIN "RANGE_BEGIN 5 6\nADDRESS\n" END,
		"file:3: a range has at most 4 addresses, one in a line" },
	{ BEGIN "RANGE_BEGIN 5 6\nREPLY QR\n" END, "file:3: 'REPLY QR' is not known in a range" },
	{ BEGIN "RANGE_BEGIN 5 6\n", "file:2: the file ends before RANGE_END" },
	{ BEGIN "STEP QUERY\n" END, "file:2: a step is STEP, its number and its kind" },
	{ BEGIN "STEP 1 DANCE\n" END, "file:2: the step 'DANCE' is not known" },
	{ BEGIN "STEP 2 NOTHING\nSTEP 1 NOTHING\n" END, "file:3: step 1 comes after step 2" },
	{ BEGIN "STEP 1 QUERY\n" END, "file:3: step 1 needs ENTRY_BEGIN here" },
	{ BEGIN "STEP 1 QUERY FROM me\nENTRY_BEGIN\nENTRY_END\n" END,
		"file:2: QUERY takes nothing, or ADDRESS and one" },
	{ BEGIN "STEP 1 TIME_PASSES 5\n" END, "file:2: TIME_PASSES takes ELAPSE and seconds" },
	{ BEGIN "STEP 1 TIME_PASSES ELAPSE soon\n" END,
		"file:2: TIME_PASSES takes ELAPSE and seconds" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nMATCH opcode colour\n",
		"file:4: MATCH does not know the word 'colour'" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nMATCH ede=stale\n",
		"file:4: MATCH does not know the word 'ede=stale'" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nADJUST raw_data\n",
		"file:4: ADJUST does not know the word 'raw_data'" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nREPLY RD PLEASE\n",
		"file:4: REPLY does not know the word 'PLEASE'" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nSECTION ANSWERS\n",
		"file:4: SECTION is QUESTION, ANSWER, AUTHORITY or ADDITIONAL" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nwww.example.com. IN A\n",
		"file:4: 'www.example.com.' is not known in an entry" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n; dnscache: colour 5\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n; dnscache: edns 70000\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n; dnscache: hops 256\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "STEP 1 CHECK_ANSWER\nENTRY_BEGIN\n; dnscache: second\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "STEP 1 REPLY\nENTRY_BEGIN\n; dnscache: second time\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "RANGE_BEGIN 5 6\nENTRY_BEGIN\n; dnscache: second\n", "file:4: " OWN_OF_ENTRY },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nHEX_EDNSDATA_BEGIN\n00 0g\n",
		"file:5: '0g' is no byte in hex, or too many" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\nHEX_EDNSDATA_BEGIN\n00\n",
		"file:5: the file ends before HEX_EDNSDATA_END" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n" QUESTION "STEP 2 NOTHING\n",
		"file:6: STEP before ENTRY_END" },
	{ BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n" QUESTION, "file:5: the file ends before ENTRY_END" },
	{ BEGIN QUERY "; dnscache: dance\n" END, "file:8: 'dance' is nothing that dnscache adds" },
	{ BEGIN QUERY "; dnscache: reply soon\n" END,
		"file:8: after 'reply' comes nothing, 'at once' or 'after TIME'" },
	{ BEGIN QUERY "; dnscache: counter orders_sent 1\n" END,
		"file:8: a counter is told as 'counter NAME = NUMBER'" },
	{ BEGIN QUERY "; dnscache: holding soon\n" END,
		"file:8: it is 'holding', 'holding for TIME' or 'not holding'" },
	{ BEGIN QUERY "; dnscache: holding for ever\n" END,
		"file:8: it is 'holding', 'holding for TIME' or 'not holding'" },
	{ BEGIN QUERY "; dnscache: not holding for 2s\n" END,
		"file:8: it is 'holding', 'holding for TIME' or 'not holding'" },
	{ BEGIN QUERY "; dnscache: reload\n" END, "file:8: it is 'reload [section] key = value'" },
	{ BEGIN QUERY "; dnscache: reload mode = observe\n" END,
		"file:8: it is 'reload [section] key = value'" },
	{ BEGIN QUERY "; dnscache: unchecked 3\n" END,
		"file:8: it is 'unchecked NUMBER responses NUMBER replies'" },
};

START_TEST(mistake_is_one_line_with_its_place)
{
	struct rpl *rpl = rpl_text_read(mistakes[_i].text);

	ck_assert_ptr_null(rpl);
	ck_assert_str_eq(rpl_text_mistake, mistakes[_i].mistake);
}
END_TEST

static const char *const bad_records[] = {
	"SECTION ANSWER\nwww.example.com. IN A 192.0.2.300\n",
	"SECTION ANSWER\nwww.example.com. IN MX 10\n",
	"SECTION ANSWER\nwww.example.com.\n",
	"SECTION QUESTION\nwww..example.com. IN A\n",
};

START_TEST(record_that_is_none_is_named_with_the_cause)
{
	char text[256];
	struct rpl *rpl;

	(void)snprintf(text, sizeof(text), BEGIN "STEP 1 QUERY\nENTRY_BEGIN\n%s", bad_records[_i]);
	rpl = rpl_text_read(text);
	ck_assert_ptr_null(rpl);
	ck_assert_msg(strncmp(rpl_text_mistake, "file:5: 'www.", 13) == 0, "%s", rpl_text_mistake);
	ck_assert_ptr_nonnull(strstr(rpl_text_mistake, "' is no "));
}
END_TEST

START_TEST(line_that_is_too_long_is_a_mistake)
{
	static char text[2 * RPL_LINE_BYTES];
	struct rpl *rpl;

	memset(text, ' ', sizeof(text) - 1);
	rpl = rpl_text_read(text);
	ck_assert_ptr_null(rpl);
	ck_assert_str_eq(rpl_text_mistake, "file:1: longer than 4094 bytes");
}
END_TEST

START_TEST(file_that_is_not_there_is_a_mistake)
{
	ck_assert_ptr_null(rpl_read("/nowhere/at/all.rpl", rpl_text_mistake));
	ck_assert_str_eq(rpl_text_mistake, "/nowhere/at/all.rpl: No such file or directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpl_read");
	TCase *tests = tcase_create("rpl_read");

	tcase_add_test(tests, options_name_the_resolver);
	tcase_add_test(tests, no_options_are_fine);
	tcase_add_test(tests, our_options_become_dnscache_conf);
	tcase_add_test(tests, range_has_addresses_and_entries);
	tcase_add_test(tests, records_have_their_section_and_ttl);
	tcase_add_test(tests, steps_are_in_their_order);
	tcase_add_test(tests, own_steps_have_their_arguments);
	tcase_add_loop_test(tests, mistake_is_one_line_with_its_place, 0, ARRAY_COUNT(mistakes));
	tcase_add_loop_test(
		tests, record_that_is_none_is_named_with_the_cause, 0, ARRAY_COUNT(bad_records));
	tcase_add_test(tests, line_that_is_too_long_is_a_mistake);
	tcase_add_test(tests, file_that_is_not_there_is_a_mistake);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
