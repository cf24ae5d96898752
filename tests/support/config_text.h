/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config text -- a string as a file that config_load() can open, gone with the process.
 */

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONFIG_TEXT_PATH_BYTES 64

struct config_text {
	int fd;
	char path[CONFIG_TEXT_PATH_BYTES];
};

static inline void config_text_open_bytes(
	struct config_text *out_file, const char *text, size_t text_bytes)
{
	out_file->fd = memfd_create("dnscache.conf", MFD_CLOEXEC);
	ck_assert_int_ge(out_file->fd, 0);
	ck_assert_int_eq(write(out_file->fd, text, text_bytes), text_bytes);
	(void)snprintf(out_file->path, sizeof(out_file->path), "/proc/self/fd/%d", out_file->fd);
}

static inline void config_text_open(struct config_text *out_file, const char *text)
{
	config_text_open_bytes(out_file, text, strlen(text));
}

static inline void config_text_close(struct config_text *file)
{
	(void)close(file->fd);
}
