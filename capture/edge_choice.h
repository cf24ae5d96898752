/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge choice -- which interfaces the configuration makes edges.
 *
 * The words of `interface`, separated by spaces or commas:
 *   auto       every container's edge: the host side of a veth that leads into another
 *              network namespace, and a virtual machine's tap; not one that carries our
 *              default route (inside LXC the uplink is a veth); and `host`
 *   host       the host's own look-ups: lo, and what carries the default route
 *   a bridge   its ports that are container's edges; other ports are left out
 *   a name     that interface as an edge, whatever it is; for the host's own look-ups if
 *              it is lo, or carries the default route and is no container's edge
 * Names and bridges may be globs. Only Ethernet-like interfaces can be either: of
 * others that are chosen (wg, ppp, tun) a person is told.
 */

#include "capture/interface_table.h"
#include "shared/config.h"

struct edge_choice {
	char words[CONFIG_TEXT_BYTES_MAX + 1]; /* each ends with NUL, the last with two */
};

enum edge_choice_verdict {
	EDGE_CHOICE_NO = 0,
	EDGE_CHOICE_EDGE = 1,
	EDGE_CHOICE_HOST = 2,        /* the host's own look-ups pass here */
	EDGE_CHOICE_LEFT_OUT = 3,    /* a port of a named bridge, but no container's */
	EDGE_CHOICE_NO_ETHERNET = 4, /* chosen, but no tap can read its packets */
};

void edge_choice_parse(struct edge_choice *out_choice, const char *text);

/* @interface is a row of the settled @table, its default route marked. */
enum edge_choice_verdict edge_choice_judge(const struct edge_choice *choice,
	const struct interface_table *table, const struct interface *interface);
