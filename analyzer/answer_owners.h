/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer owners -- which clients may have answers of their own, so that nobody looks for
 * those of all others.
 *
 * Counted by groups of clients, by the end of their addresses: most of the time most
 * groups have none.
 *
 * Threads: the writer's, but for answer_owners_may_have(), which any thread may ask.
 */

#include <stdbool.h>

#include "analyzer/answer_entry.h"

#define ANSWER_OWNERS_GROUPS 4096u

struct answer_owners {
	_Atomic uint32_t counts[ANSWER_OWNERS_GROUPS];
};

/* An entry, of whomever, joins or leaves the table. */
void answer_owners_join(struct answer_owners *owners, const struct answer_entry *entry);
void answer_owners_leave(struct answer_owners *owners, const struct answer_entry *entry);

/* @client: ANSWER_KEY_CLIENT_BYTES. Return: false if no entry is this client's alone. */
bool answer_owners_may_have(const struct answer_owners *owners, const uint8_t *client);
