/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <errno.h>

#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/config_text.h"

#define TEST_CONFIG_UNTOUCHED   0xa5 /* what the bytes of a config are that nobody wrote */
#define TEST_CONFIG_GLOBAL_KEYS "mode, interface, log, report_interval, worker, loss, api_listen_at"
#define TEST_CONFIG_PORTS       "1 to 8 different ports from 1 to 65535"
#define TEST_CONFIG_SET                                                              \
	"one or more of timeout, servfail, refused, icmp, nxdomain_after_positive, " \
	"nodata_after_positive"
#define TEST_CONFIG_ZONE                                                                        \
	"no domain name, allowed: [zone NAME], labels of 1 to 63 letters, digits, '-' and '_' " \
	"with dots between"
#define TEST_CONFIG_ZONE_KEYS "never, conditions, max_stale, loss, answer_after"
#define TEST_CONFIG_DURATIONS "in us, ms, s, m, h or d"

static struct captured_stderr captured;

/* One mistake: the file, and the one line it is worth, without "path:". */
struct test_config_mistake {
	const char *text;
	const char *line;
};

static const struct test_config_mistake mistakes[] = {
	{ "[globl]", "1: [globl]: unknown section, allowed: global, capture, matching, matched, "
		     "unmatched, cache, rescue, zone NAME (did you mean global?)" },
	{ "[zone]\nloss = 0.2\nmode = x", "1: [zone]: " TEST_CONFIG_ZONE },
	{ "[zone  ]", "1: [zone]: " TEST_CONFIG_ZONE },
	{ "[zone .]", "1: [zone .]: " TEST_CONFIG_ZONE },
	{ "[zone a..b]", "1: [zone a..b]: " TEST_CONFIG_ZONE },
	{ "[zone *.example.com]\nnever = x", "1: [zone *.example.com]: " TEST_CONFIG_ZONE },
	{ "[zone example.com example.net]",
		"1: [zone example.com example.net]: " TEST_CONFIG_ZONE },
	{ "[zones example.com]",
		"1: [zones example.com]: unknown section, allowed: global, capture, matching, "
		"matched, unmatched, cache, rescue, zone NAME (did you mean zone NAME?)" },
	{ "[zone example.com]\nnever = yes\n[cache]\n[zone Example.COM.]\nnever = x",
		"4: [zone example.com]: begins again, allowed: once in a file (it is on line 1)" },
	{ "[zone example.com]\nloss = 1%\nloss = 2%",
		"3: zone example.com.loss: set again, allowed: once (it is on line 2)" },
	{ "[zone Example.com.]\nnever = true",
		"2: zone example.com.never: 'true' is not one of its words, allowed: no, yes" },
	{ "[zone example.com]\nmax_stale = 30",
		"2: zone example.com.max_stale: '30' has no unit, allowed: 0s to 7d, " TEST_CONFIG_DURATIONS },
	{ "[zone example.com]\nconditions = nxdomain",
		"2: zone example.com.conditions: 'nxdomain' has a word that is none of its words, "
		"allowed: " TEST_CONFIG_SET },
	{ "[zone example.com]\nmax_stail = 30s",
		"2: zone example.com.max_stail: unknown key, allowed: " TEST_CONFIG_ZONE_KEYS
		" (did you mean zone NAME.max_stale?)" },
	{ "[zone example.com]\nttl = 30s",
		"2: zone example.com.ttl: unknown key, allowed: " TEST_CONFIG_ZONE_KEYS
		" (did you mean matched.ttl or unmatched.ttl or cache.ttl?)" },
	{ "[zone example.com]\nloss = 20% # much",
		"2: zone example.com.loss: '20% # much' holds a '#', allowed: a comment's own "
		"line, or ' ;' before it" },
	{ "[zone example.com]\nanswer_after = 5s",
		"2: zone example.com.answer_after: 5s is too long, allowed: less than "
		"matching.timeout, which is 5s" },
	{ "[rescue]\nnever = yes",
		"2: rescue.never: unknown key, allowed: answer_after, failed_after, window, "
		"min_samples, conditions, hold, client_rate, total_rate (did you mean zone NAME.never?)" },
	{ "[]", "1: []: unknown section, allowed: global, capture, matching, matched, unmatched, "
		"cache, rescue, zone NAME" },
	{ "[global", "1: '[global' is not a section, allowed: [name]" },
	{ "[cache] ttl = 1s", "1: '[cache] ttl = 1s' is not a section, allowed: [name]" },
	{ "[global]\nmdoe = rescue",
		"2: global.mdoe: unknown key, allowed: " TEST_CONFIG_GLOBAL_KEYS
		" (did you mean global.mode?)" },
	{ "[global]\ntimeout = 5s",
		"2: global.timeout: unknown key, allowed: " TEST_CONFIG_GLOBAL_KEYS
		" (did you mean matching.timeout?)" },
	{ "[rescue]\nttl = 5s",
		"2: rescue.ttl: unknown key, allowed: answer_after, failed_after, window, "
		"min_samples, conditions, hold, client_rate, total_rate (did you mean "
		"matched.ttl or unmatched.ttl or cache.ttl?)" },
	{ "[capture]\nsomething = else",
		"2: capture.something: unknown key, allowed: ports, tap, ring" },
	{ "[global]\nMode = rescue",
		"2: global.Mode: unknown key, allowed: " TEST_CONFIG_GLOBAL_KEYS
		" (did you mean global.mode?)" },
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
	{ "[global]\nreport_interval = 25h",
		"2: global.report_interval: '25h' is too large, allowed: 0s to 1d, " TEST_CONFIG_DURATIONS },
	{ "[global]\nreport_interval = 0",
		"2: global.report_interval: '0' has no unit, allowed: 0s to 1d, " TEST_CONFIG_DURATIONS },
	{ "[global]\nreport_intervall = 5s",
		"2: global.report_intervall: unknown key, allowed: " TEST_CONFIG_GLOBAL_KEYS
		" (did you mean global.report_interval?)" },
	{ "[global]\nworker = 0", "2: global.worker: '0' is too small, allowed: 1 to 16" },
	{ "[global]\nworker = 17", "2: global.worker: '17' is too large, allowed: 1 to 16" },
	{ "[global]\nworker = auto", "2: global.worker: 'auto' is not a number, allowed: 1 to 16" },
	{ "[global]\nloss = 20", "2: global.loss: '20' is too large, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = 0", "2: global.loss: '0' is too small, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = 0.5%",
		"2: global.loss: '0.5%' is too small, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = 101%",
		"2: global.loss: '101%' is too large, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = .2",
		"2: global.loss: '.2' is not a number, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = -0.2",
		"2: global.loss: '-0.2' is not a number, allowed: 0.01 to 1, or in %" },
	{ "[global]\nloss = 0.2s",
		"2: global.loss: '0.2s' has an unknown unit, allowed: 0.01 to 1, or in %" },
	{ "[rescue]\nloss = 0.2",
		"2: rescue.loss: unknown key, allowed: answer_after, failed_after, "
		"window, min_samples, conditions, hold, client_rate, total_rate (did you mean global.loss?)" },
	{ "[capture]\nports =", "2: capture.ports: '' is empty, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = ,", "2: capture.ports: ',' is empty, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = 0",
		"2: capture.ports: '0' has a word that is no port, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = 53 65536", "2: capture.ports: '53 65536' has a word that is no port, "
					 "allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = 53-60",
		"2: capture.ports: '53-60' has a word that is no port, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = domain",
		"2: capture.ports: 'domain' has a word that is no port, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = 53, 5353, 053", "2: capture.ports: '53, 5353, 053' has a word twice, "
					      "allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\nports = 1 2 3 4 5 6 7 8 9",
		"2: capture.ports: '1 2 3 4 5 6 7 8 9' has too many "
		"words, allowed: " TEST_CONFIG_PORTS },
	{ "[capture]\ntap = xdp",
		"2: capture.tap: 'xdp' is not one of its words, allowed: auto, tcx, "
		"socket" },
	{ "[capture]\ntap = auto tcx",
		"2: capture.tap: 'auto tcx' is not one of its words, allowed: "
		"auto, tcx, socket" },
	{ "[rescue]\nwindow = 1s",
		"2: rescue.window: '1s' is too small, allowed: 2s to 1m, " TEST_CONFIG_DURATIONS },
	{ "[rescue]\nwindow = 61s",
		"2: rescue.window: '61s' is too large, allowed: 2s to 1m, " TEST_CONFIG_DURATIONS },
	{ "[rescue]\nwindows = 10s",
		"2: rescue.windows: unknown key, allowed: answer_after, "
		"failed_after, window, min_samples, conditions, hold, client_rate, total_rate (did you mean rescue.window?)" },
	{ "[rescue]\nmin_samples = 1",
		"2: rescue.min_samples: '1' is too small, allowed: 2 to 300" },
	{ "[rescue]\nmin_samples = 301",
		"2: rescue.min_samples: '301' is too large, allowed: 2 to 300" },
	{ "[rescue]\nmin_samples = 99999999999999999999",
		"2: rescue.min_samples: "
		"'99999999999999999999' is too large, allowed: 2 to 300" },
	{ "[rescue]\nconditions = none",
		"2: rescue.conditions: 'none' has a word that is none of its "
		"words, allowed: " TEST_CONFIG_SET },
	{ "[rescue]\nconditions = timeout nxdomain",
		"2: rescue.conditions: 'timeout nxdomain' has a "
		"word that is none of its words, allowed: " TEST_CONFIG_SET },
	{ "[rescue]\nconditions = timeout|icmp",
		"2: rescue.conditions: 'timeout|icmp' has a word that "
		"is none of its words, allowed: " TEST_CONFIG_SET },
	{ "[rescue]\nconditions = icmp, icmp",
		"2: rescue.conditions: 'icmp, icmp' has a word twice, "
		"allowed: " TEST_CONFIG_SET },
	{ "[rescue]\nconditions =",
		"2: rescue.conditions: '' is empty, allowed: " TEST_CONFIG_SET },
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
