/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C-ares lookup -- what c-ares says, one record per line, for tests that compare two runs.
 *
 *   cares_lookup [--edns] NAME TYPE [NAME TYPE]...
 *
 * TYPE is a record type, asked by ares_search() and read by ares_parse_*(); ADDRESSES, both
 * families by ares_getaddrinfo(); or HOST, an address's name. One after the other, so that
 * each has its own first try: a look-up that took a second one counts as failed, and any
 * failure ends it with 1.
 */

#define _GNU_SOURCE
#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#define TYPE_HTTPS         65 /* newer than <arpa/nameser.h> */
#define EDNS_BYTES         1232
#define RECORD_FIXED_BYTES 10

struct lookup {
	const char *name;
	bool ok;
};

typedef int (*print_function)(struct lookup *lookup, const unsigned char *message, int bytes);

static void print_addresses(const struct hostent *host)
{
	char text[INET6_ADDRSTRLEN];

	for (char **alias = host->h_aliases; *alias; alias++)
		printf("%s was %s\n", host->h_name, *alias);
	for (char **address = host->h_addr_list; *address; address++)
		printf("%s has %s\n", host->h_name,
			inet_ntop(host->h_addrtype, *address, text, sizeof(text)));
}

static int print_a(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct hostent *host;
	int r;

	(void)lookup;
	r = ares_parse_a_reply(message, bytes, &host, NULL, NULL);
	if (r != ARES_SUCCESS)
		return r;
	print_addresses(host);
	ares_free_hostent(host);
	return r;
}

static int print_aaaa(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct hostent *host;
	int r;

	(void)lookup;
	r = ares_parse_aaaa_reply(message, bytes, &host, NULL, NULL);
	if (r != ARES_SUCCESS)
		return r;
	print_addresses(host);
	ares_free_hostent(host);
	return r;
}

static int print_ptr(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct hostent *host;
	int r;

	r = ares_parse_ptr_reply(message, bytes, NULL, 0, AF_INET, &host);
	if (r != ARES_SUCCESS)
		return r;
	printf("%s is %s\n", lookup->name, host->h_name);
	ares_free_hostent(host);
	return r;
}

static int print_mx(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct ares_mx_reply *found;
	int r;

	r = ares_parse_mx_reply(message, bytes, &found);
	if (r != ARES_SUCCESS)
		return r;
	for (const struct ares_mx_reply *one = found; one; one = one->next)
		printf("%s MX %u %s\n", lookup->name, one->priority, one->host);
	ares_free_data(found);
	return r;
}

static int print_txt(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct ares_txt_reply *found;
	int r;

	r = ares_parse_txt_reply(message, bytes, &found);
	if (r != ARES_SUCCESS)
		return r;
	for (const struct ares_txt_reply *one = found; one; one = one->next)
		printf("%s TXT \"%s\"\n", lookup->name, (const char *)one->txt);
	ares_free_data(found);
	return r;
}

static int print_srv(struct lookup *lookup, const unsigned char *message, int bytes)
{
	struct ares_srv_reply *found;
	int r;

	r = ares_parse_srv_reply(message, bytes, &found);
	if (r != ARES_SUCCESS)
		return r;
	for (const struct ares_srv_reply *one = found; one; one = one->next)
		printf("%s SRV %u %u %u %s\n", lookup->name, one->priority, one->weight, one->port,
			one->host);
	ares_free_data(found);
	return r;
}

/* Where a name ends, or 0 where there is none. */
static long end_of_name(const unsigned char *message, int bytes, long at)
{
	char *name;
	long name_bytes;

	if (ares_expand_name(message + at, message, bytes, &name, &name_bytes) != ARES_SUCCESS)
		return 0;
	ares_free_string(name);
	return at + name_bytes;
}

/* c-ares 1.18 knows no such type: the first record's data as it came. */
static int print_https(struct lookup *lookup, const unsigned char *message, int bytes)
{
	long at = end_of_name(message, bytes, NS_HFIXEDSZ);
	long end;

	at = at ? end_of_name(message, bytes, at + NS_QFIXEDSZ) : 0;
	if (at == 0 || at + RECORD_FIXED_BYTES > bytes)
		return ARES_EBADRESP;
	at += RECORD_FIXED_BYTES;
	end = at + message[at - 2] * 256 + message[at - 1];
	if (end > bytes)
		return ARES_EBADRESP;
	printf("%s HTTPS ", lookup->name);
	for (; at < end; at++)
		printf("%02x", message[at]);
	putchar('\n');
	return ARES_SUCCESS;
}

