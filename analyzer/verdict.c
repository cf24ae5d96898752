/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/verdict.h"

static uint64_t verdict_since(const struct verdict_question *question, uint64_t then_ns)
{
	return question->now_ns > then_ns ? question->now_ns - then_ns : 0;
}

/* Only what fails for sure is worth a stale answer at once. */
bool verdict_is_patient(const struct verdict_question *question)
{
	if (question->level == FAILURE_LOSSY || question->level == FAILURE_HOST)
		return !question->has_answer || !question->is_fresh;
	return question->level == FAILURE_NONE;
}

/* Whether all that is known is that responses do not come, and that is no reason. */
static bool verdict_is_without_condition(const struct verdict_question *question)
{
	return !question->is_timeout_condition &&
	       (question->level == FAILURE_SILENT || verdict_is_patient(question));
}

enum verdict verdict_decide(const struct verdict_question *question)
{
	const uint64_t waited_ns = verdict_since(question, question->sent_ns);

	if (!question->is_eligible)
		return VERDICT_NOT_ELIGIBLE;
	if (question->is_client_resolver)
		return VERDICT_CLIENT_IS_RESOLVER;
	if (question->is_never)
		return VERDICT_NEVER;
	if (question->level == FAILURE_ONE_SIDED)
		return VERDICT_ONE_SIDED;
	if (verdict_since(question, question->asked_ns) >= question->patience_ns)
		return VERDICT_EXPIRED;
	if (verdict_is_patient(question) && waited_ns < question->answer_after_ns)
		return VERDICT_WAIT;
	if (verdict_is_without_condition(question))
		return VERDICT_NO_CONDITION;
	if (!question->has_answer)
		return VERDICT_NO_ENTRY;
	if (question->is_partial_search)
		return VERDICT_PARTIAL_SEARCH;
	if (question->mode == CONFIG_MODE_OBSERVE)
		return VERDICT_DISABLED;
	return VERDICT_ANSWER;
}

/* Types 128 to 255 ask for something else than records of that type; OPT is none either. */
static bool verdict_is_data_type(uint16_t type)
{
	return type != 0 && type != DNS_TYPE_OPT && (type < 128 || type > 255);
}

bool verdict_is_eligible(const struct dns_message *query)
{
	const struct dns_head *head = &query->head;

	return !dns_head_is_response(head) && dns_head_opcode(head) == DNS_OPCODE_QUERY &&
	       dns_head_is_recursion_desired(head) && head->question.class == DNS_CLASS_IN &&
	       verdict_is_data_type(head->question.type) && query->edns.version == 0 &&
	       head->counts[DNS_SECTION_ANSWER] == 0 && head->counts[DNS_SECTION_AUTHORITY] == 0 &&
	       !query->has_signature;
}
