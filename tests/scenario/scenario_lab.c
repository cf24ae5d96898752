/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_lab.h"

#include "shared/compiler.h"
#include "shared/config_change.h"
#include "tests/support/config_folder.h"
#include "tests/support/worker_lab.h"

#define SCENARIO_HOUSEKEEP_NS (250 * NS_PER_MS)

#define SCENARIO_CHANGES_BYTES 64 /* whether there are any is all that is asked */

#define SCENARIO_HOPS 64 /* of a query that says nothing else */

#define SCENARIO_ASKING_HOST 99 /* of nobody in a scenario */

#define COUNTER(field, family, labels, kind, help) \
	{ #field, offsetof(struct analyzer_counters, field) },
static const struct {
	const char *name;
	size_t offset;
} scenario_counters[] = {
#include "analyzer/analyzer_counters.def"
};
#undef COUNTER

/* Scenarios happen in 2026: signatures of that time are valid. */
#define SCENARIO_WALL_S 1767225600ull

static uint64_t scenario_housekeep_at_ns;
static unsigned int scenario_reload_count;
static bool scenario_is_holding;
static uint64_t scenario_held_ns; /* until the worker reads it */

bool scenario_lab_open(const char *config)
{
	lab_configure();
	config_folder_open();
	config_folder_write("dnscache.conf", config);
	if (config_load(&lab.config, config_folder_path("dnscache.conf")) < 0) {
		config_folder_close();
		rcu_unregister_thread();
		return false;
	}
	lab_open();
	lab.worker.wall_ahead_ns = SCENARIO_WALL_S * NS_PER_S;
	scenario_housekeep_at_ns = lab.now_ns;
	scenario_reload_count = 0;
	scenario_lab_hold(false, 0);
	return true;
}

void scenario_lab_close(void)
{
	lab_end();
	config_folder_close();
}

/* One more drop-in, whose keys go before those of the ones before. */
static void scenario_lab_drop_in(const char *config)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "conf.d/%010u.conf", scenario_reload_count++);
	config_folder_write(name, config);
}

const char *scenario_lab_reload(const char *config)
{
	char changes[SCENARIO_CHANGES_BYTES];
	struct config fresh;

	scenario_lab_drop_in(config);
	if (config_load(&fresh, config_folder_path("dnscache.conf")) < 0)
		return "that configuration is refused";
	config_change_list(
		changes, sizeof(changes), CONFIG_WHEN_RELOAD, "analyzer", &lab.config, &fresh);
	if (changes[0] == '\0')
		return "that changes nothing of a running analyzer";
	config_change_apply(&lab.config, &fresh);
	worker_shared_reload(&lab.shared, &lab.config);
	worker_reload(&lab.worker);
	return NULL;
}

uint64_t scenario_lab_now_ns(void)
{
	return lab.now_ns;
}

void scenario_lab_step(uint64_t ns)
{
	lab.now_ns += ns;
	lab_beat();
	if (lab.now_ns < scenario_housekeep_at_ns)
		return;
	worker_housekeep(&lab.worker, lab.now_ns);
	scenario_housekeep_at_ns = lab.now_ns + SCENARIO_HOUSEKEEP_NS;
}

static struct lab_query scenario_lab_query(const struct scenario_path *path)
{
	return (struct lab_query){ .client = path->client,
		.resolver = (uint8_t)(LAB_RESOLVER + path->resolver),
		.ip_version = 4,
		.ip_ttl = path->hops ?: SCENARIO_HOPS,
		.scope = path->scope,
		.id = path->id,
		.port = path->port };
}

/* In lab_builder. */
static void scenario_lab_bytes(const uint8_t *dns, size_t bytes)
{
	lab_builder.size_bytes = 0;
	dns_builder_bytes(&lab_builder, dns, bytes);
}

void scenario_lab_ask(const struct scenario_path *path, const uint8_t *dns, size_t bytes)
{
	const struct lab_query query = scenario_lab_query(path);

	scenario_lab_bytes(dns, bytes);
	lab_feed(lab_asking_packet(&query, &lab_builder));
}

void scenario_lab_hold(bool is_holding, uint64_t ns)
{
	scenario_is_holding = is_holding;
	scenario_held_ns = ns;
}

