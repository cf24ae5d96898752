/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_list.h"

#include "shared/compiler.h"
#include "shared/config_value.h"
#include "tests/support/check_main.h"

#define WORDS "timeout|servfail|refused|icmp"

static const struct {
	const char *text;
	int outcome;
	struct config_ports ports;
} ports[] = {
	{ "53", CONFIG_VALUE_OK, { 1, { 53 } } },
	{ "53 5353", CONFIG_VALUE_OK, { 2, { 53, 5353 } } },
	{ " ,\t53,,65535 ,", CONFIG_VALUE_OK, { 2, { 53, 65535 } } },
	{ "1 2 3 4 5 6 7 8", CONFIG_VALUE_OK, { 8, { 1, 2, 3, 4, 5, 6, 7, 8 } } },
	{ "1 2 3 4 5 6 7 8 9", CONFIG_VALUE_TOO_MANY_WORDS, { 0 } },
	{ "1 2 3 4 5 6 7 8 1", CONFIG_VALUE_WORD_TWICE, { 0 } },
	{ "53 053", CONFIG_VALUE_WORD_TWICE, { 0 } },
	{ "0", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ "53 65536", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ "53;54", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ "any", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ "00000000000000000000000000000000000053", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ "00000000000000000000000000000053", CONFIG_VALUE_NOT_A_PORT, { 0 } },
	{ " , ", CONFIG_VALUE_EMPTY, { 0 } },
};

START_TEST(ports_are_all_right_or_refused)
{
	struct config_ports value = { 0 };

	ck_assert_int_eq(config_list_ports(ports[_i].text, &value), ports[_i].outcome);
	ck_assert_mem_eq(&value, &ports[_i].ports, sizeof(value));
}
END_TEST

static const struct {
	const char *text;
	int outcome;
	uint64_t bits;
} sets[] = {
	{ "timeout", CONFIG_VALUE_OK, CONFIG_CONDITION_TIMEOUT },
	{ "icmp, timeout", CONFIG_VALUE_OK, CONFIG_CONDITION_ICMP | CONFIG_CONDITION_TIMEOUT },
	{ "servfail\trefused", CONFIG_VALUE_OK,
		CONFIG_CONDITION_SERVFAIL | CONFIG_CONDITION_REFUSED },
	{ "timeout timeout", CONFIG_VALUE_WORD_TWICE, 0 },
	{ "time", CONFIG_VALUE_UNKNOWN_WORD, 0 },
	{ "timeouts", CONFIG_VALUE_UNKNOWN_WORD, 0 },
	{ "Timeout", CONFIG_VALUE_UNKNOWN_WORD, 0 },
	{ "timeout|servfail", CONFIG_VALUE_UNKNOWN_WORD, 0 },
	{ "icmp nxdomain", CONFIG_VALUE_UNKNOWN_WORD, 0 },
	{ ",", CONFIG_VALUE_EMPTY, 0 },
};

START_TEST(sets_are_all_known_words_or_refused)
{
	uint64_t bits = 0;

	ck_assert_int_eq(config_list_set(WORDS, sets[_i].text, &bits), sets[_i].outcome);
	ck_assert_uint_eq(bits, sets[_i].bits);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_list");
	TCase *tcase = tcase_create("config_list");

	tcase_add_loop_test(tcase, ports_are_all_right_or_refused, 0, (int)ARRAY_COUNT(ports));
	tcase_add_loop_test(tcase, sets_are_all_known_words_or_refused, 0, (int)ARRAY_COUNT(sets));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
