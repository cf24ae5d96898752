/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interface_table.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/fault.h"

#define INTERFACE_TABLE_ROOM_MIN 64u

struct interface_table *interface_table_new(void)
{
	return calloc(1, sizeof(struct interface_table));
}

static int interface_table_copy_rows(
	struct interface_table *copy, const struct interface_table *table)
{
	if (table->count == 0)
		return 0;
	copy->rows = reallocarray(NULL, table->count, sizeof(*copy->rows));
	if (!copy->rows)
		return -ENOMEM;
	memcpy(copy->rows, table->rows, table->count * sizeof(*copy->rows));
	copy->count = table->count;
	copy->room_count = table->count;
	return 0;
}

struct interface_table *interface_table_copy(const struct interface_table *table)
{
	struct interface_table *copy = interface_table_new();

	if (!copy)
		return NULL;
	if (interface_table_copy_rows(copy, table) < 0 ||
		address_set_copy(&copy->local, &table->local) < 0 ||
		address_set_copy(&copy->serving, &table->serving) < 0) {
		interface_table_free(copy);
		return NULL;
	}
	return copy;
}

void interface_table_free(struct interface_table *table)
{
	if (!table)
		return;
	address_set_close(&table->local);
	address_set_close(&table->serving);
	free(table->rows);
	free(table);
}

int interface_table_put(struct interface_table *table, const struct interface *facts)
{
	if (table->count == INTERFACE_TABLE_MAX)
		return INTERFACE_TABLE_FULL;

	if (table->count == table->room_count) {
		size_t room_count = table->room_count * 2 + INTERFACE_TABLE_ROOM_MIN;
		struct interface *rows = reallocarray(table->rows, room_count, sizeof(*rows));

		if (!rows)
			return FAULT(ENOMEM, "no memory for a table of %zu interfaces", room_count);
		table->rows = rows;
		table->room_count = room_count;
	}
	table->rows[table->count++] = *facts;
	return INTERFACE_TABLE_OK;
}

static int interface_table_compare(const void *left, const void *right)
{
	uint32_t left_index = ((const struct interface *)left)->index;
	uint32_t right_index = ((const struct interface *)right)->index;

	return left_index < right_index ? -1 : left_index > right_index;
}

static void interface_table_name_scope(
	const struct interface_table *table, struct interface *interface)
{
	const struct interface *master = interface_table_master(table, interface);
	const char *prefix = "routed";
	const char *name = "";

	if (master && interface_is_bridge(master)) {
		prefix = "bridge:";
		name = master->name;
	} else if (master && strcmp(master->kind, "vrf") == 0) {
		prefix = "vrf:";
		name = master->name;
	}
	memset(interface->scope, 0, sizeof(interface->scope));
	(void)snprintf(interface->scope, sizeof(interface->scope), "%s%s", prefix, name);
}

void interface_table_settle(struct interface_table *table)
{
	address_set_settle(&table->local);
	address_set_settle(&table->serving);
	if (table->count == 0)
		return;
	qsort(table->rows, table->count, sizeof(*table->rows), interface_table_compare);
	for (size_t i = 0; i < table->count; i++)
		interface_table_name_scope(table, &table->rows[i]);
}

struct interface *interface_table_find(const struct interface_table *table, uint32_t index)
{
	size_t from = 0;
	size_t to = table->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (table->rows[middle].index == index)
			return &table->rows[middle];
		if (table->rows[middle].index < index)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

const struct interface *interface_table_master(
	const struct interface_table *table, const struct interface *interface)
{
	if (interface->master_index == 0)
		return NULL;
	return interface_table_find(table, interface->master_index);
}

bool interface_is_loopback(const struct interface *interface)
{
	return interface->hardware_type == ARPHRD_LOOPBACK;
}

bool interface_is_bridge(const struct interface *interface)
{
	return strcmp(interface->kind, "bridge") == 0 ||
	       strcmp(interface->kind, "openvswitch") == 0;
}

void interface_set_role(struct interface *interface, enum interface_role role)
{
	interface->role = (uint8_t)role;
	if (role != INTERFACE_ROLE_HOST)
		return;
	memset(interface->scope, 0, sizeof(interface->scope));
	(void)snprintf(interface->scope, sizeof(interface->scope), "host");
}

static bool interface_is_ethernet(const struct interface *interface)
{
	return interface->hardware_type == ARPHRD_ETHER;
}

bool interface_is_edge(const struct interface *interface)
{
	if (strcmp(interface->kind, "veth") == 0)
		return interface->peer_is_elsewhere;
	return strcmp(interface->kind, "tun") == 0 && interface_is_ethernet(interface);
}

static bool interface_is_watched_edge(const struct interface *interface)
{
	return interface->watched && interface->role == INTERFACE_ROLE_EDGE;
}

void interface_table_classify(struct interface_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		table->rows[i].port_count = 0;
		table->rows[i].watched_port_count = 0;
	}
	for (size_t i = 0; i < table->count; i++) {
		struct interface *port = &table->rows[i];
		struct interface *master = interface_table_find(table, port->master_index);

		if (port->master_index == 0 || !master)
			continue;
		master->port_count++;
		master->watched_port_count += interface_is_watched_edge(port);
	}
	for (size_t i = 0; i < table->count; i++) {
		struct interface *row = &table->rows[i];
		bool all_ports_watched = interface_is_bridge(row) && row->port_count > 0 &&
					 row->watched_port_count == row->port_count;

		row->entry = interface_is_watched_edge(row) || all_ports_watched
				     ? MESSAGE_ENTRY_EDGE
				     : MESSAGE_ENTRY_UPLINK;
	}
}

enum message_entry interface_table_entry(
	const struct interface_table *table, uint32_t ingress_if_index)
{
	const struct interface *row;

	if (ingress_if_index == 0)
		return MESSAGE_ENTRY_LOCAL;
	row = interface_table_find(table, ingress_if_index);
	return row ? (enum message_entry)row->entry : MESSAGE_ENTRY_UNKNOWN;
}
