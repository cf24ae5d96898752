/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Segment -- a named piece of POSIX shared memory, taken only from whom we trust.
 *
 * Trust: anybody may create a name in /dev/shm before we do. So whoever opens an
 * existing segment checks first: a regular file with one link, not writable by
 * others, owned by root, by our own user, or by the group "dnscache" (nobody but
 * its members and root can give a file to a group), and writable by no other group
 * than that one or root's.
 *
 * Birth: a segment is made without a name, and gets its name (link(2), so never
 * somebody else's) when owner, mode, size and, if the caller likes, content and
 * lock are as they shall be. A creator that dies leaves nothing half made. Its
 * memory is reserved at once: a full /dev/shm is a fault here, not a SIGBUS later.
 *
 * SIGBUS: a segment that somebody truncates under us kills the next access.
 * segment_guard() turns that into one log line and an exit, and removes the name,
 * so that the restarted stage makes a new one.
 *
 * Threads: one segment belongs to one thread; different ones are independent.
 * Limits: SEGMENT_GUARDED_MAX segments of a process are guarded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_BYTES_MAX 128
#define SEGMENT_GUARDED_MAX    64

enum segment_outcome {
	SEGMENT_OK = 0,
	SEGMENT_NONE = 1,   /* no such name, or not yet of the size asked for */
	SEGMENT_EXISTS = 2, /* publish, create: the name is taken */
};

struct segment {
	char name[SEGMENT_NAME_BYTES_MAX];
	void *bytes; /* NULL when closed */
	size_t size_bytes;
	int fd; /* -1 when closed */
	bool is_writable;
};

/* Closed state; segment_detach() accepts it. */
void segment_init(struct segment *segment);

/**
 * segment_create() - make a new segment of zeroed bytes and map it
 *
 * segment_prepare() and segment_publish() in one.
 *
 * Return: SEGMENT_OK, SEGMENT_EXISTS, or -errno.
 */
int segment_create(struct segment *segment, const char *name, size_t size_bytes);

/* Make and map a segment of zeroed bytes that nobody else can find yet. Return: 0 or -errno. */
int segment_prepare(struct segment *segment, const char *name, size_t size_bytes);

/* Give a prepared segment its name. Return: SEGMENT_OK, SEGMENT_EXISTS, or -errno. */
int segment_publish(struct segment *segment);

/**
 * segment_attach() - map an existing segment after checking whose it is
 * @is_writable:    map for reading and writing, or for reading only
 * @size_bytes_min: smaller ones are not there yet
 *
 * segment_open() and segment_map() in one.
 *
 * Return: SEGMENT_OK, SEGMENT_NONE, -EPERM (owner, mode or kind is not what we
 * trust), or another -errno. Refusals are logged by segment_refuse().
 */
int segment_attach(
	struct segment *segment, const char *name, bool is_writable, size_t size_bytes_min);

/* Open and check without mapping: enough to lock. Return: as segment_attach(). */
int segment_open(struct segment *segment, const char *name, bool is_writable);

/* Map the whole of an open segment. Return: SEGMENT_OK, SEGMENT_NONE (too small), or -errno. */
int segment_map(struct segment *segment, size_t size_bytes_min);

/* Unmap, unlock and close; the name stays. */
void segment_detach(struct segment *segment);

/* Remove the name; those attached keep their mapping. Absence is fine. */
void segment_destroy(const char *name);

/* True once the name was removed or leads to another segment. */
bool segment_is_replaced(const struct segment *segment);

/* Try to lock one byte of the segment for this open file. Return: true if it is ours now. */
bool segment_lock(struct segment *segment, unsigned int byte);

/**
 * segment_refuse() - FAULT() for those who try again: logged once per name and text
 *
 * segment_accept() of that name makes its next refusal news again.
 *
 * Return: -errnum.
 */
int segment_refuse(int errnum, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whatever was wrong with this name is over. */
void segment_accept(const char *name);

/* Install the SIGBUS handler described above; once per process. */
void segment_guard(void);

/*
 * This boot's id, 16 bytes; zeros where it cannot be told: /proc/sys is not there under
 * systemd's ProcSubset=pid, which some stages may have and others not.
 */
void segment_boot_id(uint8_t out_id[16]);

/* Does a segment with this id come from another boot? Where either id is zeros: no. */
bool segment_is_other_boot(const uint8_t id[16]);
