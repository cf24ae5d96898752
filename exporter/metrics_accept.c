/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_accept.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "shared/compiler.h"

#define METRICS_ACCEPT_SPACE    " \t"
#define METRICS_ACCEPT_Q_MAX    1000 /* q is counted in thousandths */
#define METRICS_ACCEPT_Q_DIGITS 3

#define METRICS_ACCEPT_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* How narrowly a range covers a format. */
enum metrics_accept_reach {
	METRICS_ACCEPT_NOT = 0,
	METRICS_ACCEPT_ANY = 1,     /* any type at all */
	METRICS_ACCEPT_SUBTYPE = 2, /* any subtype of "text" */
	METRICS_ACCEPT_TYPE = 3,    /* named */
	METRICS_ACCEPT_VERSION = 4, /* named with its version */
};

/* Bytes of the header, without a NUL. */
struct metrics_accept_word {
	const char *at;
	size_t bytes;
};

struct metrics_accept_range {
	struct metrics_accept_word type;
	struct metrics_accept_word version; /* empty where there is none, as are the next two */
	struct metrics_accept_word charset;
	struct metrics_accept_word escaping;
	int q;
};

/* The best that was said for one format. */
struct metrics_accept_offer {
	enum metrics_accept_reach reach;
	int q;
	struct metrics_accept_word escaping;
};

/*
 * A scheme that turns our names into what they are already is echoed: then the client
 * knows that its wish was understood. "dots" would double every "_", so it is not.
 */
static const struct {
	const char *scheme;
	const char *content_type;
} escapings[] = {
	{ "allow-utf-8", METRICS_ACCEPT_OPENMETRICS "; escaping=allow-utf-8" },
	{ "underscores", METRICS_ACCEPT_OPENMETRICS "; escaping=underscores" },
	{ "values", METRICS_ACCEPT_OPENMETRICS "; escaping=values" },
};

static bool metrics_accept_is(const struct metrics_accept_word *word, const char *text)
{
	return word->bytes == strlen(text) && strncasecmp(word->at, text, word->bytes) == 0;
}

/* Without the space around it. */
static struct metrics_accept_word metrics_accept_trim(const char *at, size_t bytes)
{
	while (bytes > 0 && strchr(METRICS_ACCEPT_SPACE, *at)) {
		at++;
		bytes--;
	}
	while (bytes > 0 && strchr(METRICS_ACCEPT_SPACE, at[bytes - 1]))
		bytes--;
	return (struct metrics_accept_word){ at, bytes };
}

/* Cut what stands before the next @separator off the front of @rest. */
static struct metrics_accept_word metrics_accept_cut(
	struct metrics_accept_word *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->bytes);
	const size_t bytes = end ? (size_t)(end - rest->at) : rest->bytes;
	const struct metrics_accept_word front = metrics_accept_trim(rest->at, bytes);
	const size_t used = bytes + (end != NULL);

	rest->at += used;
	rest->bytes -= used;
	return front;
}

/* "0.25" is 250. Return: -1 for what is no q (RFC 9110 section 12.4.2). */
static int metrics_accept_q(const struct metrics_accept_word *word)
{
	int q, unit = METRICS_ACCEPT_Q_MAX;

	if (word->bytes == 0 || word->bytes > 2 + METRICS_ACCEPT_Q_DIGITS ||
		(word->at[0] != '0' && word->at[0] != '1') ||
		(word->bytes > 1 && word->at[1] != '.'))
		return -1;
	q = (word->at[0] - '0') * METRICS_ACCEPT_Q_MAX;
	for (size_t i = 2; i < word->bytes; i++) {
		if (word->at[i] < '0' || word->at[i] > '9')
			return -1;
		unit /= 10;
		q += (word->at[i] - '0') * unit;
	}
	return q <= METRICS_ACCEPT_Q_MAX ? q : -1;
}

static struct metrics_accept_word metrics_accept_unquote(struct metrics_accept_word word)
{
	if (word.bytes >= 2 && word.at[0] == '"' && word.at[word.bytes - 1] == '"')
		return (struct metrics_accept_word){ word.at + 1, word.bytes - 2 };
	return word;
}

