/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config value -- from a value's text to its number, and what each kind allows.
 *
 *   TEXT      anything but nothing
 *   CHOICE    one word of a list
 *   COUNT     decimal digits
 *   BYTES     decimal digits, with K, M or G times 2^10, 2^20 or 2^30
 *   DURATION  a decimal number, "1.8", and its unit: us, ms, s, m, h or d
 *   ADDRESS   127.0.0.1:4000 or [::1]:4000, port 1 to 65535
 *   RATIO     a decimal number, "0.2", or "20%"
 *   PORTS     1 to 8 different ports, "53 5353"
 *   SET       different words of a list
 * The words of PORTS and SET are separated by spaces or commas (config_list.h).
 *
 * Threads: pure functions of their arguments.
 */

#include <stddef.h>

#include "shared/config_key.h"

#define CONFIG_VALUE_ALLOWED_BYTES_MAX 256

enum config_value_outcome {
	CONFIG_VALUE_OK = 0,
	CONFIG_VALUE_EMPTY,
	CONFIG_VALUE_TOO_LONG, /* TEXT and ADDRESS of CONFIG_TEXT_BYTES_MAX bytes and more */
	CONFIG_VALUE_NO_SUCH_WORD,
	CONFIG_VALUE_NOT_A_NUMBER,
	CONFIG_VALUE_NO_UNIT,
	CONFIG_VALUE_NO_SUCH_UNIT,
	CONFIG_VALUE_TOO_SMALL,
	CONFIG_VALUE_TOO_LARGE,
	CONFIG_VALUE_NOT_AN_ADDRESS,
	CONFIG_VALUE_NOT_A_PORT,     /* a word of PORTS */
	CONFIG_VALUE_UNKNOWN_WORD,   /* a word of SET */
	CONFIG_VALUE_WORD_TWICE,     /* in PORTS or SET */
	CONFIG_VALUE_TOO_MANY_WORDS, /* more than CONFIG_PORTS_MAX */
};

/**
 * config_value_parse() - read one value by its key's kind and limits
 * @out_value: the key's field: char[CONFIG_TEXT_BYTES_MAX], int, uint64_t or struct
 *             config_ports; written only if the value is right
 *
 * Return: CONFIG_VALUE_OK, or what is wrong.
 */
int config_value_parse(const struct config_key *key, const char *text, void *out_value);

/* To be read after the value: "has no unit". */
const char *config_value_complaint(int outcome);

/* What the key allows: "2s to 30s, in us, ms, s, m, h or d". */
void config_value_allowed(char *out_text, size_t out_bytes, const struct config_key *key);
