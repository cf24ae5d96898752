/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies agree: every reply that could be made of the test data is, as ldns reads it, the
 * response that it was learned from, but for what reply_message.h names.
 *
 * What is expected is worked out from what ldns says of the response, not from our
 * reader: which sections fit, each TTL, the flags, the OPT. Each response is asked for by
 * several kinds of client, at several ages, in the resolver's case of the name and in another.
 */
#include <ctype.h>

#include "analyzer/answer_learn.h"
#include "analyzer/reply_message.h"
#include "shared/clock.h"
#include "tests/differential/difference_notes.h"
#include "tests/differential/message_stream.h"
#include "tests/differential/second_reader.h"
#include "tests/support/check_main.h"

#define REPLIES_SOURCES_MIN   400u   /* fewer that are learned prove nothing */
#define REPLIES_TTL_MAX_S     86400u /* [cache] ttl */
#define REPLIES_STALE_TTL_S   30u
#define REPLIES_LEARNED_NS    (1000 * NS_PER_S)
#define REPLIES_ID            0xbeef
#define REPLIES_OPT_BYTES     11u
#define REPLIES_OPTION_BYTES  4u  /* the header of each */
#define REPLIES_ERROR_BYTES   14u /* option header, code, "dnscache" */
#define REPLIES_PAYLOAD_BYTES 1232u

/* What a client accepts: so many bytes, or as many as a part of the reply takes, less some. */
enum room {
	ROOM_OF_CLIENT,
	ROOM_OF_WHOLE,
	ROOM_OF_AUTHORITY, /* up to the end of that section */
	ROOM_OF_ANSWER,
};

struct client {
	const char *name;
	uint16_t flags;
	bool has_opt;
	bool dnssec_ok;
	enum room room;
	uint16_t bytes;       /* accepted, or missing to the room */
	uint8_t cookie_bytes; /* with a server's part, or 0 */
};

static const uint8_t cookie[] = "client-0server-0server-1server-2server-3";

static const struct client clients[] = {
	{ "without EDNS", DNS_FLAG_RD, false, false, ROOM_OF_CLIENT, 512 },
	{ "without EDNS, AD", DNS_FLAG_RD | DNS_FLAG_AD, false, false, ROOM_OF_CLIENT, 512 },
	{ "EDNS 1232", DNS_FLAG_RD, true, false, ROOM_OF_CLIENT, 1232 },
	{ "EDNS 1472, CD", DNS_FLAG_RD | DNS_FLAG_CD, true, false, ROOM_OF_CLIENT, 1472 },
	{ "DO", DNS_FLAG_RD, true, true, ROOM_OF_CLIENT, 1232 },
	{ "DO, without RD", DNS_FLAG_CD, true, true, ROOM_OF_CLIENT, 4096 },
	{ "a cookie", DNS_FLAG_RD, true, false, ROOM_OF_CLIENT, 1232, 16 },
	{ "a long cookie, DO", DNS_FLAG_RD, true, true, ROOM_OF_CLIENT, 4096, 40 },
	{ "room for all and a cookie", DNS_FLAG_RD, true, false, ROOM_OF_WHOLE, 0, 24 },
	{ "a byte too few for all and a cookie", DNS_FLAG_RD, true, false, ROOM_OF_WHOLE, 1, 24 },
	{ "room for all", DNS_FLAG_RD, true, false, ROOM_OF_WHOLE, 0 },
	{ "a byte too few for all", DNS_FLAG_RD, true, false, ROOM_OF_WHOLE, 1 },
	{ "a byte too few for authority", DNS_FLAG_RD, false, false, ROOM_OF_AUTHORITY, 1 },
	{ "room for the answer", DNS_FLAG_RD, true, true, ROOM_OF_ANSWER, 0 },
	{ "a byte too few for the answer", DNS_FLAG_RD, true, false, ROOM_OF_ANSWER, 1 },
};

/* A response: as sent, as ldns reads it, as it is stored. */
struct source {
	const struct message_sample *sample;
	struct second_message second;
	const ldns_rr *question;
	size_t stored_bytes; /* by ldns: up to its OPT, which is the last record */
	bool is_negative;
	struct answer_facts facts;
	uint8_t stored[MESSAGE_DNS_BYTES_MAX];
	uint16_t our_stored_bytes;
};

