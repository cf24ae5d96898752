/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/record_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/rcu.h"
#include "analyzer/seeded_hash.h"
#include "shared/compiler.h"
#include "shared/heap_bytes.h"

struct record {
	struct cds_lfht_node node;
	struct cds_list_head used; /* most recently looked up first */
	size_t key_bytes;
	/* body_bytes of body, then the key */
	max_align_t body[];
};

struct record_table {
	struct cds_lfht *records;
	struct cds_list_head used;
	size_t body_bytes;
	uint64_t count;
	uint64_t count_max;
	uint64_t seed;
	void (*forgetting)(void *body, void *argument);
	void *forgetting_argument;
};

struct record_key {
	const struct record_table *table;
	const void *bytes;
	size_t size_bytes;
};

/* Keys start after the body: keep both aligned. */
static size_t record_table_round(size_t body_bytes)
{
	return (body_bytes + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
}

uint64_t record_table_bytes(size_t body_bytes, size_t key_bytes, uint64_t records_max)
{
	return rcu_table_bytes(rcu_table_buckets(records_max)) +
	       records_max * heap_bytes(sizeof(struct record) + record_table_round(body_bytes) +
					key_bytes);
}

int record_table_new(
	struct record_table **out_table, size_t body_bytes, uint64_t records_max, uint64_t seed)
{
	const uint64_t buckets = rcu_table_buckets(records_max);
	cleanup_free struct record_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return -ENOMEM;
	table->body_bytes = record_table_round(body_bytes);
	table->count_max = records_max;
	table->seed = seed;
	CDS_INIT_LIST_HEAD(&table->used);
	table->records = cds_lfht_new(buckets, buckets, buckets, 0, NULL);
	if (table->records == NULL)
		return -ENOMEM;

	*out_table = TAKE_PTR(table);
	return 0;
}

static const void *record_table_key_of(
	const struct record_table *table, const struct record *record)
{
	return (const uint8_t *)record->body + table->body_bytes;
}

static int record_table_matches(struct cds_lfht_node *node, const void *argument)
{
	const struct record *record = caa_container_of(node, struct record, node);
	const struct record_key *key = argument;

	return record->key_bytes == key->size_bytes &&
	       memcmp(record_table_key_of(key->table, record), key->bytes, key->size_bytes) == 0;
}

static struct record *record_table_look_up(
	struct record_table *table, uint64_t hash, const struct record_key *key)
{
	struct cds_lfht_iter position;
	struct cds_lfht_node *node;

	rcu_read_lock();
	cds_lfht_lookup(table->records, hash, record_table_matches, key, &position);
	node = cds_lfht_iter_get_node(&position);
	rcu_read_unlock();
	return node == NULL ? NULL : caa_container_of(node, struct record, node);
}

void record_table_set_forgetter(
	struct record_table *table, void (*forgetting)(void *body, void *argument), void *argument)
{
	table->forgetting = forgetting;
	table->forgetting_argument = argument;
}

/* Whoever looks up holds the owner's lock, as we do: no grace period is needed. */
static void record_table_remove(struct record_table *table, struct record *record)
{
	if (table->forgetting)
		table->forgetting(record->body, table->forgetting_argument);
	rcu_read_lock();
	(void)cds_lfht_del(table->records, &record->node);
	rcu_read_unlock();
	cds_list_del(&record->used);
	table->count--;
	free(record);
}

static struct record *record_table_add(
	struct record_table *table, uint64_t hash, const struct record_key *key)
{
	struct record *record;

	if (table->count >= table->count_max)
		record_table_remove(table, cds_list_entry(table->used.prev, struct record, used));
	record = calloc(1, sizeof(*record) + table->body_bytes + key->size_bytes);
	if (record == NULL)
		return NULL;
	record->key_bytes = key->size_bytes;
	memcpy((uint8_t *)record->body + table->body_bytes, key->bytes, key->size_bytes);
	cds_lfht_node_init(&record->node);
	rcu_read_lock();
	cds_lfht_add(table->records, hash, &record->node);
	rcu_read_unlock();
	cds_list_add(&record->used, &table->used);
	table->count++;
	return record;
}

void *record_table_peek(struct record_table *table, const void *bytes, size_t size_bytes)
{
	const struct record_key key = { table, bytes, size_bytes };
	struct record *record;

	if (table->count == 0) /* of many tables, most of the time */
		return NULL;
	record = record_table_look_up(table, seeded_hash(bytes, size_bytes, table->seed), &key);
	return record == NULL ? NULL : record->body;
}

void *record_table_find(struct record_table *table, const void *bytes, size_t size_bytes)
{
	void *body = record_table_peek(table, bytes, size_bytes);

	if (body != NULL)
		cds_list_move(&caa_container_of(body, struct record, body)->used, &table->used);
	return body;
}

void *record_table_get(struct record_table *table, const void *bytes, size_t size_bytes)
{
	const struct record_key key = { table, bytes, size_bytes };
	const uint64_t hash = seeded_hash(bytes, size_bytes, table->seed);
	struct record *record = record_table_look_up(table, hash, &key);

	if (record == NULL)
		record = record_table_add(table, hash, &key);
	else
		cds_list_move(&record->used, &table->used);
	return record == NULL ? NULL : record->body;
}

void record_table_forget(struct record_table *table, void *body)
{
	record_table_remove(table, caa_container_of(body, struct record, body));
}

void record_table_sweep(struct record_table *table,
	bool (*is_kept)(void *body, const void *key, void *argument), void *argument)
{
	struct cds_list_head *next;

	/* Not by entry: the head lies in no record, and need not be aligned like one. */
	for (struct cds_list_head *at = table->used.next; at != &table->used; at = next) {
		struct record *record = cds_list_entry(at, struct record, used);

		next = at->next;
		if (!is_kept(record->body, record_table_key_of(table, record), argument))
			record_table_remove(table, record);
	}
}

uint64_t record_table_used(const struct record_table *table)
{
	return table->count;
}

void record_table_free(struct record_table *table)
{
	if (table == NULL)
		return;
	while (!cds_list_empty(&table->used))
		record_table_remove(table, cds_list_entry(table->used.next, struct record, used));
	(void)cds_lfht_destroy(table->records, NULL);
	free(table);
}
