/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_zone.h"

#include <assert.h>
#include <string.h>

#include "shared/config_value.h"

#define CONFIG_ZONE_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define CONFIG_ZONE_BLANKS  " \t"

static_assert(CONFIG_ZONE_KEY_COUNT <= 32, "given has a bit for each");

const char *config_zone_section(const char *section)
{
	static const char word[] = "zone";

	if (strncmp(section, word, strlen(word)) != 0)
		return NULL;
	section += strlen(word);
	if (*section != '\0' && !strchr(CONFIG_ZONE_BLANKS, *section))
		return NULL;
	return section + strspn(section, CONFIG_ZONE_BLANKS);
}

/* How much of the text is a name; blanks may stand behind it. */
static size_t config_zone_text_bytes(const char *text)
{
	size_t bytes = strlen(text);

	while (bytes > 0 && strchr(CONFIG_ZONE_BLANKS, text[bytes - 1]))
		bytes--;
	if (bytes > 0 && text[bytes - 1] == '.')
		bytes--;
	return bytes;
}

int config_zone_parse(const char *text, struct dns_name *out_name)
{
	const char *end = text + config_zone_text_bytes(text);
	struct dns_name name = { 0 };
	size_t length = 0;

	do {
		const size_t bytes = strspn(text, CONFIG_ZONE_LETTERS);

		/* Behind it: the dot or the end, and the root's byte. */
		if (bytes == 0 || bytes > DNS_LABEL_BYTES_MAX || text + bytes > end ||
			length + bytes + 2 > DNS_NAME_BYTES_MAX ||
			(text + bytes < end && text[bytes] != '.'))
			return CONFIG_ZONE_NOT_A_NAME;
		name.bytes[length] = (uint8_t)bytes;
		memcpy(name.bytes + length + 1, text, bytes);
		length += bytes + 1;
		text += bytes + 1;
	} while (text <= end);
	name.length_bytes = (uint8_t)(length + 1);
	dns_name_fold(&name);

	*out_name = name;
	return CONFIG_ZONE_OK;
}

void config_zone_title(char out_title[CONFIG_ZONE_TITLE_BYTES_MAX], const struct config_zone *zone)
{
	char name[DNS_NAME_TEXT_BYTES_MAX];

	(void)dns_name_to_text(zone->name.bytes, zone->name.length_bytes, name, sizeof(name));
	(void)snprintf(out_title, CONFIG_ZONE_TITLE_BYTES_MAX, "zone %s", name);
}

bool config_zone_holds(const struct dns_name *zone, const struct dns_name *name)
{
	size_t at = 0, zone_at;

	if (zone->length_bytes > name->length_bytes)
		return false;
	zone_at = (size_t)(name->length_bytes - zone->length_bytes);
	if (memcmp(name->bytes + zone_at, zone->bytes, zone->length_bytes) != 0)
		return false;
	while (at < zone_at) /* do they begin where one of its labels does? */
		at += name->bytes[at] + 1u;
	return at == zone_at;
}

const struct config_zone *config_zone_named(
	const struct config_zones *zones, const struct dns_name *folded)
{
	for (uint32_t i = 0; i < zones->count; i++)
		if (dns_name_is_equal(&zones->zones[i].name, folded))
			return &zones->zones[i];
	return NULL;
}

const struct config_zone *config_zones_find(
	const struct config_zones *zones, const struct dns_name *folded)
{
	const struct config_zone *found = NULL;

	for (uint32_t i = 0; i < zones->count; i++) {
		const struct config_zone *zone = &zones->zones[i];

		if ((!found || zone->name.length_bytes > found->name.length_bytes) &&
			config_zone_holds(&zone->name, folded))
			found = zone;
	}
	return found;
}

bool config_zone_gives_max_stale(const struct config_zone *zone)
{
	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++) {
		if (config_key_of_zone(i)->field_at == offsetof(struct config_zone, max_stale_ns))
			return config_zone_gives(zone, i);
	}
	return false;
}

static void config_zone_complete(struct config_zone *zone, const struct config *config)
{
	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++) {
		const struct config_key *key = config_key_of_zone(i);
		const struct config_key *fallback = config_key_fallback(key);
		void *field = (char *)zone + key->field_at;

		if (config_zone_gives(zone, i))
			continue;
		if (fallback)
			memcpy(field, (const char *)config + fallback->field_at, key->field_bytes);
		else
			(void)config_value_parse(key, key->default_text, field);
	}
}

void config_zones_complete(struct config *config)
{
	for (uint32_t i = 0; i < config->zones.count; i++)
		config_zone_complete(&config->zones.zones[i], config);
}
