/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/blindness.h"

void blindness_init(struct blindness *blindness)
{
	*blindness = (struct blindness){ .generation = 1 };
}

void blindness_detached(struct blindness *blindness)
{
	blindness->is_attached = false;
	blindness->is_pending = false;
}

static enum blindness_cause blindness_void(struct blindness *blindness, enum blindness_cause cause)
{
	if (cause != BLINDNESS_NONE)
		blindness->generation++;
	return cause;
}

static enum blindness_cause blindness_compare(
	const struct blindness *blindness, const struct ring_producer_state *producer)
{
	if (!blindness->is_attached || producer->epoch != blindness->epoch)
		return BLINDNESS_EPOCH;
	if (producer->lost_upstream != blindness->lost_upstream)
		return BLINDNESS_LOSS;
	return BLINDNESS_NONE;
}

enum blindness_cause blindness_begin(
	struct blindness *blindness, const struct ring_producer_state *producer)
{
	enum blindness_cause cause;

	if (!blindness->is_pending) {
		blindness->producer = *producer;
		blindness->is_pending = true;
		return blindness_void(blindness, blindness_compare(blindness, producer));
	}
	cause = blindness_compare(blindness, &blindness->producer);
	return blindness_void(blindness, cause ? BLINDNESS_SAME : BLINDNESS_NONE);
}

enum blindness_cause blindness_record(struct blindness *blindness, uint64_t lost_before)
{
	return blindness_void(blindness, lost_before ? BLINDNESS_GAP : BLINDNESS_NONE);
}

enum blindness_cause blindness_end(struct blindness *blindness, uint64_t expected_sequence)
{
	const struct ring_producer_state *producer = &blindness->producer;
	enum blindness_cause cause;

	if (!blindness->is_pending || expected_sequence < producer->next_sequence)
		return BLINDNESS_NONE;

	/*
	 * Compared again: queries that stood in the ring before what was lost have been
	 * read only now, and are void too.
	 */
	cause = blindness_compare(blindness, producer);
	if (cause != BLINDNESS_NONE)
		cause = BLINDNESS_SAME;
	blindness->is_attached = true;
	blindness->is_pending = false;
	blindness->epoch = producer->epoch;
	blindness->lost_upstream = producer->lost_upstream;
	if (producer->complete_until_ns > blindness->complete_until_ns)
		blindness->complete_until_ns = producer->complete_until_ns;
	return blindness_void(blindness, cause);
}
