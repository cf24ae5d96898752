/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Verdict -- whether a query is answered, and why or why not.
 *
 * The rules, in order; the first that applies decides:
 *
 *   1. the query may not be answered by anybody
 *      but its resolver (verdict_is_eligible)         leave: not_eligible
 *   2. the client is itself a resolver, or the zone
 *      is never to be answered                        leave: policy
 *   3. responses to it may be hidden from us          leave: one_sided
 *   4. it was sent, and sent again, too long ago      leave: expired
 *   5. it may still be answered, and nothing is
 *      failing, or resolver or host lose some only
 *      and there is no fresh answer                   wait
 *   6. no more than a missing response speaks for it,
 *      and that is no condition                       leave: policy
 *   7. no usable answer                               leave: no_entry
 *   8. the client would not have asked it, had not a
 *      name before it in its search list failed       leave: partial_search
 *   9. mode is observe                                leave: disabled
 *  10. its client or all were answered too often
 *      (reply_rate.h)                                 leave: rate_limit
 *  11. otherwise                                      answer
 *
 * Only asked about queries that wait for their response. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/failure_state.h"
#include "shared/config.h"
#include "shared/dns_read.h"

enum verdict {
	VERDICT_WAIT = 0,
	VERDICT_ANSWER = 1,
	VERDICT_NOT_ELIGIBLE,
	VERDICT_CLIENT_IS_RESOLVER,
	VERDICT_NEVER,
	VERDICT_ONE_SIDED,
	VERDICT_EXPIRED,
	VERDICT_NO_CONDITION,
	VERDICT_NO_ENTRY,
	VERDICT_PARTIAL_SEARCH,
	VERDICT_DISABLED,
	VERDICT_RATE_LIMIT, /* the caller's: asking takes from the rate */
};

struct verdict_question {
	enum config_mode mode;
	enum failure_level level;
	bool is_eligible;
	bool is_client_resolver;
	bool is_never;             /* its zone */
	bool is_timeout_condition; /* no response in time is what is answered in place of */
	bool has_answer;           /* cached, fresh or stale */
	bool is_fresh;             /* it is */
	bool is_partial_search;    /* search_siblings.h */
	uint64_t sent_ns;
	uint64_t asked_ns; /* sent, or sent again */
	uint64_t now_ns;
	uint64_t answer_after_ns; /* where verdict_is_patient(), answer once this has passed */
	uint64_t patience_ns;     /* no client waits longer */
};

/* Whether its response is waited for (rule 5); answer_after_ns is not looked at. */
bool verdict_is_patient(const struct verdict_question *question);

enum verdict verdict_decide(const struct verdict_question *question);

/**
 * verdict_is_eligible() - whether a reply from memory may stand for a resolver's
 *
 * Opcode QUERY, RD set (RFC 8767 section 4: others do not ask for recursion), class
 * IN, no zone transfer, ANY or other meta type (RFC 6895 section 3.1), EDNS version
 * 0, no record in answer or authority, no signature.
 */
bool verdict_is_eligible(const struct dns_message *query);
