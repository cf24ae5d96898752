/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading agrees: our reader and ldns see the same in every message of the test data.
 *
 * Two differences are meant. We refuse some messages that ldns takes: each must have one
 * of the reasons that explain_refusal() knows and finds again without our reader. And
 * ldns refuses malformed rdata of types that we pass on unread (dns_rdata.h): with those
 * types hidden behind a private one it must agree on all the rest.
 */
#include <stdio.h>

#include "shared/dns_rdata.h"
#include "tests/differential/difference_notes.h"
#include "tests/differential/message_stream.h"
#include "tests/differential/second_reader.h"
#include "tests/support/check_main.h"

#define READING_COUNT_MIN   2000u  /* fewer that agree prove nothing */
#define READING_TYPE_HIDDEN 65280u /* for private use, RFC 6895 §3.1 */
#define READING_OUTCOMES    16

static bool is_same_name(const struct dns_name *name, const ldns_rdf *second)
{
	return second && name->length_bytes == ldns_rdf_size(second) &&
	       memcmp(name->bytes, ldns_rdf_data(second), name->length_bytes) == 0;
}

/* As our reader says that it is made of bytes and names, written out. Return: bytes. */
static size_t our_rdata(const uint8_t *message, const struct dns_record *record, uint8_t *out)
{
	const struct dns_rdata_form *form = dns_rdata_find_form(record);
	const size_t end_at = (size_t)record->rdata_at + record->rdata_bytes;
	size_t at = record->rdata_at;
	size_t bytes = 0;

	if (form && record->rdata_bytes > 0) {
		memcpy(out, message + at, form->before_bytes);
		bytes = form->before_bytes;
		at += form->before_bytes;
		for (int i = 0; i < form->name_count; i++) {
			struct dns_name name;

			assert(dns_name_read(message, end_at, at, &name, &at) == DNS_NAME_OK);
			memcpy(out + bytes, name.bytes, name.length_bytes);
			bytes += name.length_bytes;
		}
	}
	memcpy(out + bytes, message + at, end_at - at);
	return bytes + end_at - at;
}

/* Names within rdata that we pass on unread may be compressed there: ldns writes them out. */
static bool is_same_rdata(
	const uint8_t *message, const struct dns_record *record, const ldns_rr *second)
{
	static uint8_t ours[DNS_MESSAGE_BYTES_MAX * 4], theirs[DNS_MESSAGE_BYTES_MAX * 4];
	const size_t our_bytes = our_rdata(message, record, ours);
	const size_t their_bytes = second_reader_rdata(second, theirs);

	if (our_bytes == their_bytes && memcmp(ours, theirs, our_bytes) == 0)
		return true;
	return !dns_rdata_find_form(record) && second_reader_has_name_in_rdata(second) &&
	       their_bytes > our_bytes;
}

static bool is_same_ttl(const struct dns_record *record, uint32_t second)
{
	if (record->type != DNS_TYPE_OPT && second > DNS_TTL_SECONDS_MAX)
		second = 0; /* RFC 2181 §8 */
	return record->ttl_s == second;
}

/* Return: what differs, or NULL. */
static const char *compare_record(const uint8_t *bytes, const struct dns_message *view,
	const struct dns_record *record, const struct second_record *second)
{
	struct dns_name owner;
	size_t next_at;

	assert(dns_name_read(bytes, view->end_at, record->owner_at, &owner, &next_at) ==
		DNS_NAME_OK);
	if (record->section != second->section || record->owner_at != second->at)
		return "a record's place";
	if (!is_same_name(&owner, ldns_rr_owner(second->rr)))
		return "an owner";
	if (!second_reader_is_type(second, record->type))
		return "a type";
	if (record->class != ldns_rr_get_class(second->rr))
		return "a class";
	if (!is_same_ttl(record, ldns_rr_ttl(second->rr)))
		return "a TTL";
	if (!is_same_rdata(bytes, record, second->rr))
		return "rdata";
	return NULL;
}

static const char *compare_records(
	const uint8_t *bytes, const struct dns_message *view, const struct second_message *second)
{
	struct dns_record record;
	size_t number = 0;

	for (uint16_t at = view->answer_at; dns_read_record(bytes, view, at, &record) == 0;
		at = record.next_at) {
		const struct second_record *one = second_reader_record(second, number++);
		const char *difference =
			one ? compare_record(bytes, view, &record, one) : "a record";

		if (difference)
			return difference;
	}
	return second_reader_record(second, number) ? "the number of records" : NULL;
}

