/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fuzz worker output -- what the worker orders and lets go, checked against the model.
 *
 * An order must be the reply to an open query that asks for recursion, of a zone that may be
 * answered, with what its client may have been told.
 *
 * A failure that is held must end, while it is looked at, in just one of: a reply to its query,
 * the reply that its query has already, its own frame byte for byte, or nothing. Nothing only
 * where it is too old or the injector takes no more; what is too old ends in nothing.
 */

#include "shared/clock.h"
#include "shared/config_zone.h"
#include "tests/fuzz/fuzz_worker_model.h"

#define FUZZ_HELD_NS_MAX NS_PER_S

/* The packet under way, if it is held. */
static struct {
	const struct message_packet *packet; /* NULL: it is not */
	struct fuzz_model_query *query;      /* that failed, or NULL */
	uint64_t now_ns;
	uint16_t rcode; /* of a response */
	bool was_ordered;
	unsigned int order_count; /* for that query, taken */
	unsigned int release_count;
	struct analyzer_counters before;
} fuzz_held;

static inline bool fuzz_held_is_error(void)
{
	return fuzz_held.packet->kind == MESSAGE_PACKET_UNREACHABLE;
}

/* Before the worker gets it, and after the model knows of it. */
static inline void fuzz_held_begin(
	const struct message_packet *packet, const struct worker *worker, uint64_t now_ns)
{
	struct fuzz_model_key key;
	struct dns_head head;

	memset(&fuzz_held, 0, sizeof(fuzz_held));
	fuzz_held.before = worker->counters;
	if (!(packet->flags & MESSAGE_PACKET_HELD))
		return;
	fuzz_held.packet = packet;
	fuzz_held.now_ns = now_ns;
	if (dns_read_head(packet->dns, packet->dns_bytes, &head) != DNS_READ_OK)
		return;
	fuzz_held.rcode = dns_head_rcode(&head);
	fuzz_model_key_of(&key, packet, &head, fuzz_held_is_error());
	fuzz_held.query = fuzz_model_find(&key);
	fuzz_held.was_ordered = fuzz_held.query != NULL && fuzz_held.query->is_ordered;
}

/* What the worker counted must be what it did. */
static inline void fuzz_held_check(const struct analyzer_counters *after)
{
	const struct analyzer_counters *before = &fuzz_held.before;
	const uint64_t answered = after->held_answered - before->held_answered;
	const uint64_t superseded = after->held_superseded - before->held_superseded;
	const uint64_t released = after->held_released - before->held_released;
	const uint64_t discarded = after->held_discarded - before->held_discarded;
	bool is_old;

	assert(answered + superseded + released + discarded == (fuzz_held.packet != NULL));
	assert(released == fuzz_held.release_count);
	if (fuzz_held.packet == NULL)
		return;
	is_old = fuzz_held.now_ns - fuzz_held.packet->seen_ns > FUZZ_HELD_NS_MAX;
	assert(answered == fuzz_held.order_count);
	assert(superseded == 0 || fuzz_held.was_ordered);
	assert(discarded == 0 || is_old || fuzz_model.is_injector_full);
	assert(discarded == 1 || !is_old);
}

/* Its client has what it gets. */
static inline void fuzz_held_end(const struct worker *worker)
{
	fuzz_held_check(&worker->counters);
	if (fuzz_model.answered != NULL)
		fuzz_model.answered->is_open = false;
	fuzz_held.packet = NULL;
}

/* worker_output's release. */
static inline bool fuzz_model_release(
	void *argument, const struct message_release *release, const uint8_t *frame)
{
	static const uint8_t zero[sizeof(release->reserved)];
	const struct message_packet *packet = fuzz_held.packet;

	(void)argument;
	assert(packet != NULL && fuzz_held.release_count == 0 && fuzz_held.order_count == 0);
	assert(release->held_ns == packet->seen_ns);
	assert(release->deadline_ns == packet->seen_ns + FUZZ_HELD_NS_MAX);
	assert(release->deadline_ns >= fuzz_held.now_ns);
	assert(release->if_index == packet->if_index && release->checksum == packet->checksum);
	assert(memcmp(release->reserved, zero, sizeof(zero)) == 0);
	assert(release->dns_at == packet->head_bytes);
	assert(release->frame_bytes == packet->head_bytes + packet->dns_bytes);
	assert(memcmp(frame, packet->dns + packet->dns_bytes, packet->head_bytes) == 0);
	assert(memcmp(frame + packet->head_bytes, packet->dns, packet->dns_bytes) == 0);
	if (fuzz_model.is_injector_full)
		return false;
	fuzz_held.release_count++;
	return true;
}

