/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/exporter.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "exporter/activated_socket.h"
#include "exporter/exporter_memory.h"
#include "exporter/http_pages.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define EXPORTER_HOUSEKEEP_NS  (250 * NS_PER_MS)
#define EXPORTER_ROW_POLL_NS   (2 * NS_PER_MS)   /* while a client waits for rows */
#define EXPORTER_CLOCK_STEP_NS (100 * NS_PER_MS) /* less is noise between two clocks */

static const char *const stage_names[EXPORTER_STAGE_COUNT] = {
	[EXPORTER_CAPTURE] = "capture",
	[EXPORTER_ANALYZER] = "analyzer",
	[EXPORTER_INJECTOR] = "injector",
	[EXPORTER_EXPORTER] = "exporter",
};

#define COUNTER COUNTER_DESCRIPTION
static const struct counter_description descriptions[] = {
#include "exporter/exporter_counters.def"
};
#undef COUNTER

static void exporter_init(void *state)
{
	struct exporter *self = state;

	self->base = NULL;
	self->alarm = NULL;
	table_request_init(&self->tables);
	http_server_init(&self->http);
	info_stream_init(&self->streams);
	for (unsigned int i = 0; i < EXPORTER_STAGE_COUNT; i++)
		status_reader_init(&self->readers[i], "", stage_names[i]);
}

/* The alarm does nothing: that it went off ends the wait. */
static void exporter_wake(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	(void)context;
}

