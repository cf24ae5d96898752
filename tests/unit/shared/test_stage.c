/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/fake_stage.h"
#include "tests/support/fake_systemd.h"

START_TEST(life_has_its_order_and_sigterm_ends_it)
{
	const struct status_layout_header *header;
	uint64_t works = 0;
	uint64_t published;

	fake_stage_start_normally();
	fake_stage_await('W');
	header = fake_stage_look();
	ck_assert_uint_eq(header->state, STATUS_RUN);
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);

	/* Without a wait as long as work() finds something; housekeep() may come in between. */
	ck_assert_int_eq(strncmp(fake_process.life, "IOHK", 4), 0);
	ck_assert_str_eq(fake_process.life + fake_process.life_bytes - 1, "C");
	ck_assert_ptr_null(strpbrk(fake_process.life, "x?"));
	for (const char *at = fake_process.life; *at; at++)
		works += *at == 'K';
	ck_assert_uint_ge(works, 4);

	ck_assert_str_eq(fake_stage_text(fake_process.log_fd),
		"dnscache-fake: running\ndnscache-fake: stopped\n");
	ck_assert_uint_eq(header->state, STATUS_DRAIN);
	published = *(const uint64_t *)(const void *)((const char *)header + header->values_at);
	ck_assert_uint_eq(published, works);
}
END_TEST

START_TEST(sigint_ends_it_too)
{
	fake_stage_start_normally();
	fake_stage_await('W');
	ck_assert_int_eq(kill(fake_process.pid, SIGINT), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
}
END_TEST

START_TEST(housekeep_and_heartbeat_come_again_and_again)
{
	uint64_t first_ns;

	fake_stage_start_normally();
	fake_stage_await('W');
	first_ns = fake_stage_look()->heartbeat_ns;
	for (int i = 0; i < 5; i++)
		fake_stage_await('H');
	fake_stage_await('W');
	ck_assert_uint_gt(fake_stage_look()->heartbeat_ns, first_ns);
	ck_assert_uint_le(clock_ns() - fake_stage_look()->heartbeat_ns, NS_PER_S);
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
}
END_TEST

START_TEST(lost_terminal_and_broken_pipe_stop_nobody)
{
	fake_stage_start_normally();
	fake_stage_await('W');
	ck_assert_int_eq(kill(fake_process.pid, SIGHUP), 0);
	ck_assert_int_eq(kill(fake_process.pid, SIGPIPE), 0);
	for (int i = 0; i < 3; i++)
		fake_stage_await('W');
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
}
END_TEST

START_TEST(fault_in_open_is_closed_and_gives_1)
{
	fake_faults.open = -EIO;
	fake_stage_start_normally();
	ck_assert_int_eq(fake_stage_end(), 1);
	ck_assert_str_eq(fake_process.life, "IOC");
	ck_assert_uint_eq(fake_stage_look()->state, STATUS_FAULT);
	ck_assert_str_eq(fake_stage_text(fake_process.log_fd), "");
}
END_TEST

START_TEST(fault_in_work_is_published_and_gives_1)
{
	fake_faults.work = -EIO;
	fake_stage_start_normally();
	ck_assert_int_eq(fake_stage_end(), 1);
	ck_assert_str_eq(fake_process.life, "IOHKC");
	ck_assert_uint_eq(fake_stage_look()->state, STATUS_FAULT);
	ck_assert_str_eq(fake_stage_text(fake_process.log_fd), "dnscache-fake: running\n");
}
END_TEST

START_TEST(fault_in_housekeep_gives_1)
{
	fake_faults.housekeep = -EIO;
	fake_stage_start_normally();
	ck_assert_int_eq(fake_stage_end(), 1);
	ck_assert_str_eq(fake_process.life, "IOHC");
}
END_TEST

START_TEST(second_living_stage_gives_1_and_the_first_goes_on)
{
	pid_t first;

	fake_stage_start_normally();
	fake_stage_await('W');
	first = fake_process.pid;

	fake_stage_start_normally();
	ck_assert_int_eq(waitpid(fake_process.pid, NULL, 0), fake_process.pid);
	ck_assert_ptr_nonnull(strstr(fake_stage_text(fake_process.log_fd), "is in use by process"));

	fake_process.pid = first;
	fake_stage_await('H');
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
}
END_TEST

START_TEST(log_level_comes_from_the_configuration)
{
	struct config_text quiet;

	config_text_open(&quiet, "[global]\nlog = warning\n[matching]\ncapacity = 77\n");
	fake_stage_start((char *[]){ "--config", quiet.path, NULL });
	fake_stage_await('W');
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
	ck_assert_str_eq(fake_stage_text(fake_process.log_fd), "");
	config_text_close(&quiet);
}
END_TEST

/* Beats and status lines come from the loop, in between. */
START_TEST(systemd_is_told_of_start_life_and_end)
{
	unsigned int beats = 0, lines = 0;

	fake_systemd_open(NULL);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "100000", 1), 0);
	fake_stage_start_normally();
	ck_assert_str_eq(fake_systemd_text(), "READY=1");
	while (beats < 3 || lines < 2) {
		const bool is_beat = strcmp(fake_systemd_text(), "WATCHDOG=1") == 0;

		beats += is_beat;
		lines += !is_beat;
		if (!is_beat)
			ck_assert_int_eq(strncmp(fake_systemd.text, "STATUS=worked ", 14), 0);
	}
	ck_assert_uint_gt(beats, lines); /* a line a second */
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	while (strncmp(fake_systemd_text(), "STOPPING=1", 10) != 0)
		;
	ck_assert_str_eq(fake_systemd.text, "STOPPING=1\nSTATUS=stopping");
	ck_assert_int_eq(fake_stage_end(), 0);
	ck_assert(!fake_systemd_hears(0));
	fake_systemd_close();
}
END_TEST

