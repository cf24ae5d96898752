/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Fuzz worker config -- configurations that are chosen by bytes of the input.
 *
 * Values are texts, read as those of a file are: what is in force is what a file may say.
 */

#include <assert.h>
#include <string.h>

#include "shared/config_value.h"
#include "shared/config_zone.h"

#define FUZZ_CONFIG_TEXTS 4 /* of a key; NULL: it is not given */

struct fuzz_config_key {
	const char *section;
	const char *name;
	const char *texts[FUZZ_CONFIG_TEXTS];
};

static const struct fuzz_config_key fuzz_config_host_keys[] = {
	{ "cache", "share", { NULL, "network", "confirmed", "client" } },
	{ "rescue", "conditions",
		{ NULL, "timeout servfail refused icmp nxdomain_after_positive nodata_after_positive",
			"servfail nodata_after_positive", "timeout nxdomain_after_positive" } },
	{ "rescue", "client_rate", { NULL, "1", "3", "20" } },
	{ "cache", "max_stale", { NULL, "0s", "5s", "7d" } },
};

static const struct fuzz_config_key fuzz_config_zone_keys[] = {
	{ "zone NAME", "never", { NULL, NULL, "no", "yes" } },
	{ "zone NAME", "conditions",
		{ NULL, "timeout", "icmp servfail", "refused icmp nxdomain_after_positive" } },
	{ "zone NAME", "max_stale", { NULL, "0s", "1s", "7d" } },
	{ "zone NAME", "answer_after", { NULL, "auto", "50ms", "2s" } },
};

static const char *const fuzz_config_zone_names[] = { "example", "a.example", "www.A.example.",
	"in-a-zone-of-some-length.example" };

/* Two bits of @choices for each key. */
static inline const char *fuzz_config_text(const struct fuzz_config_key *key, uint8_t *choices)
{
	const char *text = key->texts[*choices % FUZZ_CONFIG_TEXTS];

	*choices /= FUZZ_CONFIG_TEXTS;
	return text;
}

/* Return: the key; it is read into @object, what a file does not give is its default. */
static inline const struct config_key *fuzz_config_read(
	const struct fuzz_config_key *chosen, const char *text, void *object)
{
	const struct config_key *key = config_key_find(chosen->section, chosen->name);

	assert(key != NULL);
	if (config_value_parse(key, text ?: key->default_text, (char *)object + key->field_at) !=
		CONFIG_VALUE_OK)
		assert(!"a value that no file may have");
	return key;
}

static inline void fuzz_config_host(struct config *config, uint8_t choices)
{
	for (unsigned int i = 0; i < 4; i++)
		(void)fuzz_config_read(&fuzz_config_host_keys[i],
			fuzz_config_text(&fuzz_config_host_keys[i], &choices), config);
}

static inline void fuzz_config_zone(struct config_zone *zone, uint8_t choices)
{
	for (unsigned int i = 0; i < 4; i++) {
		const char *text = fuzz_config_text(&fuzz_config_zone_keys[i], &choices);
		const struct config_key *key;

		if (text == NULL)
			continue;
		key = fuzz_config_read(&fuzz_config_zone_keys[i], text, zone);
		zone->given |= 1u << (unsigned int)(key - config_key_of_zone(0));
	}
}

/**
 * fuzz_config_zones() - other zones, or none
 * @which:   bit n: that of the n-th name
 * @choices: gives a byte for each
 */
static inline void fuzz_config_zones(struct config *config, uint8_t which, uint8_t (*choices)(void))
{
	memset(&config->zones, 0, sizeof(config->zones));
	for (unsigned int i = 0; i < 4; i++) {
		struct config_zone *zone = &config->zones.zones[config->zones.count];
		struct dns_name name;

		if (!(which >> i & 1) ||
			config_zone_parse(fuzz_config_zone_names[i], &name) != CONFIG_ZONE_OK ||
			config_zone_named(&config->zones, &name) != NULL)
			continue;
		zone->name = name;
		fuzz_config_zone(zone, choices());
		config->zones.count++;
	}
	config_zones_complete(config);
}
