/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/order_intake.h"

#include <limits.h>
#include <string.h>

#include "tests/support/check_main.h"

#define NOW_NS   1000000000000ull
#define DNS_SIZE 40u

static union {
	struct message_order order;
	uint8_t bytes[sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX + 8];
} given;

static struct order_intake intake;

static struct ring_record record_of(uint16_t type, const void *body, uint32_t body_bytes)
{
	return (struct ring_record){ .type = type, .body = body, .body_bytes = body_bytes };
}

static void fill_order(uint64_t order_id)
{
	struct message_order *order = &given.order;

	memset(&given, 0, sizeof(given));
	order->order_id = order_id;
	order->query_ns = NOW_NS - 2;
	order->ordered_ns = NOW_NS - 1;
	order->deadline_ns = NOW_NS + 1000;
	order->if_index = 3;
	order->ip_version = 4;
	order->trigger = MESSAGE_TRIGGER_TIMEOUT;
	order->freshness = MESSAGE_FRESHNESS_FRESH;
	memcpy(order->client_mac, "\x02\x00\x00\x00\x00\xc1", 6);
	memcpy(order->server_mac, "\x02\x00\x00\x00\x00\x53", 6);
	order->client_port_be = 0x419c;
	order->server_port_be = 0x3500;
	order->client_ip[10] = order->client_ip[11] = 0xff;
	order->client_ip[15] = 2;
	order->server_ip[10] = order->server_ip[11] = 0xff;
	order->server_ip[15] = 1;
	order->dns_bytes = DNS_SIZE;
	order->dns[2] = 0x80;
}

static int add_order(uint32_t body_bytes)
{
	/* An exact copy on the heap, so that the sanitizer sees a read past its end. */
	void *body = malloc(body_bytes ? body_bytes : 1);
	struct ring_record record = record_of(MESSAGE_ORDER, body, body_bytes);
	int r;

	memcpy(body, &given, body_bytes);
	r = order_intake_add(&intake, &record);
	free(body);
	return r;
}

static int add_whole_order(void)
{
	return add_order((uint32_t)sizeof(struct message_order) + DNS_SIZE);
}

static int add_cancel(uint64_t order_id)
{
	const struct message_cancel cancel = { .order_id = order_id };
	struct ring_record record = record_of(MESSAGE_CANCEL, &cancel, sizeof(cancel));

	return order_intake_add(&intake, &record);
}

static void setup(void)
{
	order_intake_clear(&intake);
	fill_order(1);
}

START_TEST(right_order_is_copied_whole)
{
	given.order.dns[DNS_SIZE - 1] = 0x5a;
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	ck_assert_uint_eq(intake.wanted_count, 1);
	ck_assert_mem_eq(intake.wanted[0], &given.order, sizeof(struct message_order) + DNS_SIZE);
}
END_TEST

START_TEST(longest_order_is_taken)
{
	given.order.dns_bytes = MESSAGE_DNS_BYTES_MAX;
	ck_assert_int_eq(add_order(sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX),
		ORDER_INTAKE_TAKEN);
	ck_assert_uint_eq(intake.wanted[0]->dns_bytes, MESSAGE_DNS_BYTES_MAX);
}
END_TEST

START_TEST(cut_order_is_malformed_at_every_length)
{
	for (uint32_t bytes = 0; bytes < sizeof(struct message_order) + DNS_SIZE; bytes++) {
		order_intake_clear(&intake);
		ck_assert_int_eq(add_order(bytes), ORDER_INTAKE_MALFORMED);
	}
	ck_assert_uint_eq(intake.wanted_count, 0);
}
END_TEST

START_TEST(order_with_a_wrong_dns_size_is_malformed)
{
	static const uint32_t sizes[] = { 0, 11, DNS_SIZE + 1, MESSAGE_DNS_BYTES_MAX + 1,
		UINT32_MAX - 95, UINT32_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		given.order.dns_bytes = sizes[i];
		ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_MALFORMED);
	}
	given.order.dns_bytes = MESSAGE_DNS_BYTES_MAX + 1;
	ck_assert_int_eq(add_order(sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX + 1),
		ORDER_INTAKE_MALFORMED);
}
END_TEST

