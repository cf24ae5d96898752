/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz reply: any bytes as a response that is learned and then replayed.
 *
 * A response's id says nothing about the answer, so its bits choose who asks, when, and
 * what room there is: any DNS message is an input. Beside memory errors it looks for a
 * reply that is larger than allowed, that our reader refuses, whose header, question or
 * OPT are not this client's, whose records are not the response's, and for one that
 * changes when it is itself learned and replayed.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/answer_learn.h"
#include "analyzer/reply_message.h"
#include "shared/clock.h"
#include "shared/dns_rdata.h"

#define FUZZ_REPLY_LEARNED_NS (1000 * NS_PER_S)
#define FUZZ_REPLY_TTL_MAX_S  86400u
#define FUZZ_REPLY_ID         0x1234
#define FUZZ_REPLY_OPT_BYTES  69u /* the longest: with a cookie and an extended error */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

/* All that a reply is made of, and the reply. */
struct fuzz_reply {
	struct dns_message response; /* as it came */
	struct answer_facts facts;
	struct transaction_query query;
	uint8_t *stored;
	uint16_t stored_bytes;
	uint8_t name[DNS_NAME_BYTES_MAX];
	uint16_t name_bytes;
	uint64_t now_ns;
	size_t room_bytes;
	uint8_t *reply; /* of room_bytes, so that a sanitizer sees its end */
	uint16_t reply_bytes;
};

/* Return: bits of the id that were not used before, as a number below 1 << count. */
static unsigned int fuzz_reply_choose(uint16_t *id, unsigned int count)
{
	const unsigned int chosen = *id & ((1u << count) - 1);

	*id = (uint16_t)(*id >> count);
	return chosen;
}

static uint16_t fuzz_reply_payload(const struct dns_message *response, unsigned int choice)
{
	const uint16_t payloads[] = { 512, 1232, 1472, 4096, response->end_at,
		(uint16_t)(response->end_at - 1), response->additional_at,
		(uint16_t)(response->authority_at + 25) };

	return payloads[choice];
}

static uint64_t fuzz_reply_now(const struct answer_facts *facts, unsigned int choice)
{
	const uint64_t times[] = { facts->learned_ns, facts->fresh_until_ns - 1,
		facts->fresh_until_ns, facts->stale_until_ns - 1 };

	return times[choice];
}

/* Another case of the question's name, if chosen. */
static void fuzz_reply_set_name(struct fuzz_reply *self, bool is_changed)
{
	const struct dns_name *name = &self->response.head.question.name;

	self->name_bytes = name->length_bytes;
	memcpy(self->name, name->bytes, name->length_bytes);
	for (unsigned int i = 0; is_changed && i < self->name_bytes; i++) {
		const uint8_t letter = self->name[i] & 0xdf; /* no length byte becomes one */

		if (letter >= 'A' && letter <= 'Z')
			self->name[i] ^= 0x20;
	}
}

static void fuzz_reply_set_query(struct fuzz_reply *self)
{
	static const uint8_t extra_bytes[] = { 0, 10, 25, FUZZ_REPLY_OPT_BYTES };
	static const uint8_t cookie_bytes[] = { 0, 16, 24, DNS_EDNS_COOKIE_BYTES_MAX };
	uint16_t id = self->response.head.id;

	self->query = (struct transaction_query){ .id = FUZZ_REPLY_ID,
		.type = self->response.head.question.type,
		.class = self->response.head.question.class };
	self->query.udp_payload_bytes =
		fuzz_reply_payload(&self->response, fuzz_reply_choose(&id, 3));
	self->now_ns = fuzz_reply_now(&self->facts, fuzz_reply_choose(&id, 2));
	self->room_bytes = self->stored_bytes + extra_bytes[fuzz_reply_choose(&id, 2)];
	self->query.has_opt = fuzz_reply_choose(&id, 1);
	self->query.dnssec_ok = self->query.has_opt && fuzz_reply_choose(&id, 1);
	self->query.flags = fuzz_reply_choose(&id, 1) ? DNS_FLAG_RD : 0;
	self->query.flags |= fuzz_reply_choose(&id, 1) ? DNS_FLAG_CD : 0;
	self->query.flags |= fuzz_reply_choose(&id, 1) ? DNS_FLAG_AD : 0;
	fuzz_reply_set_name(self, fuzz_reply_choose(&id, 1));
	self->query.cookie_bytes = cookie_bytes[fuzz_reply_choose(&id, 2)];
	if (!self->query.has_opt)
		self->query.cookie_bytes = 0;
	for (uint8_t i = 0; i < self->query.cookie_bytes; i++)
		self->query.cookie[i] = (uint8_t)(0xc0 + i);
}

