/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/segment_private.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"

#define SEGMENT_GUARD_FREE    0
#define SEGMENT_GUARD_FILLING 1 /* no address of a mapping */

/* `start` is written last and cleared first, so the handler sees whole entries. */
struct segment_guarded {
	_Atomic uintptr_t start;
	struct segment segment;
};

static struct segment_guarded segment_guarded[SEGMENT_GUARDED_MAX];
static atomic_flag segment_guard_leaving = ATOMIC_FLAG_INIT;

void segment_guard_add(const struct segment *segment)
{
	for (size_t i = 0; i < SEGMENT_GUARDED_MAX; i++) {
		struct segment_guarded *entry = &segment_guarded[i];
		uintptr_t expected = SEGMENT_GUARD_FREE;

		if (!atomic_compare_exchange_strong(
			    &entry->start, &expected, SEGMENT_GUARD_FILLING))
			continue;
		entry->segment = *segment;
		atomic_store(&entry->start, (uintptr_t)segment->bytes);
		return;
	}
}

void segment_guard_remove(const struct segment *segment)
{
	for (size_t i = 0; i < SEGMENT_GUARDED_MAX; i++)
		if (atomic_load(&segment_guarded[i].start) == (uintptr_t)segment->bytes)
			atomic_store(&segment_guarded[i].start, SEGMENT_GUARD_FREE);
}

static const struct segment *segment_guard_find(uintptr_t address)
{
	for (size_t i = 0; i < SEGMENT_GUARDED_MAX; i++) {
		const uintptr_t start = atomic_load(&segment_guarded[i].start);

		if (start > SEGMENT_GUARD_FILLING && address >= start &&
			address - start < segment_guarded[i].segment.size_bytes)
			return &segment_guarded[i].segment;
	}
	return NULL;
}

/*
 * Runs in place of one of our own loads or stores, never inside a library call that
 * holds a lock, so logging is safe here. The name goes only while it is still this
 * segment's: the peer, hit by the same signal, may have been restarted already.
 */
static void segment_guard_handle(int signal_number, siginfo_t *info, void *context)
{
	const struct segment *segment = segment_guard_find((uintptr_t)info->si_addr);

	(void)context;
	if (!segment) { /* not ours: die of it, at the same instruction */
		(void)signal(signal_number, SIG_DFL);
		return;
	}

	while (atomic_flag_test_and_set(&segment_guard_leaving))
		(void)pause(); /* another thread says it */
	log_error("segment '%s' was truncated under us: removing it and leaving", segment->name);
	if (!segment_is_replaced(segment))
		segment_destroy(segment->name);
	_exit(EXIT_FAILURE);
}

void segment_guard(void)
{
	struct sigaction action = { .sa_sigaction = segment_guard_handle, .sa_flags = SA_SIGINFO };

	(void)sigaction(SIGBUS, &action, NULL);
}
