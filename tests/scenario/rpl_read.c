/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/rpl_entry.h"
#include "tests/scenario/rpl_step.h"
#include "tests/scenario/rpl_word.h"

struct rpl_reading {
	struct rpl_line line;
	struct rpl *rpl;
	FILE *config;
	bool has_resolver;
	bool is_config_over;
	unsigned int last_number;
	struct rpl_range **range_end; /* where the next one is put */
	struct rpl_step **step_end;
};

static void rpl_range_free(struct rpl_range *range)
{
	while (range->entries != NULL) {
		struct rpl_entry *next = range->entries->next;

		rpl_entry_free(range->entries);
		range->entries = next;
	}
	free(range);
}

void rpl_free(struct rpl *rpl)
{
	if (rpl == NULL)
		return;
	while (rpl->ranges != NULL) {
		struct rpl_range *next = rpl->ranges->next;

		rpl_range_free(rpl->ranges);
		rpl->ranges = next;
	}
	while (rpl->steps != NULL) {
		struct rpl_step *next = rpl->steps->next;

		rpl_step_free(rpl->steps);
		rpl->steps = next;
	}
	free(rpl->config);
	free(rpl);
}

static bool rpl_read_address(
	struct rpl_line *line, const char *word, char out_address[RPL_ADDRESS_BYTES])
{
	if (strlen(word) >= RPL_ADDRESS_BYTES)
		return rpl_line_wrong(line, "'%s' is no address", word);
	memcpy(out_address, word, strlen(word) + 1);
	return true;
}

static bool rpl_read_own_config(struct rpl_reading *reading)
{
	char lines[RPL_LINE_BYTES];

	if (!rpl_line_setting(reading->line.text, lines))
		return rpl_line_wrong(
			&reading->line, "before SCENARIO_BEGIN, ours is '[section] key = value'");
	return fputs(lines, reading->config) >= 0;
}

static bool rpl_read_option(struct rpl_reading *reading, const char *name, const char *value)
{
	if (strcmp(name, "minimal-responses:") == 0)
		reading->rpl->is_minimal = strcmp(value, "no") != 0;
	if (reading->has_resolver ||
		(strcmp(name, "forward-addr:") != 0 && strcmp(name, "stub-addr:") != 0))
		return true;
	reading->has_resolver = true;
	return rpl_read_address(&reading->line, value, reading->rpl->resolver);
}

static bool rpl_read_config_line(struct rpl_reading *reading)
{
	struct rpl_line *line = &reading->line;

	if (line->is_remark)
		return rpl_read_own_config(reading);
	if (rpl_line_is(line, "CONFIG_END"))
		reading->is_config_over = true;
	for (unsigned int i = 0; !reading->is_config_over && i + 1 < line->word_count; i++) {
		if (!rpl_read_option(reading, line->words[i], line->words[i + 1]))
			return false;
	}
	return true;
}

/* Up to SCENARIO_BEGIN and its title. */
static bool rpl_read_config(struct rpl_reading *reading)
{
	const size_t word_bytes = strlen("SCENARIO_BEGIN");
	struct rpl_line *line = &reading->line;
	const char *title;

	while (rpl_line_next(line)) {
		if (!rpl_line_is(line, "SCENARIO_BEGIN")) {
			if (!rpl_read_config_line(reading))
				return false;
			continue;
		}
		title = line->text + word_bytes + strspn(line->text + word_bytes, " \t");
		(void)snprintf(reading->rpl->title, sizeof(reading->rpl->title), "%.200s", title);
		return true;
	}
	return rpl_line_wrong(line, "the file ends before SCENARIO_BEGIN");
}

static bool rpl_read_range_head(struct rpl_line *line, struct rpl_range *range)
{
	uint64_t first, last;

	if (line->word_count != 3 || !rpl_word_number(line->words[1], &first) ||
		!rpl_word_number(line->words[2], &last) || first > last || last > UINT32_MAX)
		return rpl_line_wrong(line, "a range is RANGE_BEGIN, its first and its last step");
	range->first = (unsigned int)first;
	range->last = (unsigned int)last;
	return true;
}

