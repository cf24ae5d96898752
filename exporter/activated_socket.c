/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/activated_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/fault.h"

#define ACTIVATED_SOCKET_HOST_BYTES_MAX 64
#define ACTIVATED_SOCKET_PORT_BYTES_MAX 8

/* LISTEN_PID names whom the sockets are for; they may have been left by a parent's. */
static bool activated_socket_is_ours(const char *listen_pid)
{
	char *end;
	long pid;

	if (!listen_pid || !*listen_pid)
		return false;
	pid = strtol(listen_pid, &end, 10);
	return *end == '\0' && pid == (long)getpid();
}

static bool activated_socket_is(int fd, int option, int value)
{
	int seen;
	socklen_t bytes = sizeof(seen);

	return getsockopt(fd, SOL_SOCKET, option, &seen, &bytes) == 0 && seen == value;
}

void activated_socket_address(int fd, char out_text[ACTIVATED_SOCKET_ADDRESS_BYTES])
{
	char host[ACTIVATED_SOCKET_HOST_BYTES_MAX] = "?";
	char port[ACTIVATED_SOCKET_PORT_BYTES_MAX] = "?";
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t bytes = sizeof(address);
	bool is_ip6;

	(void)getsockname(fd, (struct sockaddr *)&address, &bytes);
	(void)getnameinfo((const struct sockaddr *)&address, bytes, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	is_ip6 = address.ss_family == AF_INET6;
	(void)snprintf(out_text, ACTIVATED_SOCKET_ADDRESS_BYTES, "%s%s%s:%s", is_ip6 ? "[" : "",
		host, is_ip6 ? "]" : "", port);
}

static void activated_socket_log(int fd)
{
	char address[ACTIVATED_SOCKET_ADDRESS_BYTES];

	activated_socket_address(fd, address);
	log_info("listening at %s, a socket passed by systemd: api_listen_at is not used", address);
}

/* Ours from here on: nothing we start inherits it, and accept(2) never blocks the loop. */
static int activated_socket_adopt(int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return FAULT(errno, "cannot use the socket passed by systemd");
	if (!activated_socket_is(fd, SO_PROTOCOL, IPPROTO_TCP) ||
		!activated_socket_is(fd, SO_ACCEPTCONN, 1))
		return FAULT(EINVAL, "the socket passed by systemd is no listening TCP socket");
	activated_socket_log(fd);
	return ACTIVATED_SOCKET_OK;
}

static int activated_socket_find(int fd)
{
	const char *listen_fds = getenv("LISTEN_FDS");

	if (!listen_fds || !activated_socket_is_ours(getenv("LISTEN_PID")))
		return ACTIVATED_SOCKET_NONE;
	if (strcmp(listen_fds, "1") != 0)
		return FAULT(EINVAL, "systemd passed '%s' sockets, wanted 1", listen_fds);
	return activated_socket_adopt(fd);
}

int activated_socket_take(int first_fd, int *out_fd)
{
	int r = activated_socket_find(first_fd);

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (r == ACTIVATED_SOCKET_OK)
		*out_fd = first_fd;
	return r;
}
