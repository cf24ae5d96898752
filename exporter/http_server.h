/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * HTTP server -- listens, finds the page, keeps clients within limits.
 *
 * GET and HEAD on fixed paths; what follows "?" is the page's business. An answer is either given
 * at once with http_server_reply(), or begun with http_server_begin() and finished
 * later (info_stream.h).
 *
 * Clients are strangers: their requests are bounded in size, what they send while
 * they are being answered is left in the kernel, and one that does not take its answer
 * within HTTP_SERVER_CLIENT_S_MAX is dropped.
 *
 * Threads: belongs to the thread that runs the event base.
 * Limits: the HTTP_SERVER_*_MAX below.
 */

#include <stdbool.h>
#include <stddef.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#define HTTP_SERVER_CLIENTS_MAX       128u
#define HTTP_SERVER_CLIENT_S_MAX      30 /* for sending a request, for taking its answer, for idling */
#define HTTP_SERVER_HEADERS_BYTES_MAX 8192
#define HTTP_SERVER_BODY_BYTES_MAX    1024
#define HTTP_SERVER_INPUT_BYTES_MAX   16384 /* read ahead; more than headers and body */

struct http_server;

struct http_server_page {
	const char *path;
	void (*answer)(
		struct http_server *server, struct evhttp_request *request, unsigned int which);
	unsigned int which; /* of several pages with one function */
};

struct http_server_site {
	const struct http_server_page *pages;
	size_t page_count;

	/* An answer was given. @path: the page's, or NULL where there is none. */
	void (*count)(void *context, const char *path, int code);
};

struct http_server {
	struct evhttp *evhttp;
	struct evconnlistener *listener;
	const struct http_server_site *site;
	void *context;             /* the site's */
	unsigned int client_count; /* at most; http_server_count_clients() knows better */
	bool is_paused;            /* accepts nobody until the next housekeep */
};

void http_server_init(struct http_server *server);

/**
 * http_server_open() - listen, or use the socket that systemd passed (activated_socket.h)
 * @listen_at: address and port in numbers: "127.0.0.1:4000", "[::1]:4000"
 * @site, @context: kept by reference
 *
 * Return: 0 or -errno.
 */
int http_server_open(struct http_server *server, struct event_base *base, const char *listen_at,
	const struct http_server_site *site, void *context);

/* Drops all clients. */
void http_server_close(struct http_server *server);

/* Let new clients in again where there is room. */
void http_server_housekeep(struct http_server *server);

/* Answer whole. @body is drained; with HEAD only its length is sent, or none if it is NULL. */
void http_server_reply(struct http_server *server, struct evhttp_request *request, int code,
	const char *content_type, struct evbuffer *body);

/* Answer with one line of text; the line feed is added. */
void http_server_reply_text(struct http_server *server, struct evhttp_request *request, int code,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Count and send the head of an answer whose body follows with evhttp_send_reply_chunk(). */
void http_server_begin(struct http_server *server, struct evhttp_request *request, int code,
	const char *content_type);

/* What follows "?", not decoded; "" where there is nothing. */
const char *http_server_query(const struct evhttp_request *request);

bool http_server_is_head(const struct evhttp_request *request);