/* Each breaks one field of a right order. */
static void break_order(int how)
{
	struct message_order *order = &given.order;

	switch (how) {
	case 0:
		order->order_id = 0;
		break;
	case 1:
		order->if_index = 0;
		break;
	case 2:
		order->if_index = (uint32_t)INT_MAX + 1;
		break;
	case 3:
		order->ip_version = 0;
		break;
	case 4:
		order->ip_version = 5;
		break;
	case 5:
		order->ip_version = 6;
		break; /* of IPv4 addresses */
	case 6:
		order->trigger = 0;
		break;
	case 7:
		order->trigger = MESSAGE_TRIGGER_REFUSED + 1;
		break;
	case 8:
		order->freshness = 0;
		break;
	case 9:
		order->freshness = 3;
		break;
	case 10:
		order->client_mac[0] = 0x01;
		break; /* a group */
	case 11:
		memset(order->client_mac, 0, 6);
		break;
	case 12:
		memset(order->server_mac, 0xff, 6);
		break;
	case 13:
		order->client_port_be = 0;
		break;
	case 14:
		order->server_port_be = 0;
		break;
	case 15:
		order->client_ip[0] = 0xfd;
		break; /* no IPv4 address */
	case 16:
		order->server_ip[11] = 0;
		break;
	case 17:
		order->dns[2] = 0x01;
		break; /* a query */
	case 18:
		order->query_ns = order->ordered_ns + 1;
		break;
	case 19:
		order->deadline_ns = order->ordered_ns - 1;
		break;
	case 20:
		order->deadline_ns = UINT64_MAX;
		break;
	case 21:
		order->deadline_ns = order->ordered_ns + ORDER_INTAKE_LIFETIME_NS_MAX + 1;
		break;
	case 22:
		order->vlans[0].protocol_be = 0x0008;
		break; /* IPv4 is no tag */
	case 23:
		order->vlans[1].protocol_be = 0x0081;
		break; /* the inner one alone */
	}
}

#define BREAK_COUNT 24

START_TEST(order_with_one_wrong_field_is_malformed)
{
	break_order(_i);
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_MALFORMED);
	ck_assert_uint_eq(intake.wanted_count, 0);
}
END_TEST

START_TEST(ipv6_order_is_taken)
{
	given.order.ip_version = 6;
	given.order.client_ip[0] = given.order.server_ip[0] = 0xfd;
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
}
END_TEST

START_TEST(order_to_the_host_itself_needs_no_mac)
{
	given.order.if_index = MESSAGE_HOST_IF_INDEX;
	memset(given.order.client_mac, 0, 6);
	memset(given.order.server_mac, 0, 6);
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
}
END_TEST

START_TEST(tagged_order_is_taken)
{
	given.order.vlans[0] = (struct message_vlan){ 0xa888, 0x0a00 };
	given.order.vlans[1] = (struct message_vlan){ 0x0081, 0x0b00 };
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
}
END_TEST

START_TEST(other_types_are_malformed)
{
	static const uint16_t types[] = { 0, MESSAGE_PACKET, MESSAGE_TABLE_REQUEST,
		MESSAGE_TABLE_ROW, MESSAGE_TABLE_END, 7, 0xfffe };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct ring_record record =
			record_of(types[i], &given, sizeof(struct message_order) + DNS_SIZE);

		ck_assert_int_eq(order_intake_add(&intake, &record), ORDER_INTAKE_MALFORMED);
	}
}
END_TEST

