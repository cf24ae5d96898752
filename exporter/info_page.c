/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/info_page.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shared/compiler.h"

struct info_page_word {
	const char *name;
	unsigned int min; /* a page of no rows is a mistake: 0 would read as "all" */
	size_t at;        /* in struct table_request_page */
};

static const struct info_page_word words[] = {
	{ "limit", 1, offsetof(struct table_request_page, limit_rows) },
	{ "offset", 0, offsetof(struct table_request_page, offset_rows) },
};

/* Digits and nothing else. Return: true for a number from @min to INFO_PAGE_ROWS_MAX. */
static bool info_page_number(
	const char *text, size_t text_bytes, unsigned int min, uint64_t *out_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text_bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = 10 * number + (uint64_t)(text[i] - '0');
		if (number > INFO_PAGE_ROWS_MAX)
			return false;
	}
	if (text_bytes == 0 || number < min)
		return false;
	*out_number = number;
	return true;
}

static const struct info_page_word *info_page_find(const char *name, size_t name_bytes)
{
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strlen(words[i].name) == name_bytes &&
			memcmp(words[i].name, name, name_bytes) == 0)
			return &words[i];
	return NULL;
}

int info_page_read(const char *query, struct table_request_page *out_page, const char **out_name,
	unsigned int *out_min)
{
	struct table_request_page page = { .offset_rows = 0 };

	while (*query != '\0') {
		const size_t pair_bytes = strcspn(query, "&");
		const size_t name_bytes = strcspn(query, "=&");
		const size_t value_at = name_bytes < pair_bytes ? name_bytes + 1 : pair_bytes;
		const struct info_page_word *word = info_page_find(query, name_bytes);

		if (word && !info_page_number(query + value_at, pair_bytes - value_at, word->min,
				    (uint64_t *)(void *)((char *)&page + word->at))) {
			*out_name = word->name;
			*out_min = word->min;
			return -EINVAL;
		}
		query += pair_bytes + (query[pair_bytes] == '&');
	}
	*out_page = page;
	return 0;
}
