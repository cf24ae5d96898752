/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/activated_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"

#define PASSED_FD 103 /* the first one is taken: Check itself writes there */
#define UNTOUCHED (-7)

static struct captured_stderr captured;
static int fd;

/* What systemd does before it starts us. */
static void test_pass(int passed_fd, pid_t pid, const char *count)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", pid);
	ck_assert_int_eq(setenv("LISTEN_PID", text, 1), 0);
	ck_assert_int_eq(setenv("LISTEN_FDS", count, 1), 0);
	ck_assert_int_eq(setenv("LISTEN_FDNAMES", "dnscache-exporter.socket", 1), 0);
	if (passed_fd < 0)
		return;
	ck_assert_int_eq(dup2(passed_fd, PASSED_FD), PASSED_FD);
	(void)close(passed_fd);
}

static int test_socket(int family, int kind, bool listens)
{
	int made = socket(family, kind, 0);

	ck_assert_int_ge(made, 0);
	if (listens)
		ck_assert_int_eq(listen(made, 1), 0);
	return made;
}

static void setup(void)
{
	fd = UNTOUCHED;
	captured_stderr_begin(&captured);
}

static void teardown(void)
{
	(void)close(PASSED_FD);
}

static void test_expect(int outcome, const char *log)
{
	ck_assert_int_eq(activated_socket_take(PASSED_FD, &fd), outcome);
	ck_assert_str_eq(captured_stderr_end(&captured), log);
	ck_assert_int_eq(fd, outcome == ACTIVATED_SOCKET_OK ? PASSED_FD : UNTOUCHED);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
}

/* The kernel chose the port. */
static void test_expect_taken(const char *host)
{
	struct sockaddr_in6 address;
	socklen_t bytes = sizeof(address);
	char log[128];

	ck_assert_int_eq(getsockname(PASSED_FD, (struct sockaddr *)&address, &bytes), 0);
	(void)snprintf(log, sizeof(log),
		"listening at %s:%d, a socket passed by systemd: api_listen_at is not used\n", host,
		ntohs(address.sin6_port)); /* where sin_port is, too */
	test_expect(ACTIVATED_SOCKET_OK, log);
}

START_TEST(listening_socket_is_taken_and_made_ours)
{
	test_pass(test_socket(AF_INET, SOCK_STREAM, true), getpid(), "1");
	test_expect_taken("0.0.0.0");
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(ipv6_is_as_good)
{
	test_pass(test_socket(AF_INET6, SOCK_STREAM, true), getpid(), "1");
	test_expect_taken("[::]");
}
END_TEST

START_TEST(without_systemd_there_is_none)
{
	test_expect(ACTIVATED_SOCKET_NONE, "");
}
END_TEST

START_TEST(what_was_passed_to_another_process_is_not_ours)
{
	test_pass(test_socket(AF_INET, SOCK_STREAM, true), getpid() + 1, "1");
	test_expect(ACTIVATED_SOCKET_NONE, "");
}
END_TEST

START_TEST(pid_that_is_none_is_not_ours)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%dx", getpid());
	test_pass(test_socket(AF_INET, SOCK_STREAM, true), getpid(), "1");
	ck_assert_int_eq(setenv("LISTEN_PID", _i == 0 ? "" : text, 1), 0);
	test_expect(ACTIVATED_SOCKET_NONE, "");
}
END_TEST

START_TEST(other_numbers_of_sockets_are_a_fault)
{
	static const char *const counts[] = { "0", "2", "-1", "", "1x" };
	char log[128];

	(void)snprintf(log, sizeof(log),
		"systemd passed '%s' sockets, wanted 1: Invalid argument\n", counts[_i]);
	test_pass(-1, getpid(), counts[_i]);
	test_expect(-EINVAL, log);
}
END_TEST

START_TEST(other_kinds_of_sockets_are_a_fault)
{
	const char *log =
		"the socket passed by systemd is no listening TCP socket: Invalid argument\n";

	switch (_i) {
	case 0:
		test_pass(test_socket(AF_INET, SOCK_STREAM, false), getpid(), "1");
		break;
	case 1:
		test_pass(test_socket(AF_INET, SOCK_DGRAM, false), getpid(), "1");
		break;
	case 2:
		test_pass(test_socket(AF_UNIX, SOCK_STREAM, false), getpid(), "1");
		break;
	case 3:
		test_pass(open("/dev/null", O_RDONLY), getpid(), "1");
		break;
	}
	test_expect(-EINVAL, log);
}
END_TEST

START_TEST(descriptor_that_is_not_there_is_a_fault)
{
	test_pass(-1, getpid(), "1");
	test_expect(-EBADF, "cannot use the socket passed by systemd: Bad file descriptor\n");
}
END_TEST

START_TEST(address_of_anything_else_is_no_lie)
{
	char address[ACTIVATED_SOCKET_ADDRESS_BYTES];

	activated_socket_address(-1, address);
	ck_assert_str_eq(address, "?:?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("activated_socket");
	TCase *tcase = tcase_create("activated_socket");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, listening_socket_is_taken_and_made_ours);
	tcase_add_test(tcase, ipv6_is_as_good);
	tcase_add_test(tcase, without_systemd_there_is_none);
	tcase_add_test(tcase, what_was_passed_to_another_process_is_not_ours);
	tcase_add_loop_test(tcase, pid_that_is_none_is_not_ours, 0, 2);
	tcase_add_loop_test(tcase, other_numbers_of_sockets_are_a_fault, 0, 5);
	tcase_add_loop_test(tcase, other_kinds_of_sockets_are_a_fault, 0, 4);
	tcase_add_test(tcase, descriptor_that_is_not_there_is_a_fault);
	tcase_add_test(tcase, address_of_anything_else_is_no_lie);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
