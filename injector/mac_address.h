/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* MAC address -- what an intake accepts as one. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MAC_ADDRESS_BYTES 6
#define MAC_ADDRESS_GROUP 0x01 /* first byte: more than one receiver */

/* The address of one network card; devices without Ethernet show zeros. */
static inline bool mac_address_is_one(const uint8_t mac[MAC_ADDRESS_BYTES])
{
	static const uint8_t none[MAC_ADDRESS_BYTES];

	return !(mac[0] & MAC_ADDRESS_GROUP) && memcmp(mac, none, sizeof(none)) != 0;
}
