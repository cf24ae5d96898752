/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fake systemd -- the other end of NOTIFY_SOCKET: what a process says, datagram by datagram.
 */

#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE_SYSTEMD_TEXT_BYTES 1024
#define FAKE_SYSTEMD_LIMIT_MS   10000

static struct {
	int fd;
	char text[FAKE_SYSTEMD_TEXT_BYTES];
} fake_systemd;

/* Listen at an abstract name, or at @path if there is one, and name it in the environment. */
static inline void fake_systemd_open(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char name[sizeof(at.sun_path)];
	size_t length;

	if (path)
		(void)snprintf(name, sizeof(name), "%s", path);
	else
		(void)snprintf(name, sizeof(name), "@dnscache-test-%d", getpid());
	length = strlen(name);
	memcpy(at.sun_path, name, length);
	if (!path)
		at.sun_path[0] = '\0';

	fake_systemd.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fake_systemd.fd, 0);
	ck_assert_int_eq(bind(fake_systemd.fd, (const struct sockaddr *)&at,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
		0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static inline void fake_systemd_close(void)
{
	(void)close(fake_systemd.fd);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

/* Is there a datagram within @limit_ms? It is then in fake_systemd.text. */
static inline bool fake_systemd_hears(int limit_ms)
{
	struct pollfd poll_fd = { .fd = fake_systemd.fd, .events = POLLIN };
	ssize_t bytes;

	if (poll(&poll_fd, 1, limit_ms) != 1)
		return false;
	bytes = recv(fake_systemd.fd, fake_systemd.text, sizeof(fake_systemd.text) - 1, 0);
	ck_assert_int_ge(bytes, 0);
	fake_systemd.text[bytes] = '\0';
	return true;
}

/* The next datagram's text; it has to come. */
static inline const char *fake_systemd_text(void)
{
	ck_assert(fake_systemd_hears(FAKE_SYSTEMD_LIMIT_MS));
	return fake_systemd.text;
}
