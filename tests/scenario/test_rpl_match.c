/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_match.h"

#include "shared/compiler.h"
#include "tests/scenario/rpl_text.h"
#include "tests/scenario/scenario_message.h"

/* Two entries, one wanted by its MATCH words, one as the message that came. */

#define QUESTION "SECTION QUESTION\nwww.example.com. IN A\n"
#define ANSWER   "SECTION ANSWER\nwww.example.com. 60 IN A 192.0.2.1\n"
#define ANSWERS  ANSWER "www.example.com. 60 IN A 192.0.2.2\n"
#define OTHERS \
	"SECTION ANSWER\nwww.example.com. 60 IN A 192.0.2.2\nwww.example.com. 60 IN A 192.0.2.1\n"

/* A cookie, and an extended error behind it. */
#define OPTIONS                                                                    \
	"HEX_EDNSDATA_BEGIN\n00 0a 00 08 31 32 33 34 35 36 37 38 ; the client's\n" \
	"00 0f 00 05 00 13 64 6e 73\nHEX_EDNSDATA_END\n"

static char difference[RPL_DIFFERENCE_BYTES];

/* Goes through the wire, as messages do. */
static ldns_pkt *parsed(const struct rpl_entry *entry)
{
	ldns_pkt *query = scenario_message_query(entry, 1);
	ldns_pkt *message = NULL;
	size_t size_bytes;
	uint8_t *bytes;

	bytes = scenario_message_bytes(query, &size_bytes);
	ck_assert_int_eq(ldns_wire2pkt(&message, bytes, size_bytes), LDNS_STATUS_OK);
	free(bytes);
	ldns_pkt_free(query);
	return message;
}

static bool fits(const char *wanted, const char *came)
{
	char text[1024];
	struct rpl *rpl;
	ldns_pkt *message;
	bool is_fit;

	(void)snprintf(text, sizeof(text),
		"SCENARIO_BEGIN\nSTEP 1 CHECK_ANSWER\nENTRY_BEGIN\n%sENTRY_END\n"
		"STEP 2 QUERY\nENTRY_BEGIN\n%sENTRY_END\nSCENARIO_END\n",
		wanted, came);
	rpl = rpl_text_good(text);
	message = parsed(rpl->steps->next->entry);
	difference[0] = '\0';
	is_fit = rpl_match_is(rpl->steps->entry, message, difference);
	ldns_pkt_free(message);
	rpl_free(rpl);
	return is_fit;
}

static const struct {
	const char *wanted;
	const char *came;
} same[] = {
	{ "", "REPLY QR NXDOMAIN\n" QUESTION },
	{ "MATCH all ttl\nREPLY QR RD\n" QUESTION ANSWERS, "REPLY QR RD\n" QUESTION ANSWERS },
	{ "MATCH all\n" QUESTION "SECTION ANSWER\nWWW.example.com. 5 IN A 192.0.2.1\n",
		QUESTION ANSWER },
	{ "MATCH qname\nSECTION QUESTION\nWWW.EXAMPLE.com. IN AAAA\n", QUESTION },
	{ "MATCH qtype\nSECTION QUESTION\nexample.net. IN A\n", QUESTION },
	{ "MATCH question UDP\n" QUESTION, QUESTION },
	{ "MATCH subdomain\nSECTION QUESTION\nexample.com. IN NS\n", QUESTION },
	{ "MATCH subdomain\n" QUESTION, QUESTION },
	{ "MATCH qcase\nSECTION QUESTION\nwWw.example.com. IN A\n",
		"SECTION QUESTION\nwWw.example.com. IN A\n" },
	{ "MATCH flags\nREPLY QR SERVFAIL\n" QUESTION, "REPLY QR REFUSED\n" QUESTION },
	{ "MATCH answer\n" ANSWER, QUESTION ANSWER "SECTION AUTHORITY\n. IN NS a.\n" },
	{ "MATCH noedns\n" QUESTION, QUESTION },
	{ "MATCH DO\nREPLY DO\n" QUESTION, "REPLY DO\n" QUESTION },
	{ "MATCH edns\n; dnscache: edns 700\n" QUESTION, "; dnscache: edns 700\n" QUESTION },
	{ "MATCH ednsdata ede=19\n" OPTIONS, QUESTION OPTIONS },
	{ "MATCH ednsdata\n", QUESTION },
	{ "MATCH ede=none\n" QUESTION, "; dnscache: edns 700\n" QUESTION },
};

