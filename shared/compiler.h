/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Compiler -- the few attributes and macros every file may use.
 */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Locals that clean up after themselves; hand over with TAKE_FD() and TAKE_PTR(). */
static inline void compiler_close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void compiler_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline pthread_mutex_t *compiler_lock(pthread_mutex_t *mutex)
{
	(void)pthread_mutex_lock(mutex);
	return mutex;
}

static inline void compiler_unlock(pthread_mutex_t **mutex)
{
	(void)pthread_mutex_unlock(*mutex);
}

#define cleanup_close __attribute__((cleanup(compiler_close_fd)))
#define cleanup_free  __attribute__((cleanup(compiler_free)))

/* Hold a mutex from here to the end of the block. */
#define HOLD(mutex) \
	pthread_mutex_t *held_ __attribute__((cleanup(compiler_unlock), unused)) = \
		compiler_lock(mutex)

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})
#define TAKE_PTR(pointer)                               \
	({                                              \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})
