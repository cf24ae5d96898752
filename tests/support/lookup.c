/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookup -- the plainest client there is: getaddrinfo() once, both families, addresses
 * printed one per line. The pipeline tests build it with musl-gcc.
 */

#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char text[NI_MAXHOST];
	int r;

	if (argc != 2)
		return 2;
	r = getaddrinfo(argv[1], NULL, &hints, &found);
	if (r != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(r));
		return 1;
	}
	for (struct addrinfo *one = found; one; one = one->ai_next) {
		r = getnameinfo(
			one->ai_addr, one->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
		if (r == 0)
			puts(text);
	}
	freeaddrinfo(found);
	return 0;
}
