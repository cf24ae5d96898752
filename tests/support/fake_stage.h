/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fake stage -- a stage that tells of its life, run by stage_main() in a process of its own.
 *
 * It writes one letter per call into a pipe: I(nit), O(pen), H(ousekeep), K (work),
 * W(ait), L (reload, or l in mode observe), R(eport), C(lose), and x where a wait was
 * longer than allowed.
 */

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/stage.h"
#include "tests/support/config_text.h"

#define FAKE_STAGE_LIMIT_MS      10000
#define FAKE_STAGE_LIFE_MAX      4096
#define FAKE_STAGE_ARGUMENTS_MAX 4

struct fake {
	uint64_t works;
	int busy_left; /* calls of work() that find something */
};

static int fake_letters[2]; /* pipe: from the stage to the test */

/* What the stage's functions return; 0 is no fault. */
static struct {
	int open;
	int work;
	int housekeep;
	bool work_is_stuck; /* work() does not return */
	int reload;
} fake_faults;

static int fake_signal_in_open; /* raised there; 0 = none */

static void fake_say(char letter)
{
	(void)!write(fake_letters[1], &letter, 1);
}

static void fake_init(void *state)
{
	struct fake *fake = state;

	fake->busy_left = 3;
	fake_say('I');
}

static int fake_open(void *state, const struct stage_context *context)
{
	(void)state;
	fake_say(context->config->matching_capacity == 77 ? 'O' : '?');
	if (fake_signal_in_open != 0)
		(void)raise(fake_signal_in_open);
	return fake_faults.open;
}

static int fake_work(void *state, uint64_t now_ns)
{
	struct fake *fake = state;

	(void)now_ns;
	fake_say('K');
	fake->works++;
	while (fake_faults.work_is_stuck)
		(void)pause();
	if (fake_faults.work < 0)
		return fake_faults.work;
	return fake->busy_left-- > 0;
}

static void fake_wait(void *state, uint64_t timeout_ns)
{
	struct timespec timeout = { .tv_nsec = (long)timeout_ns };

	(void)state;
	fake_say(timeout_ns <= STAGE_WAIT_NS_MAX ? 'W' : 'x');
	(void)ppoll(NULL, 0, &timeout, NULL);
}

static int fake_housekeep(void *state, uint64_t now_ns)
{
	(void)state;
	(void)now_ns;
	fake_say('H');
	return fake_faults.housekeep;
}

static int fake_reload(void *state, const struct config *config)
{
	(void)state;
	fake_say(config->mode == CONFIG_MODE_OBSERVE ? 'l' : 'L');
	return fake_faults.reload;
}

static void fake_report(void *state, char *out_line, size_t line_bytes)
{
	struct fake *fake = state;

	fake_say('R');
	(void)snprintf(out_line, line_bytes, "worked %d times or more", fake->works > 0);
}

static const uint64_t *fake_counter_values(void *state)
{
	struct fake *fake = state;

	return &fake->works;
}

static void fake_close(void *state)
{
	(void)state;
	fake_say('C');
}

static const struct counter_description fake_counters[] = {
	{ "works", "", COUNTER_TOTAL, "Calls of work()" },
};

static const struct stage fake_stage = {
	.name = "fake",
	.state_bytes = sizeof(struct fake),
	.housekeep_ns = 50 * NS_PER_MS,
	.counters = fake_counters,
	.counter_count = ARRAY_COUNT(fake_counters),
	.init = fake_init,
	.open = fake_open,
	.work = fake_work,
	.wait = fake_wait,
	.housekeep = fake_housekeep,
	.reload = fake_reload,
	.report = fake_report,
	.counter_values = fake_counter_values,
	.close = fake_close,
};

/* What the test sees of the stage's process. */
static struct {
	pid_t pid;
	int log_fd;
	int output_fd;
	char life[FAKE_STAGE_LIFE_MAX]; /* letters so far */
	size_t life_bytes;
	char text[FAKE_STAGE_LIFE_MAX]; /* last file read back */
} fake_process;

static char fake_segment_name[SEGMENT_NAME_BYTES_MAX];
static struct segment fake_segment; /* the stage's status, as another process sees it */
static struct config_text fake_config;

