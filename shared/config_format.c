/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_format.h"

#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"

struct config_format_unit {
	const char *name;
	uint64_t factor;
};

/* @value in units of @one, a power of ten, with the decimals it needs. */
static void config_format_decimal(
	char *out_text, size_t out_bytes, uint64_t value, uint64_t one, const char *unit)
{
	char decimals[24] = "";
	size_t count = 0;
	uint64_t rest = value % one;

	while (rest != 0 && count < sizeof(decimals) - 1) {
		one /= 10;
		decimals[count++] = (char)('0' + rest / one);
		rest %= one;
	}
	decimals[count] = '\0';
	for (size_t i = 0; i < count; i++)
		one *= 10;
	(void)snprintf(out_text, out_bytes, "%llu%s%s%s", (unsigned long long)(value / one),
		count ? "." : "", decimals, unit);
}

/* A whole number of the largest unit that divides it; false if none does. */
static bool config_format_whole(char *out_text, size_t out_bytes, uint64_t value,
	const struct config_format_unit *units, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (value == 0 || value % units[i].factor != 0)
			continue;
		(void)snprintf(out_text, out_bytes, "%llu%s",
			(unsigned long long)(value / units[i].factor), units[i].name);
		return true;
	}
	return false;
}

static void config_format_duration(
	char *out_text, size_t out_bytes, const struct config_key *key, uint64_t value_ns)
{
	static const struct config_format_unit whole[] = {
		{ "d", 86400 * NS_PER_S },
		{ "h", 3600 * NS_PER_S },
		{ "m", 60 * NS_PER_S },
	};

	bool is_auto_allowed;

	(void)config_key_minimum(key, &is_auto_allowed);
	if (value_ns == 0 && is_auto_allowed)
		(void)snprintf(out_text, out_bytes, "auto");
	else if (config_format_whole(out_text, out_bytes, value_ns, whole, ARRAY_COUNT(whole)))
		return;
	else if (value_ns >= NS_PER_S || value_ns == 0)
		config_format_decimal(out_text, out_bytes, value_ns, NS_PER_S, "s");
	else if (value_ns >= NS_PER_MS)
		config_format_decimal(out_text, out_bytes, value_ns, NS_PER_MS, "ms");
	else
		config_format_decimal(out_text, out_bytes, value_ns, NS_PER_US, "us");
}

static void config_format_bytes(char *out_text, size_t out_bytes, uint64_t value)
{
	static const struct config_format_unit whole[] = {
		{ "G", 1ull << 30 },
		{ "M", 1ull << 20 },
		{ "K", 1ull << 10 },
	};

	if (!config_format_whole(out_text, out_bytes, value, whole, ARRAY_COUNT(whole)))
		(void)snprintf(out_text, out_bytes, "%llu", (unsigned long long)value);
}

/* Add a word of @bytes bytes after a space. */
static void config_format_word(char *text, size_t text_bytes, const char *word, size_t bytes)
{
	size_t length = strlen(text);

	(void)snprintf(
		text + length, text_bytes - length, "%s%.*s", length ? " " : "", (int)bytes, word);
}

/* The words of "timeout|servfail" whose bits are set. */
static void config_format_words(char *out_text, size_t out_bytes, const char *words, uint64_t bits)
{
	out_text[0] = '\0';
	for (;; bits >>= 1) {
		size_t word_bytes = strcspn(words, "|");

		if (bits & 1)
			config_format_word(out_text, out_bytes, words, word_bytes);
		if (words[word_bytes] == '\0')
			return;
		words += word_bytes + 1;
	}
}

static void config_format_ports(char *out_text, size_t out_bytes, const struct config_ports *ports)
{
	char port[8];

	out_text[0] = '\0';
	for (uint32_t i = 0; i < ports->count; i++) {
		(void)snprintf(port, sizeof(port), "%u", ports->ports[i]);
		config_format_word(out_text, out_bytes, port, strlen(port));
	}
}

void config_format(
	char *out_text, size_t out_bytes, const struct config_key *key, const void *value)
{
	const uint64_t *number = value;

	switch (key->kind) {
	case CONFIG_KIND_TEXT:
	case CONFIG_KIND_ADDRESS:
		(void)snprintf(out_text, out_bytes, "%s", (const char *)value);
		return;
	case CONFIG_KIND_CHOICE:
		config_format_words(out_text, out_bytes, key->minimum, 1ull << *(const int *)value);
		return;
	case CONFIG_KIND_SET:
		config_format_words(out_text, out_bytes, key->minimum, *number);
		return;
	case CONFIG_KIND_COUNT:
		(void)snprintf(out_text, out_bytes, "%llu", (unsigned long long)*number);
		return;
	case CONFIG_KIND_BYTES:
		config_format_bytes(out_text, out_bytes, *number);
		return;
	case CONFIG_KIND_DURATION:
		config_format_duration(out_text, out_bytes, key, *number);
		return;
	case CONFIG_KIND_RATIO:
		config_format_decimal(out_text, out_bytes, *number, CONFIG_RATIO_ONE, "");
		return;
	case CONFIG_KIND_PORTS:
		config_format_ports(out_text, out_bytes, value);
		return;
	}
}
