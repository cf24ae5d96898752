/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config.h"

#include <errno.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/config_key.h"
#include "shared/log.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/config_text.h"

#define TEST_CONFIG_GARBAGE_LINES 1000

static struct captured_stderr captured;

/* Load @text; captured.text then holds what was logged, without the path in front. */
static int test_config_load(struct config *out_config, const char *text, size_t text_bytes)
{
	struct config_text file;
	int r;

	config_text_open_bytes(&file, text, text_bytes);
	captured_stderr_begin(&captured);
	r = config_load(out_config, file.path);
	captured_stderr_end(&captured);
	config_text_close(&file);
	return r;
}

static void test_config_is_clean(struct config *out_config, const char *text)
{
	int r = test_config_load(out_config, text, strlen(text));

	ck_assert_str_eq(captured.text, "");
	ck_assert_int_eq(r, 0);
}

START_TEST(every_mistake_of_a_file_is_reported_in_order)
{
	static const char text[] = "mode = rescue\n[global]\nmode = x\nmode\n[cash]\nttl = 1\n"
				   "[cache]\nttl = 1\n";
	static const char *const numbers[] = { ":1: ", ":3: ", ":4: ", ":5: ", ":8: " };
	const char *at = captured.text;
	struct config config;

	ck_assert_int_eq(test_config_load(&config, text, strlen(text)), -EINVAL);
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		at = strstr(at, numbers[i]);
		ck_assert_ptr_nonnull(at);
		at = strchr(at, '\n') + 1;
	}
	ck_assert_str_eq(at, "");
}
END_TEST

START_TEST(nul_byte_is_a_mistake_and_hides_nothing)
{
	static const char text[] = "[global]\nmode = rescue\0x\nlog = loud\n";
	struct config config;

	ck_assert_int_eq(test_config_load(&config, text, sizeof(text) - 1), -EINVAL);
	ck_assert_ptr_nonnull(strstr(captured.text, ":2: control characters"));
	ck_assert_ptr_nonnull(strstr(captured.text, ":3: global.log: 'loud'"));
}
END_TEST

/* A file whose second line has @line_bytes bytes. */
static void test_config_long_line(char *out_text, size_t line_bytes)
{
	static const char start[] = "[global]\ninterface = ";
	size_t line_at = strlen("[global]\n");

	strcpy(out_text, start);
	memset(out_text + strlen(start), 'x', line_at + line_bytes - strlen(start));
	strcpy(out_text + line_at + line_bytes, "\nlog = debug\n");
}

