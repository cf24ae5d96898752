/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_read.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "shared/config_value.h"
#include "shared/fault.h"

#define CONFIG_MISTAKES_MAX 50 /* lines logged; a file that is not ours at all has more */

void config_read_mistake(struct config_reading *reading, const char *path, unsigned int line,
	const char *format, ...)
{
	char text[LOG_LINE_BYTES_MAX];
	va_list arguments;

	if (++reading->mistakes > CONFIG_MISTAKES_MAX)
		return;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_error("%s:%u: %s", path, line, text);
}

/* The zone of that name, a new one if need be; NULL if there are too many. */
static struct config_zone *config_zone_of(
	struct config_reading *reading, const struct dns_name *name)
{
	struct config_zones *zones = &reading->config.zones;
	const struct config_zone *known = config_zone_named(zones, name);

	if (known)
		return &zones->zones[known - zones->zones];
	if (zones->count == CONFIG_ZONES_MAX)
		return NULL;
	zones->zones[zones->count].name = *name;
	return &zones->zones[zones->count++];
}

/* Said once, whatever there is of them. */
static void config_take_one_zone_too_many(struct config_reading *reading)
{
	if (!reading->has_too_many_zones)
		config_read_mistake(reading, reading->path, reading->line.number,
			"%s: one zone too many, allowed: at most %d", reading->line.text,
			CONFIG_ZONES_MAX);
	reading->has_too_many_zones = true;
}

static void config_take_zone(struct config_reading *reading, const char *text)
{
	struct config_zone_place *place;
	struct config_zone *zone;
	struct dns_name name;

	if (config_zone_parse(text, &name) != CONFIG_ZONE_OK) {
		config_read_mistake(reading, reading->path, reading->line.number,
			"[zone%s%s]: no domain name, allowed: [" CONFIG_KEY_ZONE_SECTION
			"], labels "
			"of 1 to %d letters, digits, '-' and '_' with dots between",
			text[0] ? " " : "", text, DNS_LABEL_BYTES_MAX);
		return;
	}
	zone = config_zone_of(reading, &name);
	if (!zone) {
		config_take_one_zone_too_many(reading);
		return;
	}
	config_zone_title(reading->title, zone);
	place = &reading->zone_places[zone - reading->config.zones.zones];
	if (place->path == reading->path) {
		config_read_mistake(reading, reading->path, reading->line.number,
			"[%s]: begins again, allowed: once in a file (it is on line %u)",
			reading->title, place->line);
		return;
	}
	place->path = reading->path;
	place->line = reading->line.number;
	reading->section = CONFIG_KEY_ZONE_SECTION;
	reading->zone = zone;
}

static void config_take_section(struct config_reading *reading)
{
	const struct config_line *line = &reading->line;
	char name[sizeof(line->text)];
	char known[CONFIG_KEY_LIST_BYTES_MAX];
	char meant[CONFIG_KEY_LIST_BYTES_MAX];
	const char *zone;

	if (!config_line_section(line, name, sizeof(name))) {
		config_read_mistake(reading, reading->path, line->number,
			"'%s' is not a section, allowed: [name]", line->text);
		return;
	}

	zone = config_zone_section(name);
	if (zone) {
		config_take_zone(reading, zone);
		return;
	}

	reading->section = config_key_section(name);
	if (reading->section) {
		strcpy(reading->title, reading->section);
		return;
	}

	config_key_list(known, sizeof(known), NULL);
	config_key_suggest(meant, sizeof(meant), name, NULL);
	config_read_mistake(reading, reading->path, line->number,
		"[%s]: unknown section, allowed: %s%s", name, known, meant);
}

static void config_take_unknown_key(struct config_reading *reading, const char *name)
{
	char known[CONFIG_KEY_LIST_BYTES_MAX];
	char meant[CONFIG_KEY_LIST_BYTES_MAX];

	config_key_suggest(meant, sizeof(meant), reading->section, name);
	if (!reading->is_in_section) {
		config_read_mistake(reading, reading->path, reading->line.number,
			"%s: key outside of a section, allowed: below its [section]%s", name,
			meant);
		return;
	}

	config_key_list(known, sizeof(known), reading->section);
	config_read_mistake(reading, reading->path, reading->line.number,
		"%s.%s: unknown key, allowed: %s%s", reading->title, name, known, meant);
}

/* Where the key is noted that has been found. */
static struct config_place *config_place_of(
	struct config_reading *reading, const struct config_key *key)
{
	if (!reading->zone)
		return &reading->places[key - config_keys];
	return &reading->zone_places[reading->zone - reading->config.zones.zones]
			.keys[key - config_key_of_zone(0)];
}

/* Return: an outcome of config_value.h. */
static int config_take_text(
	struct config_reading *reading, const struct config_key *key, const char *text)
{
	if (!reading->zone)
		return config_value_parse(key, text, (char *)&reading->config + key->field_at);
	reading->zone->given |= 1u << (key - config_key_of_zone(0));
	return config_value_parse(key, text, (char *)reading->zone + key->field_at);
}

