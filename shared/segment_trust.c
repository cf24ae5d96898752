/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/segment_private.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/compiler.h"
#include "shared/fault.h"

#define SEGMENT_GROUP           "dnscache"
#define SEGMENT_GROUP_FILE      "/etc/group"
#define SEGMENT_GROUP_BYTES_MAX 65536 /* one line of it */
#define SEGMENT_ROOT_GROUP      0
#define SEGMENT_NO_GROUP        ((gid_t)-1)
#define SEGMENT_REFUSALS_MAX    32 /* remembered; with more, some are logged again */

/* What was refused: hash of the name above, of the text below. 0 = free. */
static _Atomic uint64_t segment_refusals[SEGMENT_REFUSALS_MAX];
static _Atomic unsigned int segment_refusal_next;

/* /etc/group alone: getgrnam() may ask the network, and in the worst moment. */
static gid_t segment_group(void)
{
	cleanup_free char *text = malloc(SEGMENT_GROUP_BYTES_MAX);
	FILE *file = fopen(SEGMENT_GROUP_FILE, "re");
	struct group entry, *found = NULL;
	gid_t group = SEGMENT_NO_GROUP;

	while (file && text &&
		fgetgrent_r(file, &entry, text, SEGMENT_GROUP_BYTES_MAX, &found) == 0 && found) {
		if (strcmp(entry.gr_name, SEGMENT_GROUP) == 0) {
			group = entry.gr_gid;
			break;
		}
	}
	if (file)
		(void)fclose(file);
	return group;
}

/* See segment.h, Trust. Return: what is wrong, or NULL. */
static const char *segment_distrust(const struct stat *seen)
{
	const gid_t group = segment_group();
	const bool is_group_ours = group != SEGMENT_NO_GROUP && seen->st_gid == group;

	if (!S_ISREG(seen->st_mode))
		return "is not a regular file";
	if (seen->st_nlink != 1)
		return "does not have exactly one name";
	if (seen->st_uid != 0 && seen->st_uid != geteuid() && !is_group_ours)
		return "belongs to somebody else";
	if (seen->st_mode & S_IWOTH)
		return "is writable by everybody";
	if ((seen->st_mode & S_IWGRP) && seen->st_gid != SEGMENT_ROOT_GROUP && !is_group_ours)
		return "is writable by another group";
	return NULL;
}

/* Group "dnscache", or what we have; writable by no other group (see segment_distrust()). */
int segment_set_mode(const struct segment *segment)
{
	const gid_t group = segment_group();
	struct stat seen;
	bool is_shared;

	if (group != SEGMENT_NO_GROUP)
		(void)fchown(segment->fd, (uid_t)-1, group);
	if (fstat(segment->fd, &seen) < 0)
		return FAULT(errno, "cannot look at segment '%s'", segment->name);

	is_shared = seen.st_gid == SEGMENT_ROOT_GROUP || seen.st_gid == group;
	if (fchmod(segment->fd, is_shared ? 0660 : 0600) < 0)
		return FAULT(errno, "cannot set the mode of segment '%s'", segment->name);
	return 0;
}

int segment_check_owner(const struct segment *segment)
{
	const char *reason;
	struct stat seen;

	if (fstat(segment->fd, &seen) < 0)
		return FAULT(errno, "cannot look at segment '%s'", segment->name);

	reason = segment_distrust(&seen);
	if (reason)
		return segment_refuse(EPERM, segment->name,
			"refusing segment '%s': it %s (uid %u, gid %u, mode %o)", segment->name,
			reason, seen.st_uid, seen.st_gid, seen.st_mode);
	return 0;
}

/* FNV-1a */
static uint32_t segment_hash(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

static bool segment_is_news(const char *name, const char *text)
{
	const uint64_t refusal = (uint64_t)segment_hash(name) << 32 | segment_hash(text);
	unsigned int slot;

	for (slot = 0; slot < SEGMENT_REFUSALS_MAX; slot++)
		if (atomic_load(&segment_refusals[slot]) == refusal)
			return false;
	slot = atomic_fetch_add(&segment_refusal_next, 1) % SEGMENT_REFUSALS_MAX;
	atomic_store(&segment_refusals[slot], refusal);
	return true;
}

int segment_refuse(int errnum, const char *name, const char *format, ...)
{
	char text[LOG_LINE_BYTES_MAX];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return segment_is_news(name, text) ? FAULT(errnum, "%s", text) : -errnum;
}

void segment_accept(const char *name)
{
	const uint32_t hash = segment_hash(name);

	for (unsigned int slot = 0; slot < SEGMENT_REFUSALS_MAX; slot++)
		if (atomic_load(&segment_refusals[slot]) >> 32 == hash)
			atomic_store(&segment_refusals[slot], 0);
}