/* One reply, and what it has to be. */
struct replay {
	const struct client *client;
	const char *failed; /* what differs */
	uint64_t age_ns;
	bool is_stale;
	bool is_case_changed;
	size_t opt_bytes;
	size_t accepted_bytes;
	bool keeps[DNS_SECTION_COUNT];
	uint8_t name[DNS_NAME_BYTES_MAX];
	uint16_t name_bytes;
	uint8_t reply[MESSAGE_DNS_BYTES_MAX];
	uint16_t reply_bytes;
};

struct tally {
	unsigned int sources;
	unsigned int replies;
	unsigned int stale;
	unsigned int shortened;
	unsigned int too_large;
	unsigned int wrong;
};

static bool is_negative(const struct second_message *second, const ldns_rr *question)
{
	if (ldns_pkt_get_rcode(second->packet) == LDNS_RCODE_NXDOMAIN)
		return true;
	for (size_t i = 0; i < second->record_count; i++) {
		const struct second_record *record = &second->records[i];

		if (record->section == DNS_SECTION_ANSWER &&
			(ldns_rr_get_type(question) == LDNS_RR_TYPE_ANY ||
				ldns_rr_get_type(question) == ldns_rr_get_type(record->rr)) &&
			(ldns_rr_get_class(question) == LDNS_RR_CLASS_ANY ||
				ldns_rr_get_class(question) == ldns_rr_get_class(record->rr)))
			return false;
	}
	return true;
}

/* Return: false if it is not to be learned, or longer than a tap copies. */
static bool source_open(struct source *source, const struct message_sample *sample)
{
	const struct learn_limits limits = { .fresh_max_ns = REPLIES_TTL_MAX_S * NS_PER_S,
		.stale_max_ns = REPLIES_TTL_MAX_S * NS_PER_S,
		.seed = 1,
		.negative_ns = 30 * NS_PER_S };
	const struct second_record *last;
	struct dns_message view;

	if (sample->size_bytes > MESSAGE_DNS_BYTES_MAX ||
		dns_read_message(sample->bytes, sample->size_bytes, &view) != DNS_READ_OK ||
		answer_learn_facts(sample->bytes, &view, &limits, REPLIES_LEARNED_NS,
			&source->facts) != LEARN_OK ||
		second_reader_open(&source->second, sample->bytes, sample->size_bytes) !=
			LDNS_STATUS_OK)
		return false;
	source->sample = sample;
	source->our_stored_bytes =
		answer_learn_copy(sample->bytes, &view, REPLIES_TTL_MAX_S, source->stored);
	source->question = source->second.records[0].rr;
	source->is_negative = is_negative(&source->second, source->question);
	last = &source->second.records[source->second.record_count - 1];
	source->stored_bytes =
		second_reader_is_type(last, DNS_TYPE_OPT) ? last->at : source->second.end_at;
	return true;
}

/* What fits: all, all but the additional section, or the answer alone. Return: false for nothing. */
static bool expect_sections(const struct source *source, struct replay *replay)
{
	const struct second_message *second = &source->second;
	const size_t room = replay->accepted_bytes;
	const size_t opt_bytes = replay->opt_bytes;

	memset(replay->keeps, true, sizeof(replay->keeps));
	if (source->stored_bytes + opt_bytes <= room)
		return true;
	replay->keeps[DNS_SECTION_ADDITIONAL] = false;
	if (second->additional_at + opt_bytes <= room)
		return true;
	replay->keeps[DNS_SECTION_AUTHORITY] = false;
	return !source->is_negative && second->authority_at + opt_bytes <= room;
}

static void set_accepted(const struct source *source, struct replay *replay)
{
	const struct client *client = replay->client;
	const size_t parts[] = {
		[ROOM_OF_CLIENT] = 0,
		[ROOM_OF_WHOLE] = source->stored_bytes,
		[ROOM_OF_AUTHORITY] = source->second.additional_at,
		[ROOM_OF_ANSWER] = source->second.authority_at,
	};

	replay->opt_bytes = client->has_opt ? REPLIES_OPT_BYTES : 0;
	if (client->has_opt && replay->is_stale)
		replay->opt_bytes += REPLIES_ERROR_BYTES;
	if (client->cookie_bytes > 0)
		replay->opt_bytes += REPLIES_OPTION_BYTES + client->cookie_bytes;
	replay->accepted_bytes = client->bytes;
	if (client->room != ROOM_OF_CLIENT)
		replay->accepted_bytes = parts[client->room] + replay->opt_bytes - client->bytes;
}

