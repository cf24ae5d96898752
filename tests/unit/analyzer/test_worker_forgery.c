/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/*
 * A forger who knows all but one of the things that make a response, or all but two, or
 * one alone. Queries wait; he sends his responses to them; then their resolver answers.
 */

#define QUERY_COUNT       32u
#define FORGERY_COUNT     1000000u
#define FORGERIES_PER_MS  5000u /* so that all come before a query is given up */
#define PACKET_BYTES_MAX  (sizeof(struct message_packet) + 128)
#define TRUE_ADDRESS      "\300\0\2\1"
#define FORGED_ADDRESS    "\6\6\6\6"
#define VLAN_ID_MASK      0x0fffu
#define WRONG_ENTRY_ALONE (1u << FORGERY_ENTRY)

enum forgery_attribute {
	FORGERY_EDGE,
	FORGERY_CLIENT_ADDRESS,
	FORGERY_CLIENT_PORT,
	FORGERY_SERVER_ADDRESS,
	FORGERY_SERVER_PORT,
	FORGERY_ID,
	FORGERY_NAME,
	FORGERY_TYPE,
	FORGERY_CLASS,
	FORGERY_CASE,
	FORGERY_ENTRY,
	FORGERY_VLAN,
	FORGERY_CHECKSUM,
	FORGERY_ATTRIBUTE_COUNT,
};

#define FORGERY_ALL ((1u << FORGERY_ATTRIBUTE_COUNT) - 1)

struct waiting_query {
	struct lab_query query;
	char name[32];
	uint16_t vlan_id;                   /* 0: none */
	uint8_t response[PACKET_BYTES_MAX]; /* a message_packet; forged is only the address in it */
	size_t response_bytes;
};

static struct waiting_query waiting[QUERY_COUNT];
static uint64_t random_state;

/* The forgeries so far, by what must become of them. */
static uint64_t unsolicited_count, wrong_entry_count, checksum_count;

/* xorshift64: the same forgeries in every run. */
static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Never 0, and within a mask of ones. */
static uint32_t random_other(uint32_t mask)
{
	return (uint32_t)(random_next() >> 20) % mask + 1;
}

static void put_vlan(struct message_packet *packet, uint16_t vlan_id)
{
	packet->vlans[0].protocol_be = vlan_id != 0 ? htons(0x8100) : 0;
	packet->vlans[0].tci_be = htons(vlan_id);
}

static void begin_response(const struct lab_query *query, const void *address)
{
	static const char *const rdata = "0123456789abcdef";

	lab_begin(query, 0);
	dns_builder_record(&lab_builder, DNS_SECTION_ANSWER, DNS_BUILDER_TO_QUESTION, query->type,
		LAB_TTL_S, query->type == DNS_TYPE_A ? address : rdata,
		query->type == DNS_TYPE_A ? 4 : 16);
}

static void ask(unsigned int number)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT };
	struct waiting_query *one = &waiting[number];
	struct message_packet *packet;

	(void)snprintf(one->name, sizeof(one->name), "hOsT%u.ExAmPlE", number);
	one->query = lab_from((uint8_t)(1 + number % 8), one->name);
	one->query.type = types[number % 3];
	one->query.ip_version = number % 5 == 0 ? 6 : 4;
	one->query.has_opt = number % 2 == 0;
	one->query.id = (uint16_t)random_next();
	one->query.port = (uint16_t)(1024 + random_next() % 60000);
	one->vlan_id = number % 4 == 0 ? (uint16_t)(100 + number) : 0;

	packet = lab_query_packet(&one->query);
	put_vlan(packet, one->vlan_id);
	lab_feed(packet);

	begin_response(&one->query, FORGED_ADDRESS);
	packet = lab_response_packet(&one->query);
	put_vlan(packet, one->vlan_id);
	one->response_bytes = sizeof(*packet) + packet->dns_bytes;
	ck_assert_uint_le(one->response_bytes, sizeof(one->response));
	memcpy(one->response, packet, one->response_bytes);
}

static void start(void)
{
	lab_start();
	random_state = 0x9e3779b97f4a7c15;
	unsolicited_count = wrong_entry_count = checksum_count = 0;
	for (unsigned int i = 0; i < QUERY_COUNT; i++)
		ask(i);
}

static void add_u16(uint8_t *bytes, uint32_t other)
{
	dns_write_u16(bytes, (uint16_t)(dns_read_u16(bytes) + other));
}

/* One letter of "host" or of "example" is another one, or of the other case. */
static void change_name(uint8_t *name, bool is_case_only)
{
	const size_t first_bytes = name[0];
	const uint32_t number = random_other(4 + 7) - 1;
	uint8_t *letter = name + (number < 4 ? 1 + number : 1 + first_bytes + 1 + number - 4);

	if (is_case_only)
		*letter ^= 0x20;
	else
		*letter = (uint8_t)((*letter & 0x20) |
				    ('A' + (*letter % 32 - 1 + random_other(25)) % 26));
}

static void change_dns(uint8_t *dns, enum forgery_attribute attribute)
{
	uint8_t *const name = dns + DNS_HEADER_BYTES;
	uint8_t *const fixed = name + strlen((const char *)name) + 1;

	switch (attribute) {
	case FORGERY_ID:
		add_u16(dns, random_other(0xffff));
		break;
	case FORGERY_NAME:
	case FORGERY_CASE:
		change_name(name, attribute == FORGERY_CASE);
		break;
	case FORGERY_TYPE:
		add_u16(fixed, random_other(0xffff));
		break;
	default:
		add_u16(fixed + 2, random_other(0xffff));
		break;
	}
}

static void change_entry(struct message_packet *packet)
{
	packet->entry = random_next() % 4 == 0 ? MESSAGE_ENTRY_UNKNOWN : MESSAGE_ENTRY_EDGE;
	packet->ingress_if_index = random_other(0xffff);
}

