/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Reply frame -- an order becomes the Ethernet frame, or to the host itself the IP packet,
 * that its client accepts.
 *
 * What the client addressed is where the frame comes from, and the other way round.
 * IPv4 goes out as unbound sends it: without DF, and with an id that is never 0 and
 * follows the order's (filters against forgeries drop what has DF or id 0). IPv6 has no
 * extension headers. The query's VLAN tags stand in the frame again. Both checksums are
 * whole: nothing is left to an offload that a raw socket cannot ask for. A UDP checksum
 * of 0 is sent as 0xffff (RFC 768, RFC 8200 section 8.1).
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/layout/message_layout.h"

#define REPLY_FRAME_HEADERS_BYTES_MAX (14 + 2 * 4 + 40 + 8) /* Ethernet, tags, IPv6, UDP */
#define REPLY_FRAME_BYTES_MAX         (REPLY_FRAME_HEADERS_BYTES_MAX + MESSAGE_DNS_BYTES_MAX)
#define REPLY_FRAME_IPV4_IN_IPV6      12 /* where the IPv4 address stands in its mapped form */

/* The client is this host: what is built begins with the IP header. */
static inline bool reply_frame_is_to_host(const struct message_order *order)
{
	return order->if_index == MESSAGE_HOST_IF_INDEX;
}

/**
 * reply_frame_build() - write the frame of one order
 * @order:     of a known ip_version, with dns_bytes valid bytes in dns[] (order_intake.h)
 * @out_bytes: size of @out_frame; REPLY_FRAME_BYTES_MAX is always enough
 *
 * Return: the frame's bytes, without padding or check sequence; 0 where it does not fit.
 */
size_t reply_frame_build(const struct message_order *order, uint8_t *out_frame, size_t out_bytes);
