/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker -- packets in, orders out: everything that is decided about DNS.
 *
 * Owns the matching of its clients' queries; what is known of answers and resolvers it
 * shares with the other workers (worker_shared.h). Knows no ring and no clock:
 * worker_thread.c feeds it packets and time and passes its orders on, and tests do the
 * same without processes.
 *
 * Two times: now_ns is the clock; deadlines of queries run on what all workers have
 * seen whole (blindness.h, worker_shared.h).
 */

#include "analyzer/analyzer_counters.h"
#include "analyzer/blindness.h"
#include "analyzer/query_match.h"
#include "analyzer/reply_rate.h"
#include "analyzer/search_siblings.h"
#include "analyzer/timer_wheel.h"
#include "analyzer/worker_shared.h"
#include "shared/config.h"
#include "shared/layout/message_layout.h"

/* How long an unanswered query is kept for a late response after it was given up. */
#define WORKER_LATE_NS (15 * 1000000000ull)

/* Responses that are told to failure_state in one go. */
#define WORKER_SUCCESSES_MAX 64u

/* What becomes of the packet that is looked at, if it was held: see worker_held.c. */
enum worker_held {
	WORKER_HELD_NOT = 0, /* it was not */
	WORKER_HELD_RELEASED,
	WORKER_HELD_ANSWERED,
	WORKER_HELD_SUPERSEDED,
	WORKER_HELD_DISCARDED, /* too old to be of use to its client */
};

/* What is said in the log of one packet, and so only now and then. */
enum worker_notice {
	WORKER_NOTICE_DIFFERENT = 0, /* a response says something else than our reply did */
	WORKER_NOTICE_CONFLICT = 1,  /* two responses to one query say different things */
	WORKER_NOTICE_NAME_BEGAN = 2,
	WORKER_NOTICE_NAME_ENDED = 3,
};

#define WORKER_NOTICE_COUNT 4

struct worker_notices {
	uint64_t next_ns; /* not before */
	uint64_t unsaid;  /* since the last one */
};

/* Where orders go. All are told to the injector only when a batch, this worker's or another's, is published. */
struct worker_output {
	bool (*order)(void *argument, const struct message_order *order, const uint8_t *dns);
	void (*cancel)(void *argument, uint64_t order_id);
	bool (*release)(
		void *argument, const struct message_release *release, const uint8_t *frame);
	void *argument;
};

/* A worker's part of what @worker_count of them may hold. */
static inline uint64_t worker_share(uint64_t capacity, uint64_t worker_count)
{
	return (capacity + worker_count - 1) / worker_count;
}

struct worker {
	unsigned int number;
	const struct config *config;
	struct worker_output output;
	struct worker_shared *shared;
	struct answer_cache *cache;          /* shared->cache */
	struct failure_state *failures;      /* shared->failures */
	struct answering_clients *answering; /* shared->answering */
	struct query_match *match;
	struct search_siblings *siblings;
	struct reply_rate *rate;
	struct timer_wheel timers;
	struct blindness blindness;
	struct analyzer_counters counters;
	uint64_t last_order_id;
	uint64_t wall_ahead_ns; /* of CLOCK_REALTIME before the clock; set by who feeds it */
	struct failure_success successes[WORKER_SUCCESSES_MAX]; /* not told to `failures` yet */
	unsigned int success_count;
	enum worker_held held;
	struct worker_notices notices[WORKER_NOTICE_COUNT];
	uint8_t scratch[MESSAGE_DNS_BYTES_MAX];
};

/* Closed state. */
void worker_init(struct worker *worker);

/**
 * worker_open() - empty tables
 * @number: of this worker; each has its share of the tables' capacities
 * @seed:   of their hashes
 *
 * Context: a thread registered with RCU, as later the one that works with it.
 * Return: 0 or -errno.
 */
int worker_open(struct worker *worker, struct worker_shared *shared, unsigned int number,
	const struct config *config, const struct worker_output *output, uint64_t seed,
	uint64_t now_ns);
void worker_close(struct worker *worker);

/* The values of @config have changed: put in force what was copied from it. */
void worker_reload(struct worker *worker);

/* One packet of a tap; message_intake_packet() accepted it. */
void worker_packet(struct worker *worker, const struct message_packet *packet, uint64_t now_ns);

/* Something was missed before @now_ns (blindness.h); BLINDNESS_NONE does nothing. */
void worker_missed(struct worker *worker, enum blindness_cause cause, uint64_t now_ns);

/* It has a ring: nothing is judged before what stands there is read. */
void worker_attached(struct worker *worker);

/* It has no ring: nobody has to wait for what it has seen. */
void worker_detached(struct worker *worker);

/* Judge what is due by what all workers have seen. Return: how many queries were due. */
int worker_advance(struct worker *worker, uint64_t now_ns);

/* Forget what is too old, and set the counters that are levels. */
void worker_housekeep(struct worker *worker, uint64_t now_ns);
