/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_step.h"

#include <stdlib.h>
#include <string.h>

#include "shared/compiler.h"
#include "tests/scenario/rpl_entry.h"
#include "tests/scenario/rpl_word.h"

static const struct {
	const char *word;
	enum rpl_step_kind kind;
	bool has_entry;
} step_kinds[] = {
	{ "QUERY", RPL_STEP_QUERY, true },
	{ "REPLY", RPL_STEP_REPLY, true },
	{ "CHECK_ANSWER", RPL_STEP_CHECK_ANSWER, true },
	{ "CHECK_OUT_QUERY", RPL_STEP_CHECK_OUT_QUERY, true },
	{ "TIME_PASSES", RPL_STEP_TIME_PASSES, false },
	{ "TIMEOUT", RPL_STEP_TIMEOUT, false },
	{ "ERROR", RPL_STEP_ERROR, false },
	{ "NOTHING", RPL_STEP_NOTHING, false },
	{ "TRAFFIC", RPL_STEP_TRAFFIC, false },
};

void rpl_step_free(struct rpl_step *step)
{
	if (step == NULL)
		return;
	rpl_entry_free(step->entry);
	free(step);
}

static bool rpl_step_copy(struct rpl_line *line, const char *word, char *to, size_t to_bytes)
{
	if (strlen(word) >= to_bytes)
		return rpl_line_wrong(line, "'%s' is longer than %zu bytes", word, to_bytes - 1);
	memcpy(to, word, strlen(word) + 1);
	return true;
}

static bool rpl_step_number(struct rpl_line *line, struct rpl_step *step, unsigned int last_number)
{
	uint64_t number;

	if (line->word_count < 3 || !rpl_word_number(line->words[1], &number) ||
		number > UINT32_MAX)
		return rpl_line_wrong(line, "a step is STEP, its number and its kind");
	if (number < last_number)
		return rpl_line_wrong(
			line, "step %u comes after step %u", (unsigned int)number, last_number);
	step->number = (unsigned int)number;
	return true;
}

/* What follows the kind: ADDRESS of a client, or ELAPSE and a time. */
static bool rpl_step_arguments(struct rpl_line *line, struct rpl_step *step)
{
	const char *word = line->word_count == 5 ? line->words[3] : "";

	if (step->kind == RPL_STEP_TIME_PASSES) {
		if (strcmp(word, "ELAPSE") != 0 || !rpl_word_time(line->words[4], &step->elapse_ns))
			return rpl_line_wrong(line, "TIME_PASSES takes ELAPSE and seconds");
		return true;
	}
	if (line->word_count == 3)
		return true;
	if (strcmp(word, "ADDRESS") != 0)
		return rpl_line_wrong(line, "%s takes nothing, or ADDRESS and one", line->words[2]);
	return rpl_step_copy(line, line->words[4], step->address, sizeof(step->address));
}

static bool rpl_step_entry(struct rpl_line *line, struct rpl_step *step)
{
	if (!rpl_line_next(line) || !rpl_line_is(line, "ENTRY_BEGIN"))
		return rpl_line_wrong(line, "step %u needs ENTRY_BEGIN here", step->number);
	step->entry = rpl_entry_read(line, step->kind == RPL_STEP_REPLY);
	return step->entry != NULL;
}

static bool rpl_step_kind(struct rpl_line *line, struct rpl_step *step)
{
	for (size_t i = 0; i < ARRAY_COUNT(step_kinds); i++) {
		if (strcmp(step_kinds[i].word, line->words[2]) != 0)
			continue;
		step->kind = step_kinds[i].kind;
		return rpl_step_arguments(line, step) &&
		       (!step_kinds[i].has_entry || rpl_step_entry(line, step));
	}
	return rpl_line_wrong(line, "the step '%s' is not known", line->words[2]);
}

/* "reply", "reply at once", "reply after 250ms", and the same of a response. */
static bool rpl_step_answered(struct rpl_line *line, struct rpl_step *step)
{
	step->kind = RPL_STEP_ANSWERED;
	step->is_reply = strcmp(line->words[0], "reply") == 0;
	step->has_time = line->word_count == 3;
	if (line->word_count == 1)
		return true;
	if (line->word_count == 3 && strcmp(line->words[1], "at") == 0 &&
		strcmp(line->words[2], "once") == 0)
		return true;
	if (line->word_count == 3 && strcmp(line->words[1], "after") == 0 &&
		rpl_word_time(line->words[2], &step->elapse_ns))
		return true;
	return rpl_line_wrong(
		line, "after '%s' comes nothing, 'at once' or 'after TIME'", line->words[0]);
}

