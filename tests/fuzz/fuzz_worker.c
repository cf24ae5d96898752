/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz worker: the analyzer as a whole. The bytes are packets, ticks of the clock, and
 * what capture, injector and configuration do meanwhile.
 *
 * Each step is a byte that chooses it and some that say how. Packets are the worker
 * lab's, changed in one thing or another, held or not, or made of bytes of the input.
 * Beside memory errors it looks for answers learned of nothing that was asked
 * (fuzz_worker_model.h), for orders that nobody may get and held failures that do not end
 * in one way (fuzz_worker_output.h), and for tables larger than configured.
 */
#include <poll.h>
#include <stdlib.h>

#include "shared/log.h"
#include "tests/fuzz/fuzz_worker_config.h"
#include "tests/fuzz/fuzz_worker_model.h"
#include "tests/fuzz/fuzz_worker_output.h"
#include "tests/support/worker_lab.h"

#define FUZZ_WORKER_QUERIES   16u   /* the last ones, to which responses come */
#define FUZZ_WORKER_BYTES_MAX 8192u /* what follows is passed over */
#define FUZZ_WORKER_STEP_MS   20
#define FUZZ_WORKER_BEATS_MAX 10000u /* then the clock goes on in one step */
#define FUZZ_WORKER_END_MS    6000
#define FUZZ_WORKER_DELAY_MS  200u /* 5 of them are the longest time that a failure is held */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int poll(struct pollfd *files, nfds_t count, int timeout_ms);

/*
 * In place of the library's: liburcu's thread that frees what was retired sleeps by it,
 * 10 ms each time, and every input ends with waiting for that thread.
 */
int poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	const struct timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000l };

	if (count == 0)
		return 0;
	return ppoll(files, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

struct fuzz_worker_query {
	struct lab_query query;
	uint16_t vlan_id;
	uint8_t ways; /* FUZZ_WORKER_WAY_* */
};

#define FUZZ_WORKER_WAY_HOST     0x1u /* the host's own look-up */
#define FUZZ_WORKER_WAY_SERVES   0x2u /* its client serves DNS */
#define FUZZ_WORKER_WAY_CHECKSUM 0x4u /* wrong */

static struct {
	const uint8_t *data;
	size_t left_bytes;
	struct fuzz_worker_query queries[FUZZ_WORKER_QUERIES];
	unsigned int query_count;
	unsigned int beats_left;
} fuzz_worker;

/* 0 once the input is at its end. */
static uint8_t fuzz_worker_byte(void)
{
	if (fuzz_worker.left_bytes == 0)
		return 0;
	fuzz_worker.left_bytes--;
	return *fuzz_worker.data++;
}

static uint64_t fuzz_worker_entries(struct answer_cache_usage *out_usage)
{
	answer_cache_usage(lab.worker.cache, out_usage);
	return out_usage->entries + out_usage->entries_negative;
}

static void fuzz_worker_check_tables(void)
{
	struct answer_cache_usage usage;

	assert(fuzz_worker_entries(&usage) <= lab.config.cache_capacity);
	assert(usage.memory_bytes <= lab.config.cache_memory_bytes);
	assert(query_match_waiting(lab.worker.match) <= lab.config.matching_capacity);
}

static void fuzz_worker_feed(const struct message_packet *packet)
{
	struct answer_cache_usage before, after;
	const uint64_t renewals = lab.worker.counters.cache_renewals;

	answer_cache_usage(lab.worker.cache, &before);
	fuzz_model_packet(packet);
	fuzz_held_begin(packet, &lab.worker, lab.now_ns);
	lab_feed(packet);
	fuzz_held_end(&lab.worker);
	answer_cache_usage(lab.worker.cache, &after);
	assert(after.insertions - before.insertions + lab.worker.counters.cache_renewals -
			renewals <=
		fuzz_model.may_learn);
}

/* Time goes by; blind: and capture says nothing. */
static void fuzz_worker_pass(uint64_t ms, bool is_blind)
{
	const uint64_t until_ns = lab.now_ns + ms * NS_PER_MS;

	while (lab.now_ns < until_ns) {
		lab.now_ns += FUZZ_WORKER_STEP_MS * NS_PER_MS;
		if (fuzz_worker.beats_left == 0 || lab.now_ns > until_ns)
			lab.now_ns = until_ns;
		else
			fuzz_worker.beats_left--;
		if (is_blind)
			lab_read(NULL, 0);
		else
			lab_beat();
	}
}

/* What all packets of a query and its responses have in common at its client's edge. */
static void fuzz_worker_place(const struct fuzz_worker_query *one, struct message_packet *packet)
{
	if (one->ways & FUZZ_WORKER_WAY_HOST) {
		packet->if_index = MESSAGE_HOST_IF_INDEX;
		packet->entry = packet->direction == MESSAGE_DIRECTION_INBOUND ? MESSAGE_ENTRY_LOCAL
									       : packet->entry;
	}
	if (one->vlan_id != 0)
		packet->vlans[0] = (struct message_vlan){ htons(0x8100), htons(one->vlan_id) };
}

static struct message_packet *fuzz_worker_query_packet(const struct fuzz_worker_query *one)
{
	struct message_packet *packet = lab_query_packet(&one->query);

	fuzz_worker_place(one, packet);
	if (one->ways & FUZZ_WORKER_WAY_SERVES)
		packet->flags |= MESSAGE_PACKET_CLIENT_SERVES;
	if (one->ways & FUZZ_WORKER_WAY_CHECKSUM)
		packet->checksum = MESSAGE_CHECKSUM_WRONG;
	return packet;
}

/* One that was asked, or NULL. */
static struct fuzz_worker_query *fuzz_worker_choose(uint8_t choice)
{
	unsigned int kept = fuzz_worker.query_count;

	if (kept > FUZZ_WORKER_QUERIES)
		kept = FUZZ_WORKER_QUERIES;
	if (kept == 0)
		return NULL; /* 0 is the latest */
	return &fuzz_worker.queries[(fuzz_worker.query_count - 1 - choice % kept) %
				    FUZZ_WORKER_QUERIES];
}

/* An option in the query: a client subnet, or cookies of several lengths, one of them wrong. */
static void fuzz_worker_add_option(struct lab_query *query, uint8_t choice)
{
	static const char subnet[] = "\0\10\0\7\0\1\30\0\300\0\2";
	static const char client[] = "\0\12\0\10client-0";
	static const char both[] = "\0\12\0\20client-0server-0";
	static const char longest[] = "\0\12\0\50client-0server-0server-1server-2server-3";
	static const char wrong[] = "\0\12\0\11client-01";
	static const char subnet_too[] = "\0\12\0\20client-0server-0\0\10\0\7\0\1\30\0\300\0\2";
	static const struct {
		const char *text;
		uint16_t bytes;
	} options[] = { { subnet, sizeof(subnet) - 1 }, { client, sizeof(client) - 1 },
		{ both, sizeof(both) - 1 }, { longest, sizeof(longest) - 1 },
		{ wrong, sizeof(wrong) - 1 }, { subnet_too, sizeof(subnet_too) - 1 } };

	query->options = options[choice % 6].text;
	query->options_bytes = options[choice % 6].bytes;
}

static void fuzz_worker_ask(bool has_option)
{
	static const char *const names[] = { "a.example", "A.exAmple", "b.example", "c.example", "",
		"x", "www.a.example", "a-name-of-some-length.in-a-zone-of-some-length.example" };
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT, DNS_TYPE_ANY };
	static const uint16_t payloads[] = { 1232, 0, 512, 65535 };
	const uint8_t what = fuzz_worker_byte();
	const uint8_t flags = fuzz_worker_byte();
	const uint8_t how = fuzz_worker_byte();
	struct fuzz_worker_query *one =
		&fuzz_worker.queries[fuzz_worker.query_count++ % FUZZ_WORKER_QUERIES];
	struct lab_query *query = &one->query;

	*query = lab_from((uint8_t)(1 + what % 4), names[what / 4 % 8]);
	query->type = types[what / 32 % 4];
	query->ip_version = what & 0x80 ? 6 : 4;
	query->flags = flags & 1 ? 0 : DNS_FLAG_RD;
	query->flags |= flags & 2 ? DNS_FLAG_CD : 0;
	query->flags |= flags & 4 ? DNS_FLAG_AD : 0;
	query->has_opt = flags & 8;
	query->opt_ttl_field = flags & 16 ? DNS_EDNS_FLAG_DO : 0;
	if (has_option || (flags & 32))
		fuzz_worker_add_option(query, has_option ? fuzz_worker_byte() : 0);
	query->class = flags & 64 ? DNS_CLASS_CH : DNS_CLASS_IN;
	query->udp_payload_bytes = payloads[how % 4];
	query->resolver = how & 4 ? LAB_RESOLVER : LAB_RESOLVER + 1;
	query->ip_ttl = how & 8 ? 1 : 64;
	query->scope = how & 16 ? "routed" : "bridge:br0";
	one->ways = how >> 5;
	one->vlan_id = flags & 128 ? 7 : 0;
	fuzz_worker_feed(fuzz_worker_query_packet(one));
}

