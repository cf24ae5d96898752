/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config key -- the table behind config_keys.def, and what a mistyped name may have meant.
 *
 * Threads: pure functions of their arguments.
 */

#include <stddef.h>

#include "shared/config.h"

#define CONFIG_KEY_LIST_BYTES_MAX 256
#define CONFIG_KEY_TYPOS_MAX      2 /* letters to change, add or leave out */
#define CONFIG_KEY_ZONE_SECTION   "zone NAME"

enum config_kind {
	CONFIG_KIND_TEXT,
	CONFIG_KIND_CHOICE,
	CONFIG_KIND_COUNT,
	CONFIG_KIND_BYTES,
	CONFIG_KIND_DURATION,
	CONFIG_KIND_ADDRESS,
	CONFIG_KIND_RATIO,
	CONFIG_KIND_PORTS,
	CONFIG_KIND_SET,
};

enum config_when {
	CONFIG_WHEN_RELOAD,  /* SIGHUP changes it */
	CONFIG_WHEN_RESTART, /* its users take it at their start */
};

/* One line of config_keys.def. */
struct config_key {
	const char *section;
	const char *name;
	size_t field_at; /* offset in struct config, or in struct config_zone */
	size_t field_bytes;
	enum config_kind kind;
	const char *default_text;
	const char *minimum;
	const char *maximum;
	const char *users; /* names of stages, separated by a space; "" for every one */
	enum config_when when;
	const char *help;
};

#define CONFIG_KEY(...) +1
#define CONFIG_ZONE_KEY(...)
enum {
	CONFIG_HOST_KEY_COUNT = 0
#include "shared/config_keys.def"
};
#undef CONFIG_KEY
#undef CONFIG_ZONE_KEY

#define CONFIG_KEY(...)
#define CONFIG_ZONE_KEY(...) +1
enum {
	CONFIG_ZONE_KEY_COUNT = 0
#include "shared/config_keys.def"
};
#undef CONFIG_KEY
#undef CONFIG_ZONE_KEY

/* Those of the host, then those of each zone. */
#define CONFIG_KEY_COUNT (CONFIG_HOST_KEY_COUNT + CONFIG_ZONE_KEY_COUNT)

extern const struct config_key config_keys[CONFIG_KEY_COUNT]; /* a section's keys stand together */

/* Return: the key, or NULL. */
const struct config_key *config_key_find(const char *section, const char *name);

/* The keys of each zone. */
static inline const struct config_key *config_key_of_zone(size_t number)
{
	return &config_keys[CONFIG_HOST_KEY_COUNT + number];
}

/* Where a key of zones is not given: the host's key of the same name, or NULL; for others NULL. */
const struct config_key *config_key_fallback(const struct config_key *key);

/* What is in force where the key is not given: a value, or "[section] name" of another key. */
void config_key_default(char *out_text, size_t out_bytes, const struct config_key *key);

/* Whether that stage reads the key. */
bool config_key_is_used_by(const struct config_key *key, const char *stage);

/* The lower limit without the "auto " that may stand before it. */
const char *config_key_minimum(const struct config_key *key, bool *out_is_auto_allowed);

/* Return: the table's own text of that section, or NULL. */
const char *config_key_section(const char *section);

/* All sections, or with a section its keys, separated by ", ". */
void config_key_list(char *out_list, size_t out_bytes, const char *section);

/**
 * config_key_suggest() - what was meant by an unknown section or key
 * @section: NULL where the key stands outside of all sections
 * @name:    NULL where the section itself is unknown
 *
 * The sections that have a key of just this name come before similar names.
 * Sets @out_text to " (did you mean ...?)", or to "" where nothing is near.
 */
void config_key_suggest(char *out_text, size_t out_bytes, const char *section, const char *name);
