/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/search_siblings.h"

#include <string.h>

#include "analyzer/record_table.h"

/* The name that failed. */
struct search_sibling {
	uint8_t name_bytes; /* 0 = none */
	uint8_t name[DNS_NAME_BYTES_MAX];
	uint64_t next_ns;  /* the client asks for the next one then, or later */
	uint64_t until_ns; /* but not later than this */
	uint64_t end_ns;   /* nor than this */
};

struct search_sibling_key {
	uint32_t if_index;
	uint8_t client_ip[16];
	uint8_t label[1 + DNS_LABEL_BYTES_MAX]; /* lower case, behind its length; then zero */
};

/* The table itself is all there is; the type keeps callers from mixing tables up. */
static struct record_table *siblings_table(struct search_siblings *siblings)
{
	return (struct record_table *)siblings;
}

int search_siblings_new(struct search_siblings **out_siblings, uint64_t seed)
{
	return record_table_new((struct record_table **)out_siblings, sizeof(struct search_sibling),
		SEARCH_SIBLINGS_MAX, seed);
}

uint64_t search_siblings_bytes(void)
{
	return record_table_bytes(sizeof(struct search_sibling), sizeof(struct search_sibling_key),
		SEARCH_SIBLINGS_MAX);
}

void search_siblings_free(struct search_siblings *siblings)
{
	record_table_free(siblings_table(siblings));
}

static struct dns_name search_folded(const struct dns_name *name)
{
	struct dns_name folded;

	dns_name_copy(name->bytes, name->length_bytes, &folded);
	dns_name_fold(&folded);
	return folded;
}

static struct search_sibling_key search_key(
	const struct search_query *query, const struct dns_name *folded)
{
	struct search_sibling_key key;

	memset(&key, 0, sizeof(key));
	key.if_index = query->if_index;
	memcpy(key.client_ip, query->client_ip, sizeof(key.client_ip));
	memcpy(key.label, folded->bytes, 1u + folded->bytes[0]);
	return key;
}

static bool search_is_name(const struct search_sibling *sibling, const struct dns_name *folded)
{
	return sibling->name_bytes == folded->length_bytes &&
	       memcmp(sibling->name, folded->bytes, folded->length_bytes) == 0;
}

/* Its client still tries them. */
static void search_goes_on(struct search_sibling *sibling, uint64_t at_ns)
{
	if (at_ns + SEARCH_SIBLINGS_NS > sibling->until_ns)
		sibling->until_ns = at_ns + SEARCH_SIBLINGS_NS;
	if (sibling->until_ns > sibling->end_ns)
		sibling->until_ns = sibling->end_ns;
}

void search_siblings_failed(
	struct search_siblings *siblings, const struct search_query *query, uint64_t next_ns)
{
	const struct dns_name folded = search_folded(query->name);
	const struct search_sibling_key key = search_key(query, &folded);
	struct search_sibling *sibling =
		record_table_get(siblings_table(siblings), &key, sizeof(key));

	if (sibling == NULL)
		return;
	/* The first of a list stands for all: those behind it are not asked by choice. */
	if (sibling->name_bytes != 0 && next_ns < sibling->until_ns &&
		!search_is_name(sibling, &folded)) {
		search_goes_on(sibling, next_ns);
		return;
	}
	sibling->name_bytes = folded.length_bytes;
	memcpy(sibling->name, folded.bytes, folded.length_bytes);
	sibling->next_ns = next_ns;
	sibling->until_ns = next_ns + SEARCH_SIBLINGS_NS;
	sibling->end_ns = next_ns + SEARCH_SIBLINGS_NS_MAX;
}

static struct search_sibling *search_find(struct search_siblings *siblings,
	const struct search_query *query, const struct dns_name *folded)
{
	const struct search_sibling_key key = search_key(query, folded);

	return record_table_find(siblings_table(siblings), &key, sizeof(key));
}

void search_siblings_answered(struct search_siblings *siblings, const struct search_query *query)
{
	struct search_sibling *sibling;
	struct dns_name folded;

	if (record_table_used(siblings_table(siblings)) == 0) /* most of the time */
		return;
	folded = search_folded(query->name);
	sibling = search_find(siblings, query, &folded);
	if (sibling != NULL && search_is_name(sibling, &folded))
		record_table_forget(siblings_table(siblings), sibling);
}

bool search_siblings_has(struct search_siblings *siblings, const struct search_query *query,
	uint64_t sent_ns, uint64_t now_ns)
{
	struct search_sibling *sibling;
	struct dns_name folded;

	if (record_table_used(siblings_table(siblings)) == 0)
		return false;
	folded = search_folded(query->name);
	sibling = search_find(siblings, query, &folded);
	if (sibling == NULL || search_is_name(sibling, &folded) || sent_ns < sibling->next_ns ||
		sent_ns >= sibling->until_ns)
		return false;
	search_goes_on(sibling, now_ns);
	return true;
}
