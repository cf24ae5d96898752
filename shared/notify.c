/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/config_number.h"
#include "shared/log.h"

#define NOTIFY_TEXT_BYTES_MAX   (NOTIFY_STATUS_BYTES_MAX + 128)
#define NOTIFY_BEATS_PER_PERIOD 2 /* sd_watchdog_enabled(3) recommends half of its time */
#define NOTIFY_US_PER_MS        1000

static struct {
	int fd; /* -1: nobody to talk to */
	struct sockaddr_un to;
	socklen_t to_bytes;
	uint64_t beat_every_ns; /* 0: no watchdog */
	uint64_t beat_at_ns;
} notify = { .fd = -1 };

/* "/path" or "@name", which stands for a name that begins with a NUL. */
static bool notify_read_address(const char *text)
{
	const size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2 ||
		length >= sizeof(notify.to.sun_path))
		return false;

	notify.to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(notify.to.sun_path, text, length);
	if (text[0] == '@')
		notify.to.sun_path[0] = '\0';
	notify.to_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return true;
}

/* A socket that gives up a blocking send after a while. Return: the descriptor, or -1. */
static int notify_socket(void)
{
	const struct timeval limit = {
		.tv_sec = NOTIFY_SEND_MS_MAX / 1000,
		.tv_usec = NOTIFY_SEND_MS_MAX % 1000 * NOTIFY_US_PER_MS,
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

static void notify_open_socket(const char *address)
{
	if (!address || !*address)
		return;
	if (!notify_read_address(address)) {
		log_warning(
			"NOTIFY_SOCKET '%s' is no address: systemd hears nothing of us", address);
		return;
	}

	notify.fd = notify_socket();
	if (notify.fd < 0)
		log_warning("cannot make a socket, so systemd hears nothing of us: %s",
			strerrordesc_np(errno));
}

/* A whole decimal number above 0. Return: 0 for everything else. */
static uint64_t notify_read_number(const char *text)
{
	uint64_t value = 0;

	(void)config_number_parse(CONFIG_KIND_COUNT, text, &value);
	return value;
}

/* WATCHDOG_PID names whom it is for; without it, it is for whoever finds it. */
static void notify_read_watchdog(const char *usec, const char *pid)
{
	const uint64_t period_us = usec ? notify_read_number(usec) : 0;

	if (!usec || (pid && notify_read_number(pid) != (uint64_t)getpid()))
		return;
	if (period_us == 0 || period_us > UINT64_MAX / NS_PER_US) {
		log_warning("WATCHDOG_USEC '%s' is no time: there are no beats", usec);
		return;
	}
	notify.beat_every_ns = period_us * NS_PER_US / NOTIFY_BEATS_PER_PERIOD;
}

void notify_open(void)
{
	notify.beat_every_ns = 0;
	notify.beat_at_ns = 0;
	notify_open_socket(getenv("NOTIFY_SOCKET"));
	if (notify_is_heard())
		notify_read_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));

	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void notify_close(void)
{
	if (notify_is_heard())
		(void)close(notify.fd);
	notify.fd = -1;
}

bool notify_is_heard(void)
{
	return notify.fd >= 0;
}

/* To the address, not over a connection: who listens there may change in our life. */
static bool notify_send(const char *text, int flags)
{
	return notify_is_heard() &&
	       sendto(notify.fd, text, strlen(text), flags | MSG_NOSIGNAL,
		       (const struct sockaddr *)&notify.to, notify.to_bytes) >= 0;
}

void notify_ready(void)
{
	notify.beat_at_ns = 0;
	(void)notify_send("READY=1", 0);
}

void notify_stopping(void)
{
	(void)notify_send("STOPPING=1\nSTATUS=stopping", 0);
}

void notify_fault(int errnum)
{
	char text[NOTIFY_TEXT_BYTES_MAX];

	(void)snprintf(text, sizeof(text), "ERRNO=%d\nSTATUS=fault: %s", errnum,
		strerrordesc_np(errnum) ?: "unknown");
	(void)notify_send(text, 0);
}

void notify_reloading(void)
{
	char text[NOTIFY_TEXT_BYTES_MAX];
	/* The protocol's clock, not ours. */
	const uint64_t now_ns = clock_read_ns(CLOCK_MONOTONIC);

	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)(now_ns / NS_PER_US));
	(void)notify_send(text, MSG_DONTWAIT);
}

void notify_status(const char *format, ...)
{
	char status[NOTIFY_STATUS_BYTES_MAX + 1];
	char text[NOTIFY_TEXT_BYTES_MAX];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(status, sizeof(status), format, list);
	va_end(list);

	/* A line feed would begin a message of its own: names in the text may be somebody else's. */
	for (char *at = status; *at; at++)
		if ((unsigned char)*at < ' ' || *at == '\x7f')
			*at = '?';
	(void)snprintf(text, sizeof(text), "STATUS=%s", status);
	(void)notify_send(text, MSG_DONTWAIT);
}

void notify_beat(uint64_t now_ns)
{
	if (notify.beat_every_ns == 0 || now_ns < notify.beat_at_ns)
		return;
	if (notify_send("WATCHDOG=1", MSG_DONTWAIT))
		notify.beat_at_ns = now_ns + notify.beat_every_ns;
}
