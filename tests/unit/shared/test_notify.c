/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/notify.h"

#include <errno.h>

#include "shared/clock.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/fake_systemd.h"

static struct captured_stderr captured;

static void setup(void)
{
	fake_systemd_open(NULL);
}

static void teardown(void)
{
	notify_close();
	fake_systemd_close();
}

static void test_notify_set_watchdog(const char *usec, pid_t pid)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", pid);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", usec, 1), 0);
	ck_assert_int_eq(setenv("WATCHDOG_PID", text, 1), 0);
}

START_TEST(life_is_told_in_the_words_of_the_protocol)
{
	ck_assert(!notify_is_heard());
	notify_open();
	ck_assert(notify_is_heard());
	notify_ready();
	ck_assert_str_eq(fake_systemd_text(), "READY=1");
	notify_status("capturing %d edges", 3);
	ck_assert_str_eq(fake_systemd_text(), "STATUS=capturing 3 edges");
	notify_stopping();
	ck_assert_str_eq(fake_systemd_text(), "STOPPING=1\nSTATUS=stopping");
	notify_fault(EIO);
	ck_assert_str_eq(fake_systemd_text(), "ERRNO=5\nSTATUS=fault: Input/output error");
	ck_assert(!fake_systemd_hears(0));
}
END_TEST

/* systemd compares it with its own CLOCK_MONOTONIC, whatever our clock is. */
START_TEST(reload_carries_the_time_of_the_protocols_clock)
{
	unsigned long long said_us, before_us, after_us;
	struct timespec now;

	notify_open();
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	before_us =
		(unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
	notify_reloading();
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	after_us =
		(unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;

	ck_assert_int_eq(
		sscanf(fake_systemd_text(), "RELOADING=1\nMONOTONIC_USEC=%llu", &said_us), 1);
	ck_assert_uint_ge(said_us, before_us);
	ck_assert_uint_le(said_us, after_us);
}
END_TEST

START_TEST(socket_with_a_path_is_found_too)
{
	char path[] = "/tmp/dnscache-test-XXXXXX/notify";
	char *slash = strrchr(path, '/');

	*slash = '\0';
	ck_assert_ptr_nonnull(mkdtemp(path));
	*slash = '/';
	fake_systemd_close();
	fake_systemd_open(path);
	notify_open();
	notify_ready();
	ck_assert_str_eq(fake_systemd_text(), "READY=1");
	ck_assert_int_eq(unlink(path), 0);
	*slash = '\0';
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(without_systemd_nothing_is_said_and_nothing_is_wrong)
{
	captured_stderr_begin(&captured);
	(void)unsetenv("NOTIFY_SOCKET");
	test_notify_set_watchdog("10000000", getpid());
	notify_open();
	ck_assert(!notify_is_heard());
	notify_ready();
	notify_status("x");
	notify_reloading();
	notify_beat(NS_PER_S);
	notify_stopping();
	notify_fault(EIO);
	notify_close();
	ck_assert_str_eq(captured_stderr_end(&captured), "");
	ck_assert(!fake_systemd_hears(0));
}
END_TEST

START_TEST(address_that_is_none_is_one_warning)
{
	captured_stderr_begin(&captured);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "run/notify", 1), 0);
	notify_open();
	notify_ready();
	ck_assert_str_eq(captured_stderr_end(&captured),
		"NOTIFY_SOCKET 'run/notify' is no address: systemd hears nothing of us\n");
}
END_TEST

START_TEST(address_longer_than_a_socket_has_is_one_warning)
{
	char address[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

	memset(address, 'a', sizeof(address) - 1);
	address[0] = '/';
	address[sizeof(address) - 1] = '\0';
	captured_stderr_begin(&captured);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", address, 1), 0);
	notify_open();
	notify_ready();
	ck_assert_ptr_nonnull(strstr(captured_stderr_end(&captured), "is no address"));
}
END_TEST

START_TEST(no_child_inherits_the_right_to_speak)
{
	test_notify_set_watchdog("10000000", getpid());
	notify_open();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
}
END_TEST

START_TEST(watchdog_is_fed_at_half_of_its_time)
{
	test_notify_set_watchdog("10000000", getpid());
	notify_open();
	notify_beat(NS_PER_S);
	ck_assert_str_eq(fake_systemd_text(), "WATCHDOG=1");
	notify_beat(6 * NS_PER_S - 1);
	ck_assert(!fake_systemd_hears(0));
	notify_beat(6 * NS_PER_S);
	ck_assert_str_eq(fake_systemd_text(), "WATCHDOG=1");
	ck_assert(!fake_systemd_hears(0));
}
END_TEST

START_TEST(watchdog_of_another_process_is_not_fed)
{
	test_notify_set_watchdog("10000000", getpid() + 1);
	notify_open();
	notify_beat(NS_PER_S);
	ck_assert(!fake_systemd_hears(0));
}
END_TEST

START_TEST(watchdog_without_a_pid_is_ours)
{
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "10000000", 1), 0);
	notify_open();
	notify_beat(NS_PER_S);
	ck_assert_str_eq(fake_systemd_text(), "WATCHDOG=1");
}
END_TEST

