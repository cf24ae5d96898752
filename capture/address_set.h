/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Address set -- some IP addresses, to ask whether one is among them.
 *
 * Filled whole, settled, then only read. Addresses are 16 bytes, IPv4 as
 * ::ffff:a.b.c.d. Pure but for memory.
 *
 * Limits: ADDRESS_SET_MAX addresses; more are not taken.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_SET_MAX 16384u

struct address_set {
	uint8_t (*rows)[16]; /* ascending, once settled */
	size_t count;
	size_t room_count;
};

enum address_set_outcome {
	ADDRESS_SET_OK = 0,
	ADDRESS_SET_FULL = 1,
};

/* Empty. */
void address_set_init(struct address_set *set);
void address_set_close(struct address_set *set);

/* Return: ADDRESS_SET_OK, ADDRESS_SET_FULL, or -ENOMEM. */
int address_set_put(struct address_set *set, const uint8_t ip[16]);

/* All addresses are in: sort them. */
void address_set_settle(struct address_set *set);

/* Whether a settled set holds @ip. */
bool address_set_has(const struct address_set *set, const uint8_t ip[16]);

/* @out_set is closed or empty. Return: 0 or -ENOMEM. */
int address_set_copy(struct address_set *out_set, const struct address_set *set);
