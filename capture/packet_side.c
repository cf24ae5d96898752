/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_side.h"

#include <arpa/inet.h>
#include <string.h>

static const char packet_side_scope_none[MESSAGE_SCOPE_BYTES] = "";

bool packet_side_is_server_port(const struct config_ports *ports, uint16_t port_be)
{
	for (uint32_t i = 0; i < ports->count; i++) {
		if (port_be == htons(ports->ports[i]))
			return true;
	}
	return false;
}

static uint16_t packet_side_flags(const struct dns_event *event, const struct config_ports *ports)
{
	uint16_t flags = 0;

	if (packet_side_is_server_port(ports, event->destination_port_be))
		flags |= MESSAGE_PACKET_TO_SERVER;
	if (packet_side_is_server_port(ports, event->source_port_be))
		flags |= MESSAGE_PACKET_FROM_SERVER;
	if (event->flags & DNS_EVENT_FIRST_FRAGMENT)
		flags |= MESSAGE_PACKET_FIRST_FRAGMENT;
	if (event->flags & DNS_EVENT_HELD)
		flags |= MESSAGE_PACKET_HELD;
	return flags;
}

/* 127.0.0.0/8 is all this host's, whatever is configured (RFC 1122 section 3.2.1.3). */
static bool packet_side_is_loopback(const uint8_t ip[16])
{
	static const uint8_t ip4_loopback[13] = { [10] = 0xff, 0xff, 127 };
	static const uint8_t ip6_loopback[16] = { [15] = 1 };

	return memcmp(ip, ip4_loopback, sizeof(ip4_loopback)) == 0 ||
	       memcmp(ip, ip6_loopback, sizeof(ip6_loopback)) == 0;
}

static bool packet_side_is_local(const struct interface_table *table, const uint8_t ip[16])
{
	return packet_side_is_loopback(ip) || address_set_has(&table->local, ip);
}

/* A socket of this host serves DNS at @ip, or at every address of its family. */
static bool packet_side_serves(const struct interface_table *table, const uint8_t ip[16])
{
	static const uint8_t ip4_any[16] = { [10] = 0xff, 0xff };
	static const uint8_t ip6_any[16]; /* serves IPv4 as well, unless it was told not to */
	const bool is_ip4 = memcmp(ip, ip4_any, 12) == 0;

	return address_set_has(&table->serving, ip) || address_set_has(&table->serving, ip6_any) ||
	       (is_ip4 && address_set_has(&table->serving, ip4_any));
}

/* The end of a datagram that is not the server: of an error, of what it quotes. */
static const uint8_t *packet_side_client_ip(const struct dns_event *event, bool is_from_client)
{
	return is_from_client || event->kind == DNS_EVENT_UNREACHABLE ? event->source_ip
								      : event->destination_ip;
}

static bool packet_side_is_from_host(const struct dns_event *event,
	const struct interface_table *table, const struct interface *row, uint16_t flags)
{
	if (event->kind != DNS_EVENT_DATAGRAM || event->direction != DNS_EVENT_EGRESS)
		return false;
	if (interface_is_loopback(row))
		return flags & MESSAGE_PACKET_TO_SERVER;
	return event->ingress_if_index == 0 && packet_side_is_local(table, event->source_ip);
}

static bool packet_side_is_to_host(const struct dns_event *event,
	const struct interface_table *table, const struct interface *row)
{
	if (interface_is_loopback(row))
		return event->direction == DNS_EVENT_EGRESS;
	return event->direction == DNS_EVENT_INGRESS &&
	       packet_side_is_local(table, packet_side_client_ip(event, false));
}

/* Made here, and not from an address of this host: a container that shares its interface. */
static bool packet_side_is_unprotected(
	const struct dns_event *event, const struct interface *row, const struct packet_side *side)
{
	return event->kind == DNS_EVENT_DATAGRAM && event->direction == DNS_EVENT_EGRESS &&
	       event->ingress_if_index == 0 && !interface_is_loopback(row) &&
	       (side->flags & MESSAGE_PACKET_TO_SERVER);
}

static enum packet_side_outcome packet_side_find_host(const struct dns_event *event,
	const struct interface_table *table, const struct interface *row, struct packet_side *side)
{
	const bool is_from_host = packet_side_is_from_host(event, table, row, side->flags);

	if (!is_from_host && !packet_side_is_to_host(event, table, row))
		return packet_side_is_unprotected(event, row, side) ? PACKET_SIDE_UNPROTECTED
								    : PACKET_SIDE_PASSING;
	side->if_index = MESSAGE_HOST_IF_INDEX;
	side->direction = is_from_host ? MESSAGE_DIRECTION_INBOUND : MESSAGE_DIRECTION_OUTBOUND;
	side->entry =
		interface_is_loopback(row) ? MESSAGE_ENTRY_LOCAL : (enum message_entry)row->entry;
	if (packet_side_serves(table, packet_side_client_ip(event, is_from_host)))
		side->flags |= MESSAGE_PACKET_CLIENT_SERVES;
	return PACKET_SIDE_CLIENTS;
}

enum packet_side_outcome packet_side_find(const struct dns_event *event,
	const struct interface_table *table, const struct config_ports *ports,
	struct packet_side *out_side)
{
	const struct interface *row = interface_table_find(table, event->if_index);

	*out_side = (struct packet_side){
		.if_index = event->if_index,
		.direction = event->direction == DNS_EVENT_INGRESS ? MESSAGE_DIRECTION_INBOUND
								   : MESSAGE_DIRECTION_OUTBOUND,
		.flags = packet_side_flags(event, ports),
		.scope = row ? row->scope : packet_side_scope_none,
	};
	/* What is held was at an edge, whatever that has become meanwhile. */
	if (row && row->role == INTERFACE_ROLE_HOST && !(event->flags & DNS_EVENT_HELD))
		return packet_side_find_host(event, table, row, out_side);
	out_side->entry = interface_table_entry(table, event->ingress_if_index);
	return PACKET_SIDE_CLIENTS;
}
