/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Stage samples -- what stages say, made up, and what the exporter makes of it as one string.
 */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "exporter/stage_set.h"
#include "shared/counter.h"

#define SAMPLES_NOW_NS       1000000000000ull
#define SAMPLES_BOOT_UNIX_NS 1700000000000000000ull
#define SAMPLES_TEXT_BYTES   (1u << 20)

static struct status_snapshot samples_stages[STAGE_SET_MAX];
static struct stage_set samples_set;
static char samples_text[SAMPLES_TEXT_BYTES];

static inline void samples_add(struct status_snapshot *stage, uint32_t kind, const char *family,
	const char *labels, uint64_t value, const char *help)
{
	struct status_layout_counter *counter = &stage->counters[stage->counter_count];

	ck_assert_uint_lt(stage->counter_count, STATUS_LAYOUT_COUNTERS_MAX);
	memset(counter, 0, sizeof(*counter));
	/* A stage with a longer text would end at its start. */
	ck_assert_uint_lt(strlen(family), sizeof(counter->family));
	ck_assert_uint_lt(strlen(labels), sizeof(counter->labels));
	ck_assert_uint_lt(strlen(help), sizeof(counter->help));
	counter->kind = kind;
	strcpy(counter->family, family);
	strcpy(counter->labels, labels);
	strcpy(counter->help, help);
	stage->values[stage->counter_count++] = value;
}

/* A running stage without counters, the next of the set. */
static inline struct status_snapshot *samples_stage(const char *name)
{
	struct status_snapshot *stage = &samples_stages[samples_set.count];

	ck_assert_uint_lt(samples_set.count, STAGE_SET_MAX);
	memset(stage, 0, sizeof(*stage));
	stage->stage = name;
	stage->is_present = true;
	stage->state = STATUS_RUN;
	stage->heartbeat_ns = SAMPLES_NOW_NS - 5000000;
	stage->started_ns = SAMPLES_NOW_NS / 2;
	samples_set.stages[samples_set.count++] = stage;
	return stage;
}

static inline void samples_reset(void)
{
	samples_set = (struct stage_set){
		.now_ns = SAMPLES_NOW_NS,
		.boot_unix_ns = SAMPLES_BOOT_UNIX_NS,
	};
}

/* Take all text out of @out, which is freed. */
static inline const char *samples_take(struct evbuffer *out)
{
	const size_t bytes = evbuffer_get_length(out);

	ck_assert_uint_lt(bytes, sizeof(samples_text));
	(void)evbuffer_remove(out, samples_text, bytes);
	samples_text[bytes] = '\0';
	evbuffer_free(out);
	return samples_text;
}

static inline unsigned int samples_count_of(const char *part)
{
	unsigned int count = 0;

	for (const char *at = samples_text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	return count;
}

#define HAS(part)                                                                              \
	ck_assert_msg(samples_count_of(part) == 1, "%u times: %s\n%s", samples_count_of(part), \
		part, samples_text)
#define HAS_NOT(part) \
	ck_assert_msg(samples_count_of(part) == 0, "there is: %s\n%s", part, samples_text)
