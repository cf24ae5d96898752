/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_format.h"

#include "shared/compiler.h"
#include "shared/config_value.h"
#include "tests/support/check_main.h"

/* Texts as the file has them, and as they come back. */
static const struct {
	const char *section;
	const char *name;
	const char *text;
	const char *formatted;
} samples[] = {
	{ "global", "mode", "observe", "observe" },
	{ "global", "mode", "rescue", "rescue" },
	{ "global", "interface", "br0 veth*", "br0 veth*" },
	{ "global", "api_listen_at", "[::1]:80", "[::1]:80" },
	{ "global", "report_interval", "0s", "0s" },
	{ "global", "report_interval", "60s", "1m" },
	{ "global", "report_interval", "90s", "90s" },
	{ "global", "report_interval", "1.5s", "1.5s" },
	{ "global", "report_interval", "1500ms", "1.5s" },
	{ "global", "report_interval", "250ms", "250ms" },
	{ "global", "report_interval", "0.25ms", "250us" },
	{ "global", "report_interval", "1.000000001s", "1.000000001s" },
	{ "global", "report_interval", "0.5us", "0.5us" },
	{ "global", "report_interval", "24h", "1d" },
	{ "global", "report_interval", "2h", "2h" },
	{ "rescue", "answer_after", "auto", "auto" },
	{ "rescue", "answer_after", "75ms", "75ms" },
	{ "global", "loss", "20%", "0.2" },
	{ "global", "loss", "0.010001", "0.010001" },
	{ "global", "loss", "100%", "1" },
	{ "capture", "ring", "4194304", "4M" },
	{ "capture", "ring", "4097", "4097" },
	{ "capture", "ring", "6K", "6K" },
	{ "capture", "ports", "5353,53", "5353 53" },
	{ "matched", "capacity", "0", "0" },
	{ "rescue", "conditions", "icmp, timeout", "timeout icmp" },
};

static void format(char *out_text, size_t out_bytes, const struct config_key *key, const char *text)
{
	struct config config;
	void *value = (char *)&config + key->field_at;

	ck_assert_int_eq(config_value_parse(key, text, value), CONFIG_VALUE_OK);
	config_format(out_text, out_bytes, key, value);
}

START_TEST(values_come_back_as_people_write_them)
{
	const struct config_key *key = config_key_find(samples[_i].section, samples[_i].name);
	char text[CONFIG_FORMAT_BYTES_MAX];

	format(text, sizeof(text), key, samples[_i].text);
	ck_assert_str_eq(text, samples[_i].formatted);
	format(text, sizeof(text), key, text); /* and mean the same */
	ck_assert_str_eq(text, samples[_i].formatted);
}
END_TEST

START_TEST(default_of_every_key_comes_back_as_the_table_has_it)
{
	char text[CONFIG_FORMAT_BYTES_MAX];

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		format(text, sizeof(text), &config_keys[i], config_keys[i].default_text);
		ck_assert_str_eq(text, config_keys[i].default_text);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
	char text[8];

	format(text, sizeof(text), config_key_find("rescue", "conditions"), "timeout servfail");
	ck_assert_str_eq(text, "timeout");
	format(text, sizeof(text), config_key_find("capture", "ports"), "53 5353 65535");
	ck_assert_str_eq(text, "53 5353");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_format");
	TCase *tcase = tcase_create("config_format");

	tcase_add_test(tcase, default_of_every_key_comes_back_as_the_table_has_it);
	tcase_add_test(tcase, what_does_not_fit_is_cut);
	tcase_add_loop_test(
		tcase, values_come_back_as_people_write_them, 0, (int)ARRAY_COUNT(samples));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
