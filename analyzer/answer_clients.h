/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer clients -- which clients may have answers of their own, so that nobody looks for
 * those of all others.
 *
 * Counted by groups of clients, by the end of their addresses: most of the time most
 * groups have none.
 *
 * Threads: the writer's, but for answer_clients_may_have(). A client's answers are put by
 * the thread that looks for them.
 */

#include <stdbool.h>

#include "analyzer/answer_entry.h"

#define ANSWER_CLIENTS_GROUPS 4096u

struct answer_clients {
	_Atomic uint32_t counts[ANSWER_CLIENTS_GROUPS];
};

/* An entry, of whomever, joins or leaves the table. */
void answer_clients_join(struct answer_clients *clients, const struct answer_entry *entry);
void answer_clients_leave(struct answer_clients *clients, const struct answer_entry *entry);

/* @client: ANSWER_KEY_CLIENT_BYTES. Return: false if no entry is this client's alone. */
bool answer_clients_may_have(const struct answer_clients *clients, const uint8_t *client);
