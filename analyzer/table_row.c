/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/table_row.h"

#include <string.h>

#include "analyzer/answer_addresses.h"
#include "shared/clock.h"

static void table_row_set_name(
	struct message_table_row *row, const uint8_t *name, uint16_t name_bytes)
{
	if (name_bytes > MESSAGE_NAME_BYTES_MAX)
		name_bytes = 0;
	row->name_bytes = (uint8_t)name_bytes;
	memcpy(row->name, name, name_bytes);
}

static void table_row_key(const struct answer_entry *entry, struct message_table_row *row)
{
	struct answer_key_parts parts;

	answer_key_read(answer_entry_key(entry), entry->key_bytes, &parts);
	row->type = parts.type;
	row->class = parts.class;
	memcpy(row->scope, parts.scope, sizeof(row->scope));
	memcpy(row->server_ip, parts.resolver, sizeof(row->server_ip));
	row->server_port_be = parts.port_be;
	if (parts.client != NULL)
		memcpy(row->client_ip, parts.client, sizeof(row->client_ip));
	table_row_set_name(row, parts.name, parts.name_bytes);
}

bool table_row_is_of_answer(const struct answer_entry *entry)
{
	struct answer_key_parts parts;

	answer_key_read(answer_entry_key(entry), entry->key_bytes, &parts);
	return !(parts.variant & ANSWER_KEY_WITNESS);
}

void table_row_of_answer(
	const struct answer_entry *entry, uint64_t now_ns, struct message_table_row *out_row)
{
	const uint8_t *message = answer_entry_message(entry);
	const struct answer_facts known = answer_entry_facts(entry);
	const struct answer_facts *facts = &known;
	struct dns_message view;

	memset(out_row, 0, sizeof(*out_row));
	table_row_key(entry, out_row);
	out_row->table = MESSAGE_TABLE_CACHE;
	out_row->at_ns = facts->learned_ns;
	out_row->rcode = facts->rcode;
	if (facts->flags & ANSWER_NEGATIVE)
		out_row->flags |= MESSAGE_ROW_NEGATIVE;
	if (now_ns >= facts->fresh_until_ns)
		out_row->flags |= MESSAGE_ROW_STALE;
	else
		out_row->ttl_s = (uint32_t)((facts->fresh_until_ns - now_ns) / NS_PER_S);
	if (dns_read_message(message, entry->message_bytes, &view) == DNS_READ_OK)
		out_row->address_count = answer_addresses(message, &view, out_row->addresses);
}

static void table_row_finished(const struct transaction *transaction, struct message_table_row *row)
{
	if (row->table == MESSAGE_TABLE_MATCHED)
		row->took_ns = transaction->finished_ns - transaction->seen_ns;
	row->rcode = transaction->rcode;
	row->address_count = transaction->address_count;
	memcpy(row->addresses, transaction->addresses, sizeof(row->addresses));
	if (transaction->is_rescued)
		row->flags |= MESSAGE_ROW_RESCUED;
}

void table_row_of_transaction(const struct transaction *transaction, enum message_table table,
	struct message_table_row *out_row)
{
	const struct transaction_path *path = &transaction->path;

	memset(out_row, 0, sizeof(*out_row));
	out_row->table = table;
	out_row->at_ns = transaction->seen_ns;
	out_row->dns_id = transaction->query.id;
	out_row->type = transaction->query.type;
	out_row->class = transaction->query.class;
	out_row->client_port_be = path->client_port_be;
	out_row->server_port_be = path->server_port_be;
	memcpy(out_row->client_ip, path->client_ip, sizeof(out_row->client_ip));
	memcpy(out_row->server_ip, path->server_ip, sizeof(out_row->server_ip));
	memcpy(out_row->scope, transaction->scope, sizeof(out_row->scope));
	table_row_set_name(out_row, transaction_name(transaction), transaction->name_bytes);
	if (table != MESSAGE_TABLE_MATCHING)
		table_row_finished(transaction, out_row);
}