/* Return: false for what is no media range. */
static bool metrics_accept_read(
	struct metrics_accept_word text, struct metrics_accept_range *out_range)
{
	*out_range = (struct metrics_accept_range){ .q = METRICS_ACCEPT_Q_MAX };
	out_range->type = metrics_accept_cut(&text, ';');
	while (text.bytes > 0) {
		struct metrics_accept_word value = metrics_accept_cut(&text, ';');
		const struct metrics_accept_word name = metrics_accept_cut(&value, '=');

		value = metrics_accept_unquote(metrics_accept_trim(value.at, value.bytes));
		if (metrics_accept_is(&name, "version"))
			out_range->version = value;
		else if (metrics_accept_is(&name, "charset"))
			out_range->charset = value;
		else if (metrics_accept_is(&name, "escaping"))
			out_range->escaping = value;
		else if (metrics_accept_is(&name, "q"))
			out_range->q = metrics_accept_q(&value);
	}
	return out_range->q >= 0 && memchr(out_range->type.at, '/', out_range->type.bytes);
}

static enum metrics_accept_reach metrics_accept_reaches(
	const struct metrics_accept_range *range, const char *type, const char *version)
{
	if (!metrics_accept_is(&range->type, type) ||
		(range->charset.bytes > 0 && !metrics_accept_is(&range->charset, "utf-8")))
		return METRICS_ACCEPT_NOT;
	if (range->version.bytes == 0)
		return METRICS_ACCEPT_TYPE;
	return metrics_accept_is(&range->version, version) ? METRICS_ACCEPT_VERSION
							   : METRICS_ACCEPT_NOT;
}

static enum metrics_accept_reach metrics_accept_reaches_text(
	const struct metrics_accept_range *range)
{
	if (metrics_accept_is(&range->type, "*/*"))
		return METRICS_ACCEPT_ANY;
	if (metrics_accept_is(&range->type, "text/*"))
		return METRICS_ACCEPT_SUBTYPE;
	return metrics_accept_reaches(range, "text/plain", "0.0.4");
}

/* The narrower range speaks for the format, of two alike the one that likes it better. */
static void metrics_accept_hear(struct metrics_accept_offer *offer, enum metrics_accept_reach reach,
	const struct metrics_accept_range *range)
{
	if (reach == METRICS_ACCEPT_NOT || reach < offer->reach ||
		(reach == offer->reach && range->q <= offer->q))
		return;
	*offer = (struct metrics_accept_offer){ reach, range->q, range->escaping };
}

static bool metrics_accept_prefers_openmetrics(
	const struct metrics_accept_offer *openmetrics, const struct metrics_accept_offer *text)
{
	if (openmetrics->q != text->q)
		return openmetrics->q > text->q;
	return openmetrics->q > 0 && text->reach < METRICS_ACCEPT_TYPE;
}

static const char *metrics_accept_content_type(const struct metrics_accept_word *escaping)
{
	for (size_t i = 0; i < ARRAY_COUNT(escapings); i++)
		if (metrics_accept_is(escaping, escapings[i].scheme))
			return escapings[i].content_type;
	return METRICS_ACCEPT_OPENMETRICS;
}

struct metrics_accepted metrics_accept(const char *accept)
{
	struct metrics_accept_offer openmetrics = { .q = 0 }, text = { .q = 0 };
	struct metrics_accept_word rest = { accept, accept ? strlen(accept) : 0 };

	while (rest.bytes > 0) {
		struct metrics_accept_range range;

		if (!metrics_accept_read(metrics_accept_cut(&rest, ','), &range))
			continue;
		metrics_accept_hear(&openmetrics,
			metrics_accept_reaches(&range, "application/openmetrics-text", "1.0.0"),
			&range);
		metrics_accept_hear(&text, metrics_accept_reaches_text(&range), &range);
	}
	if (metrics_accept_prefers_openmetrics(&openmetrics, &text))
		return (struct metrics_accepted){ METRICS_FORMAT_OPENMETRICS,
			metrics_accept_content_type(&openmetrics.escaping) };
	return (struct metrics_accepted){ METRICS_FORMAT_TEXT,
		"text/plain; version=0.0.4; charset=utf-8" };
}
