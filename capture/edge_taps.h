/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge taps -- the edges that have their pair of taps, brought in line with a table.
 *
 * One change per call, because each takes the kernel tens of milliseconds. Each edge
 * that is taken or let go is one line in the log; one that refuses its taps is one
 * warning, tried again with every new table.
 */

#include <stddef.h>

#include "capture/interface_table.h"
#include "capture/tap_program.h"

struct edge_tap {
	uint32_t if_index;
	uint8_t role; /* enum interface_role it was attached for */
	bool refused; /* no taps, and said so */
	bool tried;   /* with this table */
	struct tap_pair pair;
	char name[IFNAMSIZ];
	char scope[MESSAGE_SCOPE_BYTES];
};

struct edge_taps {
	const struct tap_program *program;
	struct edge_tap *rows;
	size_t count;
	size_t room_count;
	uint64_t let_go; /* times an interface that is still there lost its taps */
};

enum edge_taps_outcome {
	EDGE_TAPS_SETTLED = 0, /* nothing left to change */
	EDGE_TAPS_CHANGED = 1, /* call again */
};

void edge_taps_init(struct edge_taps *taps);
void edge_taps_open(struct edge_taps *taps, const struct tap_program *program);

/* Detaches everything, silently. */
void edge_taps_close(struct edge_taps *taps);

/* A new table is there: refused edges may be tried again. */
void edge_taps_begin(struct edge_taps *taps);

/**
 * edge_taps_step() - one change on the way from what is attached to what is chosen
 *
 * Sets `watched` in the table's rows.
 *
 * Return: enum edge_taps_outcome, or -ENOMEM.
 */
int edge_taps_step(struct edge_taps *taps, struct interface_table *table);