static void set_name(const struct source *source, struct replay *replay)
{
	const ldns_rdf *name = ldns_rr_owner(source->question);

	replay->name_bytes = (uint16_t)ldns_rdf_size(name);
	memcpy(replay->name, ldns_rdf_data(name), replay->name_bytes);
	for (unsigned int i = 0; replay->is_case_changed && i < replay->name_bytes; i++) {
		if (isalpha(replay->name[i]) && i % 3 != 0) /* no length byte is a letter */
			replay->name[i] ^= 0x20;
	}
}

static enum reply_outcome make(const struct source *source, struct replay *replay)
{
	struct transaction_query query = {
		.id = REPLIES_ID,
		.flags = replay->client->flags,
		.type = (uint16_t)ldns_rr_get_type(source->question),
		.class = (uint16_t)ldns_rr_get_class(source->question),
		.udp_payload_bytes = (uint16_t)replay->accepted_bytes,
		.has_opt = replay->client->has_opt,
		.dnssec_ok = replay->client->dnssec_ok,
		.cookie_bytes = replay->client->cookie_bytes,
	};
	const struct reply_source reply_source = {
		.message = source->stored,
		.message_bytes = source->our_stored_bytes,
		.facts = &source->facts,
		.query = &query,
		.name = replay->name,
		.name_bytes = replay->name_bytes,
		.stale_ttl_s = REPLIES_STALE_TTL_S,
		.now_ns = source->facts.learned_ns + replay->age_ns,
	};

	memcpy(query.cookie, cookie, query.cookie_bytes);
	return reply_message_make(
		&reply_source, replay->reply, sizeof(replay->reply), &replay->reply_bytes);
}

static const char *compare_head(
	const struct source *source, const struct replay *replay, const ldns_pkt *reply)
{
	const ldns_pkt *sent = source->second.packet;
	const uint16_t asked = replay->client->flags;

	if (ldns_pkt_id(reply) != REPLIES_ID)
		return "id";
	if (!ldns_pkt_qr(reply) || ldns_pkt_get_opcode(reply) != LDNS_PACKET_QUERY ||
		ldns_pkt_aa(reply) || ldns_pkt_tc(reply) || !ldns_pkt_ra(reply))
		return "QR, opcode, AA, TC or RA";
	if (ldns_pkt_rd(reply) != !!(asked & DNS_FLAG_RD) ||
		ldns_pkt_cd(reply) != !!(asked & DNS_FLAG_CD))
		return "RD or CD";
	if (ldns_pkt_ad(reply) !=
		(ldns_pkt_ad(sent) && ((asked & DNS_FLAG_AD) || replay->client->dnssec_ok)))
		return "AD";
	if (ldns_pkt_get_rcode(reply) != ldns_pkt_get_rcode(sent))
		return "rcode";
	return NULL;
}

static bool is_same_bytes(const ldns_rdf *a, const ldns_rdf *b, bool is_case_changed)
{
	const uint8_t *a_bytes = ldns_rdf_data(a);
	const uint8_t *b_bytes = ldns_rdf_data(b);

	if (ldns_rdf_size(a) != ldns_rdf_size(b))
		return false;
	for (size_t i = 0; i < ldns_rdf_size(a); i++) {
		if (a_bytes[i] != b_bytes[i] &&
			!(is_case_changed && tolower(a_bytes[i]) == tolower(b_bytes[i])))
			return false;
	}
	return true;
}

static bool is_same_rdata(const ldns_rr *a, const ldns_rr *b, bool is_case_changed)
{
	if (ldns_rr_rd_count(a) != ldns_rr_rd_count(b))
		return false;
	for (size_t i = 0; i < ldns_rr_rd_count(a); i++) {
		const ldns_rdf *part = ldns_rr_rdf(a, i);
		const bool is_name = ldns_rdf_get_type(part) == LDNS_RDF_TYPE_DNAME;

		if (!is_same_bytes(part, ldns_rr_rdf(b, i), is_case_changed && is_name))
			return false;
	}
	return true;
}

