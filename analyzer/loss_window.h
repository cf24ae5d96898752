/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Loss window -- how many look-ups of the last seconds failed, and of whom.
 *
 * Counted in units: what one client asked one resolver about one name within one bucket,
 * a tenth of the window. A and AAAA and quick retries are one unit; it failed if none of
 * its queries got a good response, which may still come. Queries belong to the bucket
 * in which they were sent, whenever their outcome is known: the newest queries that will
 * go unanswered are not known yet, so that a loss is read a little too low (in a window
 * of 10 s a steady 23 % of timeouts known after 1.8 s as 20 %).
 *
 * Memory is fixed. A bucket keeps up to 32 units, every one at 8 per bucket or less; of
 * more, those with the smallest hashes: a fair sample, whoever asks and in whatever
 * order. Shares stay right; counts of units end at 320.
 *
 * Pure: time is an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#define LOSS_WINDOW_BUCKETS   10u
#define LOSS_WINDOW_GROUPS    4u
#define LOSS_WINDOW_WAYS      8u
#define LOSS_WINDOW_UNITS_MAX (LOSS_WINDOW_BUCKETS * LOSS_WINDOW_GROUPS * LOSS_WINDOW_WAYS)

/* Who asked what; numbers that the caller chose, names, resolvers and zones by seeded hash. */
struct loss_unit {
	uint32_t name;
	uint32_t client;
	uint32_t resolver;
	uint32_t zone; /* of the name; 0 = not known */
};

/* What a query met; a unit has one or several. */
enum loss_outcome {
	LOSS_GOOD = 0x1,
	LOSS_UNANSWERED = 0x2, /* can be taken back */
	LOSS_FAILED = 0x4,     /* a response that is a failure */
};

struct loss_slot {
	uint32_t outcomes; /* LOSS_*; 0 = free */
	uint32_t order;    /* the smaller one stays */
	struct loss_unit unit;
};

struct loss_bucket {
	uint64_t number; /* of its time: sent_ns / bucket_ns */
	struct loss_slot slots[LOSS_WINDOW_GROUPS][LOSS_WINDOW_WAYS];
};

/* All zero: empty. */
struct loss_window {
	uint64_t bucket_ns;
	uint64_t failed_ns; /* when the newest query that failed was sent; 0 = none did */
	struct loss_bucket buckets[LOSS_WINDOW_BUCKETS];
};

struct loss_sum {
	uint32_t units;
	uint32_t failed;
	/* Failed, less those of the one client (resolver, zone) that has more than half of them. */
	uint32_t failed_beside_client;
	uint32_t failed_beside_resolver;
	uint32_t failed_beside_zone;
	uint32_t names; /* of all units; counted up to a limit */
	uint32_t clients;
	uint32_t zones; /* of units whose zone is known */
};

/**
 * loss_window_add() - a query of this unit, sent then, met this
 * @unit:      its zone may be known now and not before
 * @bucket_ns: a tenth of the window's length; another one than before empties the window
 *
 * What is older than the window is passed over.
 */
void loss_window_add(struct loss_window *window, uint64_t bucket_ns, const struct loss_unit *unit,
	enum loss_outcome outcome, uint64_t sent_ns);

/* Forget every LOSS_UNANSWERED of this resolver. */
void loss_window_take_back(struct loss_window *window, uint32_t resolver);

void loss_window_clear(struct loss_window *window);

/* Whether a failure was added that may still be in the window. */
bool loss_window_has_failed(const struct loss_window *window, uint64_t now_ns);

/**
 * loss_window_sum() - what the newest buckets hold
 * @bucket_count: 1 to LOSS_WINDOW_BUCKETS, the one under way included
 * @distinct_max: count names, clients and zones up to this
 */
void loss_window_sum(const struct loss_window *window, uint64_t now_ns, uint32_t bucket_count,
	uint32_t distinct_max, struct loss_sum *out_sum);

/* Parts per million of its units that failed; 0 if there are none. */
static inline uint32_t loss_sum_ppm(const struct loss_sum *sum)
{
	return sum->units == 0 ? 0 : (uint32_t)(sum->failed * 1000000ull / sum->units);
}