/* As bpf/tap_hold.h judges it: by the header alone, and only what its event has room for. */
static bool scenario_lab_is_held(const struct message_packet *packet)
{
	struct dns_head head;

	if (!scenario_is_holding || LAB_HEAD_BYTES + packet->dns_bytes > MESSAGE_FRAME_BYTES_MAX)
		return false;
	if (packet->kind == MESSAGE_PACKET_UNREACHABLE)
		return true;
	return dns_read_head(packet->dns, packet->dns_bytes, &head) == DNS_READ_OK &&
	       dns_head_is_response(&head) && dns_head_opcode(&head) == DNS_OPCODE_QUERY &&
	       !dns_head_is_truncated(&head) &&
	       (dns_head_rcode(&head) == DNS_RCODE_SERVFAIL ||
		       dns_head_rcode(&head) == DNS_RCODE_REFUSED);
}

/* All of its frame, as it was, and in time for the injector to send it. */
static void scenario_lab_expect_released(const struct message_packet *packet)
{
	const struct message_release *release = &lab.release.head;

	ck_assert_uint_ge(release->deadline_ns, lab.now_ns);
	ck_assert_uint_eq(release->dns_at, packet->head_bytes);
	ck_assert_uint_eq(release->frame_bytes, packet->head_bytes + packet->dns_bytes);
	ck_assert_mem_eq(release->frame, packet->dns + packet->dns_bytes, packet->head_bytes);
	ck_assert_mem_eq(release->frame + release->dns_at, packet->dns, packet->dns_bytes);
}

/* What is on its way to a client. Return: whether it gets there. */
static bool scenario_lab_deliver(struct message_packet *packet)
{
	const unsigned int released_before = lab.release_count;

	if (!scenario_lab_is_held(packet)) {
		lab_feed(packet);
		return true;
	}
	lab.now_ns += scenario_held_ns;
	lab_feed(lab_hold(packet));
	if (lab.release_count == released_before)
		return false;
	scenario_lab_expect_released(packet);
	return true;
}

bool scenario_lab_respond(const struct scenario_path *path, const uint8_t *dns, size_t bytes)
{
	const struct lab_query query = scenario_lab_query(path);

	scenario_lab_bytes(dns, bytes);
	return scenario_lab_deliver(lab_response_packet(&query));
}

bool scenario_lab_refuse(const struct scenario_path *path, const uint8_t *dns, size_t bytes)
{
	const struct lab_query query = scenario_lab_query(path);
	struct message_packet *packet;

	scenario_lab_bytes(dns, bytes);
	packet = lab_asking_packet(&query, &lab_builder);
	packet->kind = MESSAGE_PACKET_UNREACHABLE;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->ingress_if_index = 200;
	packet->checksum = MESSAGE_CHECKSUM_NONE;
	return scenario_lab_deliver(packet);
}

void scenario_lab_serve(uint8_t client)
{
	const struct lab_query query = lab_from(SCENARIO_ASKING_HOST, "served.example");
	struct message_packet *packet;

	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->direction = MESSAGE_DIRECTION_INBOUND;
	packet->entry = MESSAGE_ENTRY_EDGE;
	packet->if_index = packet->ingress_if_index = client;
	lab_ip(packet->source_ip, 4, client);
	memcpy(packet->source_mac, "client", sizeof(packet->source_mac));
	lab_feed(packet);
}

void scenario_lab_lose(void)
{
	lab_lose(1);
	lab_beat();
}

void scenario_lab_orders(
	void (*take)(void *argument, const struct message_order *order), void *argument)
{
	ck_assert_uint_le(lab.order_count, LAB_ORDERS_MAX);
	for (unsigned int i = 0; i < lab.order_count; i++)
		take(argument, &lab.orders[i].head);
	lab.order_count = 0;
	lab.cancel_count = 0;
}

bool scenario_lab_counter(const char *name, uint64_t *out_value)
{
	worker_housekeep(&lab.worker, lab.now_ns);
	for (size_t i = 0; i < ARRAY_COUNT(scenario_counters); i++) {
		if (strcmp(scenario_counters[i].name, name) == 0) {
			memcpy(out_value,
				(const char *)&lab.worker.counters + scenario_counters[i].offset,
				sizeof(*out_value));
			return true;
		}
	}
	return false;
}

uint64_t scenario_lab_failed_after_ns(void)
{
	return lab.config.failed_after_ns;
}
