/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Info JSON -- one row of an analyzer table as a JSON object.
 *
 * The ancestor's keys come first, in its order and shapes, so that what was written
 * for it keeps working: cache {"domain","ip"}; matching and unmatched {"domain",
 * "saddr","daddr","dns_id"}; matched the same four and "ip", told from the response,
 * whose saddr is the server. More keys may follow at any time.
 *
 * Output is printable ASCII whatever a name or scope contains: a name is in
 * presentation form (shared/dns_name.h) and then escaped for JSON, so the byte 0x07
 * in a label reads "\\007".
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

#include <event2/buffer.h>

#include "shared/layout/message_layout.h"

/* "cache", or NULL where there is no such table. */
const char *info_json_table_name(uint32_t table);

enum info_json_outcome {
	INFO_JSON_OK = 0,
	INFO_JSON_MALFORMED = 1, /* not a row as the layout has them; nothing was written */
};

/**
 * info_json_row() - append a row's object
 * @before: put in front of it, e.g. ",\n"
 * @now_ns: CLOCK_BOOTTIME, for ages
 *
 * Return: enum info_json_outcome.
 */
int info_json_row(struct evbuffer *out, const char *before, const struct message_table_row *row,
	uint64_t now_ns);

/* Append a JSON string, quotes included. */
void info_json_string(struct evbuffer *out, const char *text, size_t text_bytes);