static int exporter_open_loop(struct exporter *self)
{
	struct event_config *config = event_config_new();

	if (config) {
		/* Without it a 2 ms poll takes 4. */
		(void)event_config_set_flag(
			config, EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NOLOCK);
		self->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (self->base)
		self->alarm = evtimer_new(self->base, exporter_wake, NULL);
	return self->alarm ? 0 : FAULT(ENOMEM, "cannot make an event loop");
}

/* Follow the wall clock when it is set, and only then, so that start times stand still. */
static void exporter_follow_clock(struct exporter *self)
{
	const uint64_t boot_unix_ns = clock_read_ns(CLOCK_REALTIME) - clock_ns();

	if (boot_unix_ns - self->boot_unix_ns + EXPORTER_CLOCK_STEP_NS > 2 * EXPORTER_CLOCK_STEP_NS)
		self->boot_unix_ns = boot_unix_ns;
}

static int exporter_open(void *state, const struct stage_context *context)
{
	struct exporter *self = state;
	const char *listen_at = context->config->api_listen_at;
	int r;

	for (unsigned int i = 0; i < EXPORTER_STAGE_COUNT; i++)
		status_reader_init(&self->readers[i], context->instance, stage_names[i]);
	exporter_follow_clock(self);

	r = exporter_open_loop(self);
	r = r ?: table_request_open(&self->tables, context->instance, clock_ns());
	r = r ?: info_stream_open(&self->streams, &self->http, &self->tables);
	r = r ?: http_server_open(&self->http, self->base, listen_at, &http_pages_site, self);
	return r;
}

static void exporter_close(void *state)
{
	struct exporter *self = state;

	http_server_close(&self->http); /* lets go of streams, which let go of tables */
	info_stream_close(&self->streams);
	table_request_close(&self->tables);
	for (unsigned int i = 0; i < EXPORTER_STAGE_COUNT; i++)
		status_reader_close(&self->readers[i]);
	if (self->alarm)
		event_free(self->alarm);
	if (self->base)
		event_base_free(self->base);
	self->alarm = NULL;
	self->base = NULL;
}

void exporter_read_stages(struct exporter *self)
{
	for (unsigned int i = 0; i < EXPORTER_STAGE_COUNT; i++)
		status_reader_read(&self->readers[i]);
}

void exporter_look(struct exporter *self, uint64_t now_ns, struct stage_set *out_set)
{
	exporter_read_stages(self);
	*out_set = (struct stage_set){
		.count = EXPORTER_STAGE_COUNT,
		.now_ns = now_ns,
		.boot_unix_ns = self->boot_unix_ns,
	};
	for (unsigned int i = 0; i < EXPORTER_STAGE_COUNT; i++)
		out_set->stages[i] = &self->readers[i].snapshot;
}

static int exporter_work(void *state, uint64_t now_ns)
{
	struct exporter *self = state;
	const int record_count = info_stream_work(&self->streams, now_ns);

	if (record_count > 0) /* the clients' turn, before more rows fill their buffers */
		(void)event_base_loop(self->base, EVLOOP_NONBLOCK);
	return record_count;
}

static void exporter_wait(void *state, uint64_t timeout_ns)
{
	struct exporter *self = state;
	struct timeval timeout;

	if (self->tables.open_count > 0 && timeout_ns > EXPORTER_ROW_POLL_NS)
		timeout_ns = EXPORTER_ROW_POLL_NS;
	timeout.tv_sec = (time_t)(timeout_ns / NS_PER_S);
	timeout.tv_usec = (suseconds_t)(timeout_ns % NS_PER_S / NS_PER_US);
	(void)evtimer_add(self->alarm, &timeout);
	(void)event_base_loop(self->base, EVLOOP_ONCE);
}

static void exporter_count(struct exporter *self)
{
	struct exporter_counters *counters = &self->counters;
	const struct table_request_counts *tables = &self->tables.counts;
	struct ring_usage usage;

	counters->clients_dropped = self->streams.clients_dropped;
	counters->tables_complete = tables->complete;
	counters->tables_quiet = tables->quiet;
	counters->tables_cancelled = tables->cancelled;
	counters->rows_taken = tables->rows_taken;
	counters->rows_unasked = tables->rows_unasked;
	counters->rows_lost = tables->rows_lost;
	counters->rows_malformed = tables->rows_malformed + self->streams.rows_malformed;
	if (self->tables.request_ring) {
		ring_usage(self->tables.request_ring, &usage);
		counters->ring_records = usage.records;
		counters->ring_full = usage.dropped_full;
		counters->ring_oversized = usage.dropped_oversized;
		counters->ring_used = usage.used_bytes;
		counters->ring_high_watermark = usage.high_watermark_bytes;
		counters->ring_capacity = usage.capacity_bytes;
	}
	if (self->tables.row_ring) {
		ring_usage(self->tables.row_ring, &usage);
		counters->ring_corrupt = usage.corrupt;
	}
}

static void exporter_count_traffic(struct exporter *self, const struct stage_set *set)
{
	const uint64_t totals[TRAFFIC_KINDS] = {
		[TRAFFIC_QUERIES] = stage_set_sum(set, "dns_requests", NULL),
		[TRAFFIC_RESPONSES] = stage_set_sum(set, "dns_responses", NULL),
		[TRAFFIC_FAILURES] = stage_set_sum(set, "dns_failures", NULL),
		[TRAFFIC_RESCUES] = stage_set_sum(set, "injected_responses", NULL),
	};

	traffic_add(&self->traffic, totals, set->now_ns);
}

static int exporter_housekeep(void *state, uint64_t now_ns)
{
	struct exporter *self = state;
	struct stage_set set;

	exporter_follow_clock(self);
	/* A segment that is refused shall be reported when it comes, not when it is asked for. */
	exporter_look(self, now_ns, &set);
	exporter_count_traffic(self, &set);
	table_request_housekeep(&self->tables);
	http_server_housekeep(&self->http);
	exporter_count(self);
	return 0;
}

static uint64_t exporter_request_count(const struct exporter_counters *counters)
{
	return counters->metrics_200 + counters->info_200 + counters->info_400 +
	       counters->info_503 + counters->healthy_200 + counters->ready_200 +
	       counters->ready_503 + counters->front_200 + counters->other_404 +
	       counters->other_405;
}

static void exporter_report(void *state, char *out_line, size_t line_bytes)
{
	struct exporter *self = state;
	char address[ACTIVATED_SOCKET_ADDRESS_BYTES];

	activated_socket_address(evconnlistener_get_fd(self->http.listener), address);
	(void)snprintf(out_line, line_bytes, "listening at %s, %llu requests", address,
		(unsigned long long)exporter_request_count(&self->counters));
}

static const uint64_t *exporter_counter_values(void *state)
{
	struct exporter *self = state;

	return (const uint64_t *)&self->counters;
}

const struct stage exporter_stage = {
	.name = "exporter",
	.state_bytes = sizeof(struct exporter),
	.housekeep_ns = EXPORTER_HOUSEKEEP_NS,
	.counters = descriptions,
	.counter_count = ARRAY_COUNT(descriptions),
	.init = exporter_init,
	.memory = exporter_memory,
	.open = exporter_open,
	.work = exporter_work,
	.wait = exporter_wait,
	.housekeep = exporter_housekeep,
	.report = exporter_report,
	.counter_values = exporter_counter_values,
	.close = exporter_close,
};
