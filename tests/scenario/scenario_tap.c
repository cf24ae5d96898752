/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_tap.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scenario/rpl_read.h"
#include "tests/scenario/scenario_play.h"

#define SCENARIO_TAP_PATH_BYTES 1024
#define SCENARIO_TAP_TEXT_BYTES 8192

static size_t tap_number;
static size_t tap_failed;

void scenario_tap_plan(size_t count)
{
	printf("1..%zu\n", count);
}

static void scenario_tap_line(bool is_right, const char *sentence, const char *not_yet)
{
	const bool is_expected = is_right == (not_yet == NULL);

	tap_failed += !is_expected;
	printf("%s %zu - %s%s%s\n", is_right ? "ok" : "not ok", ++tap_number, sentence,
		not_yet != NULL ? " # todo " : "", not_yet ?: "");
}

void scenario_tap_result(bool is_right, const char *sentence)
{
	scenario_tap_line(is_right, sentence, NULL);
}

/* The scenario of this process. */
static struct {
	const char *path;
	struct rpl *rpl;
	char failure[RPL_LINE_BYTES > SCENARIO_FAILURE_BYTES ? RPL_LINE_BYTES
							     : SCENARIO_FAILURE_BYTES];
} tap_child;

/* A test of library check, whose asserts the worker lab is made of. */
START_TEST(play)
{
	tap_child.rpl = rpl_read(tap_child.path, tap_child.failure);
	if (tap_child.rpl != NULL)
		(void)scenario_play(tap_child.rpl, tap_child.path, tap_child.failure);
}
END_TEST

/* What one of the lab's asserts says, if it fails. */
static void scenario_tap_assert(SRunner *runner)
{
	TestResult **failures = srunner_failures(runner);

	if (srunner_ntests_failed(runner) > 0)
		(void)snprintf(tap_child.failure, sizeof(tap_child.failure), "%s:%d: %s",
			tr_lfile(failures[0]), tr_lno(failures[0]), tr_msg(failures[0]));
	free(failures);
}

static void scenario_tap_check(void)
{
	Suite *suite = suite_create("scenario");
	TCase *tests = tcase_create("scenario");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, play);
	suite_add_tcase(suite, tests);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	scenario_tap_assert(runner);
	srunner_free(runner);
}

/* In the child: title and failure, each a string, into the pipe. */
static bool scenario_tap_child(const char *path, int fd)
{
	const char *title;

	tap_child.path = path;
	scenario_tap_check();
	title = tap_child.rpl != NULL ? tap_child.rpl->title : "it cannot be read";
	if (write(fd, title, strlen(title) + 1) < 0 ||
		write(fd, tap_child.failure, strlen(tap_child.failure)) < 0)
		return false;
	rpl_free(tap_child.rpl);
	return tap_child.failure[0] == '\0';
}

/* All that came until the other end was closed, as a string. */
static void scenario_tap_collect(int fd, char *text, size_t room)
{
	size_t bytes = 0;
	ssize_t more;

	while (bytes < room - 2 && (more = read(fd, text + bytes, room - 2 - bytes)) > 0)
		bytes += (size_t)more;
	text[bytes] = '\0';
	text[bytes + 1] = '\0';
}

static void scenario_tap_note(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line != '\0')
			printf("# %s\n", line);
	}
}

/* Return: whether it went well; its title and its failure stand in @text. */
static bool scenario_tap_fork(const char *path, char *text, size_t room)
{
	int ends[2];
	int status;
	pid_t child;

	(void)fflush(NULL);
	if (pipe(ends) < 0 || (child = fork()) < 0)
		abort();
	if (child == 0) {
		(void)close(ends[0]);
		exit(scenario_tap_child(path, ends[1]) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	(void)close(ends[1]);
	scenario_tap_collect(ends[0], text, room);
	(void)close(ends[0]);
	if (waitpid(child, &status, 0) < 0)
		abort();
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

void scenario_tap_play(const char *folder, const char *name, const char *not_yet)
{
	char path[SCENARIO_TAP_PATH_BYTES];
	char sentence[SCENARIO_TAP_PATH_BYTES];
	char text[SCENARIO_TAP_TEXT_BYTES];
	bool is_right;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	is_right = scenario_tap_fork(path, text, sizeof(text));
	(void)snprintf(sentence, sizeof(sentence), "%.200s: %.700s", name, text);
	scenario_tap_note(text + strlen(text) + 1);
	scenario_tap_line(is_right, sentence, not_yet);
}

int scenario_tap_end(void)
{
	return tap_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
