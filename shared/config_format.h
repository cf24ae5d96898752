/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config format -- from a key's value to a text that config_value_parse() reads as the same.
 *
 * Threads: pure function of its arguments.
 */

#include <stddef.h>

#include "shared/config_key.h"

#define CONFIG_FORMAT_BYTES_MAX CONFIG_TEXT_BYTES_MAX /* every value fits */

/* @value: the key's field in a checked config. Texts that do not fit are cut. */
void config_format(
	char *out_text, size_t out_bytes, const struct config_key *key, const void *value);