static const struct type {
	const char *text;
	int number;
	print_function print;
} types[] = {
	{ "A", ns_t_a, print_a },
	{ "PTR", ns_t_ptr, print_ptr },
	{ "MX", ns_t_mx, print_mx },
	{ "TXT", ns_t_txt, print_txt },
	{ "AAAA", ns_t_aaaa, print_aaaa },
	{ "SRV", ns_t_srv, print_srv },
	{ "HTTPS", TYPE_HTTPS, print_https },
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

struct search {
	struct lookup lookup;
	const struct type *type;
};

static void searched(void *arg, int status, int timeouts, unsigned char *message, int bytes)
{
	struct search *search = arg;

	search->lookup.ok = status == ARES_SUCCESS && timeouts == 0 &&
			    search->type->print(&search->lookup, message, bytes) == ARES_SUCCESS;
}

static void addresses_found(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
	struct lookup *lookup = arg;
	char text[INET6_ADDRSTRLEN];

	if (status != ARES_SUCCESS)
		return;
	lookup->ok = timeouts == 0 && found->nodes;
	for (const struct ares_addrinfo_cname *one = found->cnames; one; one = one->next)
		printf("%s was %s\n", one->name, one->alias ? one->alias : "-");
	for (const struct ares_addrinfo_node *one = found->nodes; one; one = one->ai_next) {
		const void *address = &((const struct sockaddr_in *)one->ai_addr)->sin_addr;

		if (one->ai_family == AF_INET6)
			address = &((const struct sockaddr_in6 *)one->ai_addr)->sin6_addr;
		printf("%s has %s\n", lookup->name,
			inet_ntop(one->ai_family, address, text, sizeof(text)));
	}
	ares_freeaddrinfo(found);
}

static void host_found(void *arg, int status, int timeouts, struct hostent *host)
{
	struct lookup *lookup = arg;

	lookup->ok = status == ARES_SUCCESS && timeouts == 0;
	if (status == ARES_SUCCESS)
		printf("%s is %s\n", lookup->name, host->h_name);
}

static void wait_for_all(ares_channel channel)
{
	struct timeval timeout;
	fd_set readable;
	fd_set writable;
	int fds;

	for (;;) {
		FD_ZERO(&readable);
		FD_ZERO(&writable);
		fds = ares_fds(channel, &readable, &writable);
		if (fds == 0)
			return;
		(void)select(
			fds, &readable, &writable, NULL, ares_timeout(channel, NULL, &timeout));
		ares_process(channel, &readable, &writable);
	}
}

static bool lookup(ares_channel channel, const char *name, const char *type)
{
	const struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_CANONNAME };
	struct search search = { .lookup.name = name };
	struct in_addr address;

	if (strcmp(type, "ADDRESSES") == 0)
		ares_getaddrinfo(channel, name, NULL, &hints, addresses_found, &search.lookup);
	if (strcmp(type, "HOST") == 0 && inet_pton(AF_INET, name, &address) == 1)
		ares_gethostbyaddr(
			channel, &address, sizeof(address), AF_INET, host_found, &search.lookup);
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (strcmp(type, types[i].text) == 0) {
			search.type = &types[i];
			ares_search(channel, name, ns_c_in, types[i].number, searched, &search);
		}
	wait_for_all(channel);
	return search.lookup.ok;
}

int main(int argc, char **argv)
{
	struct ares_options options = { .flags = ARES_FLAG_EDNS, .ednspsz = EDNS_BYTES };
	const bool edns = argc > 1 && strcmp(argv[1], "--edns") == 0;
	ares_channel channel;
	int failed = 0;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
		ares_init_options(&channel, &options,
			edns ? ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ : 0) != ARES_SUCCESS)
		return 2;
	for (int i = edns ? 2 : 1; i + 1 < argc; i += 2)
		if (!lookup(channel, argv[i], argv[i + 1])) {
			fprintf(stderr, "%s %s: no\n", argv[i], argv[i + 1]);
			failed = 1;
		}
	ares_destroy(channel);
	ares_library_cleanup();
	return failed;
}
