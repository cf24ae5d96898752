/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_change.h"

#include <string.h>

#include "shared/config_format.h"

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

void config_change_list(char *out_text, size_t out_bytes, enum config_when when, const char *stage,
	const struct config *old, const struct config *fresh)
{
	const char *separator = when == CONFIG_WHEN_RELOAD ? "; " : ", ";

	out_text[0] = '\0';
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		size_t length = strlen(out_text);

		if (key->when != when || !config_key_is_used_by(key, stage) ||
			!config_change_differs(key, old, fresh))
			continue;
		(void)snprintf(out_text + length, out_bytes - length, "%s%s.%s",
			length ? separator : "", key->section, key->name);
		length = strlen(out_text);
		if (when == CONFIG_WHEN_RELOAD)
			config_change_print(out_text + length, out_bytes - length, key, old, fresh);
	}
}

void config_change_apply(struct config *config, const struct config *fresh)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->when == CONFIG_WHEN_RELOAD)
			memcpy((char *)config + key->field_at, config_change_field(fresh, key),
				key->field_bytes);
	}
}
