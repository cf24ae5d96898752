/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answering clients -- who behind an edge was seen answering DNS.
 *
 * A client that is itself a resolver is left alone: a reply from us would become its
 * cache entry, served to others as the truth. At an edge it is known by its MAC address, for it
 * may answer at one IP address and ask from another; the host, which has none, by the IP address.
 * Remembered for an hour after the last answer, by edge: nobody can make a neighbour look like
 * one by borrowing its address. Time is an argument.
 *
 * Threads: any; each call takes a mutex for as long as one look-up.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "shared/layout/message_layout.h"

struct answering_clients;

/* Return: 0 or -ENOMEM. */
int answering_clients_new(struct answering_clients **out_clients, uint64_t seed);

/* What it may take. */
uint64_t answering_clients_bytes(void);

/* Accepts NULL. */
void answering_clients_free(struct answering_clients *clients);

/* Whom: 6 bytes of a MAC address at an edge, 16 of an IP address of the host's. */
struct answering_client {
	uint32_t if_index;
	uint8_t address[16]; /* zero behind a MAC address */
};

/* How somebody at this edge, MESSAGE_HOST_IF_INDEX for this host, is known. */
static inline struct answering_client answering_client_at(
	uint32_t if_index, const uint8_t ip[16], const uint8_t mac[6])
{
	struct answering_client client = { .if_index = if_index };

	if (if_index == MESSAGE_HOST_IF_INDEX)
		memcpy(client.address, ip, 16);
	else
		memcpy(client.address, mac, 6);
	return client;
}

/* Seen sending a response from port 53, inbound at its edge. */
void answering_clients_put(struct answering_clients *clients,
	const struct answering_client *client, uint64_t now_ns);

bool answering_clients_has(struct answering_clients *clients,
	const struct answering_client *client, uint64_t now_ns);