static uint32_t expected_ttl(const struct replay *replay, uint32_t sent_s)
{
	const uint32_t age_s = (uint32_t)(replay->age_ns / NS_PER_S);
	uint32_t ttl_s = sent_s;

	if (sent_s > DNS_TTL_SECONDS_MAX)
		ttl_s = 0;
	if (ttl_s > REPLIES_TTL_MAX_S)
		ttl_s = REPLIES_TTL_MAX_S;
	if (replay->is_stale)
		return ttl_s < REPLIES_STALE_TTL_S ? ttl_s : REPLIES_STALE_TTL_S;
	return ttl_s > age_s ? ttl_s - age_s : 0;
}

static const char *compare_record(const struct replay *replay, const struct second_record *sent,
	const struct second_record *got)
{
	if (got->section != sent->section || got->at != sent->at)
		return "a record's place";
	if (!is_same_bytes(
		    ldns_rr_owner(sent->rr), ldns_rr_owner(got->rr), replay->is_case_changed))
		return "an owner";
	if (ldns_rr_get_type(sent->rr) != ldns_rr_get_type(got->rr) ||
		ldns_rr_get_class(sent->rr) != ldns_rr_get_class(got->rr))
		return "a type or class";
	if (sent->section == DNS_SECTION_QUESTION)
		return NULL;
	if (ldns_rr_ttl(got->rr) != expected_ttl(replay, ldns_rr_ttl(sent->rr)))
		return "a TTL";
	return is_same_rdata(sent->rr, got->rr, replay->is_case_changed) ? NULL : "rdata";
}

/* The options of its OPT: the cookie it was asked with, then, if it is stale, the error. */
static size_t expect_options(
	const struct source *source, const struct replay *replay, uint8_t *out_options)
{
	static const uint8_t error[] = "\0\17\0\12\0\3dnscache";
	const uint8_t cookie_bytes = replay->client->cookie_bytes;
	size_t bytes = 0;

	if (cookie_bytes > 0) {
		memcpy(out_options, "\0\12\0", 3);
		out_options[3] = cookie_bytes;
		memcpy(out_options + REPLIES_OPTION_BYTES, cookie, cookie_bytes);
		bytes = REPLIES_OPTION_BYTES + cookie_bytes;
	}
	if (replay->is_stale) {
		memcpy(out_options + bytes, error, REPLIES_ERROR_BYTES);
		if (ldns_pkt_get_rcode(source->second.packet) == LDNS_RCODE_NXDOMAIN)
			out_options[bytes + 5] = 19; /* RFC 8914 §4.20 */
		bytes += REPLIES_ERROR_BYTES;
	}
	return bytes;
}

static const char *compare_opt(
	const struct source *source, const struct replay *replay, const ldns_rr *opt)
{
	static uint8_t options[DNS_MESSAGE_BYTES_MAX * 4];
	const size_t bytes = second_reader_rdata(opt, options);
	uint8_t expected[REPLIES_OPTION_BYTES + sizeof(cookie) + REPLIES_ERROR_BYTES];

	if (ldns_rdf_size(ldns_rr_owner(opt)) != 1 ||
		(uint32_t)ldns_rr_get_class(opt) != REPLIES_PAYLOAD_BYTES ||
		ldns_rr_ttl(opt) != (replay->client->dnssec_ok ? DNS_EDNS_FLAG_DO : 0))
		return "OPT's own fields";
	return bytes == expect_options(source, replay, expected) &&
			       memcmp(options, expected, bytes) == 0
		       ? NULL
		       : "its options: a cookie, or an extended error";
}

/* Record by record: what of the response is kept, in its order, then OPT. */
static const char *compare_records(const struct source *source, const struct replay *replay,
	const struct second_message *reply)
{
	size_t number = 0;

	for (size_t i = 0; i < source->second.record_count; i++) {
		const struct second_record *sent = &source->second.records[i];
		const char *difference = "a record that is missing";

		if (!replay->keeps[sent->section] || sent->at >= source->stored_bytes)
			continue;
		if (number < reply->record_count)
			difference = compare_record(replay, sent, &reply->records[number++]);
		if (difference)
			return difference;
	}
	if (replay->client->has_opt) {
		if (number >= reply->record_count ||
			!second_reader_is_type(&reply->records[number], DNS_TYPE_OPT) ||
			reply->records[number].section != DNS_SECTION_ADDITIONAL)
			return "OPT, which is missing";
		return number + 1 < reply->record_count
			       ? "a record behind OPT"
			       : compare_opt(source, replay, reply->records[number].rr);
	}
	return number < reply->record_count ? "a record too many" : NULL;
}

