/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config -- /etc/dnscache/dnscache.conf and its drop-ins, read whole or not at all.
 *
 * config_keys.def holds each key's name, kind, default, limits and help; the struct,
 * the checks, the sample file, the man page and --help come from it. One table for all
 * stages, so that each of them can check the whole file. No file at all is fine: every
 * key has a default.
 *
 * Drop-ins: after FILE, conf.d/<name>.conf beside it are read in the byte order of their
 * names; a key in a later file overrides an earlier file's. Within one file a key stands
 * once.
 *
 * Zones: each [zone NAME] has keys of its own for NAME and the names below it. Of several
 * that match a name, the longest is its zone. What a zone does not give is the host's.
 *
 * A mistake is one line: `file:line: section.key: what is wrong, what is allowed`.
 *
 * Limits: CONFIG_ZONES_MAX zones in all files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/dns_name.h"

#define CONFIG_PATH_DEFAULT   "/etc/dnscache/dnscache.conf"
#define CONFIG_TEXT_BYTES_MAX 256
#define CONFIG_PORTS_MAX      8
#define CONFIG_ZONES_MAX      64
#define CONFIG_RATIO_ONE      1000000ull /* parts per million */

enum config_mode {
	CONFIG_MODE_OBSERVE = 0, /* never answers */
	CONFIG_MODE_RESCUE = 1,  /* answers when resolution fails */
};

/* For whom a learned answer is good. */
enum config_share {
	CONFIG_SHARE_NETWORK = 0,
	CONFIG_SHARE_CONFIRMED = 1,
	CONFIG_SHARE_CLIENT = 2,
};

enum config_tap {
	CONFIG_TAP_AUTO = 0, /* TCX where the kernel has it */
	CONFIG_TAP_TCX = 1,
	CONFIG_TAP_SOCKET = 2,
};

enum config_hold {
	CONFIG_HOLD_AUTO = 0, /* where taps are TCX links */
	CONFIG_HOLD_OFF = 1,
};

/* Bits of `conditions`. */
enum config_condition {
	CONFIG_CONDITION_TIMEOUT = 1 << 0,
	CONFIG_CONDITION_SERVFAIL = 1 << 1,
	CONFIG_CONDITION_REFUSED = 1 << 2,
	CONFIG_CONDITION_ICMP = 1 << 3,
	CONFIG_CONDITION_NXDOMAIN_AFTER_POSITIVE = 1 << 4,
	CONFIG_CONDITION_NODATA_AFTER_POSITIVE = 1 << 5,
};

struct config_ports {
	uint32_t count;                   /* 1 to CONFIG_PORTS_MAX */
	uint16_t ports[CONFIG_PORTS_MAX]; /* host byte order, as written; the rest is 0 */
};

/* Kinds of values, and the C type each becomes. */
#define CONFIG_FIELD_TEXT(field)   char field[CONFIG_TEXT_BYTES_MAX];
#define CONFIG_FIELD_CHOICE(field) int field;
#define CONFIG_FIELD_COUNT(field)  uint64_t field;
#define CONFIG_FIELD_BYTES(field)  uint64_t field;
#define CONFIG_FIELD_DURATION(field) \
	uint64_t field; /* nanoseconds; 0 = auto, where auto is allowed */
#define CONFIG_FIELD_ADDRESS(field) char field[CONFIG_TEXT_BYTES_MAX];
#define CONFIG_FIELD_RATIO(field)   uint64_t field; /* parts per million */
#define CONFIG_FIELD_PORTS(field)   struct config_ports field;
#define CONFIG_FIELD_SET(field)     uint64_t field; /* bit n: the n-th word */

#define CONFIG_KEY(...)
#define CONFIG_ZONE_KEY(section, name, field, kind, ...) CONFIG_FIELD_##kind(field)
struct config_zone {
	struct dns_name name; /* folded; the rest of its bytes is 0 */
	uint32_t given;       /* bit n: its n-th key stands in a file */
#include "shared/config_keys.def"
};
#undef CONFIG_KEY
#undef CONFIG_ZONE_KEY

/* All zero: none. */
struct config_zones {
	uint32_t count;
	struct config_zone zones[CONFIG_ZONES_MAX]; /* in the order of the files */
};

#define CONFIG_KEY(section, name, field, kind, ...) CONFIG_FIELD_##kind(field)
#define CONFIG_ZONE_KEY(...)
struct config {
#include "shared/config_keys.def"
	struct config_zones zones;
};
#undef CONFIG_KEY
#undef CONFIG_ZONE_KEY

/* Every key at its default. */
void config_defaults(struct config *out_config);

/**
 * config_load() - read @path and its drop-ins over the defaults
 * @path: NULL for CONFIG_PATH_DEFAULT, whose absence is fine; a named file must exist
 *
 * Logs every mistake in the files, one line each.
 *
 * Return: 0, -EINVAL (mistakes), or another -errno; @out_config is set only on 0.
 */
int config_load(struct config *out_config, const char *path);

/* The sample file: every key, its help, unit, limits and default, commented out. */
void config_print_sample(FILE *out);

/* The same keys, one line each, for --help. */
void config_print_help(FILE *out);

/* The same keys as dnscache.conf(5), in troff. */
void config_print_man(FILE *out);
