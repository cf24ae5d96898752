/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_shared.h"

#include <assert.h>
#include <string.h>

static_assert((int)FAILURE_CONDITION_TIMEOUT == (int)CONFIG_CONDITION_TIMEOUT &&
		      (int)FAILURE_CONDITION_SERVFAIL == (int)CONFIG_CONDITION_SERVFAIL &&
		      (int)FAILURE_CONDITION_REFUSED == (int)CONFIG_CONDITION_REFUSED &&
		      (int)FAILURE_CONDITION_UNREACHABLE == (int)CONFIG_CONDITION_ICMP &&
		      (int)FAILURE_CONDITION_NXDOMAIN_AFTER_POSITIVE ==
			      (int)CONFIG_CONDITION_NXDOMAIN_AFTER_POSITIVE &&
		      (int)FAILURE_CONDITION_NODATA_AFTER_POSITIVE ==
			      (int)CONFIG_CONDITION_NODATA_AFTER_POSITIVE,
	"conditions are passed on as they are configured");

void worker_shared_init(struct worker_shared *shared)
{
	memset(shared, 0, sizeof(*shared));
}

static struct failure_limits worker_shared_limits(const struct config *config)
{
	return (struct failure_limits){
		.failed_after_ns = config->failed_after_ns,
		.window_ns = config->window_ns,
		.loss_ppm = (uint32_t)config->loss_ppm,
		.min_samples = (uint32_t)config->min_samples,
		.conditions = (uint32_t)config->conditions,
		.zones = &config->zones,
	};
}

int worker_shared_open(struct worker_shared *shared, unsigned int count,
	const struct config *config, uint64_t seed, uint64_t now_ns)
{
	const struct failure_limits limits = worker_shared_limits(config);
	int r;

	assert(count >= 1 && count <= WORKER_SHARED_COUNT_MAX);
	shared->count = count;
	shared->seed = seed;
	r = answer_cache_new(
		&shared->cache, config->cache_capacity, config->cache_memory_bytes, seed, now_ns);
	r = r ?: failure_state_new(&shared->failures, &limits, seed);
	r = r ?: answering_clients_new(&shared->answering, seed);
	return r;
}

void worker_shared_close(struct worker_shared *shared)
{
	answering_clients_free(shared->answering);
	failure_state_free(shared->failures);
	answer_cache_free(shared->cache);
	worker_shared_init(shared);
}

void worker_shared_reload(struct worker_shared *shared, const struct config *config)
{
	const struct failure_limits limits = worker_shared_limits(config);

	failure_set_limits(shared->failures, &limits);
}

void worker_shared_progress(
	struct worker_shared *shared, unsigned int number, uint64_t complete_until_ns)
{
	/* Release: what was told to `failures` before can be seen by who loads this. */
	atomic_store_explicit(&shared->progress[number].complete_until_ns, complete_until_ns,
		memory_order_release);
}

uint64_t worker_shared_complete_until_ns(const struct worker_shared *shared)
{
	uint64_t least_ns = WORKER_SHARED_NO_RING;

	for (unsigned int i = 0; i < shared->count; i++) {
		const uint64_t ns = atomic_load_explicit(
			&shared->progress[i].complete_until_ns, memory_order_acquire);

		if (ns < least_ns)
			least_ns = ns;
	}
	return least_ns;
}
