/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/status_reader.h"

#include <errno.h>
#include <string.h>

#include "exporter/metrics_label.h"
#include "shared/status.h"

_Static_assert(sizeof(((struct status_layout_header *)0)->stage) == STATUS_READER_STAGE_BYTES_MAX,
	"stage names have one size");

void status_reader_init(struct status_reader *reader, const char *instance, const char *stage)
{
	segment_init(&reader->segment);
	status_name(reader->name, sizeof(reader->name), instance, stage, 0);
	reader->shared_values = NULL;
	reader->has_met = false;
	reader->snapshot.stage = stage;
	reader->snapshot.restart_count = 0;
	reader->snapshot.is_present = false;
}

void status_reader_close(struct status_reader *reader)
{
	segment_detach(&reader->segment);
	reader->shared_values = NULL;
	reader->snapshot.is_present = false;
}

/* Do @count items of @item_bytes lie in the segment, after its header, at offset @at? */
static bool status_reader_is_inside(
	const struct segment *segment, uint64_t at, uint64_t count, uint64_t item_bytes)
{
	return at >= sizeof(struct status_layout_header) && at <= segment->size_bytes &&
	       at % sizeof(uint64_t) == 0 && count <= (segment->size_bytes - at) / item_bytes;
}

static int status_reader_refuse(const struct status_reader *reader, const char *why)
{
	return segment_refuse(
		EPROTO, reader->name, "refusing status segment '%s': %s", reader->name, why);
}

/* Judge a private copy of the header. */
static int status_reader_check(
	const struct status_reader *reader, const struct status_layout_header *header)
{
	const uint32_t count = header->counter_count;

	if (header->version != STATUS_LAYOUT_VERSION)
		return segment_refuse(EPROTO, reader->name,
			"status segment '%s' has layout version %u, this program needs %u",
			reader->name, header->version, STATUS_LAYOUT_VERSION);

	if (segment_is_other_boot(header->boot_id))
		return status_reader_refuse(reader, "it is from another boot");
	if (strnlen(header->stage, sizeof(header->stage)) == sizeof(header->stage) ||
		strcmp(header->stage, reader->snapshot.stage) != 0)
		return status_reader_refuse(reader, "it is another stage's");
	if (!metrics_label_is_printable(header->version_text, sizeof(header->version_text)))
		return status_reader_refuse(reader, "its version is no text");
	if (count > STATUS_LAYOUT_COUNTERS_MAX)
		return status_reader_refuse(reader, "it has too many counters");
	if (!status_reader_is_inside(&reader->segment, header->counters_at, count,
		    sizeof(struct status_layout_counter)) ||
		!status_reader_is_inside(
			&reader->segment, header->values_at, count, sizeof(uint64_t)))
		return status_reader_refuse(reader, "its counters are not inside it");
	return 0;
}

/* Copy the descriptions that can be printed; the others are left out, and counted. */
static void status_reader_copy_counters(
	struct status_reader *reader, const struct status_layout_header *header)
{
	struct status_snapshot *snapshot = &reader->snapshot;
	const char *bytes = reader->segment.bytes;
	const char *from = bytes + header->counters_at;

	reader->shared_values = (const _Atomic uint64_t *)(bytes + header->values_at);
	snapshot->counter_count = 0;
	snapshot->counters_refused = 0;
	for (uint32_t i = 0; i < header->counter_count; i++) {
		struct status_layout_counter *to = &snapshot->counters[snapshot->counter_count];

		memcpy(to, from + i * sizeof(*to), sizeof(*to));
		if (to->kind < COUNTER_TOTAL || to->kind > COUNTER_SUM ||
			!metrics_label_is_family(to->family, sizeof(to->family)) ||
			!metrics_label_is_list(to->labels, sizeof(to->labels)) ||
			!metrics_label_is_printable(to->help, sizeof(to->help))) {
			snapshot->counters_refused++;
			continue;
		}
		reader->value_index[snapshot->counter_count++] = (uint16_t)i;
	}
}

/* Take what never changes in a segment's life. */
static int status_reader_start(struct status_reader *reader)
{
	const struct status_layout_header *shared = reader->segment.bytes;
	struct status_snapshot *snapshot = &reader->snapshot;
	struct status_layout_header header;
	int r;

	if (atomic_load_explicit(&shared->magic, memory_order_acquire) != STATUS_LAYOUT_MAGIC)
		return status_reader_refuse(reader, "there is no status in it");

	memcpy(&header, shared, sizeof(header));
	atomic_signal_fence(memory_order_seq_cst); /* from here on the copy */
	r = status_reader_check(reader, &header);
	if (r < 0)
		return r;

	status_reader_copy_counters(reader, &header);
	snapshot->started_ns = header.started_ns;
	snapshot->pid = header.pid;
	memcpy(snapshot->version_text, header.version_text, sizeof(snapshot->version_text));
	return 0;
}

/* Tell a successor from the one we knew: a restart that nobody looked at counts once. */
static void status_reader_meet(struct status_reader *reader)
{
	struct status_snapshot *snapshot = &reader->snapshot;

	if (reader->has_met &&
		(reader->met_pid != snapshot->pid || reader->met_at_ns != snapshot->started_ns))
		snapshot->restart_count++;
	reader->has_met = true;
	reader->met_pid = snapshot->pid;
	reader->met_at_ns = snapshot->started_ns;
}

static void status_reader_attach(struct status_reader *reader)
{
	int r;

	r = segment_attach(
		&reader->segment, reader->name, false, sizeof(struct status_layout_header));
	if (r != SEGMENT_OK) /* none there, or refused and logged */
		return;

	if (status_reader_start(reader) < 0) {
		status_reader_close(reader);
		return;
	}
	segment_accept(reader->name);
	status_reader_meet(reader);
	reader->snapshot.is_present = true;
}

void status_reader_read(struct status_reader *reader)
{
	struct status_snapshot *snapshot = &reader->snapshot;
	const struct status_layout_header *shared;

	if (snapshot->is_present && segment_is_replaced(&reader->segment))
		status_reader_close(reader);
	if (!snapshot->is_present)
		status_reader_attach(reader);
	if (!snapshot->is_present)
		return;

	shared = reader->segment.bytes;
	snapshot->heartbeat_ns = atomic_load_explicit(&shared->heartbeat_ns, memory_order_acquire);
	snapshot->state = atomic_load_explicit(&shared->state, memory_order_acquire);
	for (uint32_t i = 0; i < snapshot->counter_count; i++)
		snapshot->values[i] = atomic_load_explicit(
			&reader->shared_values[reader->value_index[i]], memory_order_relaxed);
}

bool status_snapshot_is_up(const struct status_snapshot *snapshot, uint64_t now_ns)
{
	/* A beat may be newer than the moment the reader took for now. */
	const uint64_t age_ns = snapshot->heartbeat_ns < now_ns ? now_ns - snapshot->heartbeat_ns
								: snapshot->heartbeat_ns - now_ns;

	return snapshot->is_present && snapshot->state == STATUS_RUN &&
	       age_ns <= STATUS_READER_BEAT_NS_MAX;
}
