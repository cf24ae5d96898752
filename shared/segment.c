/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/fault.h"
#include "shared/segment_private.h"

#define SEGMENT_SELF_PATH_BYTES    64
#define SEGMENT_BOOT_ID_FILE       "/proc/sys/kernel/random/boot_id"
#define SEGMENT_BOOT_ID_TEXT_BYTES 64 /* 32 hexadecimal digits and dashes */

static int segment_set_name(struct segment *segment, const char *name)
{
	const size_t length = strlen(name);

	if (length < 2 || length >= sizeof(segment->name) || name[0] != '/' ||
		strchr(name + 1, '/'))
		return FAULT(EINVAL, "no name of a segment: '%s'", name);
	memcpy(segment->name, name, length + 1);
	return 0;
}

static void segment_path(char out_path[SEGMENT_PATH_BYTES_MAX], const char *name)
{
	(void)snprintf(out_path, SEGMENT_PATH_BYTES_MAX, SEGMENT_FOLDER "%s", name);
}

void segment_init(struct segment *segment)
{
	*segment = (struct segment){ .fd = -1 };
}

static int segment_map_bytes(struct segment *segment, size_t size_bytes)
{
	const int protection = PROT_READ | (segment->is_writable ? PROT_WRITE : 0);
	void *bytes = mmap(NULL, size_bytes, protection, MAP_SHARED, segment->fd, 0);

	if (bytes == MAP_FAILED)
		return FAULT(errno, "cannot map segment '%s'", segment->name);
	segment->bytes = bytes;
	segment->size_bytes = size_bytes;
	segment_guard_add(segment);
	return 0;
}

static int segment_set_size(const struct segment *segment, size_t size_bytes)
{
	int r;

	do
		r = posix_fallocate(segment->fd, 0, (off_t)size_bytes);
	while (r == EINTR);
	if (r)
		return FAULT(
			r, "cannot reserve %zu bytes for segment '%s'", size_bytes, segment->name);
	return 0;
}

int segment_prepare(struct segment *segment, const char *name, size_t size_bytes)
{
	int r;

	segment_init(segment);
	r = segment_set_name(segment, name);
	if (r < 0)
		return r;

	segment->is_writable = true;
	segment->fd = open(SEGMENT_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (segment->fd < 0)
		return FAULT(errno, "cannot make segment '%s' in " SEGMENT_FOLDER, name);

	r = segment_set_mode(segment);
	r = r ?: segment_set_size(segment, size_bytes);
	r = r ?: segment_map_bytes(segment, size_bytes);
	if (r < 0)
		segment_detach(segment);
	return r;
}

int segment_publish(struct segment *segment)
{
	char from[SEGMENT_SELF_PATH_BYTES], path[SEGMENT_PATH_BYTES_MAX];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", segment->fd);
	segment_path(path, segment->name);
	if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return SEGMENT_OK;
	if (errno == EEXIST)
		return SEGMENT_EXISTS;
	return FAULT(errno, "cannot give segment '%s' its name", segment->name);
}

int segment_create(struct segment *segment, const char *name, size_t size_bytes)
{
	int r;

	r = segment_prepare(segment, name, size_bytes);
	if (r < 0)
		return r;

	r = segment_publish(segment);
	if (r != SEGMENT_OK)
		segment_detach(segment);
	return r;
}

int segment_open(struct segment *segment, const char *name, bool is_writable)
{
	const int flags = (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	char path[SEGMENT_PATH_BYTES_MAX];
	int r;

	segment_init(segment);
	r = segment_set_name(segment, name);
	if (r < 0)
		return r;

	segment->is_writable = is_writable;
	segment_path(path, name);
	segment->fd = open(path, flags);
	if (segment->fd < 0 && errno == ENOENT)
		return SEGMENT_NONE;
	if (segment->fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return FAULT(errno, "cannot open segment '%s'", name);
	if (segment->fd < 0) /* a link, a folder, a socket, no permission: not one of ours */
		return segment_refuse(
			EPERM, name, "refusing segment '%s': %s", name, strerrordesc_np(errno));

	r = segment_check_owner(segment);
	if (r < 0)
		segment_detach(segment);
	return r;
}

int segment_map(struct segment *segment, size_t size_bytes_min)
{
	struct stat seen;

	if (fstat(segment->fd, &seen) < 0)
		return FAULT(errno, "cannot look at segment '%s'", segment->name);
	if (seen.st_size == 0 || (size_t)seen.st_size < size_bytes_min)
		return SEGMENT_NONE;
	return segment_map_bytes(segment, (size_t)seen.st_size);
}

int segment_attach(
	struct segment *segment, const char *name, bool is_writable, size_t size_bytes_min)
{
	int r;

	r = segment_open(segment, name, is_writable);
	if (r != SEGMENT_OK)
		return r;

	r = segment_map(segment, size_bytes_min);
	if (r != SEGMENT_OK)
		segment_detach(segment);
	return r;
}

void segment_detach(struct segment *segment)
{
	if (segment->bytes) {
		segment_guard_remove(segment);
		(void)munmap(segment->bytes, segment->size_bytes);
	}
	if (segment->fd >= 0)
		(void)close(segment->fd);
	segment_init(segment);
}

void segment_destroy(const char *name)
{
	char path[SEGMENT_PATH_BYTES_MAX];

	segment_path(path, name);
	(void)unlink(path);
}

bool segment_is_replaced(const struct segment *segment)
{
	char path[SEGMENT_PATH_BYTES_MAX];
	struct stat mine, named;

	segment_path(path, segment->name);
	return fstat(segment->fd, &mine) < 0 || lstat(path, &named) < 0 ||
	       mine.st_dev != named.st_dev || mine.st_ino != named.st_ino;
}

bool segment_lock(struct segment *segment, unsigned int byte)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};

	return fcntl(segment->fd, F_OFD_SETLK, &lock) == 0;
}

void segment_boot_id(uint8_t out_id[16])
{
	static const char digits[] = "0123456789abcdef";
	char text[SEGMENT_BOOT_ID_TEXT_BYTES] = "";
	FILE *file = fopen(SEGMENT_BOOT_ID_FILE, "re");
	unsigned int count = 0;

	if (file) {
		(void)!fgets(text, sizeof(text), file);
		(void)fclose(file);
	}

	memset(out_id, 0, 16);
	for (const char *at = text; *at && count < 32; at++) {
		const char *digit = strchr(digits, *at);

		if (!digit)
			continue; /* a dash */
		out_id[count / 2] = (uint8_t)(out_id[count / 2] << 4 | (digit - digits));
		count++;
	}
}

bool segment_is_other_boot(const uint8_t id[16])
{
	static const uint8_t unknown[16];
	uint8_t ours[16];

	segment_boot_id(ours);
	return memcmp(id, unknown, sizeof(unknown)) != 0 &&
	       memcmp(ours, unknown, sizeof(unknown)) != 0 && memcmp(id, ours, sizeof(ours)) != 0;
}
