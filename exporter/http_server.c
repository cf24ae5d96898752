/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/http_struct.h>

#include "exporter/activated_socket.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define HTTP_SERVER_BACKLOG         64
#define HTTP_SERVER_WRITE_BYTES_MAX (256 * 1024) /* per turn and client */
#define HTTP_SERVER_FDS_LOOKED_AT \
	(2 * (int)HTTP_SERVER_CLIENTS_MAX) /* the kernel gives the lowest */
#define HTTP_SERVER_TEXT_BYTES_MAX 512
#define HTTP_SERVER_TEXT_TYPE      "text/plain; charset=utf-8"
#define HTTP_SERVER_ANY_METHOD     0xffff /* we refuse them ourselves */

static void http_server_log(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		log_error("libevent: %s", text);
	else if (severity == EVENT_LOG_WARN)
		log_warning("libevent: %s", text);
}

void http_server_init(struct http_server *server)
{
	*server = (struct http_server){ .evhttp = NULL };
}

/* How many clients there are now: evhttp does not say, the sockets do. */
static unsigned int http_server_count_clients(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < HTTP_SERVER_FDS_LOOKED_AT; fd++) {
		int protocol;
		socklen_t bytes = sizeof(protocol);

		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &bytes) == 0 &&
			protocol == IPPROTO_TCP)
			count++;
	}
	return count > 0 ? count - 1 : 0; /* one of them listens */
}

static void http_server_pause(struct http_server *server)
{
	server->is_paused = true;
	(void)evconnlistener_disable(server->listener);
}

/* A client came; evhttp calls this for the buffer of its connection. */
static struct bufferevent *http_server_accept(struct event_base *base, void *context)
{
	struct http_server *server = context;
	struct bufferevent *buffers = bufferevent_socket_new(base, -1, 0);

	if (++server->client_count >= HTTP_SERVER_CLIENTS_MAX)
		server->client_count = http_server_count_clients();
	if (server->client_count >= HTTP_SERVER_CLIENTS_MAX)
		http_server_pause(server);

	if (buffers) {
		bufferevent_setwatermark(buffers, EV_READ, 0, HTTP_SERVER_INPUT_BYTES_MAX);
		(void)bufferevent_set_max_single_write(buffers, HTTP_SERVER_WRITE_BYTES_MAX);
	}
	return buffers;
}

/* Out of file descriptors or memory: a loop of tries would not help. */
static void http_server_accept_failed(struct evconnlistener *listener, void *context)
{
	(void)listener;
	http_server_pause(context);
}

void http_server_housekeep(struct http_server *server)
{
	if (!server->is_paused)
		return;
	server->client_count = http_server_count_clients();
	if (server->client_count < HTTP_SERVER_CLIENTS_MAX) {
		server->is_paused = false;
		(void)evconnlistener_enable(server->listener);
	}
}

bool http_server_is_head(const struct evhttp_request *request)
{
	return evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
}

static const char *http_server_path(const struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path ? path : "";
}

const char *http_server_query(const struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;

	return query ? query : "";
}

static const struct http_server_page *http_server_find(
	const struct http_server *server, const struct evhttp_request *request)
{
	const char *path = http_server_path(request);

	for (size_t i = 0; i < server->site->page_count; i++)
		if (strcmp(server->site->pages[i].path, path) == 0)
			return &server->site->pages[i];
	return NULL;
}