/* "holding", "holding for 2s", "not holding" */
static bool rpl_step_holding(struct rpl_line *line, struct rpl_step *step)
{
	step->kind = RPL_STEP_HOLDING;
	step->is_holding = strcmp(line->words[0], "holding") == 0;
	if (strcmp(line->text, step->is_holding ? "holding" : "not holding") == 0)
		return true;
	if (step->is_holding && line->word_count == 3 && strcmp(line->words[1], "for") == 0 &&
		rpl_word_time(line->words[2], &step->elapse_ns))
		return true;
	return rpl_line_wrong(line, "it is 'holding', 'holding for TIME' or 'not holding'");
}

/* "reload [section] key = value" */
static bool rpl_step_reload(struct rpl_line *line, struct rpl_step *step)
{
	const char *setting = line->text + strlen(line->words[0]);
	char lines[RPL_LINE_BYTES];

	step->kind = RPL_STEP_RELOAD;
	if (!rpl_line_setting(setting + strspn(setting, " \t"), lines))
		return rpl_line_wrong(line, "it is 'reload [section] key = value'");
	return rpl_step_copy(line, lines, step->text, sizeof(step->text));
}

static bool rpl_step_counter(struct rpl_line *line, struct rpl_step *step)
{
	step->kind = RPL_STEP_COUNTER;
	if (line->word_count != 4 || strcmp(line->words[2], "=") != 0 ||
		!rpl_word_number(line->words[3], &step->value))
		return rpl_line_wrong(line, "a counter is told as 'counter NAME = NUMBER'");
	return rpl_step_copy(line, line->words[1], step->text, sizeof(step->text));
}

/* "unchecked 3 responses 2 replies" */
static bool rpl_step_unchecked(struct rpl_line *line, struct rpl_step *step)
{
	step->kind = RPL_STEP_UNCHECKED;
	if (line->word_count == 5 && rpl_word_number(line->words[1], &step->value) &&
		strcmp(line->words[2], "responses") == 0 &&
		rpl_word_number(line->words[3], &step->more_value) &&
		strcmp(line->words[4], "replies") == 0)
		return true;
	return rpl_line_wrong(line, "it is 'unchecked NUMBER responses NUMBER replies'");
}

/* Remarks of one word, and of a word and an argument. */
static const struct {
	const char *word;
	enum rpl_step_kind kind;
	unsigned int word_count;
} step_remarks[] = {
	{ "unanswered", RPL_STEP_UNANSWERED, 1 },
	{ "again", RPL_STEP_AGAIN, 1 },
	{ "missed", RPL_STEP_MISSED, 1 },
	{ "resolver", RPL_STEP_RESOLVER, 2 },
	{ "scope", RPL_STEP_SCOPE, 2 },
	{ "serves", RPL_STEP_SERVES, 2 },
};

static bool rpl_step_remark(struct rpl_line *line, struct rpl_step *step)
{
	const char *word = line->words[0];

	if (strcmp(word, "reply") == 0 || strcmp(word, "response") == 0)
		return rpl_step_answered(line, step);
	if (strcmp(word, "holding") == 0 || strcmp(word, "not") == 0)
		return rpl_step_holding(line, step);
	if (strcmp(word, "reload") == 0)
		return rpl_step_reload(line, step);
	if (strcmp(word, "counter") == 0)
		return rpl_step_counter(line, step);
	if (strcmp(word, "unchecked") == 0)
		return rpl_step_unchecked(line, step);
	for (size_t i = 0; i < ARRAY_COUNT(step_remarks); i++) {
		if (strcmp(word, step_remarks[i].word) != 0 ||
			line->word_count != step_remarks[i].word_count)
			continue;
		step->kind = step_remarks[i].kind;
		return line->word_count == 1 ||
		       rpl_step_copy(line, line->words[1], step->text, sizeof(step->text));
	}
	return rpl_line_wrong(line, "'%s' is nothing that dnscache adds", line->text);
}

static bool rpl_step_fill(struct rpl_line *line, struct rpl_step *step, unsigned int last_number)
{
	if (line->is_remark)
		return rpl_step_remark(line, step);
	return rpl_step_number(line, step, last_number) && rpl_step_kind(line, step);
}

struct rpl_step *rpl_step_read(struct rpl_line *line, unsigned int last_number)
{
	struct rpl_step *step = calloc(1, sizeof(*step));

	if (step == NULL)
		abort();
	step->line = line->number;
	step->number = last_number;
	if (rpl_step_fill(line, step, last_number))
		return step;
	rpl_step_free(step);
	return NULL;
}
