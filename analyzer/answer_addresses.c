/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_addresses.h"

#include <stdbool.h>
#include <string.h>

/* Return: true if the record is an address. */
static bool answer_address(
	const uint8_t *message, const struct dns_record *record, uint8_t out_address[16])
{
	if (record->type == DNS_TYPE_AAAA && record->rdata_bytes == 16) {
		memcpy(out_address, message + record->rdata_at, 16);
		return true;
	}
	if (record->type == DNS_TYPE_A && record->rdata_bytes == 4) {
		memset(out_address, 0, 10);
		memset(out_address + 10, 0xff, 2);
		memcpy(out_address + 12, message + record->rdata_at, 4);
		return true;
	}
	return false;
}

uint8_t answer_addresses(const uint8_t *message, const struct dns_message *view,
	uint8_t out_addresses[MESSAGE_ROW_ADDRESSES_MAX][16])
{
	struct dns_record record;
	uint8_t count = 0;

	for (uint16_t at = view->answer_at;
		at < view->authority_at && count < MESSAGE_ROW_ADDRESSES_MAX &&
		dns_read_record(message, view, at, &record) == DNS_READ_OK;
		at = record.next_at)
		count += answer_address(message, &record, out_addresses[count]);
	return count;
}
