/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_entry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/rpl_word.h"

struct rpl_entry_reading {
	struct rpl_line *line;
	struct rpl_entry *entry;
	bool may_be_second;
	bool is_in_section;
	ldns_pkt_section section;
};

void rpl_entry_free(struct rpl_entry *entry)
{
	if (entry == NULL)
		return;
	ldns_pkt_free(entry->message);
	free(entry);
}

static bool rpl_entry_match(const char *word, struct rpl_entry_reading *reading)
{
	return rpl_word_match(word, reading->entry);
}

static bool rpl_entry_adjust(const char *word, struct rpl_entry_reading *reading)
{
	return rpl_word_adjust(word, reading->entry);
}

static bool rpl_entry_reply(const char *word, struct rpl_entry_reading *reading)
{
	return rpl_word_reply(word, reading->entry->message);
}

static bool rpl_entry_words(struct rpl_entry_reading *reading,
	bool (*take)(const char *word, struct rpl_entry_reading *reading))
{
	struct rpl_line *line = reading->line;

	for (unsigned int i = 1; i < line->word_count; i++) {
		if (!take(line->words[i], reading))
			return rpl_line_wrong(line, "%s does not know the word '%s'",
				line->words[0], line->words[i]);
	}
	return true;
}

static bool rpl_entry_section(struct rpl_entry_reading *reading)
{
	struct rpl_line *line = reading->line;

	if (line->word_count != 2 || !rpl_word_section(line->words[1], &reading->section))
		return rpl_line_wrong(line, "SECTION is QUESTION, ANSWER, AUTHORITY or ADDITIONAL");
	reading->is_in_section = true;
	return true;
}

static bool rpl_entry_record(struct rpl_entry_reading *reading)
{
	const bool is_question = reading->section == LDNS_SECTION_QUESTION;
	struct rpl_line *line = reading->line;
	ldns_rr *record = NULL;
	ldns_status status;

	if (!reading->is_in_section)
		return rpl_line_wrong(line, "'%s' is not known in an entry", line->words[0]);
	status = is_question
			 ? ldns_rr_new_question_frm_str(&record, line->text, NULL, NULL)
			 : ldns_rr_new_frm_str(&record, line->text, RPL_ENTRY_TTL_S, NULL, NULL);
	if (status != LDNS_STATUS_OK)
		return rpl_line_wrong(line, "'%s' is no %s: %s", line->text,
			is_question ? "question" : "record", ldns_get_errorstr_by_id(status));
	(void)ldns_pkt_push_rr(reading->entry->message, reading->section, record);
	return true;
}

static bool rpl_entry_remark(struct rpl_entry_reading *reading)
{
	struct rpl_line *line = reading->line;
	uint64_t number;
	const bool has_number = line->word_count == 2 && rpl_word_number(line->words[1], &number) &&
				number <= UINT16_MAX;

	if (has_number && strcmp(line->words[0], "edns") == 0)
		ldns_pkt_set_edns_udp_size(reading->entry->message, (uint16_t)number);
	else if (has_number && strcmp(line->words[0], "ede") == 0)
		reading->entry->has_ede = (int)number;
	else if (has_number && strcmp(line->words[0], "hops") == 0 && number <= UINT8_MAX)
		reading->entry->hops = (uint8_t)number;
	else if (reading->may_be_second && strcmp(line->text, "second") == 0)
		reading->entry->is_second = true;
	else
		return rpl_line_wrong(line, "in an entry, ours are 'edns BYTES', 'ede CODE' "
					    "and 'hops NUMBER', "
					    "and in one of STEP REPLY 'second'");
	return true;
}

/* Words of two digits each. */
static bool rpl_entry_hex(struct rpl_line *line, uint8_t *bytes, size_t *size_bytes)
{
	for (unsigned int i = 0; i < line->word_count; i++) {
		const char *word = line->words[i];

		if (strlen(word) != 2 || !isxdigit((unsigned char)word[0]) ||
			!isxdigit((unsigned char)word[1]) || *size_bytes == RPL_ENTRY_OPTIONS_BYTES)
			return rpl_line_wrong(line, "'%s' is no byte in hex, or too many", word);
		bytes[(*size_bytes)++] = (uint8_t)strtoul(word, NULL, 16);
	}
	return true;
}

static bool rpl_entry_options(struct rpl_entry_reading *reading)
{
	ldns_pkt *message = reading->entry->message;
	uint8_t bytes[RPL_ENTRY_OPTIONS_BYTES];
	size_t size_bytes = 0;

	while (rpl_line_next(reading->line)) {
		if (rpl_line_is(reading->line, "HEX_EDNSDATA_END")) {
			ldns_rdf_deep_free(ldns_pkt_edns_data(message));
			ldns_pkt_set_edns_data(message,
				ldns_rdf_new_frm_data(LDNS_RDF_TYPE_NONE, size_bytes, bytes));
			return true;
		}
		if (!rpl_entry_hex(reading->line, bytes, &size_bytes))
			return false;
	}
	return rpl_line_wrong(reading->line, "the file ends before HEX_EDNSDATA_END");
}

static bool rpl_entry_line(struct rpl_entry_reading *reading)
{
	struct rpl_line *line = reading->line;

	if (line->is_remark)
		return rpl_entry_remark(reading);
	if (rpl_line_is(line, "MATCH"))
		return rpl_entry_words(reading, rpl_entry_match);
	if (rpl_line_is(line, "ADJUST"))
		return rpl_entry_words(reading, rpl_entry_adjust);
	if (rpl_line_is(line, "REPLY"))
		return rpl_entry_words(reading, rpl_entry_reply);
	if (rpl_line_is(line, "SECTION"))
		return rpl_entry_section(reading);
	if (rpl_line_is(line, "HEX_EDNSDATA_BEGIN"))
		return rpl_entry_options(reading);
	if (rpl_line_is(line, "STEP") || rpl_line_is(line, "RANGE_END"))
		return rpl_line_wrong(line, "%s before ENTRY_END", line->words[0]);
	return rpl_entry_record(reading);
}

static bool rpl_entry_lines(struct rpl_entry_reading *reading)
{
	while (rpl_line_next(reading->line)) {
		if (rpl_line_is(reading->line, "ENTRY_END"))
			return true;
		if (!rpl_entry_line(reading))
			return false;
	}
	return rpl_line_wrong(reading->line, "the file ends before ENTRY_END");
}

struct rpl_entry *rpl_entry_read(struct rpl_line *line, bool may_be_second)
{
	struct rpl_entry_reading reading = { .line = line, .may_be_second = may_be_second };
	struct rpl_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		abort();
	entry->line = line->number;
	entry->message = ldns_pkt_new();
	if (entry->message == NULL)
		abort();
	reading.entry = entry;
	if (rpl_entry_lines(&reading))
		return entry;
	rpl_entry_free(entry);
	return NULL;
}