static void change(struct message_packet *packet, enum forgery_attribute attribute)
{
	switch (attribute) {
	case FORGERY_EDGE:
		packet->if_index += random_other(0xffff);
		break;
	case FORGERY_CLIENT_ADDRESS:
		packet->destination_ip[random_next() % 16] ^= (uint8_t)random_other(0xff);
		break;
	case FORGERY_CLIENT_PORT:
		packet->destination_port_be ^= (uint16_t)random_other(0xffff);
		break;
	case FORGERY_SERVER_ADDRESS:
		packet->source_ip[random_next() % 16] ^= (uint8_t)random_other(0xff);
		break;
	case FORGERY_SERVER_PORT:
		packet->source_port_be ^= (uint16_t)random_other(0xffff);
		break;
	case FORGERY_ENTRY:
		change_entry(packet);
		break;
	case FORGERY_VLAN:
		put_vlan(packet,
			ntohs(packet->vlans[0].tci_be) ^ (uint16_t)random_other(VLAN_ID_MASK));
		break;
	case FORGERY_CHECKSUM:
		packet->checksum = MESSAGE_CHECKSUM_WRONG;
		break;
	default:
		change_dns(packet->dns, attribute);
		break;
	}
}

/* To one of the queries, with these attributes wrong and all others right. */
static void forge(const struct waiting_query *one, uint32_t wrong)
{
	struct message_packet *packet = &lab_packet.packet;

	memcpy(packet, one->response, one->response_bytes);
	packet->seen_ns = lab.now_ns;
	for (unsigned int attribute = 0; attribute < FORGERY_ATTRIBUTE_COUNT; attribute++) {
		if (wrong & (1u << attribute))
			change(packet, attribute);
	}
	if (wrong == WRONG_ENTRY_ALONE)
		wrong_entry_count++;
	else if ((wrong & ~WRONG_ENTRY_ALONE) == 1u << FORGERY_CHECKSUM)
		checksum_count++;
	else
		unsolicited_count++;
	lab_feed(packet);
}

static void check_nothing_learned(void)
{
	const struct analyzer_counters *counters = &lab.worker.counters;
	struct answer_cache_usage usage;

	answer_cache_usage(lab.worker.cache, &usage);
	ck_assert_uint_eq(usage.entries, 0);
	ck_assert_uint_eq(usage.insertions, 0);
	ck_assert_uint_eq(counters->queries_matched, 0);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), QUERY_COUNT);
	ck_assert_uint_eq(counters->responses_unsolicited, unsolicited_count);
	ck_assert_uint_eq(counters->responses_wrong_entry, wrong_entry_count);
	ck_assert_uint_eq(counters->responses_checksum, checksum_count);
	ck_assert_uint_eq(lab.order_count, 0);
}

static void check_truth_is_learned(void)
{
	struct answer_cache_usage usage;
	struct message_packet *packet;

	for (unsigned int i = 0; i < QUERY_COUNT; i++) {
		begin_response(&waiting[i].query, TRUE_ADDRESS);
		packet = lab_response_packet(&waiting[i].query);
		put_vlan(packet, waiting[i].vlan_id);
		lab_feed(packet);
	}
	answer_cache_usage(lab.worker.cache, &usage);
	ck_assert_uint_eq(usage.entries, QUERY_COUNT);
	ck_assert_uint_eq(lab.worker.counters.queries_matched, QUERY_COUNT);
	ck_assert_uint_eq(query_match_waiting(lab.worker.match), 0);
}

/* Number 3 is asked for addresses, and without a VLAN. */
static void check_truth_is_replayed(void)
{
	struct lab_query again = waiting[3].query;
	const union lab_order *order;
	struct dns_message view;
	struct dns_record record;

	again.id++;
	ck_assert_uint_eq(again.type, DNS_TYPE_A);
	ck_assert_uint_eq(lab_orders_after(&again, 2000), 1);
	order = lab_last_order(&view);
	ck_assert_int_eq(
		dns_read_record(order->head.dns, &view, view.answer_at, &record), DNS_READ_OK);
	ck_assert_mem_eq(order->head.dns + record.rdata_at, TRUE_ADDRESS, 4);
}

START_TEST(response_with_one_wrong_attribute_teaches_nothing)
{
	const unsigned int attribute = (unsigned int)_i;

	for (unsigned int i = 0; i < QUERY_COUNT; i++)
		forge(&waiting[i], 1u << attribute);
	check_nothing_learned();
	check_truth_is_learned();
	check_truth_is_replayed();
}
END_TEST

START_TEST(million_responses_that_know_one_to_all_but_one_attribute_teach_nothing)
{
	for (unsigned int i = 0; i < FORGERY_COUNT; i++) {
		uint32_t wrong = 1u << random_next() % FORGERY_ATTRIBUTE_COUNT;

		if (i % 2 == 0)
			wrong = random_other(FORGERY_ALL - 1);
		forge(&waiting[random_next() % QUERY_COUNT], wrong);
		if (i % FORGERIES_PER_MS == 0) {
			lab_pass(1);
			check_nothing_learned();
		}
	}
	check_nothing_learned();
	check_truth_is_learned();
	check_truth_is_replayed();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker_forgery");
	TCase *tcase = tcase_create("worker_forgery");

	tcase_add_checked_fixture(tcase, start, lab_end);
	tcase_set_timeout(tcase, 50);
	tcase_add_loop_test(tcase, response_with_one_wrong_attribute_teaches_nothing, 0,
		FORGERY_ATTRIBUTE_COUNT);
	tcase_add_test(
		tcase, million_responses_that_know_one_to_all_but_one_attribute_teach_nothing);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