static const char *compare_head(const struct dns_head *head, const ldns_pkt *packet)
{
	const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);

	if (head->id != ldns_pkt_id(packet) ||
		dns_head_opcode(head) != ldns_pkt_get_opcode(packet) ||
		dns_head_rcode(head) != ldns_pkt_get_rcode(packet))
		return "id, opcode or rcode";
	if (dns_head_is_response(head) != ldns_pkt_qr(packet) ||
		dns_head_is_authoritative(head) != ldns_pkt_aa(packet) ||
		dns_head_is_truncated(head) != ldns_pkt_tc(packet) ||
		dns_head_is_recursion_desired(head) != ldns_pkt_rd(packet) ||
		dns_head_is_recursion_available(head) != ldns_pkt_ra(packet) ||
		dns_head_is_authentic(head) != ldns_pkt_ad(packet) ||
		dns_head_is_checking_disabled(head) != ldns_pkt_cd(packet))
		return "a flag";
	if (head->counts[DNS_SECTION_QUESTION] != ldns_pkt_qdcount(packet) ||
		head->counts[DNS_SECTION_ANSWER] != ldns_pkt_ancount(packet) ||
		head->counts[DNS_SECTION_AUTHORITY] != ldns_pkt_nscount(packet))
		return "a count";
	if (!is_same_name(&head->question.name, ldns_rr_owner(question)) ||
		head->question.type != ldns_rr_get_type(question) ||
		head->question.class != ldns_rr_get_class(question))
		return "the question";
	return NULL;
}

static const char *compare_edns(const struct dns_edns *edns, const ldns_pkt *packet)
{
	uint16_t payload_bytes = ldns_pkt_edns_udp_size(packet);

	if (!edns->is_present)
		return ldns_pkt_edns(packet) ? "whether there is an OPT" : NULL;
	if (payload_bytes < DNS_UDP_BYTES_MIN)
		payload_bytes = DNS_UDP_BYTES_MIN; /* RFC 6891 §6.2.3 */
	if (edns->udp_payload_bytes != payload_bytes ||
		edns->extended_rcode != ldns_pkt_edns_extended_rcode(packet) ||
		edns->version != ldns_pkt_edns_version(packet) ||
		edns->dnssec_ok != ldns_pkt_edns_do(packet))
		return "OPT";
	return NULL;
}

static const char *compare(const uint8_t *bytes, size_t size_bytes, const struct dns_message *view,
	const struct second_message *second)
{
	const char *difference = compare_head(&view->head, second->packet);

	difference = difference ?: compare_edns(&view->edns, second->packet);
	if (!difference && (view->end_at != size_bytes || second->end_at != size_bytes ||
				   second->answer_at != view->answer_at ||
				   second->authority_at != view->authority_at ||
				   second->additional_at != view->additional_at))
		difference = "where sections are";
	return difference ?: compare_records(bytes, view, second);
}

/* A copy whose records of types that we pass on unread have a type that nobody reads. */
static uint8_t *hide_unread_types(const uint8_t *bytes, const struct dns_message *view)
{
	uint8_t *copy = malloc(view->end_at);
	struct dns_record record;

	assert(copy);
	memcpy(copy, bytes, view->end_at);
	for (uint16_t at = view->answer_at; dns_read_record(bytes, view, at, &record) == 0;
		at = record.next_at) {
		if (record.type != DNS_TYPE_OPT && !dns_rdata_find_form(&record)) {
			copy[record.ttl_at - 4] = (uint8_t)(READING_TYPE_HIDDEN >> 8);
			copy[record.ttl_at - 3] = (uint8_t)READING_TYPE_HIDDEN;
		}
	}
	return copy;
}

/* Options that fill an OPT's rdata exactly, each of a length that dns_edns.h allows. */
static bool are_options_well_formed(const uint8_t *options, size_t bytes)
{
	while (bytes >= 4) {
		const unsigned int code = dns_read_u16(options);
		const size_t option_bytes = dns_read_u16(options + 2);

		if (option_bytes > bytes - 4)
			return false;
		if (code == DNS_EDNS_OPTION_COOKIE && option_bytes != 8 &&
			(option_bytes < 16 || option_bytes > 40))
			return false;
		if (code == DNS_EDNS_OPTION_EXTENDED_ERROR && option_bytes < 2)
			return false;
		if (code == DNS_EDNS_OPTION_CLIENT_SUBNET &&
			(option_bytes < 4 || option_bytes - 4 != (options[6] + 7u) / 8))
			return false;
		options += 4 + option_bytes;
		bytes -= 4 + option_bytes;
	}
	return bytes == 0;
}

