/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker lab packets -- the second half of worker_lab.h: who asks what, and what comes back.
 */

#define LAB_TTL_S 300

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

static struct {
	struct message_packet packet;
	uint8_t dns[MESSAGE_DNS_BYTES_MAX];
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
	memcpy(packet->scope, query->scope, strlen(query->scope));
	packet->dns_bytes_sent = (uint32_t)builder->size_bytes;
	packet->dns_bytes = (uint32_t)builder->size_bytes;
	if (packet->dns_bytes > MESSAGE_DNS_BYTES_MAX)
		packet->dns_bytes = MESSAGE_DNS_BYTES_MAX;
	memcpy(lab_packet.dns, builder->bytes, packet->dns_bytes);
	return packet;
}

/* From the client, in at its edge. */
static inline struct message_packet *lab_query_packet(const struct lab_query *query)
{
	static struct dns_builder builder;
	struct message_packet *packet;

	dns_builder_start(&builder, query->flags, query->name, query->type);
	dns_write_id(builder.bytes, query->id);
	dns_write_u16(builder.bytes + builder.size_bytes - 2, query->class);
	if (query->has_opt)
		dns_builder_opt(&builder, query->udp_payload_bytes, query->opt_ttl_field,
			query->options, query->options_bytes);
	packet = lab_fill(query, &builder);
	packet->direction = MESSAGE_DIRECTION_INBOUND;
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = query->client;
	packet->source_port_be = htons(query->port);
	packet->destination_port_be = htons(53);
	lab_ip(packet->source_ip, query->ip_version, query->client);
	lab_ip(packet->destination_ip, query->ip_version, query->resolver);
	memcpy(packet->source_mac, "client", 6);
	memcpy(packet->destination_mac, "server", 6);
	return packet;
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
	packet->destination_port_be = htons(query->port);
	lab_ip(packet->source_ip, query->ip_version, query->resolver);
	lab_ip(packet->destination_ip, query->ip_version, query->client);
	return packet;
}

static inline void lab_respond(const struct lab_query *query)
{
	lab_feed(lab_response_packet(query));
}

/* A record of the asked type, for LAB_TTL_S. */
static inline void lab_begin_good(const struct lab_query *query)
{
	lab_begin(query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, query->type,
		LAB_TTL_S, "0123456789abcdef", query->type == DNS_TYPE_A ? 4 : 16);
}

static inline void lab_answer(const struct lab_query *query)
{
	lab_begin_good(query);
	lab_respond(query);
}

/* NXDOMAIN, or with rcode 0 NODATA, with an SOA. */
static inline void lab_answer_negative(const struct lab_query *query, uint16_t rcode)
{
	lab_begin(query, rcode);
	dns_builder_soa(&lab_builder, LAB_TTL_S, LAB_TTL_S);
	lab_respond(query);
}

/* A response without records; extended_error < 0: without OPT too. */
static inline void lab_answer_failed(
	const struct lab_query *query, uint16_t rcode, int extended_error)
{
	uint8_t option[6] = { 0, DNS_EDNS_OPTION_EXTENDED_ERROR, 0, 2 };

	lab_begin(query, rcode);
	dns_write_u16(option + 4, (uint16_t)extended_error);
	if (extended_error >= 0)
		dns_builder_opt(&lab_builder, 1232, 0, option, sizeof(option));
	lab_respond(query);
}

/* A look-up with all going well, in one millisecond. */
static inline void lab_resolve(const struct lab_query *query)
{
	lab_ask(query);
	lab_pass(1);
	lab_answer(query);
}

static inline void lab_teach(const char *name)
{
	const struct lab_query query = lab_a(name);

	lab_resolve(&query);
}

/* Orders that came for queries asked and nothing answered within the time. */
static inline unsigned int lab_orders_after(const struct lab_query *query, uint64_t ms)
{
	const unsigned int before = lab.order_count;

	lab_ask(query);
	lab_pass(ms);
	return lab.order_count - before;
}

/*
 * The resolver has fallen silent: two look-ups of client 1 went unanswered. Their
 * names were not learned, so nothing was ordered.
 */
static inline void lab_fall_silent(void)
{
	const struct lab_query first = lab_a("silent1.example");
	const struct lab_query second = lab_a("silent2.example");

	lab_pass(1); /* after the last response */
	lab_ask(&first);
	lab_ask(&second);
	lab_pass(1810);
	worker_housekeep(&lab.worker, lab.now_ns);
	ck_assert_uint_eq(lab.worker.counters.resolvers_silent, 1);
}

/* Whether a query of client 1 for a learned name is answered at once. */
static inline bool lab_is_answered_at_once(const char *name)
{
	const struct lab_query query = lab_a(name);
	const unsigned int before = lab.order_count;

	lab_ask(&query);
	return lab.order_count > before;
}

/* The last order's message, read to its last byte. */
static inline const struct lab_order *lab_last_order(struct dns_message *out_view)
{
	const struct lab_order *order;

	ck_assert_uint_gt(lab.order_count, 0);
	ck_assert_uint_le(lab.order_count, LAB_ORDERS_MAX);
	order = &lab.orders[lab.order_count - 1];
	ck_assert_int_eq(
		dns_read_message(order->dns, order->head.dns_bytes, out_view), DNS_READ_OK);
	return order;
}
