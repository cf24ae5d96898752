/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_change.h"

#include <stdarg.h>
#include <string.h>

#include "shared/config_format.h"
#include "shared/config_zone.h"

static const void *config_change_field(const struct config *config, const struct config_key *key)
{
	return (const char *)config + key->field_at;
}

/* Fields are wholly written: texts are padded with NUL, and no kind has holes. */
static bool config_change_differs(
	const struct config_key *key, const struct config *old, const struct config *fresh)
{
	return memcmp(config_change_field(old, key), config_change_field(fresh, key),
		       key->field_bytes) != 0;
}

static void config_change_print(char *out_text, size_t out_bytes, const struct config_key *key,
	const struct config *old, const struct config *fresh)
{
	char before[CONFIG_FORMAT_BYTES_MAX];
	char after[CONFIG_FORMAT_BYTES_MAX];

	config_format(before, sizeof(before), key, config_change_field(old, key));
	config_format(after, sizeof(after), key, config_change_field(fresh, key));
	(void)snprintf(out_text, out_bytes, " %s -> %s", before, after);
}

/* One more entry of the list. What does not fit is cut. */
static void __attribute__((format(printf, 4, 5)))
config_change_add(char *text, size_t text_bytes, enum config_when when, const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	if (length > 0)
		(void)snprintf(text + length, text_bytes - length, "%s",
			when == CONFIG_WHEN_RELOAD ? "; " : ", ");
	length = strlen(text);
	va_start(arguments, format);
	(void)vsnprintf(text + length, text_bytes - length, format, arguments);
	va_end(arguments);
}

/* What a zone says of that key: its value, or nothing. */
static void config_change_zone_value(char *out_text, size_t out_bytes,
	const struct config_zone *zone, const struct config_key *key)
{
	if (zone && config_zone_gives(zone, (size_t)(key - config_key_of_zone(0))))
		config_format(out_text, out_bytes, key, (const char *)zone + key->field_at);
	else
		(void)snprintf(out_text, out_bytes, "not given");
}

/* Two zones of one name, NULL where there is none. */
static void config_change_zone(char *text, size_t text_bytes, const char *stage,
	const struct config_zone *old, const struct config_zone *fresh)
{
	char title[CONFIG_ZONE_TITLE_BYTES_MAX];
	char before[CONFIG_FORMAT_BYTES_MAX];
	char after[CONFIG_FORMAT_BYTES_MAX];

	config_zone_title(title, fresh ? fresh : old);
	for (size_t i = 0; i < CONFIG_ZONE_KEY_COUNT; i++) {
		const struct config_key *key = config_key_of_zone(i);

		if (!config_key_is_used_by(key, stage))
			continue;
		if (i == 0 && (!old || !fresh))
			config_change_add(text, text_bytes, CONFIG_WHEN_RELOAD, "%s %s", title,
				fresh ? "is new" : "is gone");
		config_change_zone_value(before, sizeof(before), old, key);
		config_change_zone_value(after, sizeof(after), fresh, key);
		if (fresh && strcmp(before, after) != 0)
			config_change_add(text, text_bytes, CONFIG_WHEN_RELOAD, "%s.%s %s -> %s",
				title, key->name, before, after);
	}
}

static void config_change_zones(char *text, size_t text_bytes, const char *stage,
	const struct config_zones *old, const struct config_zones *fresh)
{
	for (uint32_t i = 0; i < fresh->count; i++)
		config_change_zone(text, text_bytes, stage,
			config_zone_named(old, &fresh->zones[i].name), &fresh->zones[i]);
	for (uint32_t i = 0; i < old->count; i++)
		if (!config_zone_named(fresh, &old->zones[i].name))
			config_change_zone(text, text_bytes, stage, &old->zones[i], NULL);
}

void config_change_list(char *out_text, size_t out_bytes, enum config_when when, const char *stage,
	const struct config *old, const struct config *fresh)
{
	char values[2 * CONFIG_FORMAT_BYTES_MAX + 8] = "";

	out_text[0] = '\0';
	for (size_t i = 0; i < CONFIG_HOST_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->when != when || !config_key_is_used_by(key, stage) ||
			!config_change_differs(key, old, fresh))
			continue;
		if (when == CONFIG_WHEN_RELOAD)
			config_change_print(values, sizeof(values), key, old, fresh);
		config_change_add(
			out_text, out_bytes, when, "%s.%s%s", key->section, key->name, values);
	}
	if (when == CONFIG_WHEN_RELOAD)
		config_change_zones(out_text, out_bytes, stage, &old->zones, &fresh->zones);
}

void config_change_apply(struct config *config, const struct config *fresh)
{
	for (size_t i = 0; i < CONFIG_HOST_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->when == CONFIG_WHEN_RELOAD)
			memcpy((char *)config + key->field_at, config_change_field(fresh, key),
				key->field_bytes);
	}
	config->zones = fresh->zones; /* all their keys are RELOAD */
}
