/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure state -- who is failing: names, zones, resolvers, the host, from what queries met.
 *
 * Name: failing_names.h. Resolver: failure_path.h says what one is.
 *
 * Silent resolver: two queries unanswered for `failed_after`, of two names or two
 * clients (all types of a name are one), and not one response since the first of them
 * was sent. Any response ends it, and takes back all failures by timeout or ICMP error of
 * queries sent before that response, at all levels; ICMP errors are no responses.
 *
 * Lossy resolver: too large a share of its look-ups fails (loss_window.h, loss_rule.h). A
 * client is an edge here, for addresses can be forged. The client bound holds unless the
 * whole host saw one client only; that on zones, where two were asked for. A silent
 * resolver is not called lossy.
 *
 * Failing zone, of one resolver (zone_of.h; or a longer one that is configured): the same
 * of the look-ups for its names. It is watched once one of them fails, and until none has
 * failed for a window's length; only what is sent meanwhile counts. So hosts on which
 * nothing fails pay nothing, and a hiccup is no outage: a zone that stops answering is
 * failing after two times `failed_after` and ten look-ups.
 *
 * Failing host: the same of all look-ups, with the bound on resolvers as soon as two are
 * known, and that on zones, or when more than half of the resolvers that were asked within the window, two
 * at least, are silent or lossy. It does not touch a resolver whose own window shows
 * responses and less than half of the threshold's failures.
 *
 * Windows count what was asked on paths that are known to show responses. Paths that
 * never showed one (one_sided.h) are never failing.
 *
 * Pure but for memory: time is an argument, nothing is logged or sent.
 *
 * Threads: any; each call takes a mutex for as long as it runs, some 100 ns. Only
 * failure_judge() and failure_count_levels() look at more than one resolver.
 * Limits: the counts below; what was not asked for longest is forgotten first. Each
 * resolver and each zone that is watched takes 8 KiB.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/failure_path.h"
#include "analyzer/loss_window.h"
#include "shared/config.h"
#include "shared/dns_name.h"

#define FAILURE_RESOLVERS_MAX       1024u
#define FAILURE_ZONES_MAX           512u /* that are watched, of all resolvers */
#define FAILURE_ANSWER_AFTER_MIN_NS (250 * 1000000ull)
#define FAILURE_ANSWER_AFTER_MAX_NS (1800 * 1000000ull)

struct failure_state;

enum failure_level {
	FAILURE_NONE = 0,
	FAILURE_NAME = 1,
	FAILURE_ZONE = 2,      /* the resolver answers some of its names, or none */
	FAILURE_SILENT = 3,    /* the resolver answers nobody */
	FAILURE_ONE_SIDED = 4, /* nothing can be said: never answer */
	FAILURE_LOSSY = 5,     /* the resolver answers some */
	FAILURE_HOST = 6,
};

/* Bits of failure_limits.conditions: what is a failure. Others of these count as nothing. */
enum failure_condition {
	FAILURE_CONDITION_TIMEOUT = 0x1,
	FAILURE_CONDITION_SERVFAIL = 0x2,
	FAILURE_CONDITION_REFUSED = 0x4,
	FAILURE_CONDITION_UNREACHABLE = 0x8,
	FAILURE_CONDITION_NXDOMAIN_AFTER_POSITIVE = 0x10,
	FAILURE_CONDITION_NODATA_AFTER_POSITIVE = 0x20,
};

/* When something is failing. */
struct failure_limits {
	uint64_t failed_after_ns;
	uint64_t window_ns;   /* at least five times failed_after_ns, or that is taken */
	uint32_t loss_ppm;    /* of the look-ups of a resolver, a zone, or the host */
	uint32_t min_samples; /* units in a window; at most LOSS_WINDOW_UNITS_MAX make sense */
	uint32_t conditions;  /* FAILURE_CONDITION_* */
	const struct config_zones *zones; /* with loss and conditions of their own; NULL: none */
};

/* What failure_* calls that may change a resolver's state report, for the log. */
struct failure_change {
	bool became_silent;
	bool became_one_sided; /* once per resolver, once per edge */
	bool ended_silence;
	bool name_began;   /* to be failing; not told of one whose resolver is silent */
	bool name_ended;   /* by a response to a query for it, and nothing before that */
	uint64_t since_ns; /* became silent: the last response; ended: when silence was found */
};

/* Return: 0 or -ENOMEM. */
int failure_state_new(
	struct failure_state **out_state, const struct failure_limits *limits, uint64_t seed);

/* What it may take. */
uint64_t failure_state_bytes(void);

/* Accepts NULL. */
void failure_state_free(struct failure_state *state);

/* From now on, zones are copied; another length of the window begins it anew. */
void failure_set_limits(struct failure_state *state, const struct failure_limits *limits);

