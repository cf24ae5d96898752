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
};

/**
 * config_value_parse() - read one value by its key's kind and limits
 * @out_value: the key's field: char[CONFIG_TEXT_BYTES_MAX], int or uint64_t
 *
 * Return: CONFIG_VALUE_OK, or what is wrong.
 */
int config_value_parse(const struct config_key *key, const char *text, void *out_value);

/* To be read after the value: "has no unit". */
const char *config_value_complaint(int outcome);

/* What the key allows: "2s to 30s, in us, ms, s, m, h or d". */
void config_value_allowed(char *out_text, size_t out_bytes, const struct config_key *key);