START_TEST(what_is_asked_for_is_there)
{
	ck_assert_msg(fits(same[_i].wanted, same[_i].came), "%s", difference);
}
END_TEST

static const struct {
	const char *wanted;
	const char *came;
	const char *difference;
} others[] = {
	{ "MATCH TCP\n", QUESTION, "it came by UDP" },
	{ "MATCH opcode\nREPLY NOTIFY\n", QUESTION, "opcode 0, wanted 4" },
	{ "MATCH qname\nSECTION QUESTION\nexample.com. IN A\n", QUESTION,
		"it is about another name" },
	{ "MATCH qtype\nSECTION QUESTION\nwww.example.com. IN AAAA\n", QUESTION,
		"it is about another type" },
	{ "MATCH qtype\nSECTION QUESTION\nwww.example.com. CH A\n", QUESTION,
		"it is about another type" },
	{ "MATCH qcase\nSECTION QUESTION\nWWW.example.com. IN A\n", QUESTION,
		"the case of its question differs" },
	{ "MATCH subdomain\nSECTION QUESTION\nexample.net. IN A\n", QUESTION,
		"its name is not in that domain" },
	{ "MATCH question\n" QUESTION, "REPLY QR\n", "it has no question" },
	{ "MATCH rcode\nREPLY NXDOMAIN\n", QUESTION, "rcode 0, wanted 3" },
	{ "MATCH flags\nREPLY QR RA\n", "REPLY QR RA AD\n" QUESTION, "AD is set" },
	{ "MATCH all\nREPLY QR AA\n" QUESTION, "REPLY QR\n" QUESTION, "AA is not set" },
	{ "MATCH all\n" QUESTION ANSWER, QUESTION, "0 records in ANSWER, wanted 1" },
	{ "MATCH all\n" QUESTION, QUESTION ANSWER, "1 records in ANSWER, wanted 0" },
	{ "MATCH all\n" QUESTION ANSWERS, QUESTION OTHERS, "another record in ANSWER" },
	{ "MATCH authority\nSECTION AUTHORITY\n. IN NS a.\n", "SECTION AUTHORITY\n. IN NS b.\n",
		"another record in AUTHORITY" },
	{ "MATCH additional ttl\nSECTION ADDITIONAL\na. 5 IN A 192.0.2.1\n",
		"SECTION ADDITIONAL\na. 6 IN A 192.0.2.1\n", "TTL 6 in ADDITIONAL, wanted 5" },
	{ "MATCH all\nREPLY DO\n" QUESTION, QUESTION, "DO is not set" },
	{ "MATCH DO\n" QUESTION, "REPLY DO\n" QUESTION, "DO is set" },
	{ "MATCH noedns\n", "; dnscache: edns 700\n" QUESTION, "it has an OPT" },
	{ "MATCH edns\n; dnscache: edns 700\n", "; dnscache: edns 800\n" QUESTION,
		"payload 800, wanted 700" },
	{ "MATCH ede=3\n", QUESTION, "extended error -1, wanted 3 (-1: none)" },
	{ "MATCH ednsdata\n", QUESTION OPTIONS, "2 options in OPT, wanted 0" },
	{ "MATCH ednsdata\n" OPTIONS,
		QUESTION
		"HEX_EDNSDATA_BEGIN\n00 0f 00 02 00 13 00 0f 00 02 00 14\nHEX_EDNSDATA_END\n",
		"another option in OPT" },
	{ "MATCH ede=any\n", QUESTION, "no extended error" },
};

START_TEST(what_differs_is_told)
{
	ck_assert(!fits(others[_i].wanted, others[_i].came));
	ck_assert_str_eq(difference, others[_i].difference);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rpl_match");
	TCase *tests = tcase_create("rpl_match");

	tcase_add_loop_test(tests, what_is_asked_for_is_there, 0, ARRAY_COUNT(same));
	tcase_add_loop_test(tests, what_differs_is_told, 0, ARRAY_COUNT(others));
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
