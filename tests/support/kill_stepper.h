/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Kill stepper -- run an act in a child, one instruction at a time, and stop it after so many.
 *
 * An act that is mostly other people's code can be followed from system call to
 * system call first. A watcher, called after each instruction, finds out which of
 * them changed what others see.
 */

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
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
	KILL_STEPPER_STOPPED = 0,
	KILL_STEPPER_DONE = 1, /* the act was over first */
	KILL_STEPPER_FAILED =
		2, /* the child ended or crashed by itself, or ptrace is not allowed */
};

/* What a child does of its act: first whole system calls, then single instructions. */
struct kill_stepper_point {
	uint64_t stop_count; /* entries and exits of system calls */
	uint64_t instruction_count;
};

/* Shared with the child. */
struct kill_stepper {
	_Atomic int phase;
	_Atomic int milestone;                /* for the act: how far it came */
	void (*prepare)(const void *context); /* not stepped; may be NULL */
	void (*act)(const void *context);
	const void *context;
	void (*watch)(uint64_t instruction_count); /* may be NULL */
	pid_t pid;
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

/* On to the next stop. Return: false once the child is no longer there to be stepped. */
static inline bool kill_stepper_go(const struct kill_stepper *stepper, enum __ptrace_request how)
{
	int status;

	return ptrace(how, stepper->pid, NULL, NULL) == 0 &&
	       waitpid(stepper->pid, &status, 0) == stepper->pid && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == SIGTRAP;
}

/* Start the child and let it do so much. *out_done: what it did of that. */
static inline enum kill_stepper_end kill_stepper_start(struct kill_stepper *stepper,
	struct kill_stepper_point until, struct kill_stepper_point *out_done)
{
	enum __ptrace_request how = PTRACE_SINGLESTEP;
	struct kill_stepper_point done = { 0 };
	int status;
	pid_t pid;

	atomic_store(&stepper->phase, KILL_STEPPER_BEFORE);
	atomic_store(&stepper->milestone, 0);
	pid = fork();
	if (pid == 0)
		kill_stepper_child(stepper);
	stepper->pid = pid;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return KILL_STEPPER_FAILED;

	while (kill_stepper_go(stepper, how)) {
		const int phase = atomic_load(&stepper->phase);

		*out_done = done;
		if (phase == KILL_STEPPER_BEFORE)
			continue;
		if (stepper->watch && done.stop_count == until.stop_count)
			stepper->watch(done.instruction_count);
		if (phase == KILL_STEPPER_AFTER) {
			out_done->stop_count -= how == PTRACE_SYSCALL; /* beyond the act */
			return KILL_STEPPER_DONE;
		}
		if (done.stop_count < until.stop_count) {
			how = PTRACE_SYSCALL;
			done.stop_count++;
		} else if (done.instruction_count < until.instruction_count) {
			how = PTRACE_SINGLESTEP;
			done.instruction_count++;
		} else {
			return KILL_STEPPER_STOPPED;
		}
	}
	return KILL_STEPPER_FAILED;
}

/* Let a stopped child come to the end of its act. */
static inline void kill_stepper_finish(const struct kill_stepper *stepper)
{
	(void)ptrace(PTRACE_CONT, stepper->pid, NULL, NULL);
	while (atomic_load(&stepper->phase) != KILL_STEPPER_AFTER)
		(void)sched_yield();
}

static inline void kill_stepper_kill(const struct kill_stepper *stepper)
{
	int status;

	if (stepper->pid <= 0)
		return;
	(void)kill(stepper->pid, SIGKILL);
	(void)waitpid(stepper->pid, &status, 0);
}
