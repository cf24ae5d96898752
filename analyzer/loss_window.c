/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/loss_window.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/seeded_hash.h"

/* The same fact of many units, side by side. */
struct loss_column {
	uint32_t count;
	uint32_t values[LOSS_WINDOW_UNITS_MAX];
};

static bool loss_unit_is(const struct loss_unit *unit, const struct loss_unit *other)
{
	return unit->name == other->name && unit->client == other->client &&
	       unit->resolver == other->resolver;
}

/* The unit's slot, taken from one with a larger hash if need be; NULL if it is not among the sample. */
static struct loss_slot *loss_bucket_slot(struct loss_bucket *bucket, const struct loss_unit *unit)
{
	const uint64_t hash = seeded_hash(unit, offsetof(struct loss_unit, zone), bucket->number);
	const uint32_t order = (uint32_t)hash;
	struct loss_slot *group = bucket->slots[(hash >> 32) % LOSS_WINDOW_GROUPS];
	struct loss_slot *last = NULL; /* the first to give way: free, or of the largest hash */

	for (uint32_t way = 0; way < LOSS_WINDOW_WAYS; way++) {
		struct loss_slot *slot = &group[way];

		if (slot->outcomes != 0 && loss_unit_is(&slot->unit, unit))
			return slot;
		if (last == NULL ||
			(last->outcomes != 0 && (slot->outcomes == 0 || slot->order > last->order)))
			last = slot;
	}
	if (last->outcomes != 0 && last->order <= order)
		return NULL;
	*last = (struct loss_slot){ .order = order, .unit = *unit };
	return last;
}

/* The bucket of that time, emptied if it held an older one; NULL if it holds a newer one. */
static struct loss_bucket *loss_window_bucket(struct loss_window *window, uint64_t number)
{
	struct loss_bucket *bucket = &window->buckets[number % LOSS_WINDOW_BUCKETS];

	if (bucket->number > number)
		return NULL;
	if (bucket->number < number) {
		memset(bucket, 0, sizeof(*bucket));
		bucket->number = number;
	}
	return bucket;
}

void loss_window_add(struct loss_window *window, uint64_t bucket_ns, const struct loss_unit *unit,
	enum loss_outcome outcome, uint64_t sent_ns)
{
	struct loss_bucket *bucket;
	struct loss_slot *slot;

	if (window->bucket_ns != bucket_ns) {
		loss_window_clear(window);
		window->bucket_ns = bucket_ns;
	}
	bucket = loss_window_bucket(window, sent_ns / bucket_ns);
	if (bucket == NULL)
		return;
	slot = loss_bucket_slot(bucket, unit);
	if (slot == NULL)
		return;
	slot->outcomes |= outcome;
	if (unit->zone != 0)
		slot->unit.zone = unit->zone;
	if (outcome != LOSS_GOOD && sent_ns > window->failed_ns)
		window->failed_ns = sent_ns;
}

void loss_window_take_back(struct loss_window *window, uint32_t resolver)
{
	struct loss_slot *slots;

	for (uint32_t i = 0; i < LOSS_WINDOW_BUCKETS; i++) {
		slots = &window->buckets[i].slots[0][0];
		for (uint32_t j = 0; j < LOSS_WINDOW_GROUPS * LOSS_WINDOW_WAYS; j++) {
			if (slots[j].unit.resolver == resolver)
				slots[j].outcomes &= ~(uint32_t)LOSS_UNANSWERED;
		}
	}
}

void loss_window_clear(struct loss_window *window)
{
	memset(window, 0, sizeof(*window));
}

static bool loss_window_reaches(
	const struct loss_window *window, uint64_t number, uint64_t now_ns, uint32_t bucket_count)
{
	const uint64_t newest = now_ns / window->bucket_ns;

	return number <= newest && newest - number < bucket_count;
}

bool loss_window_has_failed(const struct loss_window *window, uint64_t now_ns)
{
	return window->failed_ns != 0 &&
	       loss_window_reaches(
		       window, window->failed_ns / window->bucket_ns, now_ns, LOSS_WINDOW_BUCKETS);
}

