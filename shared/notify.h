/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Notify -- tells systemd how this process is doing: sd_notify(3)'s protocol, without its library.
 *
 * One datagram of NAME=VALUE lines per call, to the socket that NOTIFY_SOCKET names.
 * Where there is none (./run, a terminal, a container without systemd) every call
 * does nothing. What cannot be sent is lost, save that the next beat tries again.
 *
 * Never blocks for long: notify_beat() and notify_status() not at all, as the others
 * judge a stage by its heartbeat, nor notify_reloading(); the rest, sent at a start, an
 * end and the end of a reload, NOTIFY_SEND_MS_MAX.
 *
 * Threads: one, the one that runs the stage's loop.
 * Limits: NOTIFY_STATUS_BYTES_MAX bytes of a status text; longer ones are cut.
 */

#include <stdbool.h>
#include <stdint.h>

#define NOTIFY_STATUS_BYTES_MAX 256
#define NOTIFY_SEND_MS_MAX      1000

/**
 * notify_open() - read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and forget them
 *
 * They are taken out of the environment, so that no child speaks for us. A variable
 * that makes no sense is logged once as a warning, and is as good as absent.
 */
void notify_open(void);
void notify_close(void);

/* Is there anybody to talk to? Texts that take work need not be made otherwise. */
bool notify_is_heard(void);

/* The start is over: everything is open and work begins. The first beat is now due. */
void notify_ready(void);

/* The end begins. */
void notify_stopping(void);

/* The end was a fault. @errnum: positive errno value, as "systemctl show -p StatusErrno" has it. */
void notify_fault(int errnum);

/* A reload begins; notify_ready() ends it, whatever came of it. */
void notify_reloading(void);

/* One line for "systemctl status": how it is going. Not more often than once a second. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * notify_beat() - feed the watchdog, where WatchdogSec= set one, at half of its time
 * @now_ns: clock_ns()
 *
 * Belongs into the loop that does the work: a stage that is stuck in it shall be killed
 * and started again, which a timer or a thread of its own would prevent.
 */
void notify_beat(uint64_t now_ns);
