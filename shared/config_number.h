/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config number -- digits and a unit become a count, bytes, nanoseconds or parts per million.
 *
 * Threads: pure function of its arguments.
 */

#include <stdint.h>

#include "shared/config_key.h"

/**
 * config_number_parse() - read a number as COUNT, BYTES, DURATION or RATIO write it
 *
 * No sign, no blanks. What decimals say below a nanosecond or a millionth is cut.
 *
 * Return: CONFIG_VALUE_OK, _NOT_A_NUMBER, _NO_UNIT, _NO_SUCH_UNIT, or _TOO_LARGE
 * for 64 bits (config_value.h).
 */
int config_number_parse(enum config_kind kind, const char *text, uint64_t *out_value);