/* In place of a failure that is held, and only where that is a condition. */
static inline void fuzz_model_check_trigger(const struct message_order *order,
	const struct fuzz_model_query *query, uint64_t conditions)
{
	const bool is_held = fuzz_held.packet != NULL && fuzz_held.query == query;

	assert(order->trigger >= MESSAGE_TRIGGER_TIMEOUT &&
		order->trigger <= MESSAGE_TRIGGER_REFUSED);
	if (order->trigger == MESSAGE_TRIGGER_SERVFAIL)
		assert(is_held && fuzz_held.rcode == DNS_RCODE_SERVFAIL &&
			(conditions & CONFIG_CONDITION_SERVFAIL));
	if (order->trigger == MESSAGE_TRIGGER_REFUSED)
		assert(is_held && fuzz_held.rcode == DNS_RCODE_REFUSED &&
			(conditions & CONFIG_CONDITION_REFUSED));
	if (order->trigger == MESSAGE_TRIGGER_UNREACHABLE && is_held)
		assert(fuzz_held_is_error() && (conditions & CONFIG_CONDITION_ICMP));
}

static inline void fuzz_model_check_zone(const struct message_order *order,
	const struct fuzz_model_query *query, const struct config *config)
{
	const struct config_zone *zone;
	struct dns_name name;

	dns_name_copy(query->key.name, query->key.name_bytes, &name);
	dns_name_fold(&name);
	zone = config_zone_find(config, &name);
	assert(zone == NULL || !zone->is_never);
	fuzz_model_check_trigger(order, query, zone ? zone->conditions : config->conditions);
}

static inline void fuzz_model_check_message(
	const struct message_order *order, const uint8_t *dns, const struct fuzz_model_query *query)
{
	const uint16_t never = DNS_FLAG_AA | DNS_FLAG_TC | DNS_FLAG_OPCODE_MASK;
	struct dns_message view;

	assert(query != NULL && query->is_open && query->has_recursion);
	assert(order->dns_bytes <= query->payload_bytes);
	assert(dns_read_message(dns, order->dns_bytes, &view) == DNS_READ_OK);
	assert((view.head.flags & DNS_FLAG_QR) && (view.head.flags & DNS_FLAG_RA));
	assert((view.head.flags & DNS_FLAG_RD) && !(view.head.flags & never));
	assert(!view.has_signature);
	assert(!view.edns.has_cookie || view.edns.cookie_bytes > DNS_EDNS_COOKIE_CLIENT_BYTES);
	assert(query->cookies & fuzz_model_cookie(dns, &view));
	assert(dns_read_rcode(&view) == DNS_RCODE_NOERROR ||
		dns_read_rcode(&view) == DNS_RCODE_NXDOMAIN);
}

/* worker_output's order. */
static inline bool fuzz_model_order(
	void *argument, const struct message_order *order, const uint8_t *dns)
{
	const struct config *config = argument;
	struct fuzz_model_query *query;
	struct fuzz_model_key key;
	struct dns_head head;

	assert(config->mode == CONFIG_MODE_RESCUE);
	assert(order->dns_bytes <= MESSAGE_DNS_BYTES_MAX);
	assert(dns_read_head(dns, order->dns_bytes, &head) == DNS_READ_OK);
	memset(&key, 0, sizeof(key));
	key.if_index = order->if_index;
	fuzz_model_vlans(&key, order->vlans);
	key.client_port_be = order->client_port_be;
	key.server_port_be = order->server_port_be;
	memcpy(key.client_ip, order->client_ip, sizeof(key.client_ip));
	memcpy(key.server_ip, order->server_ip, sizeof(key.server_ip));
	fuzz_model_question(&key, &head);
	query = fuzz_model_find(&key);
	fuzz_model_check_message(order, dns, query);
	fuzz_model_check_zone(order, query, config);
	assert(!fuzz_model.is_own_only || fuzz_model_was_told(&key));

	assert(order->query_ns <= order->ordered_ns && order->ordered_ns < order->deadline_ns);
	assert(order->order_id > fuzz_model.last_order_id);
	if (fuzz_model.is_injector_full)
		return false;
	fuzz_model.last_order_id = order->order_id;
	fuzz_model.order_count++;
	query->is_ordered = true;
	fuzz_held.order_count += fuzz_held.packet != NULL && fuzz_held.query == query;
	return true;
}

/* worker_output's cancel. */
static inline void fuzz_model_cancel(void *argument, uint64_t order_id)
{
	(void)argument;
	assert(order_id > 0 && order_id <= fuzz_model.last_order_id);
}