static bool rpl_read_range_address(struct rpl_line *line, struct rpl_range *range)
{
	if (line->word_count != 2 || range->address_count == RPL_ADDRESSES_MAX)
		return rpl_line_wrong(
			line, "a range has at most %u addresses, one in a line", RPL_ADDRESSES_MAX);
	return rpl_read_address(line, line->words[1], range->addresses[range->address_count++]);
}

static bool rpl_read_range_lines(struct rpl_line *line, struct rpl_range *range)
{
	struct rpl_entry **end = &range->entries;
	bool is_right = true;

	while (is_right && rpl_line_next(line)) {
		if (rpl_line_is(line, "RANGE_END"))
			return true;
		if (rpl_line_is(line, "ADDRESS")) {
			is_right = rpl_read_range_address(line, range);
		} else if (rpl_line_is(line, "ENTRY_BEGIN")) {
			*end = rpl_entry_read(line, false);
			is_right = *end != NULL;
			end = is_right ? &(*end)->next : end;
		} else {
			is_right = rpl_line_wrong(line, "'%s' is not known in a range", line->text);
		}
	}
	return rpl_line_wrong(line, "the file ends before RANGE_END");
}

static bool rpl_read_range(struct rpl_reading *reading)
{
	struct rpl_range *range = calloc(1, sizeof(*range));

	if (range == NULL)
		abort();
	*reading->range_end = range;
	reading->range_end = &range->next;
	return rpl_read_range_head(&reading->line, range) &&
	       rpl_read_range_lines(&reading->line, range);
}

static bool rpl_read_step(struct rpl_reading *reading)
{
	struct rpl_step *step = rpl_step_read(&reading->line, reading->last_number);

	if (step == NULL)
		return false;
	*reading->step_end = step;
	reading->step_end = &step->next;
	reading->last_number = step->number;
	return true;
}

static bool rpl_read_scenario(struct rpl_reading *reading)
{
	struct rpl_line *line = &reading->line;
	bool is_right = true;

	while (is_right && rpl_line_next(line)) {
		if (rpl_line_is(line, "SCENARIO_END"))
			return true;
		if (rpl_line_is(line, "RANGE_BEGIN"))
			is_right = rpl_read_range(reading);
		else if (line->is_remark || rpl_line_is(line, "STEP"))
			is_right = rpl_read_step(reading);
		else
			is_right =
				rpl_line_wrong(line, "'%s' is not known in a scenario", line->text);
	}
	return rpl_line_wrong(line, "the file ends before SCENARIO_END");
}

static struct rpl *rpl_read_new(struct rpl_reading *reading)
{
	struct rpl *rpl = calloc(1, sizeof(*rpl));

	if (rpl == NULL)
		abort();
	rpl->is_minimal = true;
	memcpy(rpl->resolver, RPL_RESOLVER_DEFAULT, sizeof(RPL_RESOLVER_DEFAULT));
	reading->rpl = rpl;
	reading->range_end = &rpl->ranges;
	reading->step_end = &rpl->steps;
	reading->config = open_memstream(&rpl->config, &rpl->config_bytes);
	if (reading->config == NULL)
		abort();
	return rpl;
}

struct rpl *rpl_read_file(FILE *file, const char *path, char *out_mistake)
{
	struct rpl_reading reading = { .line = { .path = path, .file = file } };
	struct rpl *rpl = rpl_read_new(&reading);
	const bool is_right = rpl_read_config(&reading) && rpl_read_scenario(&reading);

	(void)fclose(reading.config);
	(void)fclose(file);
	if (is_right)
		return rpl;
	memcpy(out_mistake, reading.line.mistake, RPL_LINE_BYTES);
	rpl_free(rpl);
	return NULL;
}

struct rpl *rpl_read(const char *path, char *out_mistake)
{
	FILE *file = fopen(path, "re");

	if (file != NULL)
		return rpl_read_file(file, path, out_mistake);
	(void)snprintf(out_mistake, RPL_LINE_BYTES, "%s: %s", path, strerror(errno));
	return NULL;
}
