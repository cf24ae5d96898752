/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paced client -- one DNS query every so often over one connected socket, each timed.
 *
 * Usage: paced_client SERVER_IPV4 QUERIES_PER_SECOND COUNT NAME...
 *
 * Asks for the A records of the names in turn. Prints one line per answered query: DNS
 * id, time sent and time received (CLOCK_BOOTTIME, ns), "id sent received". Queries
 * that had no reply after 100 ms are missing from the list.
 */

#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/clock.h"
#include "shared/dns_write.h"

#define QUERY_BYTES_MAX 300
#define REPLY_WAIT_MS   100

static size_t query_build(uint8_t *query, uint16_t id, const char *name)
{
	const uint16_t counts[DNS_SECTION_COUNT] = { 1, 0, 0, 0 };
	size_t at = DNS_HEADER_BYTES;

	dns_write_id(query, id);
	dns_write_flags(query, DNS_FLAG_RD);
	dns_write_counts(query, counts);
	while (*name != '\0') {
		const size_t label_bytes = strcspn(name, ".");

		query[at++] = (uint8_t)label_bytes;
		memcpy(query + at, name, label_bytes);
		at += label_bytes;
		name += label_bytes + (name[label_bytes] == '.');
	}
	query[at++] = 0;
	dns_write_u16(query + at, DNS_TYPE_A);
	dns_write_u16(query + at + 2, DNS_CLASS_IN);
	return at + 4;
}

/* Wait for the reply with this id. Return: the time it was received, or 0. */
static uint64_t reply_wait(int fd, uint16_t id)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint8_t reply[1500];

	while (poll(&ready, 1, REPLY_WAIT_MS) == 1) {
		const ssize_t bytes = recv(fd, reply, sizeof(reply), 0);
		const uint64_t received_ns = clock_ns();

		if (bytes >= DNS_HEADER_BYTES && dns_read_u16(reply) == id)
			return received_ns;
	}
	return 0;
}

static void sleep_until(uint64_t at_ns)
{
	const struct timespec at = { (time_t)(at_ns / NS_PER_S), (long)(at_ns % NS_PER_S) };

	(void)clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, NULL);
}

static void query_once(int fd, uint16_t id, const char *name)
{
	uint8_t query[QUERY_BYTES_MAX];
	const size_t bytes = query_build(query, id, name);
	const uint64_t sent_ns = clock_ns();
	uint64_t received_ns;

	if (send(fd, query, bytes, 0) < 0)
		return;
	received_ns = reply_wait(fd, id);
	if (received_ns != 0)
		printf("%u %llu %llu\n", id, (unsigned long long)sent_ns,
			(unsigned long long)received_ns);
}

static int socket_to(const char *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (inet_pton(AF_INET, server, &address.sin_addr) != 1 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	uint64_t interval_ns;
	uint64_t at_ns;
	int count;
	int fd;

	if (argc < 5) {
		fprintf(stderr, "usage: paced_client SERVER QUERIES_PER_SECOND COUNT NAME...\n");
		return 2;
	}
	fd = socket_to(argv[1]);
	interval_ns = NS_PER_S / (uint64_t)atoi(argv[2]);
	count = atoi(argv[3]);
	if (fd < 0) {
		perror("paced_client");
		return 1;
	}
	at_ns = clock_ns();
	for (int i = 0; i < count; i++) {
		query_once(fd, (uint16_t)(i + 1), argv[4 + i % (argc - 4)]);
		at_ns += interval_ns;
		sleep_until(at_ns);
	}
	return 0;
}
