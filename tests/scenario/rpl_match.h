/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL match -- whether a message is what an entry's MATCH words ask for.
 *
 * Sections are compared record by record in their order: neither a forwarding resolver
 * nor dnscache reorders them.
 */

#include "tests/scenario/rpl.h"

#define RPL_DIFFERENCE_BYTES 512

/**
 * rpl_match_is() - compare
 * @out_difference: RPL_DIFFERENCE_BYTES for the first thing that differs, and how
 *
 * Return: whether it fits.
 */
bool rpl_match_is(const struct rpl_entry *wanted, ldns_pkt *message, char *out_difference);

/* The extended error of a message: its info code, or RPL_EDE_NONE. */
int rpl_match_ede(ldns_pkt *message);
