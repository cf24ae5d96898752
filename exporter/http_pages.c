/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/http_pages.h"

#include <string.h>

#include "exporter/build_facts.h"
#include "exporter/exporter.h"
#include "exporter/front_page.h"
#include "exporter/info_json.h"
#include "exporter/info_page.h"
#include "exporter/metrics_page.h"
#include "exporter/own_process.h"
#include "exporter/state_json.h"
#include "shared/clock.h"
#include "shared/compiler.h"

#define HTTP_PAGES_INFO  "/info/"
#define HTTP_PAGES_STATE "/info/state"
#define HTTP_PAGES_JSON  "application/json"
#define HTTP_PAGES_HTML  "text/html; charset=utf-8"

struct http_pages_table {
	enum message_table table;
	const char *about;
};

static const struct http_pages_table tables[] = {
	{ MESSAGE_TABLE_CACHE, "answers remembered" },
	{ MESSAGE_TABLE_MATCHING, "queries waiting for their response" },
	{ MESSAGE_TABLE_MATCHED, "queries and their responses" },
	{ MESSAGE_TABLE_UNMATCHED, "queries without a response" },
};

/* A buffer for one answer; without memory for it the client gets an error instead. */
static struct evbuffer *http_pages_body(struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	return body;
}

static const struct metrics_build build = {
	.version = DNSCACHE_VERSION,
	.revision = BUILD_FACTS_REVISION,
	.compiler = BUILD_FACTS_COMPILER,
	.libbpf = BUILD_FACTS_LIBBPF,
};

static struct metrics_accepted http_pages_accepted(struct evhttp_request *request)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);

	return metrics_accept(evhttp_find_header(headers, "Accept"));
}

static void http_pages_metrics(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	struct exporter *self = server->context;
	const struct metrics_accepted accepted = http_pages_accepted(request);
	const uint64_t began_ns = clock_ns();
	struct metrics_process process;
	struct metrics_page_input input = {
		.build = build,
		.process = own_process_read(&process) == 0 ? &process : NULL,
		.misses = &self->misses,
	};
	struct metrics_out out = { http_pages_body(request), accepted.format };
	unsigned int left_out;

	(void)which;
	if (!out.text)
		return;
	exporter_look(self, began_ns, &input.set);
	left_out = metrics_page_render(&out, &input);
	metrics_page_finish(&out, clock_ns() - began_ns, left_out);
	http_server_reply(server, request, HTTP_OK, accepted.content_type, out.text);
	evbuffer_free(out.text);
}

static void http_pages_info(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	struct evbuffer *body = http_pages_body(request);

	(void)which;
	if (!body)
		return;
	for (unsigned int i = 0; i < ARRAY_COUNT(tables); i++) {
		const char *name = info_json_table_name(tables[i].table);

		(void)evbuffer_add_printf(body,
			"%s{\"table\":\"%s\",\"path\":\"" HTTP_PAGES_INFO "%s\",\"about\":\"%s\"}",
			i == 0 ? "[" : ",\n", name, name, tables[i].about);
	}
	(void)evbuffer_add_printf(body, ",\n{\"path\":\"" HTTP_PAGES_STATE
					"\",\"about\":\"state, rates and failures\"}]\n");
	http_server_reply(server, request, HTTP_OK, HTTP_PAGES_JSON, body);
	evbuffer_free(body);
}

/* @which: enum message_table */
static void http_pages_table(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	struct exporter *self = server->context;
	const uint64_t now_ns = clock_ns();
	struct table_request_page page;
	const char *wrong_name;
	unsigned int wrong_min;

	if (info_page_read(http_server_query(request), &page, &wrong_name, &wrong_min) < 0) {
		http_server_reply_text(server, request, HTTP_BADREQUEST,
			"%s: allowed are whole numbers from %u to %u", wrong_name, wrong_min,
			INFO_PAGE_ROWS_MAX);
		return;
	}
	exporter_read_stages(self);
	table_request_housekeep(&self->tables); /* an analyzer that just started is there at once */
	if (!status_snapshot_is_up(&self->readers[EXPORTER_ANALYZER].snapshot, now_ns))
		http_server_reply_text(
			server, request, HTTP_SERVUNAVAIL, "the analyzer is not running");
	else if (http_server_is_head(request))
		http_server_reply(server, request, HTTP_OK, HTTP_PAGES_JSON, NULL);
	else
		info_stream_answer(&self->streams, request, which, &page, now_ns);
}

