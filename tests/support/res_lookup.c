/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Res lookup -- what the C library's resolver says, one record per line, for tests that
 * compare two runs of it; for glibc (-lresolv) and musl.
 *
 *   res_lookup NAME TYPE [NAME TYPE]...
 *
 * TYPE is a record type, asked by res_query(); ADDRESSES, both families by getaddrinfo();
 * or HOST, an address's name by getnameinfo(). Ends with 1 if any look-up failed.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define RESPONSE_BYTES_MAX 4096
#define TYPE_HTTPS         65 /* newer than <arpa/nameser.h> */

static const struct type {
	const char *text;
	int number;
} types[] = {
	{ "A", ns_t_a },
	{ "CNAME", ns_t_cname },
	{ "PTR", ns_t_ptr },
	{ "MX", ns_t_mx },
	{ "TXT", ns_t_txt },
	{ "AAAA", ns_t_aaaa },
	{ "SRV", ns_t_srv },
	{ "HTTPS", TYPE_HTTPS },
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

static void print_numbers(const unsigned char *data, int count)
{
	for (int i = 0; i < count; i++)
		printf("%u ", ns_get16(data + 2 * i));
}

static bool print_name(const ns_msg *message, const unsigned char *at)
{
	char name[NS_MAXDNAME];

	if (dn_expand(ns_msg_base(*message), ns_msg_end(*message), at, name, sizeof(name)) < 0)
		return false;
	printf("%s", name);
	return true;
}

static void print_strings(const unsigned char *data, int bytes)
{
	for (int at = 0; at < bytes; at += 1 + data[at])
		printf("\"%.*s\" ", data[at], (const char *)data + at + 1);
}

static void print_address(int family, const unsigned char *data)
{
	char text[INET6_ADDRSTRLEN];

	printf("%s", inet_ntop(family, data, text, sizeof(text)));
}

static void print_bytes(const unsigned char *data, int count)
{
	for (int i = 0; i < count; i++)
		printf("%02x", data[i]);
}

static bool print_record(const ns_msg *message, const ns_rr *record)
{
	const unsigned char *data = ns_rr_rdata(*record);
	const int type = ns_rr_type(*record);
	bool whole = true;

	printf("%s %d ", ns_rr_name(*record), type);
	if (type == ns_t_a) {
		print_address(AF_INET, data);
	} else if (type == ns_t_aaaa) {
		print_address(AF_INET6, data);
	} else if (type == ns_t_cname || type == ns_t_ptr) {
		whole = print_name(message, data);
	} else if (type == ns_t_mx) {
		print_numbers(data, 1);
		whole = print_name(message, data + 2);
	} else if (type == ns_t_srv) {
		print_numbers(data, 3);
		whole = print_name(message, data + 6);
	} else if (type == ns_t_txt) {
		print_strings(data, ns_rr_rdlen(*record));
	} else {
		print_bytes(data, ns_rr_rdlen(*record));
	}
	putchar('\n');
	return whole;
}

static bool lookup_records(const char *name, int type)
{
	unsigned char response[RESPONSE_BYTES_MAX];
	ns_msg message;
	ns_rr record;
	int bytes;

	bytes = res_query(name, ns_c_in, type, response, sizeof(response));
	if (bytes < 0 || ns_initparse(response, bytes, &message) < 0)
		return false;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++)
		if (ns_parserr(&message, ns_s_an, i, &record) < 0 ||
			!print_record(&message, &record))
			return false;
	return ns_msg_count(message, ns_s_an) > 0;
}

static bool lookup_addresses(const char *name)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *found;
	char text[NI_MAXHOST];

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	printf("%s is %s\n", name, found->ai_canonname);
	for (const struct addrinfo *one = found; one; one = one->ai_next)
		if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL, 0,
			    NI_NUMERICHOST) == 0)
			printf("%s has %s\n", name, text);
	freeaddrinfo(found);
	return true;
}

static bool lookup_host(const char *address)
{
	struct sockaddr_in ip = { .sin_family = AF_INET };
	char text[NI_MAXHOST];

	if (inet_pton(AF_INET, address, &ip.sin_addr) != 1 ||
		getnameinfo((struct sockaddr *)&ip, sizeof(ip), text, sizeof(text), NULL, 0,
			NI_NAMEREQD) != 0)
		return false;
	printf("%s is %s\n", address, text);
	return true;
}

static bool lookup(const char *name, const char *type)
{
	if (strcmp(type, "ADDRESSES") == 0)
		return lookup_addresses(name);
	if (strcmp(type, "HOST") == 0)
		return lookup_host(name);
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (strcmp(type, types[i].text) == 0)
			return lookup_records(name, types[i].number);
	return false;
}

int main(int argc, char **argv)
{
	int failed = argc % 2 == 0;

	for (int i = 1; i + 1 < argc; i += 2)
		if (!lookup(argv[i], argv[i + 1])) {
			fprintf(stderr, "%s %s: no\n", argv[i], argv[i + 1]);
			failed = 1;
		}
	return failed;
}