static void http_server_head(struct http_server *server, struct evhttp_request *request, int code,
	const char *content_type)
{
	const struct http_server_page *page = http_server_find(server, request);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	(void)evhttp_add_header(headers, "Content-Type", content_type);
	(void)evhttp_add_header(headers, "Cache-Control", "no-store");
	(void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	server->site->count(server->context, page ? page->path : NULL, code);
}

void http_server_reply(struct http_server *server, struct evhttp_request *request, int code,
	const char *content_type, struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char length[24];

	http_server_head(server, request, code, content_type);
	if (body) {
		(void)snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
		(void)evhttp_add_header(headers, "Content-Length", length);
	}
	evhttp_send_reply(request, code, NULL, http_server_is_head(request) ? NULL : body);
}

void http_server_reply_text(struct http_server *server, struct evhttp_request *request, int code,
	const char *format, ...)
{
	struct evbuffer *body = evbuffer_new();
	va_list arguments;

	if (!body) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	va_start(arguments, format);
	(void)evbuffer_add_vprintf(body, format, arguments);
	va_end(arguments);
	(void)evbuffer_add(body, "\n", 1);
	http_server_reply(server, request, code, HTTP_SERVER_TEXT_TYPE, body);
	evbuffer_free(body);
}

void http_server_begin(struct http_server *server, struct evhttp_request *request, int code,
	const char *content_type)
{
	http_server_head(server, request, code, content_type);
	/* Before HTTP/1.1 the end of the body is the end of the connection. */
	if (request->major < 1 || (request->major == 1 && request->minor < 1))
		(void)evhttp_remove_header(evhttp_request_get_input_headers(request), "Connection");
	evhttp_send_reply_start(request, code, NULL);
}

static void http_server_reply_no_page(struct http_server *server, struct evhttp_request *request)
{
	char paths[HTTP_SERVER_TEXT_BYTES_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < server->site->page_count && used < sizeof(paths); i++)
		used += (size_t)snprintf(
			paths + used, sizeof(paths) - used, " %s", server->site->pages[i].path);
	http_server_reply_text(server, request, HTTP_NOTFOUND, "not here; there are:%s", paths);
}

static void http_server_answer(struct evhttp_request *request, void *context)
{
	struct http_server *server = context;
	const struct http_server_page *page = http_server_find(server, request);
	const enum evhttp_cmd_type method = evhttp_request_get_command(request);

	if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		(void)evhttp_add_header(
			evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
		http_server_reply_text(
			server, request, HTTP_BADMETHOD, "only GET and HEAD are answered here");
		return;
	}
	if (page)
		page->answer(server, request, page->which);
	else
		http_server_reply_no_page(server, request);
}

static int http_server_listen(const char *listen_at)
{
	struct sockaddr_storage address;
	int address_bytes = sizeof(address);
	const int yes = 1;
	cleanup_close int fd = -1;
	int r;

	r = activated_socket_take(ACTIVATED_SOCKET_FIRST_FD, &fd);
	if (r != ACTIVATED_SOCKET_NONE)
		return r < 0 ? r : TAKE_FD(fd);

	if (evutil_parse_sockaddr_port(listen_at, (struct sockaddr *)&address, &address_bytes) < 0)
		return FAULT(EINVAL, "cannot listen at '%s'", listen_at);

	fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
		bind(fd, (struct sockaddr *)&address, (socklen_t)address_bytes) < 0 ||
		listen(fd, HTTP_SERVER_BACKLOG) < 0)
		return FAULT(errno, "cannot listen at '%s'", listen_at);
	log_info("listening at %s", listen_at);
	return TAKE_FD(fd);
}

static int http_server_new(struct http_server *server, struct event_base *base)
{
	server->evhttp = evhttp_new(base);
	if (!server->evhttp)
		return FAULT(ENOMEM, "cannot make an HTTP server");

	evhttp_set_allowed_methods(server->evhttp, HTTP_SERVER_ANY_METHOD);
	evhttp_set_max_headers_size(server->evhttp, HTTP_SERVER_HEADERS_BYTES_MAX);
	evhttp_set_max_body_size(server->evhttp, HTTP_SERVER_BODY_BYTES_MAX);
	evhttp_set_timeout(server->evhttp, HTTP_SERVER_CLIENT_S_MAX);
	evhttp_set_bevcb(server->evhttp, http_server_accept, server);
	evhttp_set_gencb(server->evhttp, http_server_answer, server);
	return 0;
}

int http_server_open(struct http_server *server, struct event_base *base, const char *listen_at,
	const struct http_server_site *site, void *context)
{
	struct evhttp_bound_socket *bound;
	int fd, r;

	event_set_log_callback(http_server_log);
	server->site = site;
	server->context = context;
	r = http_server_new(server, base);
	if (r < 0)
		return r;

	fd = http_server_listen(listen_at);
	if (fd < 0)
		return fd;
	bound = evhttp_accept_socket_with_handle(server->evhttp, fd);
	if (!bound) {
		(void)close(fd);
		return FAULT(ENOMEM, "cannot accept clients at '%s'", listen_at);
	}
	server->listener = evhttp_bound_socket_get_listener(bound);
	evconnlistener_set_error_cb(server->listener, http_server_accept_failed);
	return 0;
}

void http_server_close(struct http_server *server)
{
	if (server->evhttp)
		evhttp_free(server->evhttp);
	http_server_init(server);
}
