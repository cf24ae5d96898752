/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_play.h"

#include "shared/compiler.h"
#include "tests/scenario/rpl_text.h"

/* A scenario that goes as told passes, and each way in which it does not is seen. */

#define QUESTION    "SECTION QUESTION\nwww.example.com. IN A\n"
#define ANSWER      "SECTION ANSWER\nwww.example.com. 300 IN A 192.0.2.1\n"
#define ENTRY(text) "ENTRY_BEGIN\n" text "ENTRY_END\n"

/* The resolver answers steps 0 to 5; the next line is the 14th. */
#define BEGIN                                                                  \
	"SCENARIO_BEGIN a scenario\n"                                          \
	"RANGE_BEGIN 0 5\n" ENTRY(                                             \
		"MATCH opcode qtype qname\nREPLY QR NOERROR\n" QUESTION ANSWER \
		"SECTION AUTHORITY\nexample.com. IN NS ns.example.com.\n") "RANGE_END\n"
#define END "SCENARIO_END\n"

#define QUERY(number) "STEP " #number " QUERY\n" ENTRY("REPLY RD\n" QUESTION)
#define CHECK(number) \
	"STEP " #number " CHECK_ANSWER\n" ENTRY("MATCH all\nREPLY QR RD RA\n" QUESTION ANSWER)
#define LEARN        QUERY(1) CHECK(2)
#define FAIL(number) "STEP " #number " REPLY\n" ENTRY("REPLY QR SERVFAIL\n" QUESTION)
#define SILENT(number, name)              \
	"STEP " #number " QUERY\n" ENTRY( \
		"REPLY RD\nSECTION QUESTION\n" name " IN A\n") "STEP " #number " TIMEOUT\n"

static char failure[SCENARIO_FAILURE_BYTES];

static bool plays(const char *text)
{
	struct rpl *rpl = rpl_text_good(text);
	const bool is_right = scenario_play(rpl, "file", failure);

	rpl_free(rpl);
	return is_right;
}

static const char *const good[] = {
	BEGIN END,
	BEGIN LEARN "; dnscache: response at once\n; dnscache: counter orders_sent = 0\n" END,
	BEGIN QUERY(1) "; dnscache: unchecked 1 responses 0 replies\n" END,
	BEGIN LEARN QUERY(6) CHECK(7) "; dnscache: reply after 250ms\n" END,
	BEGIN LEARN QUERY(6) "STEP 7 CHECK_OUT_QUERY\n" ENTRY(
		"MATCH qname\n" QUESTION) "STEP 8 REPLY\n" ENTRY("MATCH qname\nREPLY QR\n" QUESTION
			ANSWER) CHECK(9) "; dnscache: response at once\n" END,
	BEGIN LEARN QUERY(6) "STEP 7 ERROR\n" CHECK(8) "; dnscache: reply at once\n" END,
	BEGIN LEARN SILENT(6, "a.")
		SILENT(7, "b.") "; dnscache: counter resolvers_silent = 1\n" QUERY(8)
			CHECK(9) "; dnscache: reply at once\n" END,
	BEGIN LEARN "; dnscache: scope bridge:br9\n" QUERY(6) "; dnscache: unanswered\n" END,
	BEGIN LEARN "; dnscache: resolver 10.0.0.54\n" QUERY(6) "; dnscache: unanswered\n" END,
	"; dnscache: [global] mode = observe\n" BEGIN LEARN QUERY(6) "; dnscache: unanswered\n" END,
	BEGIN LEARN QUERY(6) "; dnscache: again\n" CHECK(
		7) "; dnscache: counter retransmits = 1\n" END,
	BEGIN LEARN "; dnscache: reload [global] mode = observe\n" QUERY(
		6) "; dnscache: unanswered\n"
		   "; dnscache: reload [global] mode = rescue\n" QUERY(7) CHECK(8) END,
	BEGIN LEARN "; dnscache: holding\n" QUERY(6) FAIL(7)
		CHECK(8) "; dnscache: reply at once\n" END,
	BEGIN LEARN "; dnscache: holding for 2s\n" QUERY(6)
		FAIL(7) "; dnscache: counter held_discarded = 1\n"
			"; dnscache: unanswered\n" END,
	BEGIN "; dnscache: holding\n" QUERY(6)
		FAIL(7) "; dnscache: unchecked 1 responses 0 replies\n" END,
	BEGIN LEARN "STEP 6 REPLY\n" ENTRY("; dnscache: second\nREPLY QR\n" QUESTION
			ANSWER) "; dnscache: counter responses_duplicate = 1\n" END,
	BEGIN LEARN "STEP 6 NOTHING\nSTEP 7 TRAFFIC\nSTEP 8 TIME_PASSES ELAPSE 100000\n" END,
};

START_TEST(scenario_that_goes_as_told_passes)
{
	ck_assert_msg(plays(good[_i]), "%s", failure);
	ck_assert_str_eq(failure, "");
}
END_TEST

