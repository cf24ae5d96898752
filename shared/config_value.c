/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_value.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/config_list.h"
#include "shared/config_number.h"

static int config_value_in_limits(
	const struct config_key *key, const char *text, uint64_t *out_value)
{
	bool is_auto_allowed;
	const char *minimum_text = config_key_minimum(key, &is_auto_allowed);
	uint64_t minimum = 0;
	uint64_t maximum = 0;
	uint64_t value;
	int r;

	if (is_auto_allowed && strcmp(text, "auto") == 0) {
		*out_value = 0;
		return CONFIG_VALUE_OK;
	}

	r = config_number_parse(key->kind, text, &value);
	if (r != CONFIG_VALUE_OK)
		return r;

	(void)config_number_parse(key->kind, minimum_text, &minimum);
	(void)config_number_parse(key->kind, key->maximum, &maximum);
	if (value < minimum)
		return CONFIG_VALUE_TOO_SMALL;
	if (value > maximum)
		return CONFIG_VALUE_TOO_LARGE;

	*out_value = value;
	return CONFIG_VALUE_OK;
}

/* The word's place in "observe|rescue". */
static int config_value_choice(const char *words, const char *text, int *out_number)
{
	const uint64_t bit = config_list_bit(words, text);

	if (bit == 0)
		return CONFIG_VALUE_NO_SUCH_WORD;
	*out_number = __builtin_ctzll(bit);
	return CONFIG_VALUE_OK;
}

static int config_value_text(const char *text, char *out_text)
{
	size_t text_bytes = strlen(text);

	if (text_bytes >= CONFIG_TEXT_BYTES_MAX)
		return CONFIG_VALUE_TOO_LONG;

	memset(out_text, 0, CONFIG_TEXT_BYTES_MAX);
	memcpy(out_text, text, text_bytes);
	return CONFIG_VALUE_OK;
}

static int config_value_address(const char *text, char *out_text)
{
	char ip[CONFIG_TEXT_BYTES_MAX];
	uint8_t ip_bytes[sizeof(struct in6_addr)];
	char *colon;
	int family = AF_INET;
	char *ip_text = ip;

	if (config_value_text(text, ip) != CONFIG_VALUE_OK)
		return CONFIG_VALUE_TOO_LONG;
	colon = strrchr(ip, ':');
	if (!colon || colon == ip || config_list_port(colon + 1) == 0)
		return CONFIG_VALUE_NOT_AN_ADDRESS;

	*colon = '\0';
	if (ip[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		ip_text++;
		family = AF_INET6;
	}
	if (inet_pton(family, ip_text, ip_bytes) != 1)
		return CONFIG_VALUE_NOT_AN_ADDRESS;
	return config_value_text(text, out_text);
}

int config_value_parse(const struct config_key *key, const char *text, void *out_value)
{
	if (text[0] == '\0')
		return CONFIG_VALUE_EMPTY;

	switch (key->kind) {
	case CONFIG_KIND_TEXT:
		return config_value_text(text, out_value);
	case CONFIG_KIND_CHOICE:
		return config_value_choice(key->minimum, text, out_value);
	case CONFIG_KIND_ADDRESS:
		return config_value_address(text, out_value);
	case CONFIG_KIND_PORTS:
		return config_list_ports(text, out_value);
	case CONFIG_KIND_SET:
		return config_list_set(key->minimum, text, out_value);
	default:
		return config_value_in_limits(key, text, out_value);
	}
}

const char *config_value_complaint(int outcome)
{
	static const char *const complaints[] = {
		[CONFIG_VALUE_OK] = "is right",
		[CONFIG_VALUE_EMPTY] = "is empty",
		[CONFIG_VALUE_TOO_LONG] = "is too long",
		[CONFIG_VALUE_NO_SUCH_WORD] = "is not one of its words",
		[CONFIG_VALUE_NOT_A_NUMBER] = "is not a number",
		[CONFIG_VALUE_NO_UNIT] = "has no unit",
		[CONFIG_VALUE_NO_SUCH_UNIT] = "has an unknown unit",
		[CONFIG_VALUE_TOO_SMALL] = "is too small",
		[CONFIG_VALUE_TOO_LARGE] = "is too large",
		[CONFIG_VALUE_NOT_AN_ADDRESS] = "is not an address and port",
		[CONFIG_VALUE_NOT_A_PORT] = "has a word that is no port",
		[CONFIG_VALUE_UNKNOWN_WORD] = "has a word that is none of its words",
		[CONFIG_VALUE_WORD_TWICE] = "has a word twice",
		[CONFIG_VALUE_TOO_MANY_WORDS] = "has too many words",
	};

	return complaints[outcome];
}

/* "observe|rescue" as "observe, rescue". */
static void config_value_words(char *out_text, size_t out_bytes, const char *words)
{
	size_t length = 0;

	for (; *words && length + 1 + (*words == '|') < out_bytes; words++) {
		out_text[length++] = *words == '|' ? ',' : *words;
		if (*words == '|')
			out_text[length++] = ' ';
	}
	out_text[length] = '\0';
}

void config_value_allowed(char *out_text, size_t out_bytes, const struct config_key *key)
{
	bool is_auto_allowed;
	const char *minimum = config_key_minimum(key, &is_auto_allowed);
	char words[CONFIG_VALUE_ALLOWED_BYTES_MAX];

	switch (key->kind) {
	case CONFIG_KIND_TEXT:
		(void)snprintf(out_text, out_bytes, "1 to %d bytes", CONFIG_TEXT_BYTES_MAX - 1);
		return;
	case CONFIG_KIND_CHOICE:
		config_value_words(out_text, out_bytes, key->minimum);
		return;
	case CONFIG_KIND_SET:
		config_value_words(words, sizeof(words), key->minimum);
		(void)snprintf(out_text, out_bytes, "one or more of %s", words);
		return;
	case CONFIG_KIND_PORTS:
		(void)snprintf(out_text, out_bytes, "1 to %d different ports from 1 to %u",
			CONFIG_PORTS_MAX, CONFIG_LIST_PORT_MAX);
		return;
	case CONFIG_KIND_RATIO:
		(void)snprintf(out_text, out_bytes, "%s to %s, or in %%", minimum, key->maximum);
		return;
	case CONFIG_KIND_COUNT:
		(void)snprintf(out_text, out_bytes, "%s to %s", minimum, key->maximum);
		return;
	case CONFIG_KIND_BYTES:
		(void)snprintf(out_text, out_bytes, "%s to %s, in bytes, K, M or G", minimum,
			key->maximum);
		return;
	case CONFIG_KIND_DURATION:
		(void)snprintf(out_text, out_bytes, "%s%s to %s, in us, ms, s, m, h or d",
			is_auto_allowed ? "auto, or " : "", minimum, key->maximum);
		return;
	case CONFIG_KIND_ADDRESS:
		(void)snprintf(out_text, out_bytes,
			"an IPv4 or [IPv6] address, a colon and a port from 1 to %u",
			CONFIG_LIST_PORT_MAX);
		return;
	}
}
