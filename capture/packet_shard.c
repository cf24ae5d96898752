/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/packet_shard.h"

#include <stdbool.h>
#include <string.h>

#include "shared/layout/message_layout.h"

#define PACKET_SHARD_FACTOR 0x9e3779b97f4a7c15ull /* 2^64 / golden ratio */

/* Clients choose their worker at most: nothing is found by this hash. */
static uint64_t packet_shard_hash(const uint8_t ip[16])
{
	uint64_t halves[2];

	memcpy(halves, ip, sizeof(halves));
	return (halves[0] ^ halves[1] ^ halves[1] >> 32) * PACKET_SHARD_FACTOR;
}

uint32_t packet_shard(const struct dns_event *event, uint16_t flags, uint32_t count)
{
	const bool is_to_server = flags & MESSAGE_PACKET_TO_SERVER;
	const bool is_from_server = flags & MESSAGE_PACKET_FROM_SERVER;
	uint64_t hash;

	if (count == 1)
		return 0;
	if (is_to_server && is_from_server)
		hash = packet_shard_hash(event->source_ip) ^
		       packet_shard_hash(event->destination_ip);
	else if (is_from_server)
		hash = packet_shard_hash(event->destination_ip);
	else /* a query, or an error's quote of one */
		hash = packet_shard_hash(event->source_ip);
	return (uint32_t)((hash >> 32) * count >> 32);
}
