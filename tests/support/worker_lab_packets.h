/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker lab packets -- the second part of worker_lab.h: who asks what, and what comes back.
 */

#define LAB_HEAD_BYTES 42 /* of a held packet's frame: Ethernet, IPv4, UDP */

/* Everything about one query. lab_a() fills it; tests change what matters to them. */
struct lab_query {
	uint8_t client; /* 10.0.0.<client> at edge <client> */
	uint8_t resolver;
	uint8_t ip_version;
	uint8_t ip_ttl;
	const char *scope;
	const char *name;
	uint16_t type;
	uint16_t class;
	uint16_t id;
	uint16_t port;
	uint16_t flags;
	bool has_opt;
	uint16_t udp_payload_bytes;
	uint32_t opt_ttl_field;
	const char *options;
	uint16_t options_bytes;
};

static union {
	struct message_packet packet;
	uint8_t bytes[sizeof(struct message_packet) + MESSAGE_DNS_BYTES_MAX];
} lab_packet;

static struct dns_builder lab_builder; /* of the response under way */

/* Client 1 asks for the addresses of a name, with an id and a port of its own. */
static inline struct lab_query lab_a(const char *name)
{
	lab.last_id++;
	return (struct lab_query){ .client = 1,
		.resolver = LAB_RESOLVER,
		.ip_version = 4,
		.ip_ttl = 64,
		.scope = "bridge:br0",
		.name = name,
		.type = DNS_TYPE_A,
		.class = DNS_CLASS_IN,
		.id = lab.last_id,
		.port = (uint16_t)(30000 + lab.last_id),
		.flags = DNS_FLAG_RD,
		.udp_payload_bytes = 1232 };
}

static inline struct lab_query lab_from(uint8_t client, const char *name)
{
	struct lab_query query = lab_a(name);

	query.client = client;
	return query;
}

static inline void lab_ip(uint8_t out_ip[16], uint8_t ip_version, uint8_t host)
{
	static const uint8_t ipv4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 0 };
	static const uint8_t ipv6[16] = { 0xfd, 0 };

	memcpy(out_ip, ip_version == 4 ? ipv4 : ipv6, 16);
	out_ip[15] = host;
}

static inline struct message_packet *lab_fill(
	const struct lab_query *query, const struct dns_builder *builder)
{
	struct message_packet *packet = &lab_packet.packet;

	memset(packet, 0, sizeof(*packet));
	packet->seen_ns = lab.now_ns;
	packet->if_index = query->client;
	packet->checksum = MESSAGE_CHECKSUM_RIGHT;
	packet->ip_version = query->ip_version;
	packet->ip_ttl = query->ip_ttl;
	packet->kind = MESSAGE_PACKET_DATAGRAM;
	memcpy(packet->scope, query->scope, strlen(query->scope));
	packet->dns_bytes_sent = (uint16_t)builder->size_bytes;
	packet->dns_bytes = (uint32_t)builder->size_bytes;
	if (packet->dns_bytes > MESSAGE_DNS_BYTES_MAX)
		packet->dns_bytes = MESSAGE_DNS_BYTES_MAX;
	memcpy(packet->dns, builder->bytes, packet->dns_bytes);
	return packet;
}

/* What @builder holds, from the client, in at its edge. */
static inline struct message_packet *lab_asking_packet(
	const struct lab_query *query, const struct dns_builder *builder)
{
	struct message_packet *packet = lab_fill(query, builder);

	packet->direction = MESSAGE_DIRECTION_INBOUND;
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = query->client;
	packet->source_port_be = htons(query->port);
	packet->destination_port_be = htons(53);
	packet->flags = MESSAGE_PACKET_TO_SERVER;
	lab_ip(packet->source_ip, query->ip_version, query->client);
	lab_ip(packet->destination_ip, query->ip_version, query->resolver);
	memcpy(packet->source_mac, "client", 6);
	memcpy(packet->destination_mac, "server", 6);
	return packet;
}

static inline struct message_packet *lab_query_packet(const struct lab_query *query)
{
	static struct dns_builder builder;

	dns_builder_start(&builder, query->flags, query->name, query->type);
	dns_write_id(builder.bytes, query->id);
	dns_write_u16(builder.bytes + builder.size_bytes - 2, query->class);
	if (query->has_opt)
		dns_builder_opt(&builder, query->udp_payload_bytes, query->opt_ttl_field,
			query->options, query->options_bytes);
	return lab_asking_packet(query, &builder);
}

/* The same datagram, out at another edge: its container is asked. */
static inline struct message_packet *lab_leaving_packet(
	const struct lab_query *query, uint32_t if_index)
{
	struct message_packet *packet = lab_query_packet(query);

	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->if_index = if_index;
	return packet;
}

static inline void lab_ask(const struct lab_query *query)
{
	lab_feed(lab_query_packet(query));
}

/* Begin a response in lab_builder. */
static inline void lab_begin(const struct lab_query *query, uint16_t flags)
{
	dns_builder_start(&lab_builder,
		(uint16_t)(DNS_FLAG_QR | DNS_FLAG_RA | (query->flags & DNS_FLAG_RD) | flags),
		query->name, query->type);
	dns_write_id(lab_builder.bytes, query->id);
	dns_write_u16(lab_builder.bytes + lab_builder.size_bytes - 2, query->class);
}

/* What lab_builder holds, from the resolver behind the uplink, out at the client's edge. */
static inline struct message_packet *lab_response_packet(const struct lab_query *query)
{
	struct message_packet *packet = lab_fill(query, &lab_builder);

	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->ingress_if_index = 200;
	packet->source_port_be = htons(53);
	packet->flags = MESSAGE_PACKET_FROM_SERVER;
	packet->destination_port_be = htons(query->port);
	lab_ip(packet->source_ip, query->ip_version, query->resolver);
	lab_ip(packet->destination_ip, query->ip_version, query->client);
	return packet;
}

static inline void lab_respond(const struct lab_query *query)
{
	lab_feed(lab_response_packet(query));
}

/* The same packet, held: with a head that says which bytes those are. */
static inline struct message_packet *lab_hold(struct message_packet *packet)
{
	packet->flags |= MESSAGE_PACKET_HELD;
	packet->head_bytes = LAB_HEAD_BYTES;
	for (unsigned int i = 0; i < LAB_HEAD_BYTES; i++)
		packet->dns[packet->dns_bytes + i] = (uint8_t)(0xa0 + i);
	return packet;
}
