/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/query_shares.h"

#include <assert.h>

void query_shares_init(struct query_shares *shares)
{
	for (unsigned int i = 0; i < QUERY_SHARES_COUNT; i++) {
		CDS_INIT_LIST_HEAD(&shares->shares[i].waiting);
		shares->shares[i].count = 0;
	}
	shares->heaviest = &shares->shares[0];
	shares->is_weighed = true;
}

static struct query_share *query_shares_of(struct query_shares *shares, uint32_t if_index)
{
	return &shares->shares[if_index % QUERY_SHARES_COUNT];
}

void query_shares_join(struct query_shares *shares, struct transaction *transaction)
{
	struct query_share *share = query_shares_of(shares, transaction->path.if_index);

	cds_list_add_tail(&transaction->queued, &share->waiting);
	share->count++;
	if (share->count > shares->heaviest->count)
		shares->heaviest = share;
}

void query_shares_leave(struct query_shares *shares, struct transaction *transaction)
{
	struct query_share *share = query_shares_of(shares, transaction->path.if_index);

	assert(share->count > 0);
	cds_list_del(&transaction->queued);
	share->count--;
	if (share == shares->heaviest)
		shares->is_weighed = false;
}

static void query_shares_weigh(struct query_shares *shares)
{
	for (unsigned int i = 0; i < QUERY_SHARES_COUNT; i++) {
		if (shares->shares[i].count > shares->heaviest->count)
			shares->heaviest = &shares->shares[i];
	}
	shares->is_weighed = true;
}

struct transaction *query_shares_victim(struct query_shares *shares, uint32_t if_index)
{
	const struct query_share *own = query_shares_of(shares, if_index);

	/* One that is lighter than any other is wronged by nobody: weighing is seldom needed. */
	if (!shares->is_weighed && own->count >= shares->heaviest->count)
		query_shares_weigh(shares);
	if (own->count >= shares->heaviest->count)
		return NULL;
	return cds_list_entry(shares->heaviest->waiting.next, struct transaction, queued);
}
