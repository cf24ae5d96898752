/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/serving_sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "tests/support/check_main.h"

static const struct config_ports ports = { 2, { 53, 5300 } };

static struct {
	struct nlmsghdr header;
	struct inet_diag_msg diag;
} message;

static uint8_t ip[16];

/* A socket bound to 127.0.0.53:53. */
static void start(void)
{
	memset(&message, 0, sizeof(message));
	memset(ip, 0xa5, sizeof(ip));
	message.header.nlmsg_len = sizeof(message);
	message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message.diag.idiag_family = AF_INET;
	message.diag.id.idiag_sport = htons(53);
	message.diag.id.idiag_src[0] = htonl(0x7f000035);
}

static bool is_serving(const char *address)
{
	uint8_t wanted[16];

	ck_assert_int_eq(inet_pton(AF_INET6, address, wanted), 1);
	return serving_sockets_read(&message, &ports, ip) &&
	       memcmp(ip, wanted, sizeof(wanted)) == 0;
}

START_TEST(socket_at_a_port_of_servers_serves)
{
	ck_assert(is_serving("::ffff:127.0.0.53"));
	message.diag.id.idiag_sport = htons(5300);
	ck_assert(is_serving("::ffff:127.0.0.53"));
	message.diag.id.idiag_sport = htons(54);
	ck_assert(!serving_sockets_read(&message, &ports, ip));
}
END_TEST

START_TEST(socket_of_ipv6_serves_at_its_address)
{
	message.diag.idiag_family = AF_INET6;
	ck_assert_int_eq(inet_pton(AF_INET6, "fd00::53", message.diag.id.idiag_src), 1);
	ck_assert(is_serving("fd00::53"));
	memset(message.diag.id.idiag_src, 0, sizeof(message.diag.id.idiag_src));
	ck_assert(is_serving("::"));
}
END_TEST

START_TEST(connected_socket_is_a_client)
{
	message.diag.id.idiag_dport = htons(53);
	ck_assert(!serving_sockets_read(&message, &ports, ip));
}
END_TEST

START_TEST(message_that_is_short_or_another_is_none)
{
	message.header.nlmsg_len = sizeof(message) - 1;
	ck_assert(!serving_sockets_read(&message, &ports, ip));
	start();
	message.header.nlmsg_type = NLMSG_DONE;
	ck_assert(!serving_sockets_read(&message, &ports, ip));
	start();
	message.diag.idiag_family = AF_UNIX;
	ck_assert(!serving_sockets_read(&message, &ports, ip));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("serving_sockets");
	TCase *tests = tcase_create("serving_sockets");

	tcase_add_checked_fixture(tests, start, NULL);
	tcase_add_test(tests, socket_at_a_port_of_servers_serves);
	tcase_add_test(tests, socket_of_ipv6_serves_at_its_address);
	tcase_add_test(tests, connected_socket_is_a_client);
	tcase_add_test(tests, message_that_is_short_or_another_is_none);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
