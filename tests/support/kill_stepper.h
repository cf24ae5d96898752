/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Kill stepper -- run an act in a child, one instruction at a time, and kill it after so many.
 */

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_STEPPER_NEVER UINT64_MAX

enum kill_stepper_phase {
	KILL_STEPPER_BEFORE = 0,
	KILL_STEPPER_ACTING = 1,
	KILL_STEPPER_AFTER = 2,
};

enum kill_stepper_end {
	KILL_STEPPER_KILLED = 0,
	KILL_STEPPER_DONE = 1,   /* the act was over first; the child is killed nevertheless */
	KILL_STEPPER_FAILED = 2, /* the child ended or crashed by itself, or ptrace is not allowed */
};

/* Shared with the child. */
struct kill_stepper {
	_Atomic int phase;
	_Atomic int milestone; /* for the act: how far it came */
	void (*prepare)(const void *context); /* not stepped */
	void (*act)(const void *context);
	const void *context;
};

static inline struct kill_stepper *kill_stepper_new(void)
{
	void *shared = mmap(NULL, sizeof(struct kill_stepper), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		abort();
	return shared;
}

static inline void kill_stepper_child(struct kill_stepper *stepper)
{
	if (stepper->prepare)
		stepper->prepare(stepper->context);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(EXIT_FAILURE);
	(void)raise(SIGSTOP);
	atomic_store(&stepper->phase, KILL_STEPPER_ACTING);
	stepper->act(stepper->context);
	atomic_store(&stepper->phase, KILL_STEPPER_AFTER);
	for (;;)
		(void)pause();
}

/* One instruction on. Return: false once the child is no longer there to be stepped. */
static inline int kill_stepper_step(pid_t pid)
{
	int status;

	return ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 &&
		waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
		WSTOPSIG(status) == SIGTRAP;
}

/* Kill the act after @kill_at of its instructions. *out_count: those it was let do. */
static inline enum kill_stepper_end kill_stepper_run(
	struct kill_stepper *stepper, uint64_t kill_at, uint64_t *out_count)
{
	enum kill_stepper_end end = KILL_STEPPER_FAILED;
	uint64_t count = 0;
	int status;
	pid_t pid;

	atomic_store(&stepper->phase, KILL_STEPPER_BEFORE);
	atomic_store(&stepper->milestone, 0);
	pid = fork();
	if (pid == 0)
		kill_stepper_child(stepper);

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return KILL_STEPPER_FAILED;
	while (kill_stepper_step(pid)) {
		const int phase = atomic_load(&stepper->phase);

		if (phase == KILL_STEPPER_BEFORE)
			continue;
		if (phase == KILL_STEPPER_AFTER || count == kill_at) {
			end = phase == KILL_STEPPER_AFTER ? KILL_STEPPER_DONE : KILL_STEPPER_KILLED;
			break;
		}
		count++;
	}
	*out_count = count;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return end;
}
