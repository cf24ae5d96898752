/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL word -- the words of MATCH, ADJUST and REPLY, and times.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/scenario/rpl.h"

/* Each takes one word of its line. Return: false for a word that is not known. */
bool rpl_word_match(const char *word, struct rpl_entry *entry);
bool rpl_word_adjust(const char *word, struct rpl_entry *entry);
bool rpl_word_reply(const char *word, ldns_pkt *message);

bool rpl_word_section(const char *word, ldns_pkt_section *out_section);

/* The whole word as a decimal number. */
bool rpl_word_number(const char *word, uint64_t *out_number);

/* Seconds, with or without decimals; "ms" and "s" may follow. */
bool rpl_word_time(const char *word, uint64_t *out_ns);
