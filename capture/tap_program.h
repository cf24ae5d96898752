/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Tap program -- the loaded BPF objects, and how a pair of them is put on an interface.
 *
 * Taps are TCX links (kernel 6.6 and later), put in front of whatever is there: behind
 * a program that decides, a tap sees nothing. A link lasts as long as its file
 * descriptor, so nothing stays attached once this process is gone, however it went.
 *
 * Threads: attach and detach from one thread, the rest from another.
 */

#include <stdint.h>

struct tap;
struct dns_event_counts;

struct tap_program {
	struct tap *skeleton;
};

struct tap_pair {
	int ingress_fd;
	int egress_fd;
};

enum tap_program_outcome {
	TAP_PROGRAM_OK = 0,
	TAP_PROGRAM_GONE = 1,    /* there is no such interface any more */
	TAP_PROGRAM_REFUSED = 2, /* errno says why */
};

void tap_program_init(struct tap_program *program);

/* Load with a ring buffer of @ring_bytes, a power of two and at least a page. Returns 0 or -errno. */
int tap_program_open(struct tap_program *program, uint64_t ring_bytes);
void tap_program_close(struct tap_program *program);

/* The ring buffer map's file descriptor; the program's. */
int tap_program_ring_fd(const struct tap_program *program);

/* What the taps counted so far, summed over CPUs; no snapshot. No system call. */
void tap_program_counts(const struct tap_program *program, struct dns_event_counts *out_counts);

/**
 * tap_program_attach() - put both taps on an interface
 * @out_pair: on TAP_PROGRAM_OK only; give back with tap_program_detach()
 *
 * Context: takes some 10 ms per tap: the kernel waits for an RCU grace period, and for
 * whoever holds its network configuration lock.
 * Return: enum tap_program_outcome.
 */
int tap_program_attach(
	const struct tap_program *program, uint32_t if_index, struct tap_pair *out_pair);
void tap_program_detach(struct tap_pair *pair);
