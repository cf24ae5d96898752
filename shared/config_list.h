/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config list -- values of several words: ports, and sets of known words.
 *
 * Words are separated by spaces, tabs or commas, any number of them.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

#include "shared/config.h"

#define CONFIG_LIST_PORT_MAX 65535u

/* Return: the port that the whole text is, or 0. */
uint16_t config_list_port(const char *text);

/* Return: an outcome of config_value.h; on CONFIG_VALUE_OK @out_ports is set. */
int config_list_ports(const char *text, struct config_ports *out_ports);

/* Return: the bit of @word in @words, "timeout|servfail", the first is bit 0; or 0. */
uint64_t config_list_bit(const char *words, const char *word);

/**
 * config_list_set() - the bits of the words in @text
 * @words: those that are known, "timeout|servfail", the first is bit 0
 *
 * Return: an outcome of config_value.h; on CONFIG_VALUE_OK @out_bits is set.
 */
int config_list_set(const char *words, const char *text, uint64_t *out_bits);