/* Once per program, outside of the forks in which the tests run and may die. */
static inline void fake_stage_setup_program(void)
{
	char instance[32];

	(void)snprintf(instance, sizeof(instance), "test-%d", getpid());
	ck_assert_int_eq(setenv("DNSCACHE_INSTANCE", instance, 1), 0);
	ck_assert_int_eq(unsetenv("JOURNAL_STREAM"), 0);
	status_name(fake_segment_name, sizeof(fake_segment_name), instance, "fake", 0);
}

static inline void fake_stage_teardown_program(void)
{
	segment_destroy(fake_segment_name);
}

static inline void fake_stage_setup(void)
{
	segment_destroy(fake_segment_name);
	segment_init(&fake_segment);
	config_text_open(&fake_config, "[matching]\ncapacity = 77\n");

	ck_assert_int_eq(pipe(fake_letters), 0);
	memset(&fake_faults, 0, sizeof(fake_faults));
	fake_signal_in_open = 0;
	memset(&fake_process, 0, sizeof(fake_process));
	fake_process.log_fd = memfd_create("log", MFD_CLOEXEC);
	fake_process.output_fd = memfd_create("output", MFD_CLOEXEC);
}

static inline void fake_stage_teardown(void)
{
	segment_detach(&fake_segment);
	config_text_close(&fake_config);
	(void)close(fake_letters[0]);
	(void)close(fake_process.log_fd);
	(void)close(fake_process.output_fd);
}

static inline void fake_stage_add_fixtures(TCase *tcase)
{
	tcase_add_unchecked_fixture(tcase, fake_stage_setup_program, fake_stage_teardown_program);
	tcase_add_checked_fixture(tcase, fake_stage_setup, fake_stage_teardown);
}

/* @arguments end with NULL. */
static inline void fake_stage_start(char **arguments)
{
	char *argv[FAKE_STAGE_ARGUMENTS_MAX + 2] = { "dnscache-fake" };
	int argc = 1;

	for (; argc <= FAKE_STAGE_ARGUMENTS_MAX && arguments[argc - 1]; argc++)
		argv[argc] = arguments[argc - 1];

	fake_process.pid = fork();
	ck_assert_int_ge(fake_process.pid, 0);
	if (fake_process.pid == 0) {
		(void)dup2(fake_process.log_fd, STDERR_FILENO);
		(void)dup2(fake_process.output_fd, STDOUT_FILENO);
		exit(stage_main(&fake_stage, argc, argv));
	}
}

static inline void fake_stage_start_normally(void)
{
	fake_stage_start((char *[]){ "--config", fake_config.path, NULL });
}

/* Read letters until @letter comes. */
static inline void fake_stage_await(char letter)
{
	struct pollfd poll_fd = { .fd = fake_letters[0], .events = POLLIN };

	do {
		ck_assert_int_eq(poll(&poll_fd, 1, FAKE_STAGE_LIMIT_MS), 1);
		ck_assert_uint_lt(fake_process.life_bytes, sizeof(fake_process.life) - 1);
		ck_assert_int_eq(
			read(fake_letters[0], &fake_process.life[fake_process.life_bytes], 1), 1);
	} while (fake_process.life[fake_process.life_bytes++] != letter);
}

/* Return: the exit status; all letters are then in fake_process.life. */
static inline int fake_stage_end(void)
{
	ssize_t bytes;
	int status;

	ck_assert_int_eq(waitpid(fake_process.pid, &status, 0), fake_process.pid);
	(void)close(fake_letters[1]);
	while ((bytes = read(fake_letters[0], fake_process.life + fake_process.life_bytes,
			sizeof(fake_process.life) - 1 - fake_process.life_bytes)) > 0)
		fake_process.life_bytes += (size_t)bytes;
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Other contents for the file that the stage was started with. */
static inline void fake_stage_rewrite_config(const char *text)
{
	ck_assert_int_eq(ftruncate(fake_config.fd, 0), 0);
	ck_assert_int_eq(pwrite(fake_config.fd, text, strlen(text), 0), strlen(text));
}

static inline const char *fake_stage_text(int fd)
{
	ssize_t bytes = pread(fd, fake_process.text, sizeof(fake_process.text) - 1, 0);

	ck_assert_int_ge(bytes, 0);
	fake_process.text[bytes] = '\0';
	return fake_process.text;
}

static inline const struct status_layout_header *fake_stage_look(void)
{
	segment_detach(&fake_segment);
	ck_assert_int_eq(segment_attach(&fake_segment, fake_segment_name, false,
				 sizeof(struct status_layout_header)),
		SEGMENT_OK);
	return fake_segment.bytes;
}
