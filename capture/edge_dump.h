/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge dump -- ask the kernel for all interfaces and default routes.
 *
 * Blocks for as long as somebody else holds the kernel's network configuration lock,
 * which can be seconds: never called by the thread that carries messages.
 */

#include "capture/interface_table.h"

struct edge_dump {
	int fd; /* NETLINK_ROUTE, no groups */
	uint32_t sequence;
};

enum edge_dump_outcome {
	EDGE_DUMP_OK = 0,
	EDGE_DUMP_AGAIN = 1, /* things changed meanwhile, or the kernel did not answer */
};

void edge_dump_init(struct edge_dump *dump);
int edge_dump_open(struct edge_dump *dump);
void edge_dump_close(struct edge_dump *dump);

/**
 * edge_dump_take() - a settled table with its default routes marked
 * @out_table: to be freed with interface_table_free(); only on EDGE_DUMP_OK
 *
 * Return: EDGE_DUMP_OK, EDGE_DUMP_AGAIN, or -errno.
 */
int edge_dump_take(struct edge_dump *dump, struct interface_table **out_table);
