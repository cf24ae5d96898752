/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_key.h"

#include <string.h>

#define CONFIG_KEY_WORD_BYTES_MAX 32 /* longer words resemble no key */
#define CONFIG_KEY_BLANKS         " \t"

#define CONFIG_KEY_LINE(                                                                  \
	type, section, name, field, kind, initial, minimum, maximum, users, when, help)   \
	{ section, name, offsetof(struct type, field), sizeof(((struct type *)0)->field), \
		CONFIG_KIND_##kind, initial, minimum, maximum, users, CONFIG_WHEN_##when, help },
#define CONFIG_KEY(...)      CONFIG_KEY_LINE(config, __VA_ARGS__)
#define CONFIG_ZONE_KEY(...) CONFIG_KEY_LINE(config_zone, __VA_ARGS__)
const struct config_key config_keys[CONFIG_KEY_COUNT] = {
#include "shared/config_keys.def"
};
#undef CONFIG_KEY
#undef CONFIG_ZONE_KEY

const struct config_key *config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (strcmp(config_keys[i].section, section) == 0 &&
			strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	return NULL;
}

const char *config_key_minimum(const struct config_key *key, bool *out_is_auto_allowed)
{
	static const char auto_word[] = "auto ";

	*out_is_auto_allowed = strncmp(key->minimum, auto_word, strlen(auto_word)) == 0;
	return key->minimum + (*out_is_auto_allowed ? strlen(auto_word) : 0);
}

static bool config_key_is_of_zone(const struct config_key *key)
{
	return key >= config_key_of_zone(0);
}

const struct config_key *config_key_fallback(const struct config_key *key)
{
	for (size_t i = 0; config_key_is_of_zone(key) && i < CONFIG_HOST_KEY_COUNT; i++)
		if (strcmp(config_keys[i].name, key->name) == 0)
			return &config_keys[i];
	return NULL;
}

void config_key_default(char *out_text, size_t out_bytes, const struct config_key *key)
{
	const struct config_key *fallback = config_key_fallback(key);

	if (fallback)
		(void)snprintf(out_text, out_bytes, "[%s] %s", fallback->section, fallback->name);
	else
		(void)snprintf(out_text, out_bytes, "%s", key->default_text);
}

bool config_key_is_used_by(const struct config_key *key, const char *stage)
{
	const char *word = key->users;
	size_t stage_bytes = strlen(stage);

	if (*word == '\0')
		return true;
	for (; *word; word += strspn(word, " ")) {
		size_t word_bytes = strcspn(word, " ");

		if (word_bytes == stage_bytes && memcmp(word, stage, word_bytes) == 0)
			return true;
		word += word_bytes;
	}
	return false;
}

const char *config_key_section(const char *section)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (strcmp(config_keys[i].section, section) == 0)
			return config_keys[i].section;
	return NULL;
}

/* True for the first key of each section. */
static bool config_key_opens_section(size_t i)
{
	return i == 0 || strcmp(config_keys[i].section, config_keys[i - 1].section) != 0;
}

/* Add "section.name", or one of them where the other is NULL, after a separator. */
static void config_key_join(
	char *text, size_t text_bytes, const char *separator, const char *section, const char *name)
{
	size_t length = strlen(text);

	(void)snprintf(text + length, text_bytes - length, "%s%s%s%s", length ? separator : "",
		section ? section : "", section && name ? "." : "", name ? name : "");
}

void config_key_list(char *out_list, size_t out_bytes, const char *section)
{
	out_list[0] = '\0';
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (!section && config_key_opens_section(i))
			config_key_join(out_list, out_bytes, ", ", config_keys[i].section, NULL);
		if (section && strcmp(config_keys[i].section, section) == 0)
			config_key_join(out_list, out_bytes, ", ", NULL, config_keys[i].name);
	}
}

/* Letters to change, add or leave out (Levenshtein), row by row; of their first words. */
static size_t config_key_typos(const char *typed, const char *meant)
{
	size_t row[CONFIG_KEY_WORD_BYTES_MAX + 1];
	size_t typed_bytes = strcspn(typed, CONFIG_KEY_BLANKS);
	size_t meant_bytes = strcspn(meant, CONFIG_KEY_BLANKS);
	const char *end = typed + typed_bytes;

	if (typed_bytes > CONFIG_KEY_WORD_BYTES_MAX || meant_bytes > CONFIG_KEY_WORD_BYTES_MAX)
		return CONFIG_KEY_WORD_BYTES_MAX;

	for (size_t i = 0; i <= meant_bytes; i++)
		row[i] = i;
	for (; typed < end; typed++) {
		size_t diagonal = row[0]++;

		for (size_t i = 1; i <= meant_bytes; i++) {
			size_t best = diagonal + (*typed != meant[i - 1]);

			diagonal = row[i];
			if (best > row[i] + 1)
				best = row[i] + 1;
			if (best > row[i - 1] + 1)
				best = row[i - 1] + 1;
			row[i] = best;
		}
	}
	return row[meant_bytes];
}

/* The table's nearest section, or with a name its nearest key in that section; or NULL. */
static const struct config_key *config_key_nearest(const char *section, const char *name)
{
	const struct config_key *nearest = NULL;
	size_t least = CONFIG_KEY_TYPOS_MAX + 1;

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		const char *meant = name ? key->name : key->section;
		size_t typos;

		if (name && strcmp(key->section, section) != 0)
			continue;

		typos = config_key_typos(name ? name : section, meant);
		if (typos < least) {
			least = typos;
			nearest = key;
		}
	}
	return nearest;
}

void config_key_suggest(char *out_text, size_t out_bytes, const char *section, const char *name)
{
	char meant[CONFIG_KEY_LIST_BYTES_MAX] = "";
	const struct config_key *nearest = NULL;

	/* Those of zones, which stand last, have most names from the others. */
	for (size_t i = 0; name && i < CONFIG_KEY_COUNT; i++)
		if (strcmp(config_keys[i].name, name) == 0 && !config_key_fallback(&config_keys[i]))
			config_key_join(meant, sizeof(meant), " or ", config_keys[i].section, name);

	if (meant[0] == '\0' && section)
		nearest = config_key_nearest(section, name);
	if (nearest)
		config_key_join(
			meant, sizeof(meant), "", nearest->section, name ? nearest->name : NULL);

	out_text[0] = '\0';
	if (meant[0])
		(void)snprintf(out_text, out_bytes, " (did you mean %s?)", meant);
}
