/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/worker_rings.h"

#include <assert.h>
#include <errno.h>

#include "shared/fault.h"

void worker_rings_init(struct worker_rings *rings)
{
	*rings = (struct worker_rings){ .count = 0 };
}

static int worker_rings_attach(struct worker_rings *rings, uint32_t worker)
{
	char name[SEGMENT_NAME_BYTES_MAX];
	int r;

	ring_name(name, sizeof(name), rings->instance, "capture", 0, "analyzer", worker);
	r = ring_attach_producer(&rings->rings[worker], name, rings->ring_bytes);
	if (r == RING_BUSY)
		return FAULT(EBUSY, "another process writes to '%s'", name);
	return r;
}

int worker_rings_open(
	struct worker_rings *rings, const char *instance, uint32_t count, uint64_t ring_bytes)
{
	assert(count >= 1 && count <= WORKER_RINGS_MAX);
	rings->instance = instance;
	rings->ring_bytes = ring_bytes;
	for (; rings->count < count; rings->count++) {
		int r = worker_rings_attach(rings, rings->count);

		if (r < 0)
			return r;
	}
	return 0;
}

void worker_rings_close(struct worker_rings *rings)
{
	for (uint32_t i = 0; i < rings->count; i++)
		ring_detach(rings->rings[i]);
	worker_rings_init(rings);
}

int worker_rings_housekeep(struct worker_rings *rings)
{
	for (uint32_t i = 0; i < rings->count; i++) {
		int r;

		if (!ring_is_replaced(rings->rings[i]))
			continue;
		log_info("the ring to worker %u was replaced: attaching to the new one", i);
		ring_detach(rings->rings[i]);
		rings->rings[i] = NULL;
		r = worker_rings_attach(rings, i);
		if (r < 0)
			return r;
	}
	return 0;
}

bool worker_rings_are_whole(const struct worker_rings *rings)
{
	for (uint32_t i = 0; i < rings->count; i++) {
		if (!rings->rings[i])
			return false;
	}
	return true;
}

void worker_rings_publish(struct worker_rings *rings)
{
	for (uint32_t i = 0; i < rings->count; i++)
		ring_publish(rings->rings[i]);
}

void worker_rings_beat(struct worker_rings *rings, uint64_t now_ns)
{
	for (uint32_t i = 0; i < rings->count; i++)
		ring_beat(rings->rings[i], now_ns);
}

void worker_rings_complete(
	struct worker_rings *rings, uint64_t complete_until_ns, uint64_t lost_upstream)
{
	for (uint32_t i = 0; i < rings->count; i++)
		ring_state_complete(rings->rings[i], complete_until_ns, lost_upstream);
}

uint64_t worker_rings_alive_ns(const struct worker_rings *rings)
{
	uint64_t alive_ns = UINT64_MAX;

	for (uint32_t i = 0; i < rings->count; i++) {
		struct ring_usage usage;
		uint64_t heartbeat_ns;

		if (!rings->rings[i])
			return 0;
		ring_usage(rings->rings[i], &usage);
		if (usage.used_bytes > usage.capacity_bytes / 2)
			return 0;
		heartbeat_ns = ring_consumer_heartbeat_ns(rings->rings[i]);
		if (heartbeat_ns < alive_ns)
			alive_ns = heartbeat_ns;
	}
	return alive_ns;
}

void worker_rings_usage(const struct worker_rings *rings, struct ring_usage *out_usage)
{
	*out_usage = (struct ring_usage){ 0 };
	for (uint32_t i = 0; i < rings->count; i++) {
		struct ring_usage usage;

		if (!rings->rings[i]) /* could not be taken anew: the stage is about to end */
			continue;
		ring_usage(rings->rings[i], &usage);
		out_usage->capacity_bytes += usage.capacity_bytes;
		out_usage->used_bytes += usage.used_bytes;
		out_usage->high_watermark_bytes += usage.high_watermark_bytes;
		out_usage->records += usage.records;
		out_usage->dropped_full += usage.dropped_full;
		out_usage->dropped_oversized += usage.dropped_oversized;
	}
}
