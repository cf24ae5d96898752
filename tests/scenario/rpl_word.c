/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_word.h"

#include <stdlib.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"

#define RPL_WORD_SECONDS_MAX 1e7

struct rpl_word {
	const char *text;
	uint32_t value;
};

static const struct rpl_word match_words[] = {
	{ "opcode", RPL_MATCH_OPCODE },
	{ "qtype", RPL_MATCH_QTYPE },
	{ "qname", RPL_MATCH_QNAME },
	{ "qcase", RPL_MATCH_QCASE },
	{ "question", RPL_MATCH_QUESTION },
	{ "subdomain", RPL_MATCH_SUBDOMAIN },
	{ "flags", RPL_MATCH_FLAGS },
	{ "rcode", RPL_MATCH_RCODE },
	{ "answer", RPL_MATCH_ANSWER },
	{ "authority", RPL_MATCH_AUTHORITY },
	{ "additional", RPL_MATCH_ADDITIONAL },
	{ "all", RPL_MATCH_ALL },
	{ "ttl", RPL_MATCH_TTL },
	{ "DO", RPL_MATCH_DO },
	{ "edns", RPL_MATCH_EDNS },
	{ "ednsdata", RPL_MATCH_EDNSDATA },
	{ "noedns", RPL_MATCH_NOEDNS },
	{ "UDP", 0 },
	{ "TCP", RPL_MATCH_NOTHING },
};

static const struct rpl_word rcode_words[] = {
	{ "NOERROR", LDNS_RCODE_NOERROR },
	{ "FORMERR", LDNS_RCODE_FORMERR },
	{ "SERVFAIL", LDNS_RCODE_SERVFAIL },
	{ "NXDOMAIN", LDNS_RCODE_NXDOMAIN },
	{ "NOTIMPL", LDNS_RCODE_NOTIMPL },
	{ "REFUSED", LDNS_RCODE_REFUSED },
	{ "YXDOMAIN", LDNS_RCODE_YXDOMAIN },
};

static const struct rpl_word opcode_words[] = {
	{ "QUERY", LDNS_PACKET_QUERY },
	{ "IQUERY", LDNS_PACKET_IQUERY },
	{ "STATUS", LDNS_PACKET_STATUS },
	{ "NOTIFY", LDNS_PACKET_NOTIFY },
	{ "UPDATE", LDNS_PACKET_UPDATE },
};

static const struct rpl_word section_words[] = {
	{ "QUESTION", LDNS_SECTION_QUESTION },
	{ "ANSWER", LDNS_SECTION_ANSWER },
	{ "AUTHORITY", LDNS_SECTION_AUTHORITY },
	{ "ADDITIONAL", LDNS_SECTION_ADDITIONAL },
};

static const struct {
	const char *text;
	void (*set)(ldns_pkt *message, bool value);
} flag_words[] = {
	{ "QR", ldns_pkt_set_qr },
	{ "AA", ldns_pkt_set_aa },
	{ "TC", ldns_pkt_set_tc },
	{ "RD", ldns_pkt_set_rd },
	{ "RA", ldns_pkt_set_ra },
	{ "AD", ldns_pkt_set_ad },
	{ "CD", ldns_pkt_set_cd },
	{ "DO", ldns_pkt_set_edns_do },
};

static const struct rpl_word *rpl_word_find(
	const struct rpl_word *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	}
	return NULL;
}

static const char *rpl_word_after(const char *word, const char *prefix)
{
	const size_t bytes = strlen(prefix);

	return strncmp(word, prefix, bytes) == 0 ? word + bytes : NULL;
}

static bool rpl_word_ede(const char *code, struct rpl_entry *entry)
{
	uint64_t number;

	entry->match |= RPL_MATCH_EDE;
	if (strcmp(code, "none") == 0) {
		entry->ede = RPL_EDE_NONE;
	} else if (strcmp(code, "any") == 0) {
		entry->ede = RPL_EDE_ANY;
	} else {
		if (!rpl_word_number(code, &number) || number > UINT16_MAX)
			return false;
		entry->ede = (int)number;
	}
	return true;
}

bool rpl_word_match(const char *word, struct rpl_entry *entry)
{
	const struct rpl_word *known = rpl_word_find(match_words, ARRAY_COUNT(match_words), word);
	const char *code = rpl_word_after(word, "ede=");

	if (code != NULL)
		return rpl_word_ede(code, entry);
	if (known != NULL)
		entry->match |= known->value;
	return known != NULL;
}

/* A resolver copies id and question whatever its entry says. */
bool rpl_word_adjust(const char *word, struct rpl_entry *entry)
{
	const char *time = rpl_word_after(word, "sleep=");

	if (time != NULL)
		return rpl_word_time(time, &entry->sleep_ns);
	if (strcmp(word, "do_not_answer") == 0) {
		entry->is_silent = true;
		return true;
	}
	return strcmp(word, "copy_id") == 0 || strcmp(word, "copy_query") == 0;
}

bool rpl_word_reply(const char *word, ldns_pkt *message)
{
	const struct rpl_word *rcode = rpl_word_find(rcode_words, ARRAY_COUNT(rcode_words), word);
	const struct rpl_word *opcode =
		rpl_word_find(opcode_words, ARRAY_COUNT(opcode_words), word);

	for (size_t i = 0; i < ARRAY_COUNT(flag_words); i++) {
		if (strcmp(flag_words[i].text, word) == 0) {
			flag_words[i].set(message, true);
			return true;
		}
	}
	if (rcode != NULL)
		ldns_pkt_set_rcode(message, (uint8_t)rcode->value);
	if (opcode != NULL)
		ldns_pkt_set_opcode(message, (ldns_pkt_opcode)opcode->value);
	return rcode != NULL || opcode != NULL;
}

bool rpl_word_section(const char *word, ldns_pkt_section *out_section)
{
	const struct rpl_word *known =
		rpl_word_find(section_words, ARRAY_COUNT(section_words), word);

	if (known != NULL)
		*out_section = (ldns_pkt_section)known->value;
	return known != NULL;
}

bool rpl_word_number(const char *word, uint64_t *out_number)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	*out_number = strtoull(word, &end, 10);
	return *end == '\0';
}

bool rpl_word_time(const char *word, uint64_t *out_ns)
{
	double seconds;
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	seconds = strtod(word, &end);
	if (strcmp(end, "ms") == 0)
		seconds /= 1000;
	else if (*end != '\0' && strcmp(end, "s") != 0)
		return false;
	if (seconds > RPL_WORD_SECONDS_MAX)
		return false;
	*out_ns = (uint64_t)(seconds * NS_PER_S + 0.5);
	return true;
}