static void loss_column_put(struct loss_column *column, uint32_t value)
{
	column->values[column->count++] = value;
}

/* How many of its values differ, up to @distinct_max. */
static uint32_t loss_column_distinct(const struct loss_column *column, uint32_t distinct_max)
{
	struct loss_column seen;
	uint32_t at;

	seen.count = 0;
	for (uint32_t i = 0; i < column->count && seen.count < distinct_max; i++) {
		for (at = 0; at < seen.count && seen.values[at] != column->values[i];)
			at++;
		if (at == seen.count)
			loss_column_put(&seen, column->values[i]);
	}
	return seen.count;
}

/*
 * How often the value stands there that has more than half of them; 0 if none has.
 * Boyer and Moore: what is left when each is struck out with one that differs from it can
 * be that value, and nothing else can.
 */
static uint32_t loss_column_majority(const struct loss_column *column)
{
	uint32_t candidate = 0, left = 0, count = 0;

	for (uint32_t i = 0; i < column->count; i++) {
		if (left == 0)
			candidate = column->values[i];
		if (column->values[i] == candidate)
			left++;
		else
			left--;
	}
	for (uint32_t i = 0; i < column->count; i++)
		count += column->values[i] == candidate;
	return 2 * count > column->count ? count : 0;
}

/* What a sum needs of each unit. */
struct loss_columns {
	struct loss_column names;
	struct loss_column clients;
	struct loss_column zones;
	struct loss_column failed_clients;
	struct loss_column failed_resolvers;
	struct loss_column failed_zones;
};

static void loss_columns_put(struct loss_columns *columns, const struct loss_bucket *bucket)
{
	const struct loss_slot *slots = &bucket->slots[0][0];

	for (uint32_t i = 0; i < LOSS_WINDOW_GROUPS * LOSS_WINDOW_WAYS; i++) {
		if (slots[i].outcomes == 0)
			continue;
		loss_column_put(&columns->names, slots[i].unit.name);
		loss_column_put(&columns->clients, slots[i].unit.client);
		if (slots[i].unit.zone != 0)
			loss_column_put(&columns->zones, slots[i].unit.zone);
		if (slots[i].outcomes & LOSS_GOOD)
			continue;
		loss_column_put(&columns->failed_clients, slots[i].unit.client);
		loss_column_put(&columns->failed_resolvers, slots[i].unit.resolver);
		loss_column_put(&columns->failed_zones, slots[i].unit.zone);
	}
}

void loss_window_sum(const struct loss_window *window, uint64_t now_ns, uint32_t bucket_count,
	uint32_t distinct_max, struct loss_sum *out_sum)
{
	struct loss_columns columns;

	columns.names.count = 0;
	columns.clients.count = 0;
	columns.zones.count = 0;
	columns.failed_clients.count = 0;
	columns.failed_resolvers.count = 0;
	columns.failed_zones.count = 0;
	for (uint32_t i = 0; i < LOSS_WINDOW_BUCKETS && window->bucket_ns != 0; i++) {
		if (loss_window_reaches(window, window->buckets[i].number, now_ns, bucket_count))
			loss_columns_put(&columns, &window->buckets[i]);
	}
	out_sum->units = columns.names.count;
	out_sum->failed = columns.failed_clients.count;
	out_sum->failed_beside_client =
		out_sum->failed - loss_column_majority(&columns.failed_clients);
	out_sum->failed_beside_resolver =
		out_sum->failed - loss_column_majority(&columns.failed_resolvers);
	out_sum->failed_beside_zone = out_sum->failed - loss_column_majority(&columns.failed_zones);
	out_sum->names = loss_column_distinct(&columns.names, distinct_max);
	out_sum->clients = loss_column_distinct(&columns.clients, distinct_max);
	out_sum->zones = loss_column_distinct(&columns.zones, distinct_max);
}
