/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure state -- who is failing: names and resolvers, from what queries met.
 *
 * Name: failing_names.h. Resolver: failure_path.h says what one is.
 *
 * Silent resolver: two queries unanswered for `failed_after`, of two names or two
 * clients (all types of a name are one), and not one response since the first of them
 * was sent. Any response ends it, and takes back all failures by timeout of queries
 * sent before that response, at both levels.
 *
 * Paths that never showed a response (one_sided.h) are never failing.
 *
 * Pure but for memory: time is an argument, nothing is logged or sent.
 * Limits: the counts below; what was not asked for longest is forgotten first.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/failure_path.h"
#include "shared/dns_name.h"

#define FAILURE_RESOLVERS_MAX       1024u
#define FAILURE_ANSWER_AFTER_MIN_NS (250 * 1000000ull)
#define FAILURE_ANSWER_AFTER_MAX_NS (1800 * 1000000ull)

struct failure_state;

enum failure_level {
	FAILURE_NONE = 0,
	FAILURE_NAME = 1,
	FAILURE_RESOLVER = 2,
	FAILURE_ONE_SIDED = 3, /* nothing can be said: never answer */
};

/* What failure_* calls that may change a resolver's state report, for the log. */
struct failure_change {
	bool became_silent;
	bool became_one_sided; /* once per resolver, once per edge */
	bool ended_silence;
	uint64_t since_ns; /* became silent: the last response; ended: when silence was found */
};

/* Return: 0 or -ENOMEM. */
int failure_state_new(struct failure_state **out_state, uint64_t failed_after_ns, uint64_t seed);

/* Accepts NULL. */
void failure_state_free(struct failure_state *state);

/* From now on; what has failed stays failed. */
void failure_set_failed_after(struct failure_state *state, uint64_t failed_after_ns);

/* What a response says about its name. */
enum failure_response {
	FAILURE_RESPONSE_GOOD,   /* NOERROR, NXDOMAIN, NODATA */
	FAILURE_RESPONSE_FAILED, /* SERVFAIL or REFUSED */
	FAILURE_RESPONSE_OTHER,  /* says nothing about the name */
};

/**
 * failure_responded() - a response to a query of this path came
 * @name: folded or not; compared without case
 *
 * Return: whether that ended the resolver's silence.
 */
struct failure_change failure_responded(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name,
	enum failure_response response, uint64_t sent_ns, uint64_t now_ns);

/* Whether this resolver ever responded. */
bool failure_is_known(struct failure_state *state, const struct failure_path *path);

/**
 * failure_timed_out() - a query stood unanswered for failed_after
 *
 * Return: whether that made the resolver silent.
 */
struct failure_change failure_timed_out(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name, uint64_t sent_ns,
	uint64_t now_ns);

/* What a client whose query for this name was sent at @sent_ns has to expect. */
enum failure_level failure_look(struct failure_state *state, const struct failure_path *path,
	const struct dns_name *name, uint64_t sent_ns, uint64_t now_ns);

/**
 * failure_answer_after_ns() - how long to wait for this resolver's response
 *
 * Four times the 99th percentile of its response times, within the limits above; the
 * upper one while there are none.
 */
uint64_t failure_answer_after_ns(struct failure_state *state, const struct failure_path *path);

/* Something was missed: nothing is failing any more. What answered once is still known. */
void failure_void(struct failure_state *state);

uint64_t failure_silent_count(const struct failure_state *state);