START_TEST(watchdog_time_that_is_none_is_one_warning)
{
	static const char *const wrong[] = { "", "0", "-1", "1s", "18446744073709551616",
		"18446744073709551615" };

	test_notify_set_watchdog(wrong[_i], getpid());
	captured_stderr_begin(&captured);
	notify_open();
	notify_beat(NS_PER_S);
	ck_assert_ptr_nonnull(strstr(captured_stderr_end(&captured), "is no time"));
	ck_assert(!fake_systemd_hears(0));
}
END_TEST

/* A full socket blocks nobody, and the beat it did not take is tried again at the next turn. */
START_TEST(beat_that_was_not_taken_comes_again)
{
	unsigned int sent = 0;

	test_notify_set_watchdog("10000000", getpid());
	notify_open();
	for (int i = 0; i < 100000; i++)
		notify_status("full");
	notify_beat(NS_PER_S);
	while (fake_systemd_hears(0)) {
		ck_assert_str_eq(fake_systemd.text, "STATUS=full");
		sent++;
	}
	ck_assert_uint_lt(sent, 100000);
	notify_beat(NS_PER_S + 1);
	ck_assert_str_eq(fake_systemd_text(), "WATCHDOG=1");
}
END_TEST

START_TEST(news_of_a_lifetime_wait_for_room_but_not_for_ever)
{
	uint64_t started_ns;

	notify_open();
	for (int i = 0; i < 100000; i++)
		notify_status("full");
	started_ns = clock_ns();
	notify_stopping();
	ck_assert_uint_ge(clock_ns() - started_ns, NOTIFY_SEND_MS_MAX * NS_PER_MS / 2);
	while (fake_systemd_hears(0))
		ck_assert_str_eq(fake_systemd.text, "STATUS=full");
}
END_TEST

/* Domain names may stand in it: a line feed would be an assignment of its own. */
START_TEST(status_is_one_line_whatever_it_quotes)
{
	notify_open();
	notify_status("a\nREADY=1\x7f\tb");
	ck_assert_str_eq(fake_systemd_text(), "STATUS=a?READY=1??b");
}
END_TEST

START_TEST(status_that_is_too_long_is_cut)
{
	char text[2 * NOTIFY_STATUS_BYTES_MAX];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_open();
	notify_status("%s", text);
	ck_assert_uint_eq(strlen(fake_systemd_text()), strlen("STATUS=") + NOTIFY_STATUS_BYTES_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, life_is_told_in_the_words_of_the_protocol);
	tcase_add_test(tcase, reload_carries_the_time_of_the_protocols_clock);
	tcase_add_test(tcase, socket_with_a_path_is_found_too);
	tcase_add_test(tcase, without_systemd_nothing_is_said_and_nothing_is_wrong);
	tcase_add_test(tcase, address_that_is_none_is_one_warning);
	tcase_add_test(tcase, address_longer_than_a_socket_has_is_one_warning);
	tcase_add_test(tcase, no_child_inherits_the_right_to_speak);
	tcase_add_test(tcase, watchdog_is_fed_at_half_of_its_time);
	tcase_add_test(tcase, watchdog_of_another_process_is_not_fed);
	tcase_add_test(tcase, watchdog_without_a_pid_is_ours);
	tcase_add_loop_test(tcase, watchdog_time_that_is_none_is_one_warning, 0, 6);
	tcase_add_test(tcase, beat_that_was_not_taken_comes_again);
	tcase_add_test(tcase, news_of_a_lifetime_wait_for_room_but_not_for_ever);
	tcase_add_test(tcase, status_is_one_line_whatever_it_quotes);
	tcase_add_test(tcase, status_that_is_too_long_is_cut);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
