/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Packet side -- whose edge a packet crossed, and which way, as its client sees it.
 *
 * At an edge the host's own view is enough: what enters comes from the container. The
 * host itself has no edge; its look-ups cross lo or leave by the default route:
 *
 *   lo        only what leaves it is looked at, since the same comes in again. Sent to a
 *             server: from the host as a client; all else: to it
 *   uplinks   leaving, made here, from an address of this host: from it;
 *             entering, to an address of this host: to it;
 *             everything else only passes through, and was or will be seen at an edge
 *
 * That a packet was made here is not enough: a macvlan container's was, too. An address
 * of this host is not either: what is masqueraded has one.
 *
 * Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bpf/dns_event.h"
#include "capture/interface_table.h"
#include "shared/config.h"
#include "shared/layout/message_layout.h"

enum packet_side_outcome {
	PACKET_SIDE_CLIENTS = 0,
	PACKET_SIDE_PASSING = 1, /* no client's business here */
	PACKET_SIDE_UNPROTECTED =
		2, /* a query that leaves past every edge: no reply could reach it */
};

struct packet_side {
	uint32_t if_index; /* the edge: of the container, or MESSAGE_HOST_IF_INDEX */
	enum message_direction direction;
	enum message_entry entry;
	uint16_t flags;    /* MESSAGE_PACKET_* */
	const char *scope; /* MESSAGE_SCOPE_BYTES, NUL-padded, without VLAN ids */
};

/* Whether servers listen at this port. */
bool packet_side_is_server_port(const struct config_ports *ports, uint16_t port_be);

/**
 * packet_side_find() - place an event
 * @out_side: set on PACKET_SIDE_CLIENTS only; points into @table
 *
 * Return: enum packet_side_outcome.
 */
enum packet_side_outcome packet_side_find(const struct dns_event *event,
	const struct interface_table *table, const struct config_ports *ports,
	struct packet_side *out_side);
