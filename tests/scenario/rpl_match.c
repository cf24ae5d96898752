/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/scenario/rpl_match.h"

#include <stdio.h>
#include <string.h>

#include "shared/compiler.h"

struct rpl_matching {
	const struct rpl_entry *wanted;
	ldns_pkt *message;
	char *difference;
};

#define RPL_DIFFERS(matching, ...) \
	((void)snprintf((matching)->difference, RPL_DIFFERENCE_BYTES, __VA_ARGS__), false)

static ldns_rr *rpl_match_question(const ldns_pkt *message)
{
	return ldns_rr_list_rr(ldns_pkt_question(message), 0);
}

static bool rpl_match_same_case(const ldns_rdf *one, const ldns_rdf *other)
{
	return ldns_rdf_size(one) == ldns_rdf_size(other) &&
	       memcmp(ldns_rdf_data(one), ldns_rdf_data(other), ldns_rdf_size(one)) == 0;
}

static bool rpl_match_name(const struct rpl_matching *matching, ldns_rr *wanted, ldns_rr *found)
{
	const uint32_t match = matching->wanted->match;
	const ldns_rdf *wanted_name = ldns_rr_owner(wanted);
	const ldns_rdf *name = ldns_rr_owner(found);
	const bool is_same = ldns_dname_compare(wanted_name, name) == 0;

	if ((match & RPL_MATCH_QNAME) && !is_same)
		return RPL_DIFFERS(matching, "it is about another name");
	if ((match & RPL_MATCH_QCASE) && !rpl_match_same_case(wanted_name, name))
		return RPL_DIFFERS(matching, "the case of its question differs");
	if ((match & RPL_MATCH_SUBDOMAIN) && !is_same &&
		!ldns_dname_is_subdomain(name, wanted_name))
		return RPL_DIFFERS(matching, "its name is not in that domain");
	return true;
}

/* An entry without question asks for none. */
static bool rpl_match_asked(const struct rpl_matching *matching)
{
	ldns_rr *wanted = rpl_match_question(matching->wanted->message);
	ldns_rr *found = rpl_match_question(matching->message);

	if (wanted == NULL)
		return true;
	if (found == NULL)
		return RPL_DIFFERS(matching, "it has no question");
	if ((matching->wanted->match & RPL_MATCH_QTYPE) &&
		(ldns_rr_get_type(wanted) != ldns_rr_get_type(found) ||
			ldns_rr_get_class(wanted) != ldns_rr_get_class(found)))
		return RPL_DIFFERS(matching, "it is about another type");
	return rpl_match_name(matching, wanted, found);
}

static bool rpl_match_opcode(const struct rpl_matching *matching)
{
	const int wanted = ldns_pkt_get_opcode(matching->wanted->message);
	const int found = ldns_pkt_get_opcode(matching->message);

	return wanted == found || RPL_DIFFERS(matching, "opcode %d, wanted %d", found, wanted);
}

static bool rpl_match_rcode(const struct rpl_matching *matching)
{
	const int wanted = ldns_pkt_get_rcode(matching->wanted->message);
	const int found = ldns_pkt_get_rcode(matching->message);

	return wanted == found || RPL_DIFFERS(matching, "rcode %d, wanted %d", found, wanted);
}

static bool rpl_match_flags(const struct rpl_matching *matching)
{
	static const struct {
		const char *name;
		bool (*get)(const ldns_pkt *message);
	} flags[] = { { "QR", ldns_pkt_qr }, { "AA", ldns_pkt_aa }, { "TC", ldns_pkt_tc },
		{ "RD", ldns_pkt_rd }, { "RA", ldns_pkt_ra }, { "AD", ldns_pkt_ad },
		{ "CD", ldns_pkt_cd } };

	for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
		if (flags[i].get(matching->wanted->message) != flags[i].get(matching->message))
			return RPL_DIFFERS(matching, "%s is %s", flags[i].name,
				flags[i].get(matching->message) ? "set" : "not set");
	}
	return true;
}

static bool rpl_match_record(
	const struct rpl_matching *matching, const char *section, ldns_rr *wanted, ldns_rr *found)
{
	if (ldns_rr_compare(wanted, found) != 0)
		return RPL_DIFFERS(matching, "another record in %s", section);
	if ((matching->wanted->match & RPL_MATCH_TTL) && ldns_rr_ttl(wanted) != ldns_rr_ttl(found))
		return RPL_DIFFERS(matching, "TTL %u in %s, wanted %u", ldns_rr_ttl(found), section,
			ldns_rr_ttl(wanted));
	return true;
}

static bool rpl_match_section(const struct rpl_matching *matching, const char *name,
	ldns_rr_list *(*section)(const ldns_pkt *message))
{
	const ldns_rr_list *wanted = section(matching->wanted->message);
	const ldns_rr_list *found = section(matching->message);
	const size_t count = ldns_rr_list_rr_count(found);

	if (ldns_rr_list_rr_count(wanted) != count)
		return RPL_DIFFERS(matching, "%zu records in %s, wanted %zu", count, name,
			ldns_rr_list_rr_count(wanted));
	for (size_t i = 0; i < count; i++) {
		if (!rpl_match_record(
			    matching, name, ldns_rr_list_rr(wanted, i), ldns_rr_list_rr(found, i)))
			return false;
	}
	return true;
}