static enum reply_outcome fuzz_reply_make(const struct fuzz_reply *self, const uint8_t *stored,
	uint16_t stored_bytes, uint8_t *out_reply, uint16_t *out_bytes)
{
	const struct reply_source source = {
		.message = stored,
		.message_bytes = stored_bytes,
		.facts = &self->facts,
		.query = &self->query,
		.name = self->name,
		.name_bytes = self->name_bytes,
		.stale_ttl_s = 30,
		.now_ns = self->now_ns,
	};

	return reply_message_make(&source, out_reply, self->room_bytes, out_bytes);
}

static void fuzz_reply_check_head(const struct fuzz_reply *self, const struct dns_message *view)
{
	const struct dns_question *question = &view->head.question;
	const uint16_t copied = DNS_FLAG_RD | DNS_FLAG_CD;
	const uint16_t flags = view->head.flags;

	assert(view->head.id == FUZZ_REPLY_ID);
	assert((flags & copied) == (self->query.flags & copied));
	assert((flags & DNS_FLAG_QR) && (flags & DNS_FLAG_RA));
	assert(!(flags & (DNS_FLAG_AA | DNS_FLAG_TC | DNS_FLAG_OPCODE_MASK)));
	assert(!(flags & DNS_FLAG_AD) || dns_head_is_authentic(&self->response.head));
	assert(dns_head_rcode(&view->head) == dns_head_rcode(&self->response.head));
	assert(question->type == self->query.type && question->class == self->query.class);
	assert(question->name.length_bytes == self->name_bytes);
	assert(memcmp(question->name.bytes, self->name, self->name_bytes) == 0);
	assert(view->edns.is_present == self->query.has_opt);
	assert(view->edns.dnssec_ok == self->query.dnssec_ok);
	assert(view->edns.cookie_bytes == self->query.cookie_bytes);
	assert(memcmp(self->reply + view->edns.cookie_at, self->query.cookie,
		       self->query.cookie_bytes) == 0);
	assert((view->edns.extended_error_bits != 0) ==
		(self->query.has_opt && self->now_ns >= self->facts.fresh_until_ns));
}

static void fuzz_reply_check_name(
	const uint8_t *stored, const uint8_t *reply, size_t end_at, size_t *at)
{
	struct dns_name before, after;
	size_t next_at;

	assert(dns_name_read(stored, end_at, *at, &before, &next_at) == DNS_NAME_OK);
	assert(dns_name_read(reply, end_at, *at, &after, &next_at) == DNS_NAME_OK);
	assert(dns_name_is_equal_folded(&before, &after));
	*at = next_at;
}

static void fuzz_reply_check_record(const uint8_t *stored, const uint8_t *reply,
	const struct dns_record *before, const struct dns_record *after)
{
	const struct dns_rdata_form *form = dns_rdata_find_form(before);
	size_t at = before->owner_at;

	assert(before->type == after->type && before->class == after->class);
	assert(before->rdata_bytes == after->rdata_bytes && after->ttl_s <= before->ttl_s);
	assert(memcmp(stored + before->rdata_at, reply + after->rdata_at, after->rdata_bytes) == 0);
	fuzz_reply_check_name(stored, reply, before->next_at, &at);
	at = (size_t)before->rdata_at + (form ? form->before_bytes : 0);
	for (int i = 0; form && i < form->name_count; i++)
		fuzz_reply_check_name(stored, reply, before->next_at, &at);
}

