/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failure_private.h"

#include <string.h>

#include "analyzer/seeded_hash.h"
#include "analyzer/zone_of.h"
#include "shared/compiler.h"
#include "shared/config_zone.h"

/* A zone's record: of what resolver, and which. */
struct failure_zone_key {
	struct failure_resolver_key resolver;
	uint64_t hash;
};

void failure_name(const struct failure_state *state, const struct dns_name *name,
	struct failure_name *out_name)
{
	dns_name_copy(name->bytes, name->length_bytes, &out_name->folded);
	dns_name_fold(&out_name->folded);
	out_name->hash =
		seeded_hash(out_name->folded.bytes, out_name->folded.length_bytes, state->seed);
	out_name->zone_hash = 0;
}

const struct config_zone *failure_zone_configured(
	const struct failure_state *state, const struct dns_name *folded)
{
	return state->zones_configured.count == 0
		       ? NULL
		       : config_zones_find(&state->zones_configured, folded);
}

/* Where its zone begins: by the list of suffixes, or a longer one that is configured. */
static size_t failure_zone_at(const struct failure_state *state, const struct dns_name *folded)
{
	const struct config_zone *configured = failure_zone_configured(state, folded);
	const size_t listed_at = zone_of(folded);
	size_t at;

	if (configured == NULL)
		return listed_at;
	at = (size_t)(folded->length_bytes - configured->name.length_bytes);
	return at < listed_at ? at : listed_at;
}

void failure_name_zone(struct failure_state *state, struct failure_name *name)
{
	struct failure_zone_memo *memo =
		&state->zone_memos[name->hash % ARRAY_COUNT(state->zone_memos)];

	if (memo->zone_hash == 0 || memo->name_hash != name->hash) {
		memo->name_hash = name->hash;
		memo->at = (uint8_t)failure_zone_at(state, &name->folded);
		memo->zone_hash = seeded_hash(name->folded.bytes + memo->at,
					  name->folded.length_bytes - memo->at, state->seed) |
				  1;
	}
	name->zone_at = memo->at;
	name->zone_hash = memo->zone_hash;
}

static struct failure_zone_key failure_zone_key(
	const struct failure_resolver *resolver, const struct failure_name *name)
{
	struct failure_zone_key key;

	memset(&key, 0, sizeof(key));
	key.resolver = resolver->key;
	key.hash = name->zone_hash;
	return key;
}

static struct failure_zone *failure_zone_watch(struct failure_state *state,
	const struct failure_resolver *resolver, const struct failure_name *name, uint64_t now_ns)
{
	const struct failure_zone_key key = failure_zone_key(resolver, name);
	struct failure_zone *zone = record_table_get(state->zones, &key, sizeof(key));

	if (zone == NULL || zone->began_ns != 0)
		return zone;
	zone->resolver = resolver->key;
	zone->began_ns = now_ns;
	zone->name.length_bytes = (uint8_t)(name->folded.length_bytes - name->zone_at);
	memcpy(zone->name.bytes, name->folded.bytes + name->zone_at, zone->name.length_bytes);
	return zone;
}

void failure_zone_add(struct failure_state *state, const struct failure_resolver *resolver,
	const struct failure_name *name, const struct loss_unit *unit, enum loss_outcome outcome,
	uint64_t sent_ns, uint64_t now_ns)
{
	const struct failure_zone_key key = failure_zone_key(resolver, name);
	struct failure_zone *zone;

	if (outcome != LOSS_GOOD && !resolver->is_silent)
		zone = failure_zone_watch(state, resolver, name, now_ns);
	else
		zone = record_table_find(state->zones, &key, sizeof(key));
	if (zone != NULL && sent_ns >= zone->began_ns)
		loss_window_add(&zone->window, state->limits.window_ns / LOSS_WINDOW_BUCKETS, unit,
			outcome, sent_ns);
}

bool failure_zone_is_failing(struct failure_state *state, const struct failure_resolver *resolver,
	const struct dns_name *name)
{
	struct failure_name asked;
	struct failure_zone_key key;
	const struct failure_zone *zone;

	if (state->zones_lossy_count == 0) /* most of the time */
		return false;
	failure_name(state, name, &asked);
	failure_name_zone(state, &asked);
	key = failure_zone_key(resolver, &asked);
	zone = record_table_find(state->zones, &key, sizeof(key));
	return zone != NULL && zone->is_lossy;
}

static bool failure_zone_take_back_one(void *body, const void *key, void *argument)
{
	const struct failure_resolver *resolver = argument;
	struct failure_zone *zone = body;

	(void)key;
	if (memcmp(&zone->resolver, &resolver->key, sizeof(zone->resolver)) == 0)
		loss_window_take_back(&zone->window, resolver->hash);
	return true;
}

void failure_zones_take_back(struct failure_state *state, struct failure_resolver *resolver)
{
	record_table_sweep(state->zones, failure_zone_take_back_one, resolver);
}

static bool failure_zone_is_kept_never(void *body, const void *key, void *argument)
{
	(void)body;
	(void)key;
	(void)argument;
	return false;
}

void failure_zones_clear(struct failure_state *state)
{
	record_table_sweep(state->zones, failure_zone_is_kept_never, NULL);
}

static void failure_zone_forgetting(void *body, void *argument)
{
	const struct failure_zone *zone = body;
	struct failure_state *state = argument;

	state->zones_lossy_count -= zone->is_lossy;
}

int failure_zones_new(struct failure_state *state)
{
	const int r = record_table_new(
		&state->zones, sizeof(struct failure_zone), FAILURE_ZONES_MAX, state->seed);

	if (r == 0)
		record_table_set_forgetter(state->zones, failure_zone_forgetting, state);
	return r;
}

uint64_t failure_zones_bytes(void)
{
	return record_table_bytes(
		sizeof(struct failure_zone), sizeof(struct failure_zone_key), FAILURE_ZONES_MAX);
}

void failure_zones_configure(struct failure_state *state, const struct config_zones *configured)
{
	if (configured != NULL)
		state->zones_configured = *configured;
	else
		state->zones_configured.count = 0;
	memset(state->zone_memos, 0, sizeof(state->zone_memos));
}