START_TEST(stage_stuck_in_its_work_does_not_feed_the_watchdog)
{
	fake_systemd_open(NULL);
	ck_assert_int_eq(setenv("WATCHDOG_USEC", "100000", 1), 0);
	fake_faults.work_is_stuck = true;
	fake_stage_start_normally();
	ck_assert_str_eq(fake_systemd_text(), "READY=1");
	ck_assert_str_eq(fake_systemd_text(), "WATCHDOG=1");
	fake_stage_await('K');
	ck_assert_int_eq(strncmp(fake_systemd_text(), "STATUS=", 7), 0);
	ck_assert(!fake_systemd_hears(500));
	ck_assert_int_eq(kill(fake_process.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(fake_process.pid, NULL, 0), fake_process.pid);
	fake_systemd_close();
}
END_TEST

/* Or "systemctl reload" would wait for ever. */
START_TEST(systemd_is_told_of_a_reload_and_of_its_end)
{
	fake_systemd_open(NULL);
	fake_stage_start_normally();
	ck_assert_str_eq(fake_systemd_text(), "READY=1");
	for (int i = 0; i < 2; i++) { /* a right file, and one with a mistake */
		ck_assert_int_eq(kill(fake_process.pid, SIGHUP), 0);
		while (strncmp(fake_systemd_text(), "STATUS=", 7) == 0)
			;
		ck_assert_int_eq(strncmp(fake_systemd.text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
		ck_assert_str_eq(fake_systemd_text(), "READY=1");
		ck_assert_int_gt(write(fake_config.fd, "x = 1\n", 6), 0);
	}
	ck_assert_int_eq(kill(fake_process.pid, SIGTERM), 0);
	ck_assert_int_eq(fake_stage_end(), 0);
	ck_assert_ptr_nonnull(
		strstr(fake_stage_text(fake_process.log_fd), "configuration not reloaded"));
	fake_systemd_close();
}
END_TEST

START_TEST(systemd_is_told_of_a_fault_instead_of_a_start)
{
	fake_systemd_open(NULL);
	fake_faults.open = -EIO;
	fake_stage_start_normally();
	ck_assert_int_eq(fake_stage_end(), 1);
	ck_assert_str_eq(fake_systemd_text(), "ERRNO=5\nSTATUS=fault: Input/output error");
	ck_assert(!fake_systemd_hears(0));
	fake_systemd_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage");
	TCase *tcase = tcase_create("stage");

	tcase_set_timeout(tcase, 30);
	fake_stage_add_fixtures(tcase);
	tcase_add_test(tcase, life_has_its_order_and_sigterm_ends_it);
	tcase_add_test(tcase, sigint_ends_it_too);
	tcase_add_test(tcase, housekeep_and_heartbeat_come_again_and_again);
	tcase_add_test(tcase, lost_terminal_and_broken_pipe_stop_nobody);
	tcase_add_test(tcase, fault_in_open_is_closed_and_gives_1);
	tcase_add_test(tcase, fault_in_work_is_published_and_gives_1);
	tcase_add_test(tcase, fault_in_housekeep_gives_1);
	tcase_add_test(tcase, second_living_stage_gives_1_and_the_first_goes_on);
	tcase_add_test(tcase, log_level_comes_from_the_configuration);
	tcase_add_test(tcase, systemd_is_told_of_start_life_and_end);
	tcase_add_test(tcase, stage_stuck_in_its_work_does_not_feed_the_watchdog);
	tcase_add_test(tcase, systemd_is_told_of_a_reload_and_of_its_end);
	tcase_add_test(tcase, systemd_is_told_of_a_fault_instead_of_a_start);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
