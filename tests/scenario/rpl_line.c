/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_line.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

bool rpl_line_wrong(struct rpl_line *line, const char *format, ...)
{
	va_list arguments;
	int bytes;

	if (line->mistake[0] != '\0')
		return false;
	bytes = snprintf(line->mistake, sizeof(line->mistake), "%s:%u: ", line->path, line->number);
	if (bytes < 0 || (size_t)bytes >= sizeof(line->mistake))
		return false;
	va_start(arguments, format);
	(void)vsnprintf(
		line->mistake + bytes, sizeof(line->mistake) - (size_t)bytes, format, arguments);
	va_end(arguments);
	return false;
}

/* A semicolon begins a comment, but for one in a quoted string. */
static void rpl_line_cut_comment(char *text)
{
	bool is_quoted = false;

	for (; *text != '\0'; text++) {
		if (*text == '"')
			is_quoted = !is_quoted;
		if (*text == ';' && !is_quoted) {
			*text = '\0';
			return;
		}
	}
}

static void rpl_line_trim(char *text)
{
	size_t blanks = strspn(text, " \t\r\n");
	size_t bytes = strlen(text + blanks);

	while (bytes > 0 && isspace((unsigned char)text[blanks + bytes - 1]))
		bytes--;
	memmove(text, text + blanks, bytes);
	text[bytes] = '\0';
}

static void rpl_line_split(struct rpl_line *line)
{
	char *rest = line->words_text;
	char *word;

	memcpy(line->words_text, line->text, sizeof(line->text));
	line->word_count = 0;
	while (line->word_count < RPL_LINE_WORDS_MAX && (word = strsep(&rest, " \t")) != NULL) {
		if (*word != '\0')
			line->words[line->word_count++] = word;
	}
}

/* Return: whether anything is left. */
static bool rpl_line_clean(struct rpl_line *line)
{
	const size_t mark_bytes = strlen(RPL_REMARK);

	rpl_line_trim(line->text);
	line->is_remark = strncmp(line->text, RPL_REMARK, mark_bytes) == 0;
	if (line->is_remark)
		memmove(line->text, line->text + mark_bytes, strlen(line->text + mark_bytes) + 1);
	rpl_line_cut_comment(line->text);
	rpl_line_trim(line->text);
	rpl_line_split(line);
	return line->word_count > 0;
}

bool rpl_line_next(struct rpl_line *line)
{
	while (line->mistake[0] == '\0' &&
		fgets(line->text, sizeof(line->text), line->file) != NULL) {
		line->number++;
		if (strchr(line->text, '\n') == NULL && !feof(line->file))
			return rpl_line_wrong(
				line, "longer than %zu bytes", sizeof(line->text) - 2);
		if (rpl_line_clean(line))
			return true;
	}
	return false;
}

bool rpl_line_setting(const char *text, char out_lines[RPL_LINE_BYTES])
{
	const char *end = strchr(text, ']');

	if (text[0] != '[' || end == NULL)
		return false;
	(void)snprintf(out_lines, RPL_LINE_BYTES, "%.*s\n%s\n", (int)(end + 1 - text), text,
		end + 1 + strspn(end + 1, " \t"));
	return true;
}

bool rpl_line_is(const struct rpl_line *line, const char *word)
{
	return !line->is_remark && line->word_count > 0 && strcmp(line->words[0], word) == 0;
}