static void fuzz_worker_add_many(const struct lab_query *query, unsigned int count, uint32_t ttl_s)
{
	for (unsigned int i = 0; i < count; i++)
		dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION,
			query->type, ttl_s, "0123456789abcdef", query->type == DNS_TYPE_A ? 4 : 16);
}

static void fuzz_worker_begin_failed(const struct lab_query *query, uint8_t kind)
{
	static const char stale[] = "\0\17\0\2\0\3";

	lab_begin(query, kind % 2 == 0 ? DNS_RCODE_SERVFAIL : DNS_RCODE_REFUSED);
	if (kind >= 8)
		dns_builder_opt(&lab_builder, 1232, 0, stale, sizeof(stale) - 1);
}

/* A response of one kind or another in lab_builder. */
static void fuzz_worker_begin_response(const struct lab_query *query, uint8_t kind)
{
	static const uint16_t counts[] = { 1, 2, 40, 200 };
	static const uint32_t ttls[] = { 300, 1, 0, 172800 };

	switch (kind % 8) {
	case 0:
	case 1: /* good */
		lab_begin(query, kind & 0x40 ? DNS_FLAG_AD | DNS_FLAG_AA : 0);
		fuzz_worker_add_many(query, counts[kind >> 3 & 3], ttls[kind >> 4 & 3]);
		if (kind & 0x80)
			dns_builder_opt(&lab_builder, 1232, 0, NULL, 0);
		break;
	case 2: /* negative */
		lab_begin(query, kind & 8 ? DNS_RCODE_NXDOMAIN : 0);
		if (kind & 16)
			dns_builder_soa(&lab_builder, ttls[kind >> 5 & 3], 60);
		break;
	case 3: /* with a glue record, and where to cut */
		lab_begin(query, 0);
		fuzz_worker_add_many(query, 1, 300);
		dns_builder_record(&lab_builder, DNS_SECTION_AUTHORITY, "example", DNS_TYPE_NS, 300,
			"\2ns\300\14", 5);
		for (int i = 0; i < 30; i++)
			dns_builder_record(&lab_builder, DNS_SECTION_ADDITIONAL, "ns.example",
				DNS_TYPE_A, 300, "1234", 4);
		break;
	case 4: /* truncated */
		lab_begin(query, DNS_FLAG_TC);
		break;
	case 5: /* an alias, and perhaps what it leads to */
		lab_begin(query, 0);
		dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION,
			DNS_TYPE_CNAME, ttls[kind >> 4 & 3], "\1d\300\14", 4);
		fuzz_worker_add_many(query, kind & 8 ? 1 : 0, 60);
		break;
	case 6:
		fuzz_worker_begin_failed(query, kind / 8);
		break;
	default:
		lab_begin(query, kind >> 3);
		break;
	}
}

