/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Exporter -- shows people and machines what the stages publish.
 *
 * Everything happens between two turns of one libevent loop. Nothing here can slow
 * another stage: counters are read from mapped memory, tables are asked for.
 */

#include <stdint.h>

#include <event2/event.h>

#include "exporter/http_server.h"
#include "exporter/info_stream.h"
#include "exporter/metrics_ancestor.h"
#include "exporter/stage_set.h"
#include "exporter/status_reader.h"
#include "exporter/table_request.h"
#include "exporter/traffic.h"
#include "shared/stage.h"

enum exporter_stage {
	EXPORTER_CAPTURE = 0,
	EXPORTER_ANALYZER = 1,
	EXPORTER_INJECTOR = 2,
	EXPORTER_EXPORTER = 3, /* read like the others */
};

#define EXPORTER_STAGE_COUNT STAGE_SET_MAX

#define COUNTER COUNTER_FIELD
struct exporter_counters {
#include "exporter/exporter_counters.def"
};
#undef COUNTER

struct exporter {
	struct event_base *base;
	struct event *alarm;   /* ends a wait */
	uint64_t boot_unix_ns; /* the unix time of CLOCK_BOOTTIME 0 */
	struct exporter_counters counters;
	struct table_requests tables;
	struct http_server http;
	struct info_streams streams;
	struct metrics_ancestor_misses misses;
	struct traffic traffic;
	struct status_reader readers[EXPORTER_STAGE_COUNT];
};

extern const struct stage exporter_stage;

/* Bring all readers up to date. */
void exporter_read_stages(struct exporter *self);

/* The same, and show what they read; valid until the next time. */
void exporter_look(struct exporter *self, uint64_t now_ns, struct stage_set *out_set);
