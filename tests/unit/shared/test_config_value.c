/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_value.h"

#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

static const struct config_key address = { .kind = CONFIG_KIND_ADDRESS };
static const struct config_key text = { .kind = CONFIG_KIND_TEXT };
static const struct config_key choice = { .kind = CONFIG_KIND_CHOICE, .minimum = "on|off|later" };
static const struct config_key patience = {
	.kind = CONFIG_KIND_DURATION,
	.minimum = "auto 50ms",
	.maximum = "10s",
};

static const struct {
	const char *text;
	int outcome;
} addresses[] = {
	{ "127.0.0.1:4000", CONFIG_VALUE_OK },
	{ "0.0.0.0:1", CONFIG_VALUE_OK },
	{ "[::1]:4000", CONFIG_VALUE_OK },
	{ "[2001:db8::7]:65535", CONFIG_VALUE_OK },
	{ "127.0.0.1", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0.1:", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0.1:0", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0.1:65536", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0.1:+80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "127.0.0.256:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ ":80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "::1:4000", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "[::1:4000", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "::1]:4000", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "[]:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "]:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "[:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "[127.0.0.1]:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "[fe80::1%eth0]:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "localhost:80", CONFIG_VALUE_NOT_AN_ADDRESS },
	{ "", CONFIG_VALUE_EMPTY },
};

START_TEST(addresses_have_an_address_and_a_port)
{
	char value[CONFIG_TEXT_BYTES_MAX] = "untouched";

	ck_assert_int_eq(
		config_value_parse(&address, addresses[_i].text, value), addresses[_i].outcome);
	ck_assert_str_eq(
		value, addresses[_i].outcome == CONFIG_VALUE_OK ? addresses[_i].text : "untouched");
}
END_TEST

START_TEST(text_may_have_255_bytes_and_no_more)
{
	char written[CONFIG_TEXT_BYTES_MAX + 1] = "";
	char value[CONFIG_TEXT_BYTES_MAX];

	memset(written, 'x', CONFIG_TEXT_BYTES_MAX - 1);
	ck_assert_int_eq(config_value_parse(&text, written, value), CONFIG_VALUE_OK);
	ck_assert_str_eq(value, written);

	written[CONFIG_TEXT_BYTES_MAX - 1] = 'x';
	ck_assert_int_eq(config_value_parse(&text, written, value), CONFIG_VALUE_TOO_LONG);
	ck_assert_int_eq(config_value_parse(&address, written, value), CONFIG_VALUE_TOO_LONG);
	ck_assert_int_eq(config_value_parse(&text, "", value), CONFIG_VALUE_EMPTY);
}
END_TEST

START_TEST(choice_is_the_number_of_its_word)
{
	int number = -1;

	ck_assert_int_eq(config_value_parse(&choice, "on", &number), CONFIG_VALUE_OK);
	ck_assert_int_eq(number, 0);
	ck_assert_int_eq(config_value_parse(&choice, "later", &number), CONFIG_VALUE_OK);
	ck_assert_int_eq(number, 2);
	ck_assert_int_eq(config_value_parse(&choice, "of", &number), CONFIG_VALUE_NO_SUCH_WORD);
	ck_assert_int_eq(config_value_parse(&choice, "offf", &number), CONFIG_VALUE_NO_SUCH_WORD);
	ck_assert_int_eq(config_value_parse(&choice, "on|off", &number), CONFIG_VALUE_NO_SUCH_WORD);
	ck_assert_int_eq(number, 2);
}
END_TEST

START_TEST(limits_belong_to_what_is_allowed)
{
	uint64_t value = 7;

	ck_assert_int_eq(config_value_parse(&patience, "49.9ms", &value), CONFIG_VALUE_TOO_SMALL);
	ck_assert_int_eq(config_value_parse(&patience, "10.1s", &value), CONFIG_VALUE_TOO_LARGE);
	ck_assert_int_eq(config_value_parse(&patience, "0s", &value), CONFIG_VALUE_TOO_SMALL);
	ck_assert_uint_eq(value, 7);
	ck_assert_int_eq(config_value_parse(&patience, "50ms", &value), CONFIG_VALUE_OK);
	ck_assert_uint_eq(value, 50000000);
	ck_assert_int_eq(config_value_parse(&patience, "10s", &value), CONFIG_VALUE_OK);
	ck_assert_int_eq(config_value_parse(&patience, "auto", &value), CONFIG_VALUE_OK);
	ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(both_limits_of_every_key_are_allowed_values)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		const char *minimum = strrchr(key->minimum, ' ');
		uint64_t value;

		if (key->kind != CONFIG_KIND_COUNT && key->kind != CONFIG_KIND_BYTES &&
			key->kind != CONFIG_KIND_DURATION && key->kind != CONFIG_KIND_RATIO)
			continue;

		minimum = minimum ? minimum + 1 : key->minimum;
		ck_assert_int_eq(config_value_parse(key, minimum, &value), CONFIG_VALUE_OK);
		ck_assert_int_eq(config_value_parse(key, key->maximum, &value), CONFIG_VALUE_OK);
	}
}
END_TEST

START_TEST(words_that_do_not_fit_are_cut)
{
	char allowed[8];

	config_value_allowed(allowed, sizeof(allowed), &choice);
	ck_assert_str_eq(allowed, "on, off");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_value");
	TCase *tcase = tcase_create("config_value");

	tcase_add_loop_test(
		tcase, addresses_have_an_address_and_a_port, 0, (int)ARRAY_COUNT(addresses));
	tcase_add_test(tcase, text_may_have_255_bytes_and_no_more);
	tcase_add_test(tcase, choice_is_the_number_of_its_word);
	tcase_add_test(tcase, limits_belong_to_what_is_allowed);
	tcase_add_test(tcase, both_limits_of_every_key_are_allowed_values);
	tcase_add_test(tcase, words_that_do_not_fit_are_cut);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
