/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Metrics ancestor -- the nine families that boards made for this program's ancestor ask for.
 *
 * Names, kinds and help texts are the ancestor's, values are ours, from what the stages
 * publish: queries and replies count (they stood at 0), the histogram keeps
 * what took less than a millisecond, and holds no reply of ours.
 *
 *   loss                             share of finished queries that failed, 0.0 to 1.0
 *   dns_queries, dns_replies         queries once each; responses to them
 *   matched_, unmatched_dns_queries  answered in time; not answered in time,
 *                                    whether an ICMP error came or not: /info/unmatched
 *   cache_size                       answers remembered
 *   dns_request_duration_milliseconds
 *   cache_hit, cache_miss            look-ups when an answer of ours was wanted
 *
 * The analyzer's level "loss_ratio_ppm", where it has one, is the loss and is shown as
 * nothing else; without it the loss is that of all its life.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stdint.h>

#include "exporter/metrics_line.h"
#include "exporter/stage_set.h"

/* Misses are a difference of two counters read apart; what is remembered here keeps it growing. */
struct metrics_ancestor_misses {
	uint64_t started_ns; /* of the analyzer that counted them */
	uint64_t count;
};

/* Is this a family (without prefix) that no stage may take, because it is made here? */
bool metrics_ancestor_has(const char *family);

/* Is this a family that is shown as one of ours only? */
bool metrics_ancestor_hides(const char *family);

/* Append the nine families. @misses: zeroed before the first call. */
void metrics_ancestor_render(const struct metrics_out *out, const struct stage_set *set,
	struct metrics_ancestor_misses *misses);
