/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Edge dump -- ask the kernel for all interfaces, addresses and default routes.
 *
 * Blocks for as long as somebody else holds the kernel's network configuration lock,
 * which can be seconds: never called by the thread that carries messages.
 */

#include "capture/interface_table.h"
#include "shared/config.h"

enum edge_dump_outcome {
	EDGE_DUMP_OK = 0,
	EDGE_DUMP_AGAIN = 1, /* interfaces changed meanwhile, or the kernel did not answer */
};

/**
 * edge_dump_take() - a settled table with its default routes marked
 * @out_table: to be freed with interface_table_free(); only on EDGE_DUMP_OK
 * @ports:     at which servers listen
 *
 * A route that changes meanwhile is an event of its own: a reason to ask again.
 *
 * Return: EDGE_DUMP_OK, EDGE_DUMP_AGAIN, or -errno.
 */
int edge_dump_take(struct interface_table **out_table, const struct config_ports *ports);