static void config_take_value(
	struct config_reading *reading, const struct config_key *key, const char *text)
{
	struct config_place *place = config_place_of(reading, key);
	unsigned int line = reading->line.number;
	char allowed[CONFIG_VALUE_ALLOWED_BYTES_MAX];
	int outcome;

	if (place->path == reading->path) {
		config_read_mistake(reading, reading->path, line,
			"%s.%s: set again, allowed: once (it is on line %u)", reading->title,
			key->name, place->line);
		return;
	}

	place->path = reading->path;
	place->line = line;
	place->is_wrong = true;
	if (strstr(text, " #") || strstr(text, "\t#") || text[0] == '#') {
		config_read_mistake(reading, reading->path, line,
			"%s.%s: '%s' holds a '#', allowed: a comment's own line, or ' ;' before it",
			reading->title, key->name, text);
		return;
	}

	outcome = config_take_text(reading, key, text);
	place->is_wrong = outcome != CONFIG_VALUE_OK;
	if (!place->is_wrong)
		return;

	config_value_allowed(allowed, sizeof(allowed), key);
	config_read_mistake(reading, reading->path, line, "%s.%s: '%s' %s, allowed: %s",
		reading->title, key->name, text, config_value_complaint(outcome), allowed);
}

/* inih's handler. Its section is not used: it does not hear of headers that it cannot read. */
static int config_take_key(void *user, const char *section, const char *name, const char *text)
{
	struct config_reading *reading = user;
	const struct config_key *key;

	(void)section;
	if (name[0] == '\0')
		return 1;

	reading->is_key_due = false;
	if (reading->is_in_section && !reading->section)
		return 1;

	key = reading->section ? config_key_find(reading->section, name) : NULL;
	if (key)
		config_take_value(reading, key, text);
	else
		config_take_unknown_key(reading, name);
	return 1;
}

/* Called before the next line is read, and after the last. */
static void config_end_line(struct config_reading *reading)
{
	if (reading->is_key_due)
		config_read_mistake(reading, reading->path, reading->line.number,
			"'%s' is no key with a value, allowed: key = value, [section], # comment",
			reading->line.text);
	reading->is_key_due = false;
}

/* True where inih is to see the line: it may hold a key. */
static bool config_begin_line(struct config_reading *reading)
{
	const struct config_line *line = &reading->line;
	bool is_header = line->text[0] == '[';

	if (config_line_is_blank(line))
		return false;

	if (is_header) {
		reading->is_in_section = true;
		reading->section = NULL;
		reading->zone = NULL;
	}
	if (line->has_control_characters)
		config_read_mistake(reading, reading->path, line->number,
			"control characters, allowed: plain text");
	else if (line->length_bytes > CONFIG_LINE_BYTES_MAX)
		config_read_mistake(reading, reading->path, line->number,
			"line of %zu bytes, allowed: at most %d", line->length_bytes,
			CONFIG_LINE_BYTES_MAX);
	else if (is_header)
		config_take_section(reading);
	else
		reading->is_key_due = true;
	return reading->is_key_due;
}

/* inih's reader, like fgets(). */
static char *config_read_line(char *out_text, int out_bytes, void *stream)
{
	struct config_reading *reading = stream;

	assert(out_bytes > CONFIG_LINE_BYTES_MAX); /* inih was built as its header says */
	config_end_line(reading);
	if (!config_line_next(&reading->line, reading->file)) {
		reading->errnum = ferror(reading->file) ? errno : 0;
		return NULL;
	}

	strcpy(out_text, config_begin_line(reading) ? reading->line.text : "");
	return out_text;
}

int config_read_file(struct config_reading *reading, const char *path)
{
	unsigned int mistakes = reading->mistakes;
	int r;

	reading->file = fopen(path, "re");
	if (!reading->file)
		return errno == ENOENT ? CONFIG_READ_NO_FILE
				       : FAULT(errno, "cannot open configuration '%s'", path);

	reading->path = path;
	reading->section = NULL;
	reading->zone = NULL;
	reading->is_in_section = false;
	reading->errnum = 0;
	config_line_init(&reading->line);
	r = ini_parse_stream(config_read_line, reading, config_take_key, reading);
	config_end_line(reading);
	(void)fclose(reading->file);

	if (reading->errnum != 0)
		return FAULT(reading->errnum, "cannot read configuration '%s'", path);
	if (r != 0 && reading->mistakes == mistakes)
		config_read_mistake(reading, path, r > 0 ? (unsigned int)r : 0,
			"inih cannot read this line, allowed: key = value, [section], # comment");
	return 0;
}

unsigned int config_read_end(const struct config_reading *reading, const char *path)
{
	if (reading->mistakes > CONFIG_MISTAKES_MAX)
		log_error("%s: %u more mistakes", path, reading->mistakes - CONFIG_MISTAKES_MAX);
	return reading->mistakes;
}
