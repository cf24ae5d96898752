/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config -- /etc/dnscache/dnscache.conf, read whole or not at all.
 *
 * config_keys.def holds each key's name, kind, default, limits and help; the struct,
 * the checks, the sample file and --help come from it. One table for all stages, so
 * that each of them can check the whole file. No file at all is fine: every key has
 * a default.
 *
 * A mistake is one line: `file:line: section.key: what is wrong, what is allowed`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_PATH_DEFAULT   "/etc/dnscache/dnscache.conf"
#define CONFIG_TEXT_BYTES_MAX 256

enum config_mode {
	CONFIG_MODE_OBSERVE = 0, /* never answers */
	CONFIG_MODE_RESCUE = 1,  /* answers when resolution fails */
};

/* Kinds of values, and the C type each becomes. */
#define CONFIG_FIELD_TEXT(field)   char field[CONFIG_TEXT_BYTES_MAX];
#define CONFIG_FIELD_CHOICE(field) int field;
#define CONFIG_FIELD_COUNT(field)  uint64_t field;
#define CONFIG_FIELD_BYTES(field)  uint64_t field;
#define CONFIG_FIELD_DURATION(field) \
	uint64_t field; /* nanoseconds; 0 = auto, where auto is allowed */
#define CONFIG_FIELD_ADDRESS(field) char field[CONFIG_TEXT_BYTES_MAX];

#define CONFIG_KEY(section, name, field, kind, ...) CONFIG_FIELD_##kind(field)
struct config {
#include "shared/config_keys.def"
};
#undef CONFIG_KEY

/* Every key at its default. */
void config_defaults(struct config *out_config);

/**
 * config_load() - read @path over the defaults
 * @path: NULL for CONFIG_PATH_DEFAULT, whose absence is fine; a named file must exist
 *
 * Logs every mistake in the file, one line each.
 *
 * Return: 0, -EINVAL (mistakes), or another -errno; @out_config is set only on 0.
 */
int config_load(struct config *out_config, const char *path);

/* The sample file: every key, its help, unit, limits and default, commented out. */
void config_print_sample(FILE *out);

/* The same keys, one line each, for --help. */
void config_print_help(FILE *out);
