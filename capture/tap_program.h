/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap program -- the loaded BPF objects, and how they are put on an interface.
 *
 * Taps are TCX links (kernel 6.6 and later), put in front of whatever is there: behind
 * a program that decides, a tap sees nothing. Without TCX they are the filters of packet
 * sockets (tap_socket.h). Either lasts as long as its file descriptor, so nothing stays
 * attached once this process is gone, however it went.
 *
 * At an edge the tap of what goes out may hold failures (bpf/tap_hold.h): only a TCX link
 * can, and only while tap_program_guard() is told again and again that all who have to do
 * with it are well.
 *
 * Threads: attach and detach from one thread, the rest from another.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/config.h"

struct tap;
struct dns_event_counts;

enum tap_side {
	TAP_SIDE_BOTH = 0,
	TAP_SIDE_EGRESS = 1, /* where what goes out comes in again: lo */
	TAP_SIDE_HOLD = 2,   /* both, at an edge: failures are held if this program can */
};

struct tap_program {
	struct tap *skeleton;
	enum config_tap kind; /* once open: CONFIG_TAP_TCX or CONFIG_TAP_SOCKET */
	bool can_hold;        /* once open */
};

/* What is attached to one interface: one or two links, or a socket. */
struct tap_pair {
	int ingress_fd;
	int egress_fd;
	int socket_fd;
};

#define TAP_PAIR_NONE ((struct tap_pair){ -1, -1, -1 })

enum tap_program_outcome {
	TAP_PROGRAM_OK = 0,
	TAP_PROGRAM_GONE = 1,    /* there is no such interface any more */
	TAP_PROGRAM_REFUSED = 2, /* errno says why */
};

void tap_program_init(struct tap_program *program);

/**
 * tap_program_open() - load, and choose what kind of taps there will be
 * @ring_bytes: of the ring buffer, a power of two and at least a page
 * @ports:      where DNS servers listen
 * @hold:       whether to hold failures where that can be done
 *
 * The kind is one for all interfaces, since it is the kernel that has TCX or has not, and
 * is logged, as is whether failures will be held.
 *
 * Return: 0, -EOPNOTSUPP (CONFIG_TAP_TCX without TCX), or another -errno.
 */
int tap_program_open(struct tap_program *program, enum config_tap kind, uint64_t ring_bytes,
	const struct config_ports *ports, enum config_hold hold);
void tap_program_close(struct tap_program *program);

/* The ring buffer map's file descriptor; the program's. */
int tap_program_ring_fd(const struct tap_program *program);

/* What the taps counted so far, summed over CPUs; no snapshot. No system call. */
void tap_program_counts(const struct tap_program *program, struct dns_event_counts *out_counts);

/*
 * All who have to do with held failures were well at @guard_ns, 0 = they are not. For 100 ms
 * from then on failures are held. Any thread; no system call.
 */
void tap_program_guard(const struct tap_program *program, uint64_t guard_ns);

/**
 * tap_program_attach() - put taps on an interface
 * @out_pair: on TAP_PROGRAM_OK only; give back with tap_program_detach()
 *
 * Context: takes some 15 ms per link or socket: the kernel waits for an RCU grace period,
 * and for whoever holds its network configuration lock.
 * Return: enum tap_program_outcome.
 */
int tap_program_attach(const struct tap_program *program, uint32_t if_index, enum tap_side side,
	struct tap_pair *out_pair);
void tap_program_detach(struct tap_pair *pair);
