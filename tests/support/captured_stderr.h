/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Captured stderr -- what a piece of code writes to standard error, as text.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPTURED_STDERR_BYTES_MAX 8192

struct captured_stderr {
	int saved_fd;
	int fd;
	char text[CAPTURED_STDERR_BYTES_MAX];
};

static inline void captured_stderr_begin(struct captured_stderr *captured)
{
	captured->saved_fd = dup(STDERR_FILENO);
	captured->fd = memfd_create("captured-stderr", MFD_CLOEXEC);
	if (captured->saved_fd < 0 || captured->fd < 0)
		abort();
	(void)dup2(captured->fd, STDERR_FILENO);
}

/* Standard error is itself again; the text stays in the struct. */
static inline const char *captured_stderr_end(struct captured_stderr *captured)
{
	ssize_t length = pread(captured->fd, captured->text, sizeof(captured->text) - 1, 0);

	(void)dup2(captured->saved_fd, STDERR_FILENO);
	(void)close(captured->saved_fd);
	(void)close(captured->fd);
	captured->text[length > 0 ? length : 0] = '\0';
	return captured->text;
}

static inline int captured_stderr_lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}
