/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Reply rate -- how many replies a second, to one client and to all.
 *
 * A container that asks in a loop while its resolver is silent would be answered as fast
 * as it asks. Each limit lets through its number of replies in any second, all at once
 * or evenly, and then as many as time gives back (the generic cell rate algorithm).
 *
 * A client is an edge: addresses can be forged. Those that were answered longest ago are
 * forgotten first, which gives them a full second again.
 *
 * Pure but for memory: time is an argument. One thread's: the worker of its clients.
 */

#include <stdbool.h>
#include <stdint.h>

#define REPLY_RATE_CLIENTS_MAX 4096u

struct reply_rate;

/* Replies a second. */
struct reply_rate_limits {
	uint64_t client;
	uint64_t total;
};

/* Return: 0 or -ENOMEM. */
int reply_rate_new(struct reply_rate **out_rate, uint64_t seed);

/* What it may take. */
uint64_t reply_rate_bytes(void);

/* Accepts NULL. */
void reply_rate_free(struct reply_rate *rate);

/* Return: whether one more reply may go to this edge; it counts then. */
bool reply_rate_take(struct reply_rate *rate, const struct reply_rate_limits *limits,
	uint32_t if_index, uint64_t now_ns);
