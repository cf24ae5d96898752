/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/own_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"

#define OWN_PROCESS_TEXT_BYTES_MAX 2048 /* 52 numbers and a name */
#define OWN_PROCESS_FIELDS         6

/* Fields 14, 15, 20, 22, 23 and 24 of proc(5); the state behind the name is field 3. */
#define OWN_PROCESS_FORMAT                                                   \
	") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64 \
	" %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64 " %" SCNu64 " %" SCNu64

int own_process_parse(const char *text, const struct own_process_units *units,
	struct metrics_process *out_process)
{
	const char *after_name = strrchr(text, ')'); /* the name may hold any byte */
	uint64_t user_ticks, system_ticks, thread_count, start_ticks, virtual_bytes, page_count;

	if (!after_name ||
		sscanf(after_name, OWN_PROCESS_FORMAT, &user_ticks, &system_ticks, &thread_count,
			&start_ticks, &virtual_bytes, &page_count) != OWN_PROCESS_FIELDS)
		return -EPROTO;

	out_process->cpu_ns = (user_ticks + system_ticks) * units->tick_ns;
	out_process->started_ns = start_ticks * units->tick_ns;
	out_process->thread_count = thread_count;
	out_process->virtual_bytes = virtual_bytes;
	out_process->resident_bytes = page_count * units->page_bytes;
	return 0;
}

static int own_process_read_stat(struct metrics_process *out_process)
{
	const struct own_process_units units = {
		.tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK),
		.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	cleanup_close int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	char text[OWN_PROCESS_TEXT_BYTES_MAX];
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	bytes = read(fd, text, sizeof(text) - 1);
	if (bytes < 0)
		return -errno;
	text[bytes] = '\0';
	return own_process_parse(text, &units, out_process);
}

/* Return: how many, or -errno. */
static int own_process_count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (!folder)
		return -errno;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += entry->d_name[0] != '.';
	(void)closedir(folder);
	return count - 1; /* the folder itself was open */
}

/* Return: the limit; UINT64_MAX where there is none. */
static uint64_t own_process_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

int own_process_read(struct metrics_process *out_process)
{
	const struct mallinfo2 heap = mallinfo2();
	const int open_fds = own_process_count_fds();

	if (open_fds < 0)
		return open_fds;
	out_process->open_fds = (uint64_t)open_fds;
	out_process->fds_max = own_process_limit(RLIMIT_NOFILE);
	out_process->virtual_bytes_max = own_process_limit(RLIMIT_AS);
	out_process->heap_bytes = heap.arena + heap.hblkhd;
	return own_process_read_stat(out_process);
}
