/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_choice.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/interface_samples.h"

#define INDEXES_MAX 10

static const struct {
	const char *text;
	uint32_t edges[INDEXES_MAX];    /* all that are chosen, ascending */
	uint32_t left_out[INDEXES_MAX]; /* all that are left out */
	uint32_t hosts[INDEXES_MAX];    /* all that are for the host's own look-ups */
} choices[] = {
	{ "auto",
		{ SAMPLE_VETH1, SAMPLE_VETH2, SAMPLE_CALI, SAMPLE_LAN_VETH, SAMPLE_VRF_VETH,
			SAMPLE_OVS_VETH, SAMPLE_ORPHAN, SAMPLE_VM },
		{ 0 }, { SAMPLE_LO, SAMPLE_UPLINK, SAMPLE_WAN } },
	{ "host", { 0 }, { 0 }, { SAMPLE_LO, SAMPLE_UPLINK, SAMPLE_WAN } },
	{ "docker0 host", { SAMPLE_VETH1, SAMPLE_VETH2 }, { 0 }, { SAMPLE_LO, SAMPLE_UPLINK, SAMPLE_WAN } },
	{ "vm0", { SAMPLE_VM }, { 0 } },
	{ "", { 0 }, { 0 } },
	{ " ,\t, ", { 0 }, { 0 } },
	{ "nothing", { 0 }, { 0 } },
	{ "veth", { 0 }, { 0 } }, /* a name, not a kind */
	{ "eth0", { SAMPLE_ETH0 }, { 0 } },
	{ "lo", { 0 }, { 0 }, { SAMPLE_LO } },
	{ "wan", { 0 }, { 0 }, { SAMPLE_WAN } }, /* carries the default route */
	{ "veth2 eth0", { SAMPLE_ETH0, SAMPLE_VETH2 }, { 0 } },
	{ ",veth2,,eth0 ", { SAMPLE_ETH0, SAMPLE_VETH2 }, { 0 } },
	{ "veth?", { SAMPLE_VETH1, SAMPLE_VETH2 }, { 0 } },
	{ "veth[2-9]", { SAMPLE_VETH2 }, { 0 } },
	{ "uplink", { SAMPLE_UPLINK }, { 0 } }, /* in so many words */
	{ "here", { SAMPLE_HERE }, { 0 } },
	{ "tun0", { 0 }, { 0 } },
	{ "docker0", { SAMPLE_VETH1, SAMPLE_VETH2 }, { 0 } },
	{ "lan", { SAMPLE_LAN_VETH }, { SAMPLE_LAN_NIC, SAMPLE_LAN_HERE } },
	{ "lan eth1", { SAMPLE_LAN_NIC, SAMPLE_LAN_VETH }, { SAMPLE_LAN_HERE } },
	{ "d*0", { SAMPLE_VETH1, SAMPLE_VETH2 }, { 0 } },
	{ "br-empty", { 0 }, { 0 } },
	{ "eth2 auto",
		{ SAMPLE_VETH1, SAMPLE_VETH2, SAMPLE_CALI, SAMPLE_LAN_VETH, SAMPLE_VRF_VETH,
			SAMPLE_OVS_VETH, SAMPLE_BOND_PORT, SAMPLE_ORPHAN, SAMPLE_VM },
		{ 0 }, { SAMPLE_LO, SAMPLE_UPLINK, SAMPLE_WAN } },
};

static void expect_verdicts(const struct edge_choice *choice, const struct interface_table *table,
	enum edge_choice_verdict verdict, const uint32_t *indexes)
{
	size_t found_count = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (edge_choice_judge(choice, table, &table->rows[i]) != verdict)
			continue;
		ck_assert_uint_lt(found_count, INDEXES_MAX);
		ck_assert_uint_eq(table->rows[i].index, indexes[found_count]);
		found_count++;
	}
	ck_assert(found_count == INDEXES_MAX || indexes[found_count] == 0);
}

START_TEST(words_choose_these_interfaces_and_no_others)
{
	struct interface_table *table = interface_samples_table();
	struct edge_choice choice;

	edge_choice_parse(&choice, choices[_i].text);
	expect_verdicts(&choice, table, EDGE_CHOICE_EDGE, choices[_i].edges);
	expect_verdicts(&choice, table, EDGE_CHOICE_LEFT_OUT, choices[_i].left_out);
	expect_verdicts(&choice, table, EDGE_CHOICE_HOST, choices[_i].hosts);
	interface_table_free(table);
}
END_TEST

/* No tap can read them: chosen or not is all there is to say. */
START_TEST(chosen_interfaces_without_ethernet_are_told_apart)
{
	static const struct {
		const char *text;
		uint32_t indexes[INDEXES_MAX];
	} texts[] = {
		{ "auto", { SAMPLE_WG } },
		{ "host", { SAMPLE_WG } },
		{ "docker0", { 0 } },
		{ "tun0", { SAMPLE_TUN } },
		{ "wg* tun*", { SAMPLE_TUN, SAMPLE_WG } },
	};
	struct interface_table *table = interface_samples_table();
	struct edge_choice choice;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		edge_choice_parse(&choice, texts[i].text);
		expect_verdicts(&choice, table, EDGE_CHOICE_NO_ETHERNET, texts[i].indexes);
	}
	interface_table_free(table);
}
END_TEST

START_TEST(longest_text_keeps_its_last_word)
{
	struct interface_table *table = interface_samples_table();
	struct edge_choice choice;
	char text[CONFIG_TEXT_BYTES_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - sizeof(" eth0"), " eth0", sizeof(" eth0"));
	edge_choice_parse(&choice, text);
	ck_assert_int_eq(
		edge_choice_judge(&choice, table, interface_table_find(table, SAMPLE_ETH0)),
		EDGE_CHOICE_EDGE);
	interface_table_free(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_choice");
	TCase *tests = tcase_create("edge_choice");

	tcase_add_loop_test(
		tests, words_choose_these_interfaces_and_no_others, 0, (int)ARRAY_COUNT(choices));
	tcase_add_test(tests, chosen_interfaces_without_ethernet_are_told_apart);
	tcase_add_test(tests, longest_text_keeps_its_last_word);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
