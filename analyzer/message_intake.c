/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/message_intake.h"

#include <stddef.h>
#include <string.h>

#define MESSAGE_INTAKE_HEAD_BYTES_MIN (14 + 20 + 8) /* Ethernet, IPv4, UDP */

static bool message_intake_is_in_range(const struct message_packet *packet)
{
	return packet->direction >= MESSAGE_DIRECTION_INBOUND &&
	       packet->direction <= MESSAGE_DIRECTION_OUTBOUND &&
	       packet->entry >= MESSAGE_ENTRY_UNKNOWN && packet->entry <= MESSAGE_ENTRY_EDGE &&
	       packet->checksum >= MESSAGE_CHECKSUM_RIGHT &&
	       packet->checksum <= MESSAGE_CHECKSUM_UNKNOWN &&
	       packet->kind >= MESSAGE_PACKET_DATAGRAM &&
	       packet->kind <= MESSAGE_PACKET_UNREACHABLE &&
	       (packet->ip_version == 4 || packet->ip_version == 6) && packet->if_index != 0 &&
	       memchr(packet->scope, '\0', sizeof(packet->scope)) != NULL;
}

/* All of a held packet's frame is there, and it was on its way out of an edge. */
static bool message_intake_has_frame(const struct message_packet *packet, uint32_t body_bytes)
{
	if (!(packet->flags & MESSAGE_PACKET_HELD))
		return packet->head_bytes == 0;
	return packet->direction == MESSAGE_DIRECTION_OUTBOUND &&
	       packet->if_index != MESSAGE_HOST_IF_INDEX &&
	       packet->head_bytes >= MESSAGE_INTAKE_HEAD_BYTES_MIN &&
	       packet->head_bytes + packet->dns_bytes <= MESSAGE_FRAME_BYTES_MAX &&
	       packet->head_bytes + packet->dns_bytes <= body_bytes - sizeof(*packet);
}

const struct message_packet *message_intake_packet(const struct ring_record *record)
{
	const struct message_packet *packet = record->body;

	if (record->type != MESSAGE_PACKET || record->body_bytes < sizeof(*packet))
		return NULL;
	if (packet->dns_bytes > MESSAGE_DNS_BYTES_MAX ||
		packet->dns_bytes > packet->dns_bytes_sent ||
		packet->dns_bytes > record->body_bytes - sizeof(*packet))
		return NULL;
	if (!message_intake_has_frame(packet, record->body_bytes))
		return NULL;
	return message_intake_is_in_range(packet) ? packet : NULL;
}
