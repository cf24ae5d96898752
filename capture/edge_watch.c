/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "capture/edge_dump.h"
#include "capture/edge_facts.h"
#include "shared/compiler.h"
#include "shared/fault.h"

#define EDGE_WATCH_EVENT_BUFFER_BYTES 65536u
#define EDGE_WATCH_SOCKET_BYTES       (1024 * 1024)

void edge_watch_init(struct edge_watch *watch)
{
	memset(watch, 0, sizeof(*watch));
	watch->event_fd = -1;
	watch->stop_fd = -1;
	watch->choice_fd = -1;
	watch->ready_fd = -1;
	watch->look_at_ns = UINT64_MAX;
	watch->choice_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	edge_taps_init(&watch->taps);
}

static int edge_watch_listen(struct edge_watch *watch)
{
	static const int bytes = EDGE_WATCH_SOCKET_BYTES;
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
			     RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};

	watch->event_fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch->event_fd < 0)
		return FAULT(errno, "no netlink socket to hear of interfaces");
	(void)setsockopt(watch->event_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (bind(watch->event_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return FAULT(errno, "cannot listen to the kernel's interface events");
	return 0;
}

static void edge_watch_want_look(struct edge_watch *watch, uint64_t at_ns)
{
	if (at_ns < watch->looked_at_ns + EDGE_WATCH_EVERY_NS_MIN)
		at_ns = watch->looked_at_ns + EDGE_WATCH_EVERY_NS_MIN;
	if (at_ns < watch->look_at_ns)
		watch->look_at_ns = at_ns;
}

/* True if the events in @buffer are a reason to look. */
static bool edge_watch_has_change(const char *buffer, size_t bytes)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;

	for (; NLMSG_OK(message, bytes); message = NLMSG_NEXT(message, bytes)) {
		if (edge_facts_is_change(message))
			return true;
	}
	return false;
}

/* Read all events that are there. Returns 0 or -errno. */
static int edge_watch_hear(struct edge_watch *watch)
{
	static _Alignas(struct nlmsghdr) char buffer[EDGE_WATCH_EVENT_BUFFER_BYTES];

	for (;;) {
		ssize_t bytes = recv(watch->event_fd, buffer, sizeof(buffer), MSG_TRUNC);
		bool changed;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 && errno == EAGAIN)
			return 0;
		if (bytes < 0 && errno != ENOBUFS)
			return FAULT(errno, "cannot read the kernel's interface events");

		changed = bytes < 0 || (size_t)bytes > sizeof(buffer);
		if (changed)
			atomic_fetch_add_explicit(&watch->events_lost, 1, memory_order_relaxed);
		else
			changed = edge_watch_has_change(buffer, (size_t)bytes);
		if (changed)
			edge_watch_want_look(watch, clock_ns() + EDGE_WATCH_SETTLE_NS);
	}
}

static enum interface_role edge_watch_role(enum edge_choice_verdict verdict)
{
	switch (verdict) {
	case EDGE_CHOICE_EDGE:
		return INTERFACE_ROLE_EDGE;
	case EDGE_CHOICE_HOST:
		return INTERFACE_ROLE_HOST;
	default:
		return INTERFACE_ROLE_NONE;
	}
}

static struct edge_choice edge_watch_choice(struct edge_watch *watch)
{
	HOLD(&watch->choice_lock);
	return watch->choice;
}

/* Once for each: nothing else would say that its look-ups are not rescued. */
static void edge_watch_tell_no_ethernet(struct edge_watch *watch, const struct interface *row)
{
	for (size_t i = 0; i < watch->told_count; i++)
		if (watch->told[i] == row->index)
			return;
	if (watch->told_count == EDGE_WATCH_TOLD_MAX)
		return;
	watch->told[watch->told_count++] = row->index;
	log_warning("interface '%s' has no Ethernet (wg, ppp, tun or the like): what is asked over "
		    "it is neither seen nor rescued",
		row->name);
}

