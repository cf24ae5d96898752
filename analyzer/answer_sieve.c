/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_sieve.h"

void answer_sieve_init(struct answer_sieve *sieve)
{
	CDS_INIT_LIST_HEAD(&sieve->fifo);
	sieve->hand = &sieve->fifo;
}

void answer_sieve_add(struct answer_sieve *sieve, struct answer_entry *entry)
{
	cds_list_add(&entry->fifo, &sieve->fifo);
}

void answer_sieve_remove(struct answer_sieve *sieve, struct answer_entry *entry)
{
	if (sieve->hand == &entry->fifo)
		sieve->hand = entry->fifo.prev;
	cds_list_del(&entry->fifo);
}

struct answer_entry *answer_sieve_oldest(struct answer_sieve *sieve)
{
	if (cds_list_empty(&sieve->fifo))
		return NULL;
	return caa_container_of(sieve->fifo.prev, struct answer_entry, fifo);
}

/* The entry under the hand. */
static struct answer_entry *answer_sieve_at_hand(struct answer_sieve *sieve)
{
	if (sieve->hand == &sieve->fifo)
		return answer_sieve_oldest(sieve);
	return caa_container_of(sieve->hand, struct answer_entry, fifo);
}

struct answer_entry *answer_sieve_victim(struct answer_sieve *sieve)
{
	struct answer_entry *entry = answer_sieve_at_hand(sieve);
	unsigned int spared_count = 0;

	while (entry && atomic_load_explicit(&entry->visited, memory_order_relaxed) &&
		spared_count < ANSWER_SIEVE_SPARED_MAX) {
		atomic_store_explicit(&entry->visited, 0, memory_order_relaxed);
		spared_count++;
		sieve->hand = entry->fifo.prev;
		entry = answer_sieve_at_hand(sieve);
	}
	return entry;
}
