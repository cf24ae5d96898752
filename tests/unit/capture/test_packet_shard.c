/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_shard.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "shared/layout/message_layout.h"
#include "tests/support/check_main.h"

#define WORKERS 4

static struct dns_event event;

static uint32_t shard(const char *source, const char *destination, uint16_t flags)
{
	event.kind = event.kind ? event.kind : DNS_EVENT_DATAGRAM;
	ck_assert_int_eq(inet_pton(AF_INET6, source, event.source_ip), 1);
	ck_assert_int_eq(inet_pton(AF_INET6, destination, event.destination_ip), 1);
	return packet_shard(&event, flags, WORKERS);
}

static void start(void)
{
	event = (struct dns_event){ 0 };
}

START_TEST(query_response_and_error_of_a_client_meet)
{
	char client[32];

	for (int i = 0; i < 256; i++) {
		uint32_t worker;

		(void)snprintf(client, sizeof(client), "::ffff:172.17.3.%d", i);
		event.kind = DNS_EVENT_DATAGRAM;
		worker = shard(client, "::ffff:10.0.0.53", MESSAGE_PACKET_TO_SERVER);
		ck_assert_uint_lt(worker, WORKERS);
		ck_assert_uint_eq(
			shard("::ffff:10.0.0.53", client, MESSAGE_PACKET_FROM_SERVER), worker);
		ck_assert_uint_eq(
			shard("::ffff:10.9.9.9", client, MESSAGE_PACKET_FROM_SERVER), worker);
		event.kind = DNS_EVENT_UNREACHABLE;
		ck_assert_uint_eq(
			shard(client, "::ffff:10.0.0.53", MESSAGE_PACKET_TO_SERVER), worker);
	}
}
END_TEST

START_TEST(between_two_servers_both_ways_meet)
{
	const uint16_t both = MESSAGE_PACKET_TO_SERVER | MESSAGE_PACKET_FROM_SERVER;

	const uint32_t worker = shard("fd00::1", "fd00::2", both);

	ck_assert_uint_eq(shard("fd00::2", "fd00::1", both), worker);
	event.kind = DNS_EVENT_UNREACHABLE;
	ck_assert_uint_eq(shard("fd00::1", "fd00::2", both), worker);
}
END_TEST

START_TEST(neighbours_are_spread_over_all_workers)
{
	unsigned int counts[WORKERS] = { 0 };
	char client[32];

	for (int i = 0; i < 256; i++) {
		(void)snprintf(client, sizeof(client), "::ffff:172.17.0.%d", i);
		counts[shard(client, "::ffff:10.0.0.53", MESSAGE_PACKET_TO_SERVER)]++;
		(void)snprintf(client, sizeof(client), "fd00::%x", i);
		counts[shard(client, "fd00::53", MESSAGE_PACKET_TO_SERVER)]++;
	}
	for (int i = 0; i < WORKERS; i++)
		ck_assert_uint_gt(counts[i], 512 / WORKERS / 2);
}
END_TEST

START_TEST(one_worker_takes_all)
{
	ck_assert_uint_eq(packet_shard(&event, 0, 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packet_shard");
	TCase *tests = tcase_create("packet_shard");

	tcase_add_checked_fixture(tests, start, NULL);
	tcase_add_test(tests, query_response_and_error_of_a_client_meet);
	tcase_add_test(tests, between_two_servers_both_ways_meet);
	tcase_add_test(tests, neighbours_are_spread_over_all_workers);
	tcase_add_test(tests, one_worker_takes_all);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