static bool has_wrong_opt(const struct second_message *second)
{
	static uint8_t rdata[DNS_MESSAGE_BYTES_MAX * 4];
	unsigned int count = 0;

	for (size_t i = 0; i < second->record_count; i++) {
		const struct second_record *record = &second->records[i];

		if (record->section == DNS_SECTION_QUESTION ||
			!second_reader_is_type(record, DNS_TYPE_OPT))
			continue;
		if (record->section != DNS_SECTION_ADDITIONAL || ++count > 1 ||
			ldns_rdf_size(ldns_rr_owner(record->rr)) != 1 ||
			!are_options_well_formed(rdata, second_reader_rdata(record->rr, rdata)))
			return true;
	}
	return false;
}

/* Why we refuse what ldns takes, found in what ldns says of it; NULL: nobody knows. */
static const char *explain_refusal(
	int outcome, const struct message_sample *sample, const struct second_message *second)
{
	if (ldns_pkt_qdcount(second->packet) != 1)
		return outcome == DNS_READ_QUESTION_COUNT ? "question count is not 1" : NULL;
	if (has_wrong_opt(second))
		return outcome == DNS_READ_EDNS ? "OPT twice, misplaced or malformed" : NULL;
	if (second->end_at < sample->size_bytes)
		return outcome == DNS_READ_TRAILING ? "bytes at the end" : NULL;
	return NULL;
}

struct reading_tally {
	unsigned int agreed;
	unsigned int agreed_hidden;
	unsigned int refused_by_both;
	unsigned int refused_by_us[READING_OUTCOMES];
	unsigned int wrong;
};

/* Return: what differs, or NULL. */
static const char *judge_hidden(struct reading_tally *tally, const struct message_sample *sample,
	const struct dns_message *view)
{
	uint8_t *hidden = hide_unread_types(sample->bytes, view);
	struct second_message second;
	struct dns_message hidden_view;
	const char *difference;
	ldns_status status;

	assert(dns_read_message(hidden, view->end_at, &hidden_view) == DNS_READ_OK);
	status = second_reader_open(&second, hidden, view->end_at);
	if (status == LDNS_STATUS_OK) {
		difference = compare(hidden, view->end_at, &hidden_view, &second);
		tally->agreed_hidden += !difference;
		second_reader_close(&second);
	} else {
		difference = second_reader_text(status);
	}
	free(hidden);
	return difference;
}

static const char *judge(struct reading_tally *tally, const struct message_sample *sample)
{
	struct second_message second;
	struct dns_message view;
	const char *difference = NULL;
	const int outcome = dns_read_message(sample->bytes, sample->size_bytes, &view);
	const ldns_status status = second_reader_open(&second, sample->bytes, sample->size_bytes);

	if (status != LDNS_STATUS_OK) {
		if (outcome == DNS_READ_OK)
			return judge_hidden(tally, sample, &view);
		tally->refused_by_both++;
		return NULL;
	}
	if (outcome == DNS_READ_OK) {
		difference = compare(sample->bytes, sample->size_bytes, &view, &second);
		tally->agreed += !difference;
	} else {
		const char *reason = explain_refusal(outcome, sample, &second);

		tally->refused_by_us[outcome]++;
		if (reason)
			difference_note("only we refuse %s: %s", sample->origin, reason);
		else
			difference = "only we refuse it, and without a reason that is known";
	}
	second_reader_close(&second);
	return difference;
}

START_TEST(our_reader_and_ldns_agree_on_every_message_of_the_test_data)
{
	struct reading_tally tally = { 0 };

	for (size_t i = 0; i < message_stream.count; i++) {
		const char *difference = judge(&tally, &message_stream.samples[i]);

		if (difference) {
			difference_note("%s: %s", message_stream.samples[i].origin, difference);
			tally.wrong++;
		}
	}
	printf("# %zu messages: %u agreed, %u agreed with unread types hidden, %u refused by both, "
	       "refused by us alone: %u question count, %u OPT, %u bytes at the end\n",
		message_stream.count, tally.agreed, tally.agreed_hidden, tally.refused_by_both,
		tally.refused_by_us[DNS_READ_QUESTION_COUNT], tally.refused_by_us[DNS_READ_EDNS],
		tally.refused_by_us[DNS_READ_TRAILING]);
	ck_assert_uint_eq(tally.wrong, 0);
	ck_assert_uint_ge(tally.agreed, READING_COUNT_MIN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reading agrees");
	TCase *tcase = tcase_create("reading agrees");

	(void)setvbuf(stdout, NULL, _IOLBF, 0); /* a failed test ends without flushing */
	message_stream_read();
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, our_reader_and_ldns_agree_on_every_message_of_the_test_data);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
