/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/stage_counters.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/log.h"

#define STAGE_COUNTERS_STATM_BYTES_MAX 128

#define COUNTER COUNTER_DESCRIPTION
static const struct counter_description stage_counters_common[] = {
#include "shared/stage_counters.def"
};
#undef COUNTER

void stage_counters_init(struct stage_counters *counters, const char *name,
	const struct counter_description *own, size_t own_count)
{
	memset(counters, 0, sizeof(*counters));
	counters->own_count = own_count;
	counters->count = own_count + STAGE_COUNTERS_COMMON_COUNT;
	assert(counters->count <= STATUS_LAYOUT_COUNTERS_MAX);

	memcpy(counters->descriptions, own, own_count * sizeof(*own));
	for (size_t i = 0; i < STAGE_COUNTERS_COMMON_COUNT; i++) {
		struct counter_description *to = &counters->descriptions[own_count + i];

		*to = stage_counters_common[i];
		(void)snprintf(counters->labels[i], sizeof(counters->labels[i]), "stage=\"%s\"%s%s",
			name, to->labels[0] ? "," : "", to->labels);
		to->labels = counters->labels[i];
	}
}

void stage_counters_loaded(struct stage_counters *counters, bool is_good, uint64_t unix_s)
{
	counters->common.reload_successful = is_good;
	if (is_good)
		counters->common.reload_success_s = unix_s;
}

/* The second figure of /proc/self/statm, or 0 where that cannot be read. */
static uint64_t stage_counters_resident_bytes(void)
{
	cleanup_close int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[STAGE_COUNTERS_STATM_BYTES_MAX];
	ssize_t bytes = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	unsigned long long pages;

	if (bytes <= 0)
		return 0;
	text[bytes] = '\0';
	if (sscanf(text, "%*u %llu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

const uint64_t *stage_counters_values(struct stage_counters *counters, const uint64_t *own_values)
{
	struct stage_counters_common *common = &counters->common;

	common->log_errors = log_written_count(LOG_LEVEL_ERROR);
	common->log_warnings = log_written_count(LOG_LEVEL_WARNING);
	common->log_infos = log_written_count(LOG_LEVEL_INFO);
	common->log_debugs = log_written_count(LOG_LEVEL_DEBUG);
	common->cpu_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
	common->resident_memory_bytes = stage_counters_resident_bytes();

	memcpy(counters->values, own_values, counters->own_count * sizeof(uint64_t));
	memcpy(counters->values + counters->own_count, common, sizeof(*common));
	return counters->values;
}
