/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Config zone -- names of zones, which zone a name is of, and what a zone does not give.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>

#include "shared/config_key.h"

#define CONFIG_ZONE_TITLE_BYTES_MAX (DNS_NAME_TEXT_BYTES_MAX + 5)

enum config_zone_outcome {
	CONFIG_ZONE_OK = 0,
	CONFIG_ZONE_NOT_A_NAME,
};

/* Return: NAME where @section, what stands in [ ], is "zone NAME" or "zone"; or NULL. */
const char *config_zone_section(const char *section);

/**
 * config_zone_parse() - a zone's name, any case, with or without a dot at its end
 * @out_name: folded; what its bytes do not need is 0
 *
 * Labels of 1 to 63 letters, digits, '-' and '_', one at least: the root is the host.
 *
 * Return: CONFIG_ZONE_OK or CONFIG_ZONE_NOT_A_NAME.
 */
int config_zone_parse(const char *text, struct dns_name *out_name);

/* "zone example.com" */
void config_zone_title(char out_title[CONFIG_ZONE_TITLE_BYTES_MAX], const struct config_zone *zone);

/* Return: whether @name is @zone, or below it; both folded. */
bool config_zone_holds(const struct dns_name *zone, const struct dns_name *name);

/* Return: the zone of just this name, or NULL. */
const struct config_zone *config_zone_named(
	const struct config_zones *zones, const struct dns_name *folded);

/* Return: the longest zone that holds the name, or NULL. Walks all of them. */
const struct config_zone *config_zones_find(
	const struct config_zones *zones, const struct dns_name *folded);

/* The same; nothing to be done where there is no zone. */
static inline const struct config_zone *config_zone_find(
	const struct config *config, const struct dns_name *folded)
{
	return config->zones.count == 0 ? NULL : config_zones_find(&config->zones, folded);
}

static inline bool config_zone_gives(const struct config_zone *zone, size_t number)
{
	return zone->given & (1u << number);
}

/* Whether its max_stale stands in a file. */
bool config_zone_gives_max_stale(const struct config_zone *zone);

/* Every key of a zone that is not given is what the host has, or else its default. */
void config_zones_complete(struct config *config);
