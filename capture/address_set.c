/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/address_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_SET_ROOM_MIN 16u

void address_set_init(struct address_set *set)
{
	*set = (struct address_set){ .rows = NULL };
}

void address_set_close(struct address_set *set)
{
	free(set->rows);
	address_set_init(set);
}

static int address_set_make_room(struct address_set *set)
{
	size_t room_count = set->room_count * 2 + ADDRESS_SET_ROOM_MIN;
	uint8_t(*rows)[16];

	if (set->count < set->room_count)
		return 0;
	rows = reallocarray(set->rows, room_count, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	set->rows = rows;
	set->room_count = room_count;
	return 0;
}

int address_set_put(struct address_set *set, const uint8_t ip[16])
{
	int r;

	if (set->count >= ADDRESS_SET_MAX)
		return ADDRESS_SET_FULL;
	r = address_set_make_room(set);
	if (r < 0)
		return r;
	memcpy(set->rows[set->count++], ip, sizeof(set->rows[0]));
	return ADDRESS_SET_OK;
}

static int address_set_compare(const void *left, const void *right)
{
	return memcmp(left, right, 16);
}

void address_set_settle(struct address_set *set)
{
	if (set->count > 0)
		qsort(set->rows, set->count, sizeof(set->rows[0]), address_set_compare);
}

bool address_set_has(const struct address_set *set, const uint8_t ip[16])
{
	return set->count > 0 && bsearch(ip, set->rows, set->count, sizeof(set->rows[0]),
					 address_set_compare) != NULL;
}

int address_set_copy(struct address_set *out_set, const struct address_set *set)
{
	struct address_set copy = { .count = set->count, .room_count = set->count };

	if (set->count > 0) {
		copy.rows = reallocarray(NULL, set->count, sizeof(copy.rows[0]));
		if (!copy.rows)
			return -ENOMEM;
		memcpy(copy.rows, set->rows, set->count * sizeof(copy.rows[0]));
	}
	*out_set = copy;
	return 0;
}
