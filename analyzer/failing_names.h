/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failing names -- which names a resolver fails to resolve.
 *
 * A name is failing for 30 s after one failure (RFC 8767 section 5), for the client
 * that met it; for others once a second client or a later query confirms it. A success
 * ends that. Failures by timeout or ICMP error of queries sent before the resolver's last
 * response do not count; failures by response do.
 *
 * Pure but for memory: time is an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/failure_path.h"
#include "shared/dns_name.h"

#define FAILING_NAMES_MAX        16384u
#define FAILING_NAMES_RECHECK_NS (30 * 1000000000ull)

struct failing_names;

enum failing_names_cause {
	FAILING_NAMES_UNANSWERED = 0, /* or an ICMP error came instead */
	FAILING_NAMES_RESPONSE = 1,   /* SERVFAIL or REFUSED */
};

/* What a resolver's own state says about the failures of its names. */
struct failing_names_validity {
	uint64_t generation;       /* failures of another one are void */
	uint64_t last_response_ns; /* of the resolver */
};

/* Return: 0 or -ENOMEM. */
int failing_names_new(struct failing_names **out_names, uint64_t seed);

/* What it may take. */
uint64_t failing_names_bytes(void);

/* Accepts NULL. */
void failing_names_free(struct failing_names *names);

/* Whether there may be any. */
bool failing_names_any(struct failing_names *names);

/**
 * failing_names_failed() - a query for this name failed
 * @name: any case
 *
 * Return: whether the name is failing now, and was for nobody before.
 */
bool failing_names_failed(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity,
	enum failing_names_cause cause, uint64_t sent_ns, uint64_t now_ns);

/* A response came that is no failure. Return: whether the name was failing, for whomever. */
bool failing_names_succeeded(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity,
	uint64_t now_ns);

/* Whether this name is failing for this path's client. */
bool failing_names_look(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity,
	uint64_t now_ns);

/* What the resolver's own state says now; false if it is forgotten. */
typedef bool (*failing_names_ask)(const struct failure_resolver_key *resolver,
	struct failing_names_validity *out_validity, void *argument);

/**
 * failing_names_count() - how many names are failing, and forget those that no longer are
 *
 * Context: walks all names; not for every packet.
 */
uint64_t failing_names_count(
	struct failing_names *names, failing_names_ask ask, void *argument, uint64_t now_ns);
