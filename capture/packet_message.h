/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Packet message -- an event from a tap becomes a message for the analyzer.
 *
 * Pure: bytes in, bytes out.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bpf/dns_event.h"
#include "capture/packet_side.h"
#include "shared/layout/message_layout.h"

/* True if @record is a whole event of this version and its lengths hold together. */
bool packet_message_is_event(const void *record, uint32_t record_bytes);

/* Whether its packet is here and nowhere else. */
bool packet_message_is_held(const struct dns_event *event);

/* Bytes of the message that this event becomes. */
uint32_t packet_message_bytes(const struct dns_event *event);

/**
 * packet_message_fill() - write the message
 * @out_message: packet_message_bytes() bytes
 */
void packet_message_fill(struct message_packet *out_message, const struct dns_event *event,
	const struct packet_side *side);

/* What the UDP checksum says about this datagram. */
enum message_checksum packet_message_checksum(const struct dns_event *event);
