/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Answer addresses -- the A and AAAA records of a response, for people to look at.
 *
 * Pure.
 */

#include <stdint.h>

#include "shared/dns_read.h"
#include "shared/layout/message_layout.h"

/**
 * answer_addresses() - addresses of the answer section, in its order
 * @view:          of @message, from dns_read_message()
 * @out_addresses: IPv4 as ::ffff:a.b.c.d
 *
 * Return: how many, at most MESSAGE_ROW_ADDRESSES_MAX.
 */
uint8_t answer_addresses(const uint8_t *message, const struct dns_message *view,
	uint8_t out_addresses[MESSAGE_ROW_ADDRESSES_MAX][16]);