START_TEST(cancel_withdraws_its_order_and_no_other)
{
	for (uint64_t id = 1; id <= 3; id++) {
		fill_order(id);
		ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	}
	ck_assert_int_eq(add_cancel(2), ORDER_INTAKE_CANCELLED);
	ck_assert_uint_eq(intake.wanted_count, 2);
	ck_assert_uint_eq(intake.wanted[0]->order_id, 1);
	ck_assert_uint_eq(intake.wanted[1]->order_id, 3);

	fill_order(4); /* must not land on a waiting one */
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	ck_assert_uint_eq(intake.wanted[0]->order_id, 1);
	ck_assert_uint_eq(intake.wanted[1]->order_id, 3);
	ck_assert_uint_eq(intake.wanted[2]->order_id, 4);
}
END_TEST

START_TEST(cancel_without_its_order_is_too_late)
{
	ck_assert_int_eq(add_cancel(1), ORDER_INTAKE_TOO_LATE);
	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	ck_assert_int_eq(add_cancel(2), ORDER_INTAKE_TOO_LATE);
	ck_assert_int_eq(add_cancel(1), ORDER_INTAKE_CANCELLED);
	ck_assert_int_eq(add_cancel(1), ORDER_INTAKE_TOO_LATE);
}
END_TEST

START_TEST(cut_cancel_is_malformed)
{
	const struct message_cancel cancel = { .order_id = 1 };
	struct ring_record record = record_of(MESSAGE_CANCEL, &cancel, sizeof(cancel) - 1);

	ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	ck_assert_int_eq(order_intake_add(&intake, &record), ORDER_INTAKE_MALFORMED);
	ck_assert_uint_eq(intake.wanted_count, 1);
}
END_TEST

START_TEST(order_past_its_deadline_is_not_sent)
{
	for (uint64_t id = 1; id <= 4; id++) {
		fill_order(id);
		given.order.deadline_ns = NOW_NS + id * 10;
		ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	}
	ck_assert_uint_eq(order_intake_expire(&intake, NOW_NS + 10), 0);
	ck_assert_uint_eq(order_intake_expire(&intake, NOW_NS + 21), 2);
	ck_assert_uint_eq(intake.wanted_count, 2);
	ck_assert_uint_eq(intake.wanted[0]->order_id, 3);
	ck_assert_uint_eq(intake.wanted[1]->order_id, 4);
	ck_assert_uint_eq(order_intake_expire(&intake, UINT64_MAX), 2);
	ck_assert_uint_eq(intake.wanted_count, 0);
}
END_TEST

START_TEST(full_batch_keeps_every_order_in_its_order)
{
	for (uint64_t id = 1; id <= ORDER_INTAKE_BATCH_MAX; id++) {
		fill_order(id);
		ck_assert_int_eq(add_whole_order(), ORDER_INTAKE_TAKEN);
	}
	for (unsigned int i = 0; i < ORDER_INTAKE_BATCH_MAX; i++)
		ck_assert_uint_eq(intake.wanted[i]->order_id, i + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("order_intake");
	TCase *tcase = tcase_create("order_intake");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, right_order_is_copied_whole);
	tcase_add_test(tcase, longest_order_is_taken);
	tcase_add_test(tcase, cut_order_is_malformed_at_every_length);
	tcase_add_test(tcase, order_with_a_wrong_dns_size_is_malformed);
	tcase_add_loop_test(tcase, order_with_one_wrong_field_is_malformed, 0, BREAK_COUNT);
	tcase_add_test(tcase, ipv6_order_is_taken);
	tcase_add_test(tcase, order_to_the_host_itself_needs_no_mac);
	tcase_add_test(tcase, tagged_order_is_taken);
	tcase_add_test(tcase, other_types_are_malformed);
	tcase_add_test(tcase, cancel_withdraws_its_order_and_no_other);
	tcase_add_test(tcase, cancel_without_its_order_is_too_late);
	tcase_add_test(tcase, cut_cancel_is_malformed);
	tcase_add_test(tcase, order_past_its_deadline_is_not_sent);
	tcase_add_test(tcase, full_batch_keeps_every_order_in_its_order);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
