/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Message intake -- ring records into packets that may be trusted in form.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/layout/message_layout.h"
#include "shared/ring.h"

/**
 * message_intake_packet() - the packet message in a record
 *
 * Checked: type, sizes, the ranges of direction, entry, checksum, kind and IP version, the
 * scope's NUL, that a held packet's frame is there. What the packet says is still a stranger's word.
 *
 * Return: the packet, as long as the record is valid, or NULL.
 */
const struct message_packet *message_intake_packet(const struct ring_record *record);
