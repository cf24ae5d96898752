/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Interface table -- the interfaces of this host, and what each means for a packet.
 *
 * Filled whole from one look at the kernel, settled, then only read: a change makes a
 * new table. Pure: facts come in as structs, so that tests need no kernel.
 *
 * Order of filling: put every interface and address, settle, mark default routes, let
 * edge_choice.h choose roles, then classify; classify again when `watched` changed.
 */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/address_set.h"
#include "shared/layout/message_layout.h"

#define INTERFACE_TABLE_MAX 16384u

/* How an interface is to be watched. */
enum interface_role {
	INTERFACE_ROLE_NONE = 0,
	INTERFACE_ROLE_EDGE = 1, /* a container's */
	INTERFACE_ROLE_HOST = 2, /* the host's own look-ups pass here */
};

struct interface {
	uint32_t index;
	uint32_t master_index;  /* 0 = none */
	uint16_t hardware_type; /* ARPHRD_* */
	bool peer_is_elsewhere; /* its other end is in another network namespace */
	char name[IFNAMSIZ];
	char kind[IFNAMSIZ]; /* "veth", "bridge"; empty for hardware */
	bool is_up;

	/* From here on not facts but what follows from them. */
	bool carries_default_route;
	bool watched;  /* has its taps */
	uint8_t role;  /* enum interface_role, as configured */
	uint8_t entry; /* enum message_entry of packets that came in here */
	uint32_t port_count;
	uint32_t watched_port_count;
	char scope[MESSAGE_SCOPE_BYTES]; /* NUL-padded */
};

struct interface_table {
	struct interface *rows; /* by index, once settled */
	size_t count;
	size_t room_count;
	struct address_set local;   /* addresses of this host */
	struct address_set serving; /* those at which a socket of this host serves DNS */
};

enum interface_table_outcome {
	INTERFACE_TABLE_OK = 0,
	INTERFACE_TABLE_FULL = 1, /* INTERFACE_TABLE_MAX reached: not taken */
};

/* NULL where there is no memory. */
struct interface_table *interface_table_new(void);
struct interface_table *interface_table_copy(const struct interface_table *table);

/* Accepts NULL. */
void interface_table_free(struct interface_table *table);

/**
 * interface_table_put() - take one interface's facts
 *
 * Return: INTERFACE_TABLE_OK, INTERFACE_TABLE_FULL, or -ENOMEM.
 */
int interface_table_put(struct interface_table *table, const struct interface *facts);

/* All facts are in: sort, and name each interface's scope. */
void interface_table_settle(struct interface_table *table);

/* A settled table's row, or NULL. */
struct interface *interface_table_find(const struct interface_table *table, uint32_t index);

/* The row of an interface's bridge, VRF or bond, or NULL. */
const struct interface *interface_table_master(
	const struct interface_table *table, const struct interface *interface);

bool interface_is_loopback(const struct interface *interface);

bool interface_is_bridge(const struct interface *interface);

/* How it is to be watched; what is watched for the host is in the host's own scope. */
void interface_set_role(struct interface *interface, enum interface_role role);

/* A veth that leads into another network namespace, or a virtual machine's tap. */
bool interface_is_edge(const struct interface *interface);

/* `watched` is set where it is so: decide what entering by each interface means. */
void interface_table_classify(struct interface_table *table);

/* Where a packet came into this host; @ingress_if_index 0 = it was made here. */
enum message_entry interface_table_entry(
	const struct interface_table *table, uint32_t ingress_if_index);
