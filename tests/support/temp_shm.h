/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Temp shm -- names of segments that are this test program's alone and never survive it.
 *
 * A name begins with "/dnscache-test.<pid of the program>.". The program removes all
 * of its names when it ends, whatever became of the forks in which library check
 * runs the tests; what a killed program left is removed by the next one.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMP_SHM_PREFIX         "dnscache-test."
#define TEMP_SHM_NAME_BYTES_MAX 96

static pid_t temp_shm_owner;

static inline void temp_shm_remove(const char *file_name)
{
	char path[320];

	(void)snprintf(path, sizeof(path), "/dev/shm/%s", file_name);
	(void)unlink(path);
}

/* Remove the names of one program, or (0) of all programs that are gone. */
static inline void temp_shm_sweep(pid_t owner)
{
	DIR *folder = opendir("/dev/shm");
	const struct dirent *entry;
	int pid;

	while (folder && (entry = readdir(folder)) != NULL) {
		if (sscanf(entry->d_name, TEMP_SHM_PREFIX "%d.", &pid) != 1)
			continue;
		if (pid == owner || (owner == 0 && kill(pid, 0) < 0 && errno == ESRCH))
			temp_shm_remove(entry->d_name);
	}
	if (folder)
		(void)closedir(folder);
}

static inline void temp_shm_at_exit(void)
{
	if (getpid() == temp_shm_owner)
		temp_shm_sweep(temp_shm_owner);
}

__attribute__((constructor)) static void temp_shm_open(void)
{
	temp_shm_owner = getpid();
	temp_shm_sweep(0);
	(void)atexit(temp_shm_at_exit);
}

/* A fresh name; valid until the 8th call after this one. */
static inline const char *temp_shm_name(const char *what)
{
	static char names[8][TEMP_SHM_NAME_BYTES_MAX];
	static unsigned int count;
	char *name = names[count++ % 8];

	(void)snprintf(name, TEMP_SHM_NAME_BYTES_MAX, "/" TEMP_SHM_PREFIX "%d.%d.%u.%s",
		(int)temp_shm_owner, (int)getpid(), count, what);
	return name;
}
