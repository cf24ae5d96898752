/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answering clients -- addresses behind edges that were seen answering DNS.
 *
 * A client that is itself a resolver is left alone: a reply from us would become its
 * cache entry, served to others as the truth. Remembered for an hour after the last
 * answer, by edge: nobody can make a neighbour look like one by borrowing its address.
 * Time is an argument.
 *
 * Threads: any; each call takes a mutex for as long as one look-up.
 */

#include <stdbool.h>
#include <stdint.h>

struct answering_clients;

/* Return: 0 or -ENOMEM. */
int answering_clients_new(struct answering_clients **out_clients, uint64_t seed);

/* What it may take. */
uint64_t answering_clients_bytes(void);

/* Accepts NULL. */
void answering_clients_free(struct answering_clients *clients);

/* Seen sending a response from port 53, inbound at this edge. */
void answering_clients_put(struct answering_clients *clients, uint32_t if_index,
	const uint8_t ip[16], uint64_t now_ns);

bool answering_clients_has(struct answering_clients *clients, uint32_t if_index,
	const uint8_t ip[16], uint64_t now_ns);
