/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_line.h"

#include <ctype.h>
#include <string.h>

#define CONFIG_LINE_BYTE_ORDER_MARK "\xef\xbb\xbf" /* UTF-8's, put first by some editors */

void config_line_init(struct config_line *line)
{
	memset(line, 0, sizeof(*line));
}

/* Keep what fits; leading blanks are left out, trailing ones do not count. */
static void config_line_read(struct config_line *line, int byte, FILE *file)
{
	size_t at = 0;

	line->length_bytes = 0;
	for (; byte != EOF && byte != '\n'; byte = getc(file)) {
		if (isspace(byte) && at == 0)
			continue;
		if (at < CONFIG_LINE_BYTES_MAX)
			line->text[at] = (char)byte;
		at++;
		if (!isspace(byte))
			line->length_bytes = at;
	}
}

static void config_line_drop_mark(struct config_line *line)
{
	size_t mark_bytes = strlen(CONFIG_LINE_BYTE_ORDER_MARK);

	if (line->number != 1 || line->length_bytes < mark_bytes ||
		memcmp(line->text, CONFIG_LINE_BYTE_ORDER_MARK, mark_bytes) != 0)
		return;

	line->length_bytes -= mark_bytes;
	memmove(line->text, line->text + mark_bytes, CONFIG_LINE_BYTES_MAX - mark_bytes);
}

bool config_line_next(struct config_line *line, FILE *file)
{
	int byte = getc(file);
	size_t kept_bytes;

	if (byte == EOF)
		return false;

	line->number++;
	config_line_read(line, byte, file);
	config_line_drop_mark(line);

	kept_bytes = line->length_bytes;
	if (kept_bytes > CONFIG_LINE_BYTES_MAX)
		kept_bytes = CONFIG_LINE_BYTES_MAX;
	line->text[kept_bytes] = '\0';

	line->has_control_characters = false;
	for (size_t i = 0; i < kept_bytes; i++)
		if (iscntrl((unsigned char)line->text[i]) && line->text[i] != '\t')
			line->has_control_characters = true;
	return true;
}

bool config_line_is_blank(const struct config_line *line)
{
	return line->length_bytes == 0 || line->text[0] == ';' || line->text[0] == '#';
}

bool config_line_section(const struct config_line *line, char *out_name, size_t out_bytes)
{
	const char *end = strchr(line->text, ']');
	const char *rest;
	size_t name_bytes;

	if (line->text[0] != '[' || !end)
		return false;

	rest = end + 1 + strspn(end + 1, " \t");
	name_bytes = (size_t)(end - line->text - 1);
	if ((*rest && *rest != ';' && *rest != '#') || name_bytes >= out_bytes)
		return false;

	memcpy(out_name, line->text + 1, name_bytes);
	out_name[name_bytes] = '\0';
	return true;
}