/* What a response says about its name. */
enum failure_response {
	FAILURE_RESPONSE_GOOD, /* NOERROR, NXDOMAIN, NODATA */
	FAILURE_RESPONSE_SERVFAIL,
	FAILURE_RESPONSE_REFUSED,
	FAILURE_RESPONSE_MEANT, /* one of the two above that the resolver explains: it ends a failing */
	FAILURE_RESPONSE_UNREACHABLE, /* an ICMP error: a failure, but no word of the resolver's */
	/* What was there is said not to be; only where that is a condition: */
	FAILURE_RESPONSE_NXDOMAIN_AFTER_POSITIVE,
	FAILURE_RESPONSE_NODATA_AFTER_POSITIVE,
	FAILURE_RESPONSE_OTHER, /* says nothing about the name */
};

/* From a query to its response. */
struct failure_span {
	uint64_t sent_ns; /* the first time */
	uint64_t seen_ns;
	bool is_sent_again; /* so that nobody knows which one was answered */
};

/**
 * failure_responded() - a response to a query of this path came
 * @name: folded or not; compared without case
 *
 * Return: whether that ended the resolver's silence, began or ended the name's failing.
 */
struct failure_change failure_responded(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name,
	enum failure_response response, const struct failure_span *span);

/* A good response that came while nothing was failing, and no zone watched. */
struct failure_success {
	struct failure_resolver_key resolver;
	uint32_t if_index;
	uint64_t name_hash;
	struct failure_span span;
};

/* Its path, without its client; pointers lead into it. */
static inline struct failure_path failure_success_path(const struct failure_success *success)
{
	return (struct failure_path){ .scope = success->resolver.scope,
		.resolver_ip = success->resolver.ip,
		.if_index = success->if_index,
		.resolver_port_be = success->resolver.port_be };
}

/* Set it. Takes no lock. */
void failure_success_make(const struct failure_state *state, const struct failure_path *path,
	const struct dns_name *name, const struct failure_span *span,
	struct failure_success *out_success);

/**
 * failure_succeeded() - failure_responded() with FAILURE_RESPONSE_GOOD for each of @successes
 *
 * For what a worker reads in one go: one turn of the lock, most of them of one resolver.
 * None of them ends a name's failing: none was, when it came.
 *
 * Return: how many were told; the last of them ended its resolver's silence if @out_change says so.
 */
size_t failure_succeeded(struct failure_state *state, const struct failure_success *successes,
	size_t count, struct failure_change *out_change);

/* Whether this resolver ever responded. */
bool failure_is_known(struct failure_state *state, const struct failure_path *path);

/**
 * failure_timed_out() - a query stood unanswered for failed_after
 *
 * Return: whether that made the resolver silent or one-sided, or began the name's failing.
 */
struct failure_change failure_timed_out(struct failure_state *state,
	const struct failure_path *path, const struct dns_name *name, uint64_t sent_ns,
	uint64_t now_ns);

/* Whether nothing at all is failing. Takes no lock: for every query. */
bool failure_is_calm(const struct failure_state *state);

/* Whether a good response may be told by failure_success. Takes no lock: for each of them. */
bool failure_takes_successes(const struct failure_state *state);

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

/* How much is failing now. */
struct failure_levels {
	uint64_t names; /* as of the last full second */
	uint64_t zones;
	uint64_t resolvers_silent;
	uint64_t resolvers_lossy;
	uint64_t hosts;    /* 0 or 1 */
	uint32_t loss_ppm; /* of the host's window */
};

/**
 * failure_void() - something was missed
 * @missed_ns: when that was found, so that it was before
 * @out_ended: what was failing till now; names are not counted
 *
 * Nothing is failing any more, and what was sent before @missed_ns will not count as
 * unanswered, whoever sent it: what was missed may have been its resolver's sign of life.
 * What answered once is still known.
 */
void failure_void(
	struct failure_state *state, uint64_t missed_ns, struct failure_levels *out_ended);

/* A resolver became lossy, a zone of it or the host failing, or no longer is. */
struct failure_loss {
	bool is_host;
	bool is_zone;
	bool is_failing;
	struct failure_resolver_key resolver; /* unless is_host */
	struct dns_name zone;                 /* folded; if is_zone */
	struct loss_sum sum;        /* of its window, or of the newest part if it no longer is */
	uint64_t resolvers_failing; /* silent or lossy, of those asked; if is_host */
	uint64_t resolvers_asked;
};

/**
 * failure_judge() - look at the windows of who was asked, ten times a second
 * @now_ns: all that was sent before is known, but for what may still time out
 *
 * Context: call it often; most times it has nothing to do.
 * Return: how many changes are in @out_losses; at @losses_max, call it again for the rest.
 */
size_t failure_judge(struct failure_state *state, uint64_t now_ns, struct failure_loss *out_losses,
	size_t losses_max);

void failure_count_levels(
	struct failure_state *state, uint64_t now_ns, struct failure_levels *out_levels);
