/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Brief lock -- a mutex for what takes some 100 ns at a time.
 *
 * Who finds it held spins a little before he sleeps: going to sleep and being woken
 * costs a hundred times what the holder still needs.
 */

#include <pthread.h>

static inline void brief_lock_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;

	(void)pthread_mutexattr_init(&attributes);
	(void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(mutex, &attributes);
	(void)pthread_mutexattr_destroy(&attributes);
}
