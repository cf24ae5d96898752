/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Serving sockets -- the addresses at which this host serves DNS, by its own sockets.
 *
 * A host that resolves for others is no client to answer: what we told it, it would pass
 * on as the truth. Asked from the kernel by sock_diag; where that is not to be had, the
 * set stays empty and a resolver is known by its answers only.
 */

#include "capture/address_set.h"
#include "shared/config.h"

/**
 * serving_sockets_take() - put every UDP socket bound to one of @ports, unconnected
 *
 * A socket bound to no address is there as :: or ::ffff:0.0.0.0.
 *
 * Context: blocks for as long as the kernel takes.
 * Return: 0 or -ENOMEM.
 */
int serving_sockets_take(struct address_set *set, const struct config_ports *ports);

/* One sock_diag message. True if it is such a socket; pure. */
bool serving_sockets_read(
	const void *message, const struct config_ports *ports, uint8_t out_ip[16]);
