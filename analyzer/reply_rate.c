/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/reply_rate.h"

#include <errno.h>
#include <stdlib.h>

#include "analyzer/record_table.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/heap_bytes.h"

struct reply_rate {
	uint64_t spent_until_ns;      /* of all: see reply_rate_spend() */
	struct record_table *clients; /* uint64_t: the same of each */
};

int reply_rate_new(struct reply_rate **out_rate, uint64_t seed)
{
	cleanup_free struct reply_rate *rate = calloc(1, sizeof(*rate));
	int r;

	if (rate == NULL)
		return -ENOMEM;
	r = record_table_new(&rate->clients, sizeof(uint64_t), REPLY_RATE_CLIENTS_MAX, seed);
	if (r < 0)
		return r;
	*out_rate = TAKE_PTR(rate);
	return 0;
}

uint64_t reply_rate_bytes(void)
{
	return heap_bytes(sizeof(struct reply_rate)) +
	       record_table_bytes(sizeof(uint64_t), sizeof(uint32_t), REPLY_RATE_CLIENTS_MAX);
}

void reply_rate_free(struct reply_rate *rate)
{
	if (rate == NULL)
		return;
	record_table_free(rate->clients);
	free(rate);
}

/*
 * What is let through is spent evenly, from now or from where the last one ended. It has to
 * end within a second. Return: where; 0 if that is too late.
 */
static uint64_t reply_rate_spend(uint64_t spent_until_ns, uint64_t per_second, uint64_t now_ns)
{
	const uint64_t begin_ns = spent_until_ns > now_ns ? spent_until_ns : now_ns;
	const uint64_t end_ns = begin_ns + NS_PER_S / per_second;

	return end_ns > now_ns + NS_PER_S ? 0 : end_ns;
}

bool reply_rate_take(struct reply_rate *rate, const struct reply_rate_limits *limits,
	uint32_t if_index, uint64_t now_ns)
{
	uint64_t *spent_until_ns;
	uint64_t client_ns, total_ns;

	spent_until_ns = record_table_get(rate->clients, &if_index, sizeof(if_index));
	if (spent_until_ns == NULL)
		return false;
	client_ns = reply_rate_spend(*spent_until_ns, limits->client, now_ns);
	total_ns = reply_rate_spend(rate->spent_until_ns, limits->total, now_ns);
	if (client_ns == 0 || total_ns == 0)
		return false;
	*spent_until_ns = client_ns;
	rate->spent_until_ns = total_ns;
	return true;
}
