/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_label.h"

#include <assert.h>
#include <string.h>

#define METRICS_LABEL_LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define METRICS_LABEL_DIGITS    "0123456789"
#define METRICS_LABEL_PRINT_MIN 0x20
#define METRICS_LABEL_PRINT_MAX 0x7e

bool metrics_label_is_printable(const char *text, size_t text_bytes)
{
	size_t length = strnlen(text, text_bytes);

	for (size_t i = 0; i < length; i++)
		if (text[i] < METRICS_LABEL_PRINT_MIN || text[i] > METRICS_LABEL_PRINT_MAX)
			return false;
	return length < text_bytes;
}

/* How many bytes at @text make a name; 0 where none begins. */
static size_t metrics_label_name_bytes(const char *text)
{
	if (strspn(text, METRICS_LABEL_LETTERS) == 0)
		return 0;
	return strspn(text, METRICS_LABEL_LETTERS METRICS_LABEL_DIGITS);
}

bool metrics_label_is_family(const char *text, size_t text_bytes)
{
	return metrics_label_is_printable(text, text_bytes) && text[0] != '\0' &&
	       metrics_label_name_bytes(text) == strlen(text);
}

bool metrics_label_read(const char *text, struct metrics_label *out_label)
{
	const char *at;

	out_label->name = text;
	out_label->name_bytes = metrics_label_name_bytes(text);
	at = text + out_label->name_bytes;
	if (out_label->name_bytes == 0 || at[0] != '=' || at[1] != '"')
		return false;

	out_label->value = at += 2;
	while (*at != '"') {
		if (*at == '\\' && at[1] != '\\' && at[1] != '"' && at[1] != 'n')
			return false;
		if (*at == '\0')
			return false;
		at += *at == '\\' ? 2 : 1;
	}
	out_label->value_bytes = (size_t)(at - out_label->value);
	out_label->after = at + 1;
	return true;
}

/* Does a label of this name stand in the list before @label? */
static bool metrics_label_is_repeated(const char *list, const struct metrics_label *label)
{
	struct metrics_label earlier;

	for (const char *at = list; at < label->name; at = earlier.after + 1) {
		if (!metrics_label_read(at, &earlier))
			return false;
		if (earlier.name_bytes == label->name_bytes &&
			memcmp(earlier.name, label->name, label->name_bytes) == 0)
			return true;
	}
	return false;
}

bool metrics_label_is_list(const char *text, size_t text_bytes)
{
	const char *at = text;
	struct metrics_label label;

	if (!metrics_label_is_printable(text, text_bytes))
		return false;
	if (text[0] == '\0')
		return true;

	for (;;) {
		if (!metrics_label_read(at, &label) || metrics_label_is_repeated(text, &label))
			return false;
		if (*label.after == '\0')
			return true;
		if (*label.after != ',')
			return false;
		at = label.after + 1;
	}
}

/* Inside of a value every quote has a backslash before it: what is found is never part of one. */
bool metrics_label_has(const char *list, const char *label)
{
	const size_t label_bytes = strlen(label);

	for (const char *at = list; (at = strstr(at, label)) != NULL; at++)
		if ((at == list || at[-1] == ',') &&
			(at[label_bytes] == '\0' || at[label_bytes] == ','))
			return true;
	return false;
}

/* "+Inf", or digits with at most one point: "8.192". */
static bool metrics_label_is_edge(const char *text)
{
	size_t whole = strspn(text, METRICS_LABEL_DIGITS);

	if (strcmp(text, "+Inf") == 0)
		return true;
	if (whole > 0 && text[whole] == '.')
		whole += 1 + strspn(text + whole + 1, METRICS_LABEL_DIGITS);
	return whole > 0 && text[whole] == '\0' && text[whole - 1] != '.';
}

bool metrics_label_take_le(const char *list, char *out_rest, char *out_le)
{
	struct metrics_label label;
	size_t rest_bytes = 0;
	bool has_le = false;

	assert(strlen(list) < METRICS_LABEL_LIST_BYTES_MAX);
	for (const char *at = list; *at && metrics_label_read(at, &label);
		at = label.after + (*label.after == ',')) {
		size_t label_bytes = (size_t)(label.after - label.name);

		if (label.name_bytes == 2 && memcmp(label.name, "le", 2) == 0) {
			memcpy(out_le, label.value, label.value_bytes);
			out_le[label.value_bytes] = '\0';
			has_le = true;
			continue;
		}
		if (rest_bytes > 0)
			out_rest[rest_bytes++] = ',';
		memcpy(out_rest + rest_bytes, label.name, label_bytes);
		rest_bytes += label_bytes;
	}
	out_rest[rest_bytes] = '\0';
	return has_le && metrics_label_is_edge(out_le);
}
