/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Loss rule -- when the share of failures in a window is a failing.
 *
 * It begins when the window holds enough units, of three names, and the share of failed
 * ones is at or above the threshold. It goes on while there are half as many units and
 * the share is at or above half of the threshold. In both cases, the share of the newest
 * four tenths of the window must be at or above that half, too: a failing ends 4 s (of
 * 10) after its cause, and when nobody asks any more.
 *
 * A bound says that one client (resolver, zone) contributes at most half of what the
 * threshold needs: without any one of them the rest must still reach half of it. So a
 * bound also means that two of them met failures. The bound on zones holds where two
 * were asked for.
 *
 * Pure.
 */

#include "analyzer/loss_window.h"

#define LOSS_RULE_NAMES_MIN      3u
#define LOSS_RULE_RECENT_BUCKETS 4u

struct loss_rule {
	uint32_t loss_ppm;
	uint32_t units_min;
	bool is_client_bound;
	bool is_resolver_bound;
	bool is_zone_bound;
};

/**
 * loss_rule_holds() - whether this window's figures are a failing
 * @is_failing: whether they were
 * @whole:      all of the window; names and zones counted up to LOSS_RULE_NAMES_MIN at least
 * @recent:     its newest LOSS_RULE_RECENT_BUCKETS
 */
bool loss_rule_holds(const struct loss_rule *rule, bool is_failing, const struct loss_sum *whole,
	const struct loss_sum *recent);
