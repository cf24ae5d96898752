/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge watch -- keep taps on every edge as interfaces come and go.
 *
 * A thread of its own: what it asks of the kernel can take seconds while somebody else
 * changes the network, and messages must go on meanwhile. It listens to rtnetlink; any
 * change of an interface, an address or a default route, a lost event, another choice or
 * EDGE_WATCH_EVERY_NS_MAX without one makes it look at everything anew and bring the taps
 * in line. So an event is only a reason to look, and nothing depends on having seen all
 * of them.
 *
 * Tables go to the owner by a mailbox of one: the newest replaces the one not fetched.
 *
 * Threads: all functions belong to the owner's thread.
 * Limits: an edge is looked at EDGE_WATCH_SETTLE_NS after it appeared; each pair of taps
 * then takes some 30 ms, one after the other.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "capture/edge_choice.h"
#include "capture/edge_taps.h"
#include "capture/interface_table.h"
#include "shared/clock.h"
#include "shared/config.h"

#define EDGE_WATCH_SETTLE_NS    (50 * NS_PER_MS)  /* from the first event to a look */
#define EDGE_WATCH_EVERY_NS_MIN (200 * NS_PER_MS) /* between two looks */
#define EDGE_WATCH_EVERY_NS_MAX (10 * NS_PER_S)   /* no event tells of sockets that serve */
#define EDGE_WATCH_START_MS_MAX 1000              /* open() waits this long for the first look */
#define EDGE_WATCH_TOLD_MAX     16                /* interfaces a line in the log is spent on */

struct edge_watch {
	/* Set before the thread starts, then read only. */
	struct config_ports ports;
	int event_fd;  /* NETLINK_ROUTE events */
	int stop_fd;   /* eventfd: the thread shall end */
	int choice_fd; /* eventfd: there is another choice */
	int ready_fd;  /* eventfd: the first look is done and its edges have their taps */

	/* The thread's. */
	struct edge_taps taps;
	uint64_t look_at_ns; /* UINT64_MAX = no reason to */
	uint64_t looked_at_ns;
	uint32_t told[EDGE_WATCH_TOLD_MAX]; /* chosen interfaces without Ethernet */
	size_t told_count;

	/* Both sides'. */
	_Atomic(struct interface_table *) offered;
	_Atomic uint64_t resyncs;
	_Atomic uint64_t let_go; /* edge_taps.h: responses there are no longer seen */
	_Atomic uint64_t events_lost;
	_Atomic int fault; /* -errno that ended the thread */
	pthread_mutex_t choice_lock;
	struct edge_choice choice;

	bool has_thread;
	pthread_t thread;
};

void edge_watch_init(struct edge_watch *watch);

/* Start watching what @interface_text says (edge_choice.h). Returns 0 or -errno. */
int edge_watch_open(struct edge_watch *watch, const struct tap_program *program,
	const char *interface_text, const struct config_ports *ports);

/* Watch what @interface_text says from now on. Returns 0 or -errno. */
int edge_watch_choose(struct edge_watch *watch, const char *interface_text);

/* Ends the thread and detaches all taps, some 20 ms each. Accepts init-only and half-open. */
void edge_watch_close(struct edge_watch *watch);

/* The newest table, the caller's to free, or NULL if there is none since the last call. */
struct interface_table *edge_watch_fetch(struct edge_watch *watch);

/* 0, or the -errno that ended the thread. */
int edge_watch_fault(const struct edge_watch *watch);