/* What stands in the reply stands there in the stored message, section by section or not at all. */
static void fuzz_reply_check_records(const struct fuzz_reply *self, const struct dns_message *view)
{
	struct dns_message stored;
	struct dns_record before, after;

	assert(dns_read_message(self->stored, self->stored_bytes, &stored) == DNS_READ_OK);
	for (uint16_t at = view->answer_at; dns_read_record(self->reply, view, at, &after) == 0;
		at = after.next_at) {
		if (after.type == DNS_TYPE_OPT)
			continue;
		assert(dns_read_record(self->stored, &stored, at, &before) == DNS_READ_OK);
		assert(before.section == after.section);
		fuzz_reply_check_record(self->stored, self->reply, &before, &after);
	}
	assert(view->head.counts[DNS_SECTION_ANSWER] == stored.head.counts[DNS_SECTION_ANSWER]);
	assert(view->head.counts[DNS_SECTION_AUTHORITY] ==
			stored.head.counts[DNS_SECTION_AUTHORITY] ||
		(view->head.counts[DNS_SECTION_AUTHORITY] == 0 &&
			!(self->facts.flags & ANSWER_NEGATIVE)));
}

/* Learned as it is, and asked for by the same client at once, it is given again as it is. */
static void fuzz_reply_check_again(const struct fuzz_reply *self, const struct dns_message *view)
{
	struct fuzz_reply again = *self;
	uint8_t *stored = malloc(self->reply_bytes);
	uint8_t *reply = malloc(self->room_bytes);
	uint16_t stored_bytes, reply_bytes;

	assert(stored && reply);
	if (self->now_ns < self->facts.fresh_until_ns)
		again.facts.learned_ns = self->now_ns;
	stored_bytes = answer_learn_copy(self->reply, view, FUZZ_REPLY_TTL_MAX_S, stored);
	assert(fuzz_reply_make(&again, stored, stored_bytes, reply, &reply_bytes) == REPLY_OK);
	assert(reply_bytes == self->reply_bytes);
	assert(memcmp(reply, self->reply, reply_bytes) == 0);
	free(reply);
	free(stored);
}

static void fuzz_reply_check(struct fuzz_reply *self)
{
	struct dns_message view;

	switch (fuzz_reply_make(
		self, self->stored, self->stored_bytes, self->reply, &self->reply_bytes)) {
	case REPLY_OK:
		break;
	case REPLY_TOO_LARGE:
		assert(self->query.udp_payload_bytes < self->stored_bytes + FUZZ_REPLY_OPT_BYTES ||
			self->room_bytes < self->stored_bytes + FUZZ_REPLY_OPT_BYTES);
		return;
	default: /* a name takes a letter of the question for a part of a pointer */
		assert(memcmp(self->name, self->response.head.question.name.bytes,
			       self->name_bytes) != 0);
		return;
	}
	assert(self->reply_bytes <= self->query.udp_payload_bytes);
	assert(self->reply_bytes <= self->room_bytes);
	assert(dns_read_message(self->reply, self->reply_bytes, &view) == DNS_READ_OK);
	fuzz_reply_check_head(self, &view);
	fuzz_reply_check_records(self, &view);
	fuzz_reply_check_again(self, &view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes)
{
	const struct learn_limits limits = { .fresh_max_ns = FUZZ_REPLY_TTL_MAX_S * NS_PER_S,
		.stale_max_ns = FUZZ_REPLY_TTL_MAX_S * NS_PER_S,
		.seed = 1,
		.negative_ns = 30 * NS_PER_S };
	struct fuzz_reply self = { 0 };

	if (dns_read_message(data, data_bytes, &self.response) != DNS_READ_OK ||
		answer_learn_facts(data, &self.response, &limits, FUZZ_REPLY_LEARNED_NS,
			&self.facts) != LEARN_OK)
		return 0;
	self.stored = malloc(data_bytes);
	assert(self.stored);
	self.stored_bytes =
		answer_learn_copy(data, &self.response, FUZZ_REPLY_TTL_MAX_S, self.stored);
	if (self.stored_bytes > 0) {
		fuzz_reply_set_query(&self);
		self.reply = malloc(self.room_bytes);
		assert(self.reply);
		fuzz_reply_check(&self);
		free(self.reply);
	}
	free(self.stored);
	return 0;
}
