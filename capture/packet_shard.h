/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Packet shard -- which worker a packet is for: all of one client's go to the same.
 *
 * So a client's A and AAAA, its retransmits, its errors, and what is seen of its
 * queries at other edges meet in one worker, in their order. The client is whoever is
 * not the server; where both ends use a server's port, the two addresses count alike,
 * whichever way the packet goes.
 *
 * Pure.
 */

#include <stdint.h>

#include "bpf/dns_event.h"

/**
 * packet_shard() - the worker's number
 * @flags: MESSAGE_PACKET_*
 * @count: of workers, at least 1
 */
uint32_t packet_shard(const struct dns_event *event, uint16_t flags, uint32_t count);