/* One thing about it that is not as it should be. */
static void fuzz_worker_spoil(struct message_packet *packet, uint8_t what, uint8_t how)
{
	switch (what % 16) {
	case 1:
		packet->entry = (uint8_t)(MESSAGE_ENTRY_UNKNOWN + how % 4);
		packet->ingress_if_index = how >> 4;
		break;
	case 2:
		packet->checksum = (uint8_t)(MESSAGE_CHECKSUM_RIGHT + how % 5);
		break;
	case 3:
		packet->if_index = 1u + how % 5;
		break;
	case 4:
		packet->source_port_be ^= how;
		break;
	case 5:
		packet->destination_port_be ^= how;
		break;
	case 6:
		packet->source_ip[15] ^= how;
		break;
	case 7:
		packet->destination_ip[15] ^= how;
		break;
	case 8:
		packet->vlans[how & 1].tci_be = htons(how >> 1);
		break;
	case 9:
		packet->flags ^= how & 0xf;
		break;
	case 10:
		packet->direction = (uint8_t)(MESSAGE_DIRECTION_INBOUND + how % 2);
		break;
	case 11:
		packet->kind = MESSAGE_PACKET_UNREACHABLE;
		break;
	case 12:
		packet->dns_bytes -= packet->dns_bytes < how ? packet->dns_bytes : how;
		break;
	case 13: /* and nobody knows that it was longer */
		packet->dns_bytes -= packet->dns_bytes < how ? packet->dns_bytes : how;
		packet->dns_bytes_sent = packet->dns_bytes;
		break;
	case 14:
		if (packet->dns_bytes > 0)
			packet->dns[how % packet->dns_bytes] ^= fuzz_worker_byte();
		break;
	default:
		break;
	}
}

static void fuzz_worker_respond(void)
{
	const struct fuzz_worker_query *one = fuzz_worker_choose(fuzz_worker_byte());
	const uint8_t kind = fuzz_worker_byte();
	const uint8_t what = fuzz_worker_byte();
	struct message_packet *packet;

	if (one == NULL)
		return;
	fuzz_worker_begin_response(&one->query, kind);
	packet = lab_response_packet(&one->query);
	fuzz_worker_place(one, packet);
	if (what != 0)
		fuzz_worker_spoil(packet, what, fuzz_worker_byte());
	fuzz_worker_feed(packet);
}

/* An error that quotes it. */
static void fuzz_worker_undeliver(struct message_packet *packet)
{
	packet->kind = MESSAGE_PACKET_UNREACHABLE;
	packet->direction = MESSAGE_DIRECTION_OUTBOUND;
	packet->entry = MESSAGE_ENTRY_UPLINK;
	packet->checksum = MESSAGE_CHECKSUM_NONE;
}

/* Kept from its client, as far as a held packet may be so: message_intake.h. */
static void fuzz_worker_keep(struct message_packet *packet, uint32_t head_bytes)
{
	if (packet->direction != MESSAGE_DIRECTION_OUTBOUND ||
		packet->if_index == MESSAGE_HOST_IF_INDEX ||
		packet->dns_bytes + head_bytes > MESSAGE_FRAME_BYTES_MAX)
		return;
	packet->flags |= MESSAGE_PACKET_HELD;
	packet->head_bytes = (uint16_t)head_bytes;
	for (uint32_t i = 0; i < head_bytes; i++)
		packet->dns[packet->dns_bytes + i] = (uint8_t)(0xa0 + i);
}

/* A failure, or seldom another response, is held, and comes to the worker after a while. */
static void fuzz_worker_hold(void)
{
	const struct fuzz_worker_query *one = fuzz_worker_choose(fuzz_worker_byte());
	const uint8_t kind = fuzz_worker_byte();
	const uint8_t when = fuzz_worker_byte();
	const uint8_t what = fuzz_worker_byte();
	struct message_packet *packet;

	if (one == NULL)
		return;
	if (kind % 4 == 3)
		fuzz_worker_begin_response(&one->query, kind / 4);
	else
		fuzz_worker_begin_failed(&one->query, kind);
	packet = lab_response_packet(&one->query);
	fuzz_worker_place(one, packet);
	if (kind % 4 == 2) {
		packet = fuzz_worker_query_packet(one);
		fuzz_worker_undeliver(packet);
	}
	if (what != 0)
		fuzz_worker_spoil(packet, what, fuzz_worker_byte());
	fuzz_worker_keep(packet, LAB_HEAD_BYTES + when / 8);
	lab.now_ns += when % 8 * FUZZ_WORKER_DELAY_MS * NS_PER_MS;
	fuzz_worker_feed(packet);
}

