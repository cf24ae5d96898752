/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_message.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define PACKET_MESSAGE_SUM_WHOLE    0xffffu /* what a right checksum makes the sum of everything */
#define PACKET_MESSAGE_VLAN_ID_MASK 0x0fffu /* IEEE 802.1Q */

static_assert(DNS_EVENT_PAYLOAD_BYTES_MAX <= MESSAGE_DNS_BYTES_MAX, "every payload fits a message");
static_assert(DNS_EVENT_FRAME_BYTES_MAX <= MESSAGE_FRAME_BYTES_MAX, "and every held frame");
static_assert(sizeof(((struct dns_event *)0)->vlans) == sizeof(((struct message_packet *)0)->vlans),
	"tags are copied as they are");

bool packet_message_is_held(const struct dns_event *event)
{
	return event->flags & DNS_EVENT_HELD;
}

static bool packet_message_has_payload(const struct dns_event *event)
{
	return event->head_bytes == 0 && event->payload_bytes <= DNS_EVENT_PAYLOAD_BYTES_MAX &&
	       event->payload_bytes <= event->payload_bytes_sent;
}

static bool packet_message_has_frame(const struct dns_event *event)
{
	return event->direction == DNS_EVENT_EGRESS &&
	       event->payload_bytes <= DNS_EVENT_FRAME_BYTES_MAX &&
	       event->head_bytes <= event->payload_bytes &&
	       event->payload_bytes - event->head_bytes <= event->payload_bytes_sent;
}

/* The DNS message, or what there is of it. */
static const uint8_t *packet_message_dns(const struct dns_event *event)
{
	return event->payload + event->head_bytes;
}

static uint16_t packet_message_dns_bytes(const struct dns_event *event)
{
	return event->payload_bytes - event->head_bytes;
}

bool packet_message_is_event(const void *record, uint32_t record_bytes)
{
	const struct dns_event *event = record;

	if (record_bytes < sizeof(*event) || event->version != DNS_EVENT_VERSION)
		return false;
	if (event->direction != DNS_EVENT_INGRESS && event->direction != DNS_EVENT_EGRESS)
		return false;
	if (event->ip_version != 4 && event->ip_version != 6)
		return false;
	if (event->kind != DNS_EVENT_DATAGRAM && event->kind != DNS_EVENT_UNREACHABLE)
		return false;
	if (event->payload_bytes > record_bytes - sizeof(*event))
		return false;
	return packet_message_is_held(event) ? packet_message_has_frame(event)
					     : packet_message_has_payload(event);
}

uint32_t packet_message_bytes(const struct dns_event *event)
{
	return (uint32_t)sizeof(struct message_packet) + event->payload_bytes;
}

/* Add @bytes bytes as 16-bit words; one's complement sums do not care for byte order. */
static uint64_t packet_message_add(uint64_t sum, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint32_t word;
	uint8_t rest[4] = { 0 };

	for (; bytes >= sizeof(word); at += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	memcpy(rest, at, bytes);
	memcpy(&word, rest, sizeof(word));
	return sum + word;
}

static uint16_t packet_message_fold(uint64_t sum)
{
	while (sum > PACKET_MESSAGE_SUM_WHOLE)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

/* RFC 768, RFC 8200 section 8.1. The 0xffff of a mapped IPv4 address adds nothing. */
static uint64_t packet_message_add_pseudo_header(const struct dns_event *event)
{
	uint64_t sum = 0;

	sum = packet_message_add(sum, event->source_ip, sizeof(event->source_ip));
	sum = packet_message_add(sum, event->destination_ip, sizeof(event->destination_ip));
	return sum + htons(event->udp_bytes) + htons(IPPROTO_UDP);
}

enum message_checksum packet_message_checksum(const struct dns_event *event)
{
	uint64_t sum;

	if (event->udp_checksum_be == 0)
		return event->ip_version == 4 ? MESSAGE_CHECKSUM_NONE : MESSAGE_CHECKSUM_WRONG;

	sum = packet_message_add_pseudo_header(event);
	if (packet_message_fold(sum) == event->udp_checksum_be)
		return MESSAGE_CHECKSUM_PENDING;
	if (packet_message_dns_bytes(event) < event->payload_bytes_sent)
		return MESSAGE_CHECKSUM_UNKNOWN;

	sum += event->source_port_be + event->destination_port_be + htons(event->udp_bytes);
	sum += event->udp_checksum_be;
	sum = packet_message_add(sum, packet_message_dns(event), packet_message_dns_bytes(event));
	return packet_message_fold(sum) == PACKET_MESSAGE_SUM_WHOLE ? MESSAGE_CHECKSUM_RIGHT
								    : MESSAGE_CHECKSUM_WRONG;
}

/*
 * VLANs are networks of their own: "bridge:br0.10", from the outermost on. A tag with id 0
 * gives a priority and no VLAN.
 */
static void packet_message_write_scope(
	char *out_scope, const struct dns_event *event, const struct packet_side *side)
{
	memcpy(out_scope, side->scope, MESSAGE_SCOPE_BYTES);
	for (int i = 0; i < DNS_EVENT_VLANS_MAX; i++) {
		const uint16_t id = ntohs(event->vlans[i].tci_be) & PACKET_MESSAGE_VLAN_ID_MASK;
		size_t used;

		if (id == 0)
			continue;
		used = strnlen(out_scope, MESSAGE_SCOPE_BYTES);
		(void)snprintf(
			out_scope + used, MESSAGE_SCOPE_BYTES - used, ".%u", (unsigned int)id);
	}
}

void packet_message_fill(struct message_packet *out_message, const struct dns_event *event,
	const struct packet_side *side)
{
	const uint16_t dns_bytes = packet_message_dns_bytes(event);

	*out_message = (struct message_packet){
		.seen_ns = event->seen_ns,
		.if_index = side->if_index,
		.ingress_if_index = event->ingress_if_index,
		.direction = (uint8_t)side->direction,
		.entry = (uint8_t)side->entry,
		.checksum = (uint8_t)packet_message_checksum(event),
		.ip_version = event->ip_version,
		.ip_ttl = event->ip_ttl,
		.kind = event->kind,
		.flags = side->flags,
		.source_port_be = event->source_port_be,
		.destination_port_be = event->destination_port_be,
		.dns_bytes = dns_bytes,
		.dns_bytes_sent = event->payload_bytes_sent,
		.head_bytes = event->head_bytes,
	};
	memcpy(out_message->vlans, event->vlans, sizeof(out_message->vlans));
	memcpy(out_message->source_mac, event->source_mac, sizeof(out_message->source_mac));
	memcpy(out_message->destination_mac, event->destination_mac,
		sizeof(out_message->destination_mac));
	memcpy(out_message->source_ip, event->source_ip, sizeof(out_message->source_ip));
	memcpy(out_message->destination_ip, event->destination_ip,
		sizeof(out_message->destination_ip));
	packet_message_write_scope(out_message->scope, event, side);
	memcpy(out_message->dns, packet_message_dns(event), dns_bytes);
	memcpy(out_message->dns + dns_bytes, event->payload, event->head_bytes);
}