static const char *compare(const struct source *source, const struct replay *replay)
{
	struct second_message reply;
	const ldns_rdf *name;
	const char *difference;
	const ldns_status status = second_reader_open(&reply, replay->reply, replay->reply_bytes);

	if (status != LDNS_STATUS_OK)
		return second_reader_text(status);
	name = ldns_rr_owner(reply.records[0].rr);
	difference = compare_head(source, replay, reply.packet);
	if (reply.end_at != replay->reply_bytes || replay->reply_bytes > replay->accepted_bytes)
		difference = "its size";
	if (ldns_rdf_size(name) != replay->name_bytes ||
		memcmp(ldns_rdf_data(name), replay->name, replay->name_bytes) != 0)
		difference = "the question's case";
	difference = difference ?: compare_records(source, replay, &reply);
	second_reader_close(&reply);
	return difference;
}

static const char *judge(const struct source *source, struct replay *replay, struct tally *tally)
{
	enum reply_outcome outcome;
	bool has_room;

	set_accepted(source, replay);
	set_name(source, replay);
	has_room = expect_sections(source, replay);
	outcome = make(source, replay);
	if (outcome != REPLY_OK) {
		tally->too_large += outcome == REPLY_TOO_LARGE;
		return outcome == REPLY_TOO_LARGE && !has_room ? NULL : "no reply";
	}
	tally->replies++;
	tally->stale += replay->is_stale;
	tally->shortened += !replay->keeps[DNS_SECTION_ADDITIONAL];
	return has_room ? compare(source, replay) : "more than the client accepts";
}

static void judge_clients(const struct source *source, uint64_t age_ns, struct tally *tally)
{
	const uint64_t fresh_ns = source->facts.fresh_until_ns - source->facts.learned_ns;

	for (unsigned int i = 0; i < 2 * sizeof(clients) / sizeof(clients[0]); i++) {
		struct replay replay = { .client = &clients[i / 2],
			.age_ns = age_ns,
			.is_stale = age_ns >= fresh_ns,
			.is_case_changed = i % 2 == 1 };
		const char *difference = judge(source, &replay, tally);

		if (!difference)
			continue;
		tally->wrong++;
		difference_note("%s: client %s, %s case, after %llu s: %s", source->sample->origin,
			replay.client->name, replay.is_case_changed ? "its own" : "the resolver's",
			(unsigned long long)(age_ns / NS_PER_S), difference);
	}
}

START_TEST(every_reply_made_of_the_test_data_equals_its_source_but_for_what_is_allowed)
{
	static struct source source;
	struct tally tally = { 0 };

	for (size_t i = 0; i < message_stream.count; i++) {
		uint64_t fresh_ns, stale_ns;

		if (!source_open(&source, &message_stream.samples[i]))
			continue;
		tally.sources++;
		fresh_ns = source.facts.fresh_until_ns - source.facts.learned_ns;
		stale_ns = source.facts.stale_until_ns - source.facts.learned_ns;
		judge_clients(&source, 0, &tally);
		judge_clients(&source, NS_PER_S - 1, &tally);
		judge_clients(&source, fresh_ns - 1, &tally);
		judge_clients(&source, fresh_ns, &tally);
		judge_clients(&source, stale_ns - 1, &tally);
		second_reader_close(&source.second);
	}
	printf("# %zu messages: %u would be learned, %u replies agree with them (%u stale, %u "
	       "without sections that do not fit), %u would not fit at all, %u differ\n",
		message_stream.count, tally.sources, tally.replies - tally.wrong, tally.stale,
		tally.shortened, tally.too_large, tally.wrong);
	ck_assert_uint_eq(tally.wrong, 0);
	ck_assert_uint_ge(tally.sources, REPLIES_SOURCES_MIN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replies agree");
	TCase *tcase = tcase_create("replies agree");

	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* a failed test ends without flushing */
	message_stream_read();
	tcase_set_timeout(tcase, 120);
	tcase_add_test(
		tcase, every_reply_made_of_the_test_data_equals_its_source_but_for_what_is_allowed);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
