/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_list.h"

#include <string.h>

#include "shared/config_number.h"
#include "shared/config_value.h"

#define CONFIG_LIST_SEPARATORS     " \t,"
#define CONFIG_LIST_WORD_BYTES_MAX 32 /* longer ones are no port and no word of ours */

/* The next word, "" in place of one too long to be any of ours; false at the end. */
static bool config_list_next(const char **at, char out_word[CONFIG_LIST_WORD_BYTES_MAX])
{
	size_t bytes;

	*at += strspn(*at, CONFIG_LIST_SEPARATORS);
	bytes = strcspn(*at, CONFIG_LIST_SEPARATORS);
	if (bytes == 0)
		return false;

	(void)snprintf(out_word, CONFIG_LIST_WORD_BYTES_MAX, "%.*s",
		bytes < CONFIG_LIST_WORD_BYTES_MAX ? (int)bytes : 0, *at);
	*at += bytes;
	return true;
}

uint16_t config_list_port(const char *text)
{
	uint64_t port;

	if (config_number_parse(CONFIG_KIND_COUNT, text, &port) != CONFIG_VALUE_OK ||
		port > CONFIG_LIST_PORT_MAX)
		return 0;
	return (uint16_t)port;
}

static bool config_list_has_port(const struct config_ports *ports, uint16_t port)
{
	for (uint32_t i = 0; i < ports->count; i++)
		if (ports->ports[i] == port)
			return true;
	return false;
}

int config_list_ports(const char *text, struct config_ports *out_ports)
{
	struct config_ports ports = { 0 };
	char word[CONFIG_LIST_WORD_BYTES_MAX];

	while (config_list_next(&text, word)) {
		uint16_t port = config_list_port(word);

		if (port == 0)
			return CONFIG_VALUE_NOT_A_PORT;
		if (config_list_has_port(&ports, port))
			return CONFIG_VALUE_WORD_TWICE;
		if (ports.count == CONFIG_PORTS_MAX)
			return CONFIG_VALUE_TOO_MANY_WORDS;
		ports.ports[ports.count++] = port;
	}
	if (ports.count == 0)
		return CONFIG_VALUE_EMPTY;

	*out_ports = ports;
	return CONFIG_VALUE_OK;
}

uint64_t config_list_bit(const char *words, const char *word)
{
	size_t word_bytes = strlen(word);

	for (uint64_t bit = 1;; bit <<= 1) {
		size_t known_bytes = strcspn(words, "|");

		if (known_bytes == word_bytes && memcmp(words, word, word_bytes) == 0)
			return bit;
		if (words[known_bytes] == '\0')
			return 0;
		words += known_bytes + 1;
	}
}

int config_list_set(const char *words, const char *text, uint64_t *out_bits)
{
	uint64_t bits = 0;
	char word[CONFIG_LIST_WORD_BYTES_MAX];

	while (config_list_next(&text, word)) {
		uint64_t bit = config_list_bit(words, word);

		if (bit == 0)
			return CONFIG_VALUE_UNKNOWN_WORD;
		if (bits & bit)
			return CONFIG_VALUE_WORD_TWICE;
		bits |= bit;
	}
	if (bits == 0)
		return CONFIG_VALUE_EMPTY;

	*out_bits = bits;
	return CONFIG_VALUE_OK;
}
