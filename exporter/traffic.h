/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Traffic -- how much happened in each of the last seconds, for the page at "/".
 *
 * Prometheus keeps the long story; this is for who looks without one.
 *
 * Restart: a total that shrank is a new stage's, and counts whole.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

#define TRAFFIC_SECONDS      120u
#define TRAFFIC_RATE_SECONDS 10u /* what a rate is an average of */

enum traffic_kind {
	TRAFFIC_QUERIES = 0,
	TRAFFIC_RESPONSES = 1,
	TRAFFIC_FAILURES = 2,
	TRAFFIC_RESCUES = 3,
};

#define TRAFFIC_KINDS 4u

struct traffic_second {
	uint64_t took_ns;
	uint64_t counts[TRAFFIC_KINDS];
};

struct traffic {
	uint64_t last_ns; /* 0 = nothing was added yet */
	uint64_t totals[TRAFFIC_KINDS];
	unsigned int next;
	struct traffic_second seconds[TRAFFIC_SECONDS]; /* took_ns 0 = not there */
};

/* Totals of now; those that come less than a second after the last are not looked at. */
void traffic_add(struct traffic *traffic, const uint64_t totals[TRAFFIC_KINDS], uint64_t now_ns);

/* Per second, over the last TRAFFIC_RATE_SECONDS. */
double traffic_rate(const struct traffic *traffic, enum traffic_kind kind);

/* Per second, @age seconds ago (< TRAFFIC_SECONDS). */
double traffic_at(const struct traffic *traffic, enum traffic_kind kind, unsigned int age);
