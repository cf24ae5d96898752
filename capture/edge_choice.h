/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge choice -- which interfaces the configuration makes edges.
 *
 * The words of `interface`, separated by spaces or commas:
 *   auto       the host side of every veth that leads into another network namespace,
 *              but one that carries our default route (inside LXC the uplink is one)
 *   a bridge   its veth ports that lead elsewhere; other ports are left out
 *   a name     that interface, whatever it is
 * Names and bridges may be globs. Only Ethernet-like interfaces can be edges.
 */

#include "capture/interface_table.h"
#include "shared/config.h"

struct edge_choice {
	char words[CONFIG_TEXT_BYTES_MAX + 1]; /* each ends with NUL, the last with two */
};

enum edge_choice_verdict {
	EDGE_CHOICE_NO = 0,
	EDGE_CHOICE_EDGE = 1,
	EDGE_CHOICE_LEFT_OUT = 2, /* a port of a named bridge, but no container's */
};

void edge_choice_parse(struct edge_choice *out_choice, const char *text);

/* @interface is a row of the settled @table, its default route marked. */
enum edge_choice_verdict edge_choice_judge(const struct edge_choice *choice,
	const struct interface_table *table, const struct interface *interface);
