/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Clock -- the one time all stages and the taps share.
 *
 * CLOCK_BOOTTIME in nanoseconds, the clock of bpf_ktime_get_boot_ns(). Pure code
 * never reads it: time is an argument.
 */

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* Another clock than ours, for those who speak of it. */
static inline uint64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_ns(void)
{
	return clock_read_ns(CLOCK_BOOTTIME);
}
