/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Table row -- an answer or a transaction as others see it.
 *
 * Pure; the entry is read inside rcu_read_lock().
 */

#include "analyzer/answer_entry.h"
#include "analyzer/transaction.h"
#include "shared/layout/message_layout.h"

/* Whether there is an answer in it, or only a note of who was told what. */
bool table_row_is_of_answer(const struct answer_entry *entry);

/* request_id is the caller's to set. */
void table_row_of_answer(
	const struct answer_entry *entry, uint64_t now_ns, struct message_table_row *out_row);
void table_row_of_transaction(const struct transaction *transaction, enum message_table table,
	struct message_table_row *out_row);