/* The same query again, at other edges too, or an error that quotes it. */
static void fuzz_worker_repeat(void)
{
	struct fuzz_worker_query *one = fuzz_worker_choose(fuzz_worker_byte());
	const uint8_t how = fuzz_worker_byte();
	struct message_packet *packet;

	if (one == NULL)
		return;
	if (how & 1) { /* a new look-up */
		one->query.id = ++lab.last_id;
		one->query.port++;
	}
	packet = fuzz_worker_query_packet(one);
	if (how & 2) { /* leaves to a container */
		packet->direction = MESSAGE_DIRECTION_OUTBOUND;
		packet->if_index = 1u + (how >> 5);
	}
	if (how & 4)
		fuzz_worker_undeliver(packet);
	if (how & 8)
		fuzz_worker_spoil(packet, how >> 4, fuzz_worker_byte());
	fuzz_worker_feed(packet);
}

/* Any DNS message from or to one of the clients. */
static void fuzz_worker_raw(void)
{
	static struct dns_builder builder;
	const uint8_t client = fuzz_worker_byte();
	const uint8_t message_bytes = fuzz_worker_byte();
	struct lab_query query = lab_from((uint8_t)(1 + client % 4), "");
	struct message_packet *packet;

	query.port = (uint16_t)(30000 + client / 8 % 4);
	for (builder.size_bytes = 0; builder.size_bytes < message_bytes; builder.size_bytes++)
		builder.bytes[builder.size_bytes] = fuzz_worker_byte();
	lab_builder = builder;
	packet = lab_response_packet(&query);
	if (client & 4) {
		packet = lab_query_packet(&query);
		packet->dns_bytes = packet->dns_bytes_sent = message_bytes;
		memcpy(packet->dns, builder.bytes, message_bytes);
	}
	fuzz_worker_feed(packet);
}

static void fuzz_worker_put_in_force(void)
{
	config_zones_complete(&lab.config);
	fuzz_model.is_own_only &= lab.config.share == CONFIG_SHARE_CLIENT;
	worker_reload(&lab.worker);
	worker_shared_reload(&lab.shared, &lab.config);
}

static void fuzz_worker_reload(void)
{
	static const uint64_t answer_after_ms[] = { 0, 50, 250, 1000 };
	static const uint64_t timeout_ms[] = { 5000, 2000, 2500, 30000 };
	const uint8_t how = fuzz_worker_byte();

	lab.config.mode = how & 1 ? CONFIG_MODE_OBSERVE : CONFIG_MODE_RESCUE;
	lab.config.answer_after_ns = answer_after_ms[how >> 1 & 3] * NS_PER_MS;
	lab.config.matching_timeout_ns = timeout_ms[how >> 3 & 3] * NS_PER_MS;
	lab.config.cache_ttl_ns = how & 32 ? 10 * NS_PER_S : 86400 * NS_PER_S;
	lab.config.conditions = how >> 6 ? how >> 6 : CONFIG_CONDITION_TIMEOUT * 15;
	fuzz_worker_put_in_force();
}

static void fuzz_worker_configure(void)
{
	fuzz_config_host(&lab.config, fuzz_worker_byte());
	fuzz_config_zones(&lab.config, fuzz_worker_byte(), fuzz_worker_byte);
	fuzz_worker_put_in_force();
}

