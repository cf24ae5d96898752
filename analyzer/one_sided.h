/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * One-sided -- paths on which no response is ever seen, so that nothing can be judged.
 *
 * A resolver that never showed a response may be down, or its responses may go around
 * the taps; and so for an edge that showed none though the resolver answered others
 * while queries of two of its look-ups stood unanswered. What hides responses is no
 * outage.
 *
 * Pure but for memory: time is an argument.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/failure_path.h"

#define ONE_SIDED_RESOLVERS_MAX 1024u
#define ONE_SIDED_EDGES_MAX     8192u /* (resolver, edge) pairs */

struct one_sided;

/* Return: 0 or -ENOMEM. */
int one_sided_new(struct one_sided **out_one_sided, uint64_t seed);

/* What it may take. */
uint64_t one_sided_bytes(void);

/* Accepts NULL. */
void one_sided_free(struct one_sided *one_sided);

/* A response was seen on this path. */
void one_sided_responded(struct one_sided *one_sided, const struct failure_path *path);

/* A query to a resolver that never responded failed. Return: true the first time. */
bool one_sided_unheard(struct one_sided *one_sided, const struct failure_path *path);

/**
 * one_sided_unanswered() - a query failed though its resolver answered others
 * @name_hash: of its name, folded: A and AAAA of one look-up are one
 *
 * Return: true if this is the one that tells.
 */
bool one_sided_unanswered(struct one_sided *one_sided, const struct failure_path *path,
	uint64_t name_hash, uint64_t sent_ns);

/* What is known of a resolver's responses at an edge. */
enum one_sided_view {
	ONE_SIDED_VIEW_HEARD = 0,
	ONE_SIDED_VIEW_UNHEARD = 1,   /* none was seen yet */
	ONE_SIDED_VIEW_ONE_SIDED = 2, /* nor yet, though others had theirs */
};

enum one_sided_view one_sided_look(struct one_sided *one_sided, const struct failure_path *path);
