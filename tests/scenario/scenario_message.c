/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/scenario_message.h"

#include <stdlib.h>

#define SCENARIO_PAYLOAD_BYTES_MIN 512 /* RFC 1035 section 4.2.1 */

static void scenario_message_empty(ldns_rr_list *list)
{
	ldns_rr *record;

	while ((record = ldns_rr_list_pop_rr(list)) != NULL)
		ldns_rr_free(record);
}

/* In place, so that what ldns counts stays true. */
static void scenario_message_cut(ldns_pkt *message, ldns_pkt_section section)
{
	ldns_rr_list *list = section == LDNS_SECTION_AUTHORITY ? ldns_pkt_authority(message)
							       : ldns_pkt_additional(message);

	scenario_message_empty(list);
	ldns_pkt_set_section_count(message, section, 0);
}

static ldns_pkt *scenario_message_clone(const ldns_pkt *message)
{
	ldns_pkt *clone = ldns_pkt_clone(message);

	if (clone == NULL)
		abort();
	return clone;
}

ldns_pkt *scenario_message_query(const struct rpl_entry *entry, uint16_t id)
{
	ldns_pkt *query = scenario_message_clone(entry->message);

	ldns_pkt_set_id(query, id);
	if (ldns_pkt_edns(query) && ldns_pkt_edns_udp_size(query) == 0)
		ldns_pkt_set_edns_udp_size(query, SCENARIO_PAYLOAD_BYTES);
	return query;
}

static void scenario_message_question(ldns_pkt *response, const ldns_pkt *query)
{
	scenario_message_empty(ldns_pkt_question(response));
	ldns_pkt_set_section_count(response, LDNS_SECTION_QUESTION, 0);
	(void)ldns_pkt_push_rr(response, LDNS_SECTION_QUESTION,
		ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(query), 0)));
}

static void scenario_message_options(ldns_pkt *message, ldns_rdf *options)
{
	ldns_rdf_deep_free(ldns_pkt_edns_data(message));
	ldns_pkt_set_edns_data(message, options);
}

static void scenario_message_opt(
	ldns_pkt *response, const ldns_pkt *query, const struct rpl_entry *entry)
{
	const uint8_t option[] = { 0, LDNS_EDNS_EDE, 0, 2, (uint8_t)(entry->has_ede >> 8),
		(uint8_t)entry->has_ede };

	if (!ldns_pkt_edns(query)) {
		scenario_message_options(response, NULL);
		ldns_pkt_set_edns_udp_size(response, 0);
		ldns_pkt_set_edns_do(response, false);
		return;
	}
	if (ldns_pkt_edns_udp_size(response) == 0)
		ldns_pkt_set_edns_udp_size(response, SCENARIO_PAYLOAD_BYTES);
	ldns_pkt_set_edns_do(response, ldns_pkt_edns_do(query));
	if (entry->has_ede)
		scenario_message_options(response,
			ldns_rdf_new_frm_data(LDNS_RDF_TYPE_NONE, sizeof(option), option));
}

ldns_pkt *scenario_message_response(
	const struct rpl_entry *entry, const ldns_pkt *query, bool is_minimal)
{
	ldns_pkt *response = scenario_message_clone(entry->message);
	const bool is_ad_wanted = ldns_pkt_ad(query) || ldns_pkt_edns_do(query);

	ldns_pkt_set_id(response, ldns_pkt_id(query));
	ldns_pkt_set_qr(response, true);
	ldns_pkt_set_aa(response, false);
	ldns_pkt_set_ra(response, true);
	ldns_pkt_set_rd(response, ldns_pkt_rd(query));
	ldns_pkt_set_cd(response, ldns_pkt_cd(query));
	ldns_pkt_set_ad(response, ldns_pkt_ad(response) && is_ad_wanted);
	scenario_message_question(response, query);
	scenario_message_opt(response, query, entry);
	if (is_minimal && ldns_rr_list_rr_count(ldns_pkt_answer(response)) > 0) {
		scenario_message_cut(response, LDNS_SECTION_AUTHORITY);
		scenario_message_cut(response, LDNS_SECTION_ADDITIONAL);
	}
	return response;
}

uint8_t *scenario_message_bytes(const ldns_pkt *message, size_t *out_bytes)
{
	uint8_t *bytes = NULL;

	if (ldns_pkt2wire(&bytes, message, out_bytes) != LDNS_STATUS_OK)
		abort();
	return bytes;
}

size_t scenario_message_payload(const ldns_pkt *query)
{
	const uint16_t payload = ldns_pkt_edns_udp_size(query);

	return payload > SCENARIO_PAYLOAD_BYTES_MIN ? payload : SCENARIO_PAYLOAD_BYTES_MIN;
}
