/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Query shares -- whose queries wait, so that no edge's can take the whole table.
 *
 * An edge may fill what answers that settle leave of the table while nobody else asks. When
 * it is full and an edge asks that has fewer waiting than the one with most, that one's
 * oldest makes room: it was looked at by its timers already, or comes from a client that asks
 * for more than anybody answers. So edges that flood end with equal parts, and all others
 * have what they need.
 *
 * By edge and not by address: a container can send from any address, but from one edge.
 * The host's own look-ups are one edge. Edges whose numbers are 1,024 apart share a part.
 *
 * Pure but for the lists, which lie in the transactions.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/transaction.h"

#define QUERY_SHARES_COUNT 1024u

struct query_share {
	struct cds_list_head waiting; /* oldest first */
	uint64_t count;
};

struct query_shares {
	struct query_share shares[QUERY_SHARES_COUNT];
	struct query_share *heaviest;
	bool is_weighed; /* no share is above `heaviest` */
};

void query_shares_init(struct query_shares *shares);

/* It waits, as the newest of its edge, and no longer. */
void query_shares_join(struct query_shares *shares, struct transaction *transaction);
void query_shares_leave(struct query_shares *shares, struct transaction *transaction);

/**
 * query_shares_victim() - whose place a new query of this edge may take
 *
 * Return: a transaction that waits, or NULL: no edge has more waiting than this one would.
 */
struct transaction *query_shares_victim(struct query_shares *shares, uint32_t if_index);