static void edge_watch_judge(struct edge_watch *watch, struct interface_table *table)
{
	const struct edge_choice choice = edge_watch_choice(watch);

	for (size_t i = 0; i < table->count; i++) {
		struct interface *row = &table->rows[i];
		enum edge_choice_verdict verdict = edge_choice_judge(&choice, table, row);

		interface_set_role(row, edge_watch_role(verdict));
		if (verdict == EDGE_CHOICE_NO_ETHERNET)
			edge_watch_tell_no_ethernet(watch, row);
		if (verdict == EDGE_CHOICE_LEFT_OUT)
			log_debug(
				"%s (%s) is left out: no container's edge", row->name, row->scope);
	}
}

/* Put a copy of @table into the mailbox. Returns 0 or -ENOMEM. */
static int edge_watch_offer(struct edge_watch *watch, struct interface_table *table)
{
	struct interface_table *copy;

	interface_table_classify(table);
	copy = interface_table_copy(table);
	if (!copy)
		return FAULT(ENOMEM, "no memory for a table of %zu interfaces", table->count);
	interface_table_free(atomic_exchange_explicit(&watch->offered, copy, memory_order_acq_rel));
	return 0;
}

static bool edge_watch_is_stopping(const struct edge_watch *watch)
{
	struct pollfd stop = { .fd = watch->stop_fd, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

/* Bring the taps in line with @table, offering it anew after each change. */
static int edge_watch_follow(struct edge_watch *watch, struct interface_table *table)
{
	int r;

	edge_taps_begin(&watch->taps);
	do {
		if (edge_watch_is_stopping(watch))
			return 0;
		r = edge_taps_step(&watch->taps, table);
		atomic_store_explicit(&watch->let_go, watch->taps.let_go, memory_order_release);
		if (r < 0 || edge_watch_offer(watch, table) < 0)
			return -ENOMEM;
	} while (r == EDGE_TAPS_CHANGED);
	return 0;
}

/* Look at everything and bring the taps in line. Returns 0 or -errno. */
static int edge_watch_look(struct edge_watch *watch)
{
	struct interface_table *table;
	int r;

	watch->look_at_ns = UINT64_MAX;
	atomic_fetch_add_explicit(&watch->resyncs, 1, memory_order_relaxed);
	r = edge_dump_take(&table, &watch->ports);
	watch->looked_at_ns = clock_ns();
	edge_watch_want_look(watch, watch->looked_at_ns + EDGE_WATCH_EVERY_NS_MAX);
	if (r == EDGE_DUMP_AGAIN) {
		log_debug("interfaces changed while they were looked at: looking again");
		edge_watch_want_look(watch, watch->looked_at_ns);
		return 0;
	}
	if (r < 0)
		return r;

	edge_watch_judge(watch, table);
	r = edge_watch_offer(watch, table);
	if (r == 0)
		r = edge_watch_follow(watch, table);
	interface_table_free(table);
	return r;
}

/* Milliseconds until the next look, rounded up; -1 = none. */
static int edge_watch_timeout_ms(const struct edge_watch *watch)
{
	uint64_t now_ns = clock_ns();

	if (watch->look_at_ns == UINT64_MAX)
		return -1;
	if (watch->look_at_ns <= now_ns)
		return 0;
	return (int)((watch->look_at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Another choice is a reason to look. Returns 0 or -errno. */
static int edge_watch_hear_choice(struct edge_watch *watch)
{
	eventfd_t count;

	if (eventfd_read(watch->choice_fd, &count) == 0)
		edge_watch_want_look(watch, clock_ns());
	else if (errno != EAGAIN && errno != EINTR)
		return FAULT(errno, "cannot hear of another choice of interfaces");
	return 0;
}

static int edge_watch_run(struct edge_watch *watch)
{
	int r = edge_watch_look(watch);

	if (r < 0)
		return r;
	if (eventfd_write(watch->ready_fd, 1) < 0)
		return FAULT(errno, "cannot say that the edges are watched");

	while (!edge_watch_is_stopping(watch)) {
		struct pollfd fds[] = {
			{ .fd = watch->event_fd, .events = POLLIN },
			{ .fd = watch->choice_fd, .events = POLLIN },
			{ .fd = watch->stop_fd, .events = POLLIN },
		};

		if (poll(fds, ARRAY_COUNT(fds), edge_watch_timeout_ms(watch)) < 0 && errno != EINTR)
			return FAULT(errno, "cannot wait for interface events");
		r = edge_watch_hear(watch);
		r = r ?: edge_watch_hear_choice(watch);
		if (r == 0 && watch->look_at_ns <= clock_ns())
			r = edge_watch_look(watch);
		if (r < 0)
			return r;
	}
	return 0;
}

static void *edge_watch_thread(void *argument)
{
	struct edge_watch *watch = argument;
	int r = edge_watch_run(watch);

	if (r < 0) {
		atomic_store_explicit(&watch->fault, r, memory_order_release);
		(void)eventfd_write(watch->ready_fd, 1);
	}
	return NULL;
}

/* The thread takes no signals: they end the owner's waiting. */
static int edge_watch_start(struct edge_watch *watch)
{
	sigset_t all;
	sigset_t before;
	int errnum;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	errnum = pthread_create(&watch->thread, NULL, edge_watch_thread, watch);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (errnum != 0)
		return FAULT(errnum, "cannot start the thread that watches interfaces");
	watch->has_thread = true;
	return 0;
}

int edge_watch_open(struct edge_watch *watch, const struct tap_program *program,
	const char *interface_text, const struct config_ports *ports)
{
	struct pollfd ready;
	int r;

	edge_choice_parse(&watch->choice, interface_text);
	watch->ports = *ports;
	edge_taps_open(&watch->taps, program);
	watch->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	watch->choice_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	watch->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (watch->stop_fd < 0 || watch->choice_fd < 0 || watch->ready_fd < 0)
		return FAULT(errno, "cannot make an eventfd");

	r = edge_watch_listen(watch);
	r = r ?: edge_watch_start(watch);
	if (r < 0)
		return r;

	ready = (struct pollfd){ .fd = watch->ready_fd, .events = POLLIN };
	(void)poll(&ready, 1, EDGE_WATCH_START_MS_MAX);
	return edge_watch_fault(watch);
}

int edge_watch_choose(struct edge_watch *watch, const char *interface_text)
{
	struct edge_choice choice;
	bool is_other;

	edge_choice_parse(&choice, interface_text);
	(void)pthread_mutex_lock(&watch->choice_lock);
	is_other = memcmp(&watch->choice, &choice, sizeof(choice)) != 0;
	watch->choice = choice;
	(void)pthread_mutex_unlock(&watch->choice_lock);
	if (is_other && eventfd_write(watch->choice_fd, 1) < 0)
		return FAULT(errno, "cannot tell of another choice of interfaces");
	return 0;
}

void edge_watch_close(struct edge_watch *watch)
{
	if (watch->has_thread) {
		(void)eventfd_write(watch->stop_fd, 1);
		(void)pthread_join(watch->thread, NULL);
	}
	edge_taps_close(&watch->taps);
	interface_table_free(edge_watch_fetch(watch));
	if (watch->event_fd >= 0)
		(void)close(watch->event_fd);
	if (watch->stop_fd >= 0)
		(void)close(watch->stop_fd);
	if (watch->choice_fd >= 0)
		(void)close(watch->choice_fd);
	if (watch->ready_fd >= 0)
		(void)close(watch->ready_fd);
	edge_watch_init(watch);
}

struct interface_table *edge_watch_fetch(struct edge_watch *watch)
{
	if (!atomic_load_explicit(&watch->offered, memory_order_relaxed))
		return NULL;
	return atomic_exchange_explicit(&watch->offered, NULL, memory_order_acq_rel);
}

int edge_watch_fault(const struct edge_watch *watch)
{
	return atomic_load_explicit(&watch->fault, memory_order_acquire);
}
