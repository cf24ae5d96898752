/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/status.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/fault.h"

#define STATUS_NAME_TRIES_MAX 3 /* more than one only where others start at the same time */

void status_init(struct status *status)
{
	segment_init(&status->segment);
	status->counter_count = 0;
}

void status_name(char *out_name, size_t out_bytes, const char *instance, const char *stage,
	unsigned int number)
{
	(void)snprintf(out_name, out_bytes, "/dnscache%s%s.status.%s.%u", instance[0] ? "-" : "",
		instance, stage, number);
}

static struct status_layout_header *status_header(const struct status *status)
{
	assert(status->segment.bytes);
	return status->segment.bytes;
}

static size_t status_values_at(size_t counter_count)
{
	return sizeof(struct status_layout_header) +
	       counter_count * sizeof(struct status_layout_counter);
}

/* Texts are ours: one that does not fit is a mistake of ours. */
static void status_copy_text(char *out_text, size_t out_bytes, const char *text)
{
	assert(strlen(text) < out_bytes);
	strcpy(out_text, text);
}

static void status_describe(struct status *status, const struct counter_description *descriptions)
{
	struct status_layout_header *header = status_header(status);
	struct status_layout_counter *counters = (void *)(header + 1);

	for (size_t i = 0; i < status->counter_count; i++) {
		const struct counter_description *from = &descriptions[i];
		struct status_layout_counter *to = &counters[i];

		to->kind = from->kind;
		status_copy_text(to->family, sizeof(to->family), from->family);
		status_copy_text(to->labels, sizeof(to->labels), from->labels ? from->labels : "");
		status_copy_text(to->help, sizeof(to->help), from->help ? from->help : "");
	}
}

/* The segment is zeroed, and nobody can find it yet. */
static void status_fill(
	struct status *status, const char *stage, const struct counter_description *descriptions)
{
	struct status_layout_header *header = status_header(status);
	uint64_t now_ns = clock_ns();

	header->version = STATUS_LAYOUT_VERSION;
	header->counter_count = (uint32_t)status->counter_count;
	header->counters_at = sizeof(*header);
	header->values_at = status_values_at(status->counter_count);
	header->pid = (uint64_t)getpid();
	header->started_ns = now_ns;
	segment_boot_id(header->boot_id);
	status_copy_text(header->stage, sizeof(header->stage), stage);
	status_copy_text(header->version_text, sizeof(header->version_text), DNSCACHE_VERSION);
	status_describe(status, descriptions);
	status_set(status, STATUS_BOOT);
	status_beat(status, now_ns);
	atomic_store_explicit(&header->magic, STATUS_LAYOUT_MAGIC, memory_order_release);
}

/* A living stage's segment. Its pid is its own word, good enough for a log line. */
static int status_refuse_busy(struct segment *segment)
{
	const struct status_layout_header *header;
	int r = segment_map(segment, sizeof(*header));

	if (r < 0)
		return r;

	header = segment->bytes;
	return FAULT(EBUSY, "segment '%s' is in use by process %llu", segment->name,
		header ? (unsigned long long)header->pid : 0ull);
}

/*
 * Remove the segment of this name unless somebody lives in it.
 *
 * Only who holds the lock of the segment that the name leads to removes the name,
 * and a new segment is locked before it gets it: of two successors one wins.
 */
static int status_clear(const char *name)
{
	struct segment old;
	int r = segment_open(&old, name, true);

	if (r == SEGMENT_NONE)
		return 0;
	if (r < 0)
		return r;

	if (!segment_lock(&old, STATUS_LOCK_OWNER))
		r = status_refuse_busy(&old);
	else if (!segment_is_replaced(&old))
		segment_destroy(name);
	segment_detach(&old);
	return r;
}

/* Put the prepared segment in the place of a dead stage's. */
static int status_take_name(struct status *status)
{
	for (int i = 0; i < STATUS_NAME_TRIES_MAX; i++) {
		int r = segment_publish(&status->segment);

		if (r != SEGMENT_EXISTS)
			return r;
		r = status_clear(status->segment.name);
		if (r < 0)
			return r;
	}
	return FAULT(EBUSY, "others keep taking segment '%s'", status->segment.name);
}

int status_create(struct status *status, const char *name, const char *stage,
	const struct counter_description *descriptions, size_t counter_count)
{
	size_t size_bytes = status_values_at(counter_count) + counter_count * sizeof(uint64_t);
	int r;

	assert(counter_count <= STATUS_LAYOUT_COUNTERS_MAX);
	r = segment_prepare(&status->segment, name, size_bytes);
	if (r < 0)
		return r;

	status->counter_count = counter_count;
	status_fill(status, stage, descriptions);
	if (segment_lock(&status->segment, STATUS_LOCK_OWNER))
		r = status_take_name(status);
	else
		r = FAULT(errno, "cannot lock segment '%s'", name);
	if (r < 0)
		status_close(status);
	return r;
}

void status_close(struct status *status)
{
	segment_detach(&status->segment);
	status->counter_count = 0;
}

void status_set(struct status *status, enum status_state state)
{
	atomic_store_explicit(&status_header(status)->state, state, memory_order_release);
}

void status_beat(struct status *status, uint64_t now_ns)
{
	atomic_store_explicit(&status_header(status)->heartbeat_ns, now_ns, memory_order_release);
}

void status_publish(struct status *status, const uint64_t *values)
{
	char *bytes = (char *)status_header(status);
	_Atomic uint64_t *shared = (void *)(bytes + status_values_at(status->counter_count));

	for (size_t i = 0; i < status->counter_count; i++)
		atomic_store_explicit(&shared[i], values[i], memory_order_relaxed);
}