START_TEST(line_of_199_bytes_is_read_whole)
{
	char text[512];
	struct config config;

	test_config_long_line(text, 199);
	test_config_is_clean(&config, text);
	ck_assert_uint_eq(strlen(config.interface), 199 - strlen("interface = "));
	ck_assert_int_eq(config.log, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(line_of_200_bytes_is_one_mistake)
{
	char text[512];
	struct config config;

	test_config_long_line(text, 200);
	ck_assert_int_eq(test_config_load(&config, text, strlen(text)), -EINVAL);
	ck_assert_str_eq(
		strchr(captured.text, ':'), ":2: line of 200 bytes, allowed: at most 199\n");
}
END_TEST

START_TEST(keys_below_a_header_too_long_to_read_belong_to_no_section)
{
	char text[512] = "[global]\n[";
	struct config config;

	memset(text + strlen(text), 'x', 300);
	strcat(text, "]\nmode = panic\n");
	ck_assert_int_eq(test_config_load(&config, text, strlen(text)), -EINVAL);
	ck_assert_str_eq(
		strchr(captured.text, ':'), ":2: line of 302 bytes, allowed: at most 199\n");
}
END_TEST

START_TEST(long_comment_is_no_mistake)
{
	char text[512] = "# ";
	struct config config;

	memset(text + strlen(text), 'x', 400);
	strcat(text, "\n[global]\nlog = debug\n");
	test_config_is_clean(&config, text);
	ck_assert_int_eq(config.log, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(file_of_garbage_does_not_flood_the_log)
{
	char text[TEST_CONFIG_GARBAGE_LINES * 2 + 1];
	struct config config;

	for (int i = 0; i < TEST_CONFIG_GARBAGE_LINES; i++)
		memcpy(text + 2 * i, "x\n", 3);
	ck_assert_int_eq(test_config_load(&config, text, strlen(text)), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 50 + 1);
	ck_assert_ptr_nonnull(strstr(captured.text, ": 950 more mistakes\n"));
}
END_TEST

START_TEST(empty_file_gives_the_defaults)
{
	struct config config;
	struct config defaults;

	config_defaults(&defaults);
	test_config_is_clean(&config, "");
	ck_assert_mem_eq(&config, &defaults, sizeof(config));
}
END_TEST

START_TEST(defaults_are_what_the_table_says)
{
	struct config config;

	config_defaults(&config);
	ck_assert_int_eq(config.mode, CONFIG_MODE_RESCUE);
	ck_assert_str_eq(config.interface, "auto");
	ck_assert_int_eq(config.log, LOG_LEVEL_INFO);
	ck_assert_uint_eq(config.report_interval_ns, 60 * NS_PER_S);
	ck_assert_uint_eq(config.worker_count, 1);
	ck_assert_uint_eq(config.loss_ppm, 200000);
	ck_assert_str_eq(config.api_listen_at, "127.0.0.1:4000");
	ck_assert_uint_eq(config.capture_ports.count, 1);
	ck_assert_uint_eq(config.capture_ports.ports[0], 53);
	ck_assert_int_eq(config.tap, CONFIG_TAP_AUTO);
	ck_assert_uint_eq(config.capture_ring_bytes, 4 << 20);
	ck_assert_uint_eq(config.matching_capacity, 16384);
	ck_assert_uint_eq(config.matching_timeout_ns, 5 * NS_PER_S);
	ck_assert_uint_eq(config.matched_capacity, 16384);
	ck_assert_uint_eq(config.matched_ttl_ns, 600 * NS_PER_S);
	ck_assert_uint_eq(config.unmatched_capacity, 16384);
	ck_assert_uint_eq(config.unmatched_ttl_ns, 600 * NS_PER_S);
	ck_assert_uint_eq(config.cache_capacity, 16384);
	ck_assert_uint_eq(config.cache_memory_bytes, 64 << 20);
	ck_assert_uint_eq(config.cache_ttl_ns, 86400 * NS_PER_S);
	ck_assert_uint_eq(config.cache_max_stale_ns, 86400 * NS_PER_S);
	ck_assert_uint_eq(config.cache_stale_ttl_ns, 30 * NS_PER_S);
	ck_assert_uint_eq(config.answer_after_ns, 0);
	ck_assert_uint_eq(config.failed_after_ns, 1800 * NS_PER_MS);
	ck_assert_uint_eq(config.window_ns, 10 * NS_PER_S);
	ck_assert_uint_eq(config.min_samples, 10);
	ck_assert_uint_eq(config.conditions, CONFIG_CONDITION_TIMEOUT | CONFIG_CONDITION_SERVFAIL |
						     CONFIG_CONDITION_REFUSED |
						     CONFIG_CONDITION_ICMP);
	ck_assert_uint_eq(config.zones.count, 0);
}
END_TEST

START_TEST(every_key_is_read)
{
	struct config config;

	test_config_is_clean(&config,
		"[global]\nmode = observe\ninterface = docker0 veth*\nlog = warning\n"
		"api_listen_at = [::1]:80\nreport_interval = 0s\nworker = 4\nloss = 12.5%\n"
		"[capture]\nring = 8K\nports = 5353,53\ntap = socket\n"
		"[matching]\ncapacity = 17\ntimeout = 3s\n"
		"[matched]\ncapacity = 18\nttl = 90s\n"
		"[unmatched]\ncapacity = 0\nttl = 2h\n"
		"[cache]\ncapacity = 19\nmemory = 65537\nttl = 2d\nmax_stale = 0s\n"
		"stale_ttl = 1.5s\n"
		"[rescue]\nanswer_after = 75ms\nfailed_after = 250000us\n"
		"window = 1m\nmin_samples = 2\nconditions = icmp, timeout\n");
	ck_assert_int_eq(config.mode, CONFIG_MODE_OBSERVE);
	ck_assert_str_eq(config.interface, "docker0 veth*");
	ck_assert_int_eq(config.log, LOG_LEVEL_WARNING);
	ck_assert_str_eq(config.api_listen_at, "[::1]:80");
	ck_assert_uint_eq(config.report_interval_ns, 0);
	ck_assert_uint_eq(config.worker_count, 4);
	ck_assert_uint_eq(config.loss_ppm, 125000);
	ck_assert_uint_eq(config.capture_ring_bytes, 8192);
	ck_assert_uint_eq(config.capture_ports.count, 2);
	ck_assert_uint_eq(config.capture_ports.ports[0], 5353);
	ck_assert_uint_eq(config.capture_ports.ports[1], 53);
	ck_assert_int_eq(config.tap, CONFIG_TAP_SOCKET);
	ck_assert_uint_eq(config.matching_capacity, 17);
	ck_assert_uint_eq(config.matching_timeout_ns, 3 * NS_PER_S);
	ck_assert_uint_eq(config.matched_capacity, 18);
	ck_assert_uint_eq(config.matched_ttl_ns, 90 * NS_PER_S);
	ck_assert_uint_eq(config.unmatched_capacity, 0);
	ck_assert_uint_eq(config.unmatched_ttl_ns, 7200 * NS_PER_S);
	ck_assert_uint_eq(config.cache_capacity, 19);
	ck_assert_uint_eq(config.cache_memory_bytes, 65537);
	ck_assert_uint_eq(config.cache_ttl_ns, 172800 * NS_PER_S);
	ck_assert_uint_eq(config.cache_max_stale_ns, 0);
	ck_assert_uint_eq(config.cache_stale_ttl_ns, 1500 * NS_PER_MS);
	ck_assert_uint_eq(config.answer_after_ns, 75 * NS_PER_MS);
	ck_assert_uint_eq(config.failed_after_ns, 250 * NS_PER_MS);
	ck_assert_uint_eq(config.window_ns, 60 * NS_PER_S);
	ck_assert_uint_eq(config.min_samples, 2);
	ck_assert_uint_eq(config.conditions, CONFIG_CONDITION_TIMEOUT | CONFIG_CONDITION_ICMP);
}
END_TEST

START_TEST(blanks_comments_and_line_ends_do_not_matter)
{
	struct config config;

	test_config_is_clean(&config, "\xef\xbb\xbf[global]  # all stages\r\n"
				      "; old\r\n"
				      "   mode=observe   \r\n"
				      "\tlog\t=\tdebug\t;loud\r\n"
				      "\r\n"
				      "  [matching] ; here\r\n"
				      "timeout = 3s");
	ck_assert_int_eq(config.mode, CONFIG_MODE_OBSERVE);
	ck_assert_int_eq(config.log, LOG_LEVEL_DEBUG);
	ck_assert_uint_eq(config.matching_timeout_ns, 3 * NS_PER_S);
}
END_TEST

/* inih by itself takes an indented line as more of the value above. */
START_TEST(indented_key_is_a_key)
{
	struct config config;

	test_config_is_clean(&config, "[global]\ninterface = eth0\n  log = debug\n");
	ck_assert_str_eq(config.interface, "eth0");
	ck_assert_int_eq(config.log, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(wrong_key_does_not_make_another_one_wrong)
{
	static const char text[] = "[matching]\ntimeout = 20\n[rescue]\nfailed_after = 8s\n";
	struct config config;

	ck_assert_int_eq(test_config_load(&config, text, strlen(text)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(captured.text, ":2: matching.timeout: '20' has no unit"));
	ck_assert_ptr_null(strstr(captured.text, "failed_after"));
}
END_TEST

START_TEST(named_file_must_exist)
{
	struct config config;

	captured_stderr_begin(&captured);
	ck_assert_int_eq(config_load(&config, "/nonexistent/dnscache.conf"), -ENOENT);
	captured_stderr_end(&captured);
	ck_assert_str_eq(captured.text,
		"cannot open configuration "
		"'/nonexistent/dnscache.conf': No such file or directory\n");
}
END_TEST

START_TEST(folder_is_no_configuration)
{
	struct config config;

	captured_stderr_begin(&captured);
	ck_assert_int_eq(config_load(&config, "/proc"), -EISDIR);
	captured_stderr_end(&captured);
	ck_assert_str_eq(captured.text, "cannot read configuration '/proc': Is a directory\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("config");

	tcase_add_test(tcase, every_mistake_of_a_file_is_reported_in_order);
	tcase_add_test(tcase, nul_byte_is_a_mistake_and_hides_nothing);
	tcase_add_test(tcase, line_of_199_bytes_is_read_whole);
	tcase_add_test(tcase, line_of_200_bytes_is_one_mistake);
	tcase_add_test(tcase, keys_below_a_header_too_long_to_read_belong_to_no_section);
	tcase_add_test(tcase, long_comment_is_no_mistake);
	tcase_add_test(tcase, file_of_garbage_does_not_flood_the_log);
	tcase_add_test(tcase, empty_file_gives_the_defaults);
	tcase_add_test(tcase, defaults_are_what_the_table_says);
	tcase_add_test(tcase, every_key_is_read);
	tcase_add_test(tcase, blanks_comments_and_line_ends_do_not_matter);
	tcase_add_test(tcase, indented_key_is_a_key);
	tcase_add_test(tcase, wrong_key_does_not_make_another_one_wrong);
	tcase_add_test(tcase, named_file_must_exist);
	tcase_add_test(tcase, folder_is_no_configuration);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