/* What is told begins with this; the message that came may follow. */
static const struct {
	const char *text;
	const char *failure;
} bad[] = {
	{ BEGIN QUERY(1) END,
		"file:14: step 1: step 1 was answered, by response after 1 ms, and nothing checks it" },
	{ BEGIN LEARN QUERY(6) END,
		"file:29: step 6: step 6 was answered, by reply after 256 ms, and nothing checks it" },
	{ BEGIN QUERY(1) QUERY(2) CHECK(3) END,
		"file:26: step 3: step 2 was answered, by response" },
	{ BEGIN LEARN CHECK(3) END, "file:29: step 3: no answer came" },
	{ BEGIN "STEP 1 QUERY ADDRESS 10.0.0.2\n" ENTRY(
		  "REPLY RD\n" QUESTION) "STEP 2 CHECK_ANSWER ADDRESS 10.0.0.1\n" ENTRY("MATCH qname\n" QUESTION)
			END,
		"file:20: step 2: no answer came" },
	{ BEGIN QUERY(1) "STEP 2 CHECK_ANSWER\n" ENTRY(
		  "MATCH ttl answer\n" QUESTION
		  "SECTION ANSWER\nwww.example.com. 299 IN A 192.0.2.1\n") END,
		"file:20: step 2: the answer to step 1 differs: TTL 300 in ANSWER, wanted 299\n;; ->>" },
	{ BEGIN LEARN "; dnscache: reply\n" END, "file:29: step 2: it was a response, after 1 ms" },
	{ BEGIN LEARN "; dnscache: response after 200ms\n" END,
		"file:29: step 2: it was a response, after 1 ms" },
	{ BEGIN LEARN QUERY(6) CHECK(7) "; dnscache: reply at once\n" END,
		"file:44: step 7: it was a reply, after 256 ms" },
	{ BEGIN "; dnscache: reply\n" END, "file:14: step 0: no answer was checked yet" },
	{ BEGIN LEARN "; dnscache: holding\n" QUERY(6) FAIL(7)
			CHECK(8) "; dnscache: response\n" END,
		"file:51: step 8: it was a reply, after 1 ms" },
	{ BEGIN LEARN "; dnscache: holding\n; dnscache: not holding\n" QUERY(6) FAIL(7) CHECK(8)
			END,
		"file:43: step 8: the answer to step 6 differs: " },
	{ "; dnscache: [rescue] conditions = timeout\n" BEGIN LEARN
	  "; dnscache: holding\n" QUERY(6) "STEP 7 ERROR\n" CHECK(8) END,
		"file:38: step 8: no answer came" },
	{ BEGIN LEARN "; dnscache: counter orders_sent = 1\n" END,
		"file:29: step 2: orders_sent = 0" },
	{ BEGIN "; dnscache: counter orders = 1\n" END,
		"file:14: step 0: no counter is called 'orders'" },
	{ BEGIN QUERY(1) "; dnscache: unchecked 0 responses 1 replies\n" END,
		"file:20: step 1: 1 responses and 0 replies were not checked" },
	{ BEGIN LEARN QUERY(6) "; dnscache: unanswered\n" END,
		"file:35: step 6: step 6 was answered, by reply" },
	{ BEGIN "; dnscache: again\n" END, "file:14: step 0: nothing was asked yet" },
	{ BEGIN LEARN "STEP 6 TIMEOUT\n" END, "file:29: step 6: no query is under way" },
	{ BEGIN LEARN "STEP 6 CHECK_OUT_QUERY\n" ENTRY("MATCH qname\n" QUESTION) END,
		"file:29: step 6: no query that fits is under way" },
	{ BEGIN QUERY(6) "STEP 7 REPLY\n" ENTRY("MATCH qname\nSECTION QUESTION\na. IN A\n") END,
		"file:20: step 7: no query that fits is under way" },
	{ BEGIN QUERY(6) "STEP 7 REPLY\n" ENTRY("; dnscache: second\n" QUESTION) END,
		"file:20: step 7: no query that fits has had its response" },
	{ BEGIN LEARN "STEP 7 REPLY\n" ENTRY(
		  "MATCH qname\n; dnscache: second\nSECTION QUESTION\na. IN A\n") END,
		"file:29: step 7: no query that fits has had its response" },
	{ BEGIN "STEP 1 QUERY\n" ENTRY("REPLY RD\n") END,
		"file:14: step 1: a query has one question" },
	{ BEGIN "; dnscache: reload [global] mode = lazy\n" END,
		"file:14: step 0: that configuration is refused" },
	{ BEGIN "; dnscache: reload [global] mode = rescue\n" END,
		"file:14: step 0: that changes nothing of a running analyzer" },
	{ BEGIN "; dnscache: reload [cache] capacity = 5000\n" END,
		"file:14: step 0: that changes nothing of a running analyzer" },
	{ "; dnscache: [global] mode = lazy\n" BEGIN END, "file: its configuration is refused" },
};

START_TEST(what_goes_otherwise_is_told)
{
	ck_assert(!plays(bad[_i].text));
	ck_assert_msg(strncmp(failure, bad[_i].failure, strlen(bad[_i].failure)) == 0,
		"'%s' is not '%s'", failure, bad[_i].failure);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario_play");
	TCase *tests = tcase_create("scenario_play");

	tcase_add_loop_test(tests, scenario_that_goes_as_told_passes, 0, ARRAY_COUNT(good));
	tcase_add_loop_test(tests, what_goes_otherwise_is_told, 0, ARRAY_COUNT(bad));
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
