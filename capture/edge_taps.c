/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_taps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/fault.h"

#define EDGE_TAPS_ROOM_MIN 16u

void edge_taps_init(struct edge_taps *taps)
{
	*taps = (struct edge_taps){ .rows = NULL };
}

void edge_taps_open(struct edge_taps *taps, const struct tap_program *program)
{
	taps->program = program;
}

void edge_taps_close(struct edge_taps *taps)
{
	for (size_t i = 0; i < taps->count; i++)
		tap_program_detach(&taps->rows[i].pair);
	free(taps->rows);
	edge_taps_init(taps);
}

void edge_taps_begin(struct edge_taps *taps)
{
	for (size_t i = 0; i < taps->count; i++)
		taps->rows[i].tried = false;
}

static struct edge_tap *edge_taps_find(const struct edge_taps *taps, uint32_t if_index)
{
	for (size_t i = 0; i < taps->count; i++) {
		if (taps->rows[i].if_index == if_index)
			return &taps->rows[i];
	}
	return NULL;
}

static int edge_taps_make_room(struct edge_taps *taps)
{
	size_t room_count = taps->room_count * 2 + EDGE_TAPS_ROOM_MIN;
	struct edge_tap *rows;

	if (taps->count < taps->room_count)
		return 0;
	rows = reallocarray(taps->rows, room_count, sizeof(*rows));
	if (!rows)
		return FAULT(ENOMEM, "no memory for the taps of %zu edges", room_count);
	taps->rows = rows;
	taps->room_count = room_count;
	return 0;
}

/* Let go of the first edge that is no longer chosen. True if there was one. */
static bool edge_taps_drop_one(struct edge_taps *taps, const struct interface_table *table)
{
	for (size_t i = 0; i < taps->count; i++) {
		struct edge_tap *tap = &taps->rows[i];
		const struct interface *row = interface_table_find(table, tap->if_index);

		if (row && row->role == tap->role)
			continue;
		tap_program_detach(&tap->pair);
		if (!tap->refused) {
			log_info("no longer watching %s (%s)", tap->name, tap->scope);
			taps->let_go += row != NULL;
		}
		*tap = taps->rows[--taps->count];
		return true;
	}
	return false;
}

/* Say so where an edge has become part of another network, or was renamed. */
static void edge_taps_follow(struct edge_tap *tap, const struct interface *row)
{
	bool same = strcmp(tap->name, row->name) == 0 && strcmp(tap->scope, row->scope) == 0;

	memcpy(tap->name, row->name, sizeof(tap->name));
	memcpy(tap->scope, row->scope, sizeof(tap->scope));
	if (!same && !tap->refused)
		log_info("watching %s (%s)", tap->name, tap->scope);
}

static enum tap_side edge_taps_side(const struct interface *row)
{
	/* What leaves by lo comes in by lo again: once is enough. */
	if (interface_is_loopback(row))
		return TAP_SIDE_EGRESS;
	return row->role == INTERFACE_ROLE_EDGE ? TAP_SIDE_HOLD : TAP_SIDE_BOTH;
}

static void edge_taps_attach(
	const struct edge_taps *taps, const struct interface *row, struct edge_tap *tap)
{
	bool refused_before = tap->refused;

	switch (tap_program_attach(taps->program, tap->if_index, edge_taps_side(row), &tap->pair)) {
	case TAP_PROGRAM_OK:
		tap->refused = false;
		log_info("watching %s (%s)", tap->name, tap->scope);
		return;
	case TAP_PROGRAM_GONE:
		log_debug("%s is gone before it could be watched", tap->name);
		break;
	default:
		if (!refused_before)
			log_warning("cannot watch %s: %s", tap->name, strerror(errno));
		break;
	}
	tap->refused = true;
	tap->tried = true;
}

/* Attach one chosen edge that has no taps. Returns enum edge_taps_outcome or -ENOMEM. */
static int edge_taps_add_one(struct edge_taps *taps, const struct interface_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct interface *row = &table->rows[i];
		struct edge_tap *tap = row->role ? edge_taps_find(taps, row->index) : NULL;
		int r;

		/* What comes up has its place: before, it may be on its way to a bridge. */
		if (!row->role || !row->is_up || (tap && (!tap->refused || tap->tried)))
			continue;
		if (!tap) {
			r = edge_taps_make_room(taps);
			if (r < 0)
				return r;
			tap = &taps->rows[taps->count++];
			*tap = (struct edge_tap){
				.if_index = row->index,
				.role = row->role,
				.pair = TAP_PAIR_NONE,
			};
			memcpy(tap->name, row->name, sizeof(tap->name));
			memcpy(tap->scope, row->scope, sizeof(tap->scope));
		}
		edge_taps_attach(taps, row, tap);
		return EDGE_TAPS_CHANGED;
	}
	return EDGE_TAPS_SETTLED;
}

static void edge_taps_mark(struct edge_taps *taps, struct interface_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		table->rows[i].watched = false;
	for (size_t i = 0; i < taps->count; i++) {
		struct interface *row = interface_table_find(table, taps->rows[i].if_index);

		if (!row)
			continue;
		row->watched = !taps->rows[i].refused;
		edge_taps_follow(&taps->rows[i], row);
	}
}

int edge_taps_step(struct edge_taps *taps, struct interface_table *table)
{
	int r = EDGE_TAPS_CHANGED;

	if (!edge_taps_drop_one(taps, table))
		r = edge_taps_add_one(taps, table);
	edge_taps_mark(taps, table);
	return r;
}