static void http_pages_healthy(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	(void)which;
	http_server_reply_text(server, request, HTTP_OK, "ok");
}

static void http_pages_ready(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	struct exporter *self = server->context;
	char absent[STATE_SUMMARY_BYTES_MAX];
	struct stage_set set;

	(void)which;
	exporter_look(self, clock_ns(), &set);
	if (state_facts_names_absent(&set, absent, sizeof(absent)))
		http_server_reply_text(server, request, HTTP_SERVUNAVAIL, "%s", absent);
	else
		http_server_reply_text(server, request, HTTP_OK, "ready");
}

enum http_pages_view_index {
	HTTP_PAGES_VIEW_FRONT,
	HTTP_PAGES_VIEW_JSON
};

/* One state, for people and for machines. */
static const struct http_pages_view {
	const char *content_type;
	void (*render)(struct evbuffer *page, const struct state_input *input);
} views[] = {
	[HTTP_PAGES_VIEW_FRONT] = { HTTP_PAGES_HTML, front_page_render },
	[HTTP_PAGES_VIEW_JSON] = { HTTP_PAGES_JSON, state_json_render },
};

/* @which: enum http_pages_view_index */
static void http_pages_state(
	struct http_server *server, struct evhttp_request *request, unsigned int which)
{
	struct exporter *self = server->context;
	struct evbuffer *body = http_pages_body(request);
	struct state_input input = {
		.traffic = &self->traffic,
		.version = build.version,
		.revision = build.revision,
	};

	if (!body)
		return;
	exporter_look(self, clock_ns(), &input.set);
	views[which].render(body, &input);
	http_server_reply(server, request, HTTP_OK, views[which].content_type, body);
	evbuffer_free(body);
}

static const struct http_server_page pages[] = {
	{ "/", http_pages_state, HTTP_PAGES_VIEW_FRONT },
	{ "/metrics", http_pages_metrics, 0 },
	{ "/info", http_pages_info, 0 },
	{ HTTP_PAGES_STATE, http_pages_state, HTTP_PAGES_VIEW_JSON },
	{ "/info/cache", http_pages_table, MESSAGE_TABLE_CACHE },
	{ "/info/matching", http_pages_table, MESSAGE_TABLE_MATCHING },
	{ "/info/matched", http_pages_table, MESSAGE_TABLE_MATCHED },
	{ "/info/unmatched", http_pages_table, MESSAGE_TABLE_UNMATCHED },
	{ "/-/healthy", http_pages_healthy, 0 },
	{ "/-/ready", http_pages_ready, 0 },
};

static bool http_pages_is_info(const char *path)
{
	return strncmp(path, HTTP_PAGES_INFO, strlen(HTTP_PAGES_INFO)) == 0 ||
	       strcmp(path, "/info") == 0;
}

/* @path: one of the pages' */
static void http_pages_count_found(struct exporter_counters *counters, const char *path, int code)
{
	const bool is_ok = code == HTTP_OK;

	if (http_pages_is_info(path) && code == HTTP_BADREQUEST)
		counters->info_400++;
	else if (http_pages_is_info(path))
		(*(is_ok ? &counters->info_200 : &counters->info_503))++;
	else if (strcmp(path, "/-/ready") == 0)
		(*(is_ok ? &counters->ready_200 : &counters->ready_503))++;
	else if (strcmp(path, "/metrics") == 0)
		counters->metrics_200++;
	else if (strcmp(path, "/-/healthy") == 0)
		counters->healthy_200++;
	else
		counters->front_200++;
}

static void http_pages_count(void *context, const char *path, int code)
{
	struct exporter *self = context;

	if (code == HTTP_BADMETHOD)
		self->counters.other_405++;
	else if (!path)
		self->counters.other_404++;
	else
		http_pages_count_found(&self->counters, path, code);
}

const struct http_server_site http_pages_site = {
	.pages = pages,
	.page_count = ARRAY_COUNT(pages),
	.count = http_pages_count,
};