static void fuzz_worker_capture(uint8_t how)
{
	if (how & 1)
		lab_lose(how >> 4);
	if (how & 2)
		lab.producer.epoch++;
	if (how & 4)
		lab.producer.lost_upstream++;
	if (how & 8)
		fuzz_model.is_injector_full = !fuzz_model.is_injector_full;
	lab_beat();
}

static void fuzz_worker_step(uint8_t step)
{
	switch (step % 13) {
	case 0:
	case 1:
		fuzz_worker_ask(false);
		break;
	case 2:
	case 3:
		fuzz_worker_respond();
		break;
	case 4:
		fuzz_worker_repeat();
		break;
	case 5:
		fuzz_worker_pass(8ull * fuzz_worker_byte(), false);
		break;
	case 6:
		fuzz_worker_pass(8ull * fuzz_worker_byte(), step & 0x80);
		worker_housekeep(&lab.worker, lab.now_ns);
		break;
	case 7:
		fuzz_worker_raw();
		break;
	case 8:
		fuzz_worker_capture(fuzz_worker_byte());
		break;
	case 9:
		fuzz_worker_reload();
		break;
	case 10:
		fuzz_worker_hold();
		break;
	case 11:
		fuzz_worker_configure();
		break;
	default:
		fuzz_worker_ask(true);
		break;
	}
	fuzz_worker_check_tables();
}

/* As lab_open(), with orders to the model, and tables of a size that fills. */
static void fuzz_worker_open(uint8_t sizes)
{
	const struct worker_output output = { fuzz_model_order, fuzz_model_cancel,
		fuzz_model_release, &lab.config };

	memset(&lab, 0, sizeof(lab));
	config_defaults(&lab.config);
	lab.config.matching_capacity = sizes & 1 ? 16 : 256;
	lab.config.matched_capacity = sizes & 2 ? 0 : 256;
	lab.config.unmatched_capacity = sizes & 4 ? 1 : 256;
	lab.config.cache_capacity = sizes & 8 ? 16 : 256;
	lab.config.cache_memory_bytes = sizes & 16 ? 64 << 10 : 1 << 20;
	lab.config.share = sizes >> 5 & 3;
	if (lab.config.share > CONFIG_SHARE_CLIENT)
		lab.config.share = CONFIG_SHARE_CLIENT;
	fuzz_model.is_own_only = lab.config.share == CONFIG_SHARE_CLIENT;
	lab.now_ns = LAB_START_NS;
	lab.producer.epoch = 1;
	lab.producer.complete_until_ns = lab.now_ns;
	worker_init(&lab.worker);
	worker_shared_init(&lab.shared);
	assert(worker_shared_open(&lab.shared, 1, &lab.config, 1, lab.now_ns) == 0);
	assert(worker_open(&lab.worker, &lab.shared, 0, &lab.config, &output, 1, lab.now_ns) == 0);
	lab_read(NULL, 0);
}

static void fuzz_worker_start(const uint8_t *data, size_t data_bytes)
{
	static bool is_registered;

	if (!is_registered) {
		log_set_level(LOG_LEVEL_ERROR);
		rcu_register_thread();
		is_registered = true;
	}
	memset(&fuzz_worker, 0, sizeof(fuzz_worker));
	fuzz_worker.data = data;
	fuzz_worker.left_bytes =
		data_bytes < FUZZ_WORKER_BYTES_MAX ? data_bytes : FUZZ_WORKER_BYTES_MAX;
	fuzz_worker.beats_left = FUZZ_WORKER_BEATS_MAX;
	fuzz_model.count = 0;
	fuzz_model.last_order_id = 0;
	fuzz_model.order_count = 0;
	fuzz_model.is_injector_full = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
	fuzz_worker_start(data, data_bytes);
	fuzz_worker_open(fuzz_worker_byte());
	while (fuzz_worker.left_bytes > 0)
		fuzz_worker_step(fuzz_worker_byte());
	fuzz_worker_pass(FUZZ_WORKER_END_MS, false);
	worker_housekeep(&lab.worker, lab.now_ns);
	fuzz_worker_check_tables();
	worker_close(&lab.worker);
	worker_shared_close(&lab.shared);
	return 0;
}
