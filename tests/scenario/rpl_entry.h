/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL entry -- reads ENTRY_BEGIN to ENTRY_END.
 *
 * Options of an OPT stand as hex bytes between HEX_EDNSDATA_BEGIN and HEX_EDNSDATA_END.
 * Records are in presentation form; one without a TTL has RPL_ENTRY_TTL_S. Ours:
 * "; dnscache: edns BYTES" (an OPT with that payload size), "; dnscache: ede CODE" and
 * "; dnscache: second" (in one of a STEP REPLY).
 */

#include "tests/scenario/rpl.h"
#include "tests/scenario/rpl_line.h"

#define RPL_ENTRY_TTL_S         3600
#define RPL_ENTRY_OPTIONS_BYTES 512

/**
 * rpl_entry_read() - read on after the line ENTRY_BEGIN
 * @may_be_second: it is a STEP REPLY's
 *
 * Return: the entry, for rpl_entry_free(), or NULL with a mistake in @line.
 */
struct rpl_entry *rpl_entry_read(struct rpl_line *line, bool may_be_second);
