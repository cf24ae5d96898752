/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <errno.h>

#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/config_text.h"

#define TEST_CONFIG_UNTOUCHED 0xa5 /* what the bytes of a config are that nobody wrote */
#define TEST_CONFIG_DURATIONS "in us, ms, s, m, h or d"

static struct captured_stderr captured;

/* One mistake: the file, and the one line it is worth, without "path:". */
struct test_config_mistake {
	const char *text;
	const char *line;
};

static const struct test_config_mistake mistakes[] = {
	{ "[globl]", "1: [globl]: unknown section, allowed: global, capture, matching, matched, "
		     "unmatched, cache, rescue (did you mean global?)" },
	{ "[zone]\nloss = 0.2\nmode = x",
		"1: [zone]: unknown section, allowed: global, capture, matching, matched, "
		"unmatched, cache, rescue" },
	{ "[]", "1: []: unknown section, allowed: global, capture, matching, matched, unmatched, "
		"cache, rescue" },
	{ "[global", "1: '[global' is not a section, allowed: [name]" },
	{ "[cache] ttl = 1s", "1: '[cache] ttl = 1s' is not a section, allowed: [name]" },
	{ "[global]\nmdoe = rescue", "2: global.mdoe: unknown key, allowed: mode, interface, log, "
				     "api_listen_at (did you mean global.mode?)" },
	{ "[global]\ntimeout = 5s",
		"2: global.timeout: unknown key, allowed: mode, interface, log, "
		"api_listen_at (did you mean matching.timeout?)" },
	{ "[rescue]\nttl = 5s",
		"2: rescue.ttl: unknown key, allowed: answer_after, failed_after (did you mean "
		"matched.ttl or unmatched.ttl or cache.ttl?)" },
	{ "[capture]\nsomething = else", "2: capture.something: unknown key, allowed: ring" },
	{ "[global]\nMode = rescue", "2: global.Mode: unknown key, allowed: mode, interface, log, "
				     "api_listen_at (did you mean global.mode?)" },
	{ "mode = rescue", "1: mode: key outside of a section, allowed: below its [section] "
			   "(did you mean global.mode?)" },
	{ "colour = red", "1: colour: key outside of a section, allowed: below its [section]" },
	{ "[global]\n\n# rescue\nrescue",
		"4: 'rescue' is no key with a value, allowed: key = value, [section], # comment" },
	{ "[global]\n = rescue",
		"2: '= rescue' is no key with a value, allowed: key = value, [section], # comment" },
	{ "[global]\nmode = rescue\nmode = rescue",
		"3: global.mode: set again, allowed: once (it is on line 2)" },
	{ "[global]\nmode = rescue\n[cache]\n[global]\nmode = observe",
		"5: global.mode: set again, allowed: once (it is on line 2)" },
	{ "[global]\nmode = panic",
		"2: global.mode: 'panic' is not one of its words, allowed: observe, rescue" },
	{ "[global]\nmode = Rescue",
		"2: global.mode: 'Rescue' is not one of its words, allowed: observe, rescue" },
	{ "[global]\nmode =", "2: global.mode: '' is empty, allowed: observe, rescue" },
	{ "[global]\nlog = resc|ue", "2: global.log: 'resc|ue' is not one of its words, allowed: "
				     "error, warning, info, debug" },
	{ "[global]\ninterface =", "2: global.interface: '' is empty, allowed: 1 to 255 bytes" },
	{ "[global]\ninterface = eth0 # the first",
		"2: global.interface: 'eth0 # the first' holds a '#', allowed: a comment's own "
		"line, or ' ;' before it" },
	{ "[global]\napi_listen_at = localhost:4000",
		"2: global.api_listen_at: 'localhost:4000' is not an address and port, allowed: an "
		"IPv4 or [IPv6] address, a colon and a port from 1 to 65535" },
	{ "[global]\napi_listen_at = 127.0.0.1:65536",
		"2: global.api_listen_at: '127.0.0.1:65536' is not an address and port, allowed: "
		"an IPv4 or [IPv6] address, a colon and a port from 1 to 65535" },
	{ "[matching]\ncapacity = 15",
		"2: matching.capacity: '15' is too small, allowed: 16 to 1048576" },
	{ "[matching]\ncapacity = 1048577",
		"2: matching.capacity: '1048577' is too large, allowed: 16 to 1048576" },
	{ "[matching]\ncapacity = -1",
		"2: matching.capacity: '-1' is not a number, allowed: 16 to 1048576" },
	{ "[matching]\ncapacity = 1e4",
		"2: matching.capacity: '1e4' is not a number, allowed: 16 to 1048576" },
	{ "[matching]\ntimeout = 5",
		"2: matching.timeout: '5' has no unit, allowed: 2s to 30s, " TEST_CONFIG_DURATIONS },
	{ "[matching]\ntimeout = 5 s", "2: matching.timeout: '5 s' has an unknown unit, allowed: "
				       "2s to 30s, " TEST_CONFIG_DURATIONS },
	{ "[matching]\ntimeout = auto", "2: matching.timeout: 'auto' is not a number, allowed: 2s "
					"to 30s, " TEST_CONFIG_DURATIONS },
	{ "[rescue]\nanswer_after = 49ms",
		"2: rescue.answer_after: '49ms' is too small, allowed: auto, or 50ms to 10s, " TEST_CONFIG_DURATIONS },
	{ "[capture]\nring = 4T", "2: capture.ring: '4T' has an unknown unit, allowed: 4K to "
				  "256M, in bytes, K, M or G" },
	{ "[capture]\nring = 1.5M", "2: capture.ring: '1.5M' is not a number, allowed: 4K to "
				    "256M, in bytes, K, M or G" },
	{ "[rescue]\nanswer_after = 5s", "2: rescue.answer_after: 5s is too long, allowed: less "
					 "than matching.timeout, which is 5s" },
	{ "[rescue]\nfailed_after = 2.5s\n[matching]\ntimeout = 2s",
		"2: rescue.failed_after: 2.5s is too long, allowed: less than matching.timeout, "
		"which is 2s" },
	{ "[global]\nmode = \033[31mrescue", "2: control characters, allowed: plain text" },
};

START_TEST(each_mistake_is_one_line_and_nothing_is_loaded)
{
	const struct test_config_mistake *mistake = &mistakes[_i];
	struct config config;
	struct config untouched;
	struct config_text file;
	char expected[1024];
	int r;

	memset(&config, TEST_CONFIG_UNTOUCHED, sizeof(config));
	memset(&untouched, TEST_CONFIG_UNTOUCHED, sizeof(untouched));
	config_text_open(&file, mistake->text);
	captured_stderr_begin(&captured);
	r = config_load(&config, file.path);
	captured_stderr_end(&captured);
	config_text_close(&file);

	(void)snprintf(expected, sizeof(expected), "%s:%s\n", file.path, mistake->line);
	ck_assert_str_eq(captured.text, expected);
	ck_assert_int_eq(r, -EINVAL);
	ck_assert_mem_eq(&config, &untouched, sizeof(config));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config_mistakes");
	TCase *tcase = tcase_create("config_mistakes");

	tcase_add_loop_test(tcase, each_mistake_is_one_line_and_nothing_is_loaded, 0,
		(int)ARRAY_COUNT(mistakes));
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