static bool rpl_match_edns(const struct rpl_matching *matching)
{
	const unsigned int wanted = ldns_pkt_edns_udp_size(matching->wanted->message);
	const unsigned int found = ldns_pkt_edns_udp_size(matching->message);

	if (ldns_pkt_edns_version(matching->message) != 0)
		return RPL_DIFFERS(matching, "another version of EDNS");
	return wanted == found || RPL_DIFFERS(matching, "payload %u, wanted %u", found, wanted);
}

int rpl_match_ede(ldns_pkt *message)
{
	ldns_edns_option_list *options = ldns_pkt_edns_get_option_list(message);

	for (size_t i = 0; i < ldns_edns_option_list_get_count(options); i++) {
		const ldns_edns_option *option = ldns_edns_option_list_get_option(options, i);

		if (ldns_edns_get_code(option) == LDNS_EDNS_EDE && ldns_edns_get_size(option) >= 2)
			return ldns_read_uint16(ldns_edns_get_data(option));
	}
	return RPL_EDE_NONE;
}

static bool rpl_match_extended_error(const struct rpl_matching *matching)
{
	const int wanted = matching->wanted->ede;
	const int found = rpl_match_ede(matching->message);

	if (wanted == RPL_EDE_ANY)
		return found != RPL_EDE_NONE || RPL_DIFFERS(matching, "no extended error");
	return wanted == found ||
	       RPL_DIFFERS(matching, "extended error %d, wanted %d (-1: none)", found, wanted);
}

static bool rpl_match_same_option(const ldns_edns_option *one, const ldns_edns_option *other)
{
	return ldns_edns_get_code(one) == ldns_edns_get_code(other) &&
	       ldns_edns_get_size(one) == ldns_edns_get_size(other) &&
	       memcmp(ldns_edns_get_data(one), ldns_edns_get_data(other),
		       ldns_edns_get_size(one)) == 0;
}

static bool rpl_match_options(const struct rpl_matching *matching)
{
	ldns_edns_option_list *wanted = ldns_pkt_edns_get_option_list(matching->wanted->message);
	ldns_edns_option_list *found = ldns_pkt_edns_get_option_list(matching->message);
	const size_t count = ldns_edns_option_list_get_count(found);

	if (count != ldns_edns_option_list_get_count(wanted))
		return RPL_DIFFERS(matching, "%zu options in OPT, wanted %zu", count,
			ldns_edns_option_list_get_count(wanted));
	for (size_t i = 0; i < count; i++) {
		if (!rpl_match_same_option(ldns_edns_option_list_get_option(wanted, i),
			    ldns_edns_option_list_get_option(found, i)))
			return RPL_DIFFERS(matching, "another option in OPT");
	}
	return true;
}

static bool rpl_match_dnssec_ok(const struct rpl_matching *matching)
{
	const bool is_wanted = ldns_pkt_edns_do(matching->wanted->message);

	return is_wanted == ldns_pkt_edns_do(matching->message) ||
	       RPL_DIFFERS(matching, "DO is %s", is_wanted ? "not set" : "set");
}

static bool rpl_match_no_edns(const struct rpl_matching *matching)
{
	return !ldns_pkt_edns(matching->message) || RPL_DIFFERS(matching, "it has an OPT");
}

static bool rpl_match_answer(const struct rpl_matching *matching)
{
	return rpl_match_section(matching, "ANSWER", ldns_pkt_answer);
}

static bool rpl_match_authority(const struct rpl_matching *matching)
{
	return rpl_match_section(matching, "AUTHORITY", ldns_pkt_authority);
}

static bool rpl_match_additional(const struct rpl_matching *matching)
{
	return rpl_match_section(matching, "ADDITIONAL", ldns_pkt_additional);
}

static bool rpl_match_nothing(const struct rpl_matching *matching)
{
	return RPL_DIFFERS(matching, "it came by UDP");
}

static const struct {
	uint32_t words; /* any of them */
	bool (*is)(const struct rpl_matching *matching);
} match_rules[] = {
	{ RPL_MATCH_NOTHING, rpl_match_nothing },
	{ RPL_MATCH_OPCODE, rpl_match_opcode },
	{ RPL_MATCH_QUESTION | RPL_MATCH_QCASE | RPL_MATCH_SUBDOMAIN, rpl_match_asked },
	{ RPL_MATCH_RCODE, rpl_match_rcode },
	{ RPL_MATCH_FLAGS, rpl_match_flags },
	{ RPL_MATCH_ANSWER, rpl_match_answer },
	{ RPL_MATCH_AUTHORITY, rpl_match_authority },
	{ RPL_MATCH_ADDITIONAL, rpl_match_additional },
	{ RPL_MATCH_DO, rpl_match_dnssec_ok },
	{ RPL_MATCH_NOEDNS, rpl_match_no_edns },
	{ RPL_MATCH_EDNS, rpl_match_edns },
	{ RPL_MATCH_EDNSDATA, rpl_match_options },
	{ RPL_MATCH_EDE, rpl_match_extended_error },
};

bool rpl_match_is(const struct rpl_entry *wanted, ldns_pkt *message, char *out_difference)
{
	const struct rpl_matching matching = { wanted, message, out_difference };

	for (size_t i = 0; i < ARRAY_COUNT(match_rules); i++) {
		if ((wanted->match & match_rules[i].words) && !match_rules[i].is(&matching))
			return false;
	}
	return true;
}
