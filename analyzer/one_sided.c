/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/one_sided.h"

#include <errno.h>
#include <stdlib.h>

#include "analyzer/record_table.h"
#include "shared/clock.h"

#define ONE_SIDED_UNANSWERED_MIN 2
#define ONE_SIDED_APART_NS       (5 * NS_PER_MS) /* A and AAAA of one look-up are closer */

struct one_sided {
	struct record_table *unheard; /* bool: it was told */
	struct record_table *edges;
};

struct one_sided_edge {
	uint64_t unanswered; /* look-ups, while the resolver answered others */
	uint64_t last_ns;    /* when the last of them was sent */
	uint64_t last_name_hash;
	bool has_responded;
};

struct one_sided_edge_key {
	struct failure_resolver_key resolver;
	uint32_t if_index;
};

int one_sided_new(struct one_sided **out_one_sided, uint64_t seed)
{
	struct one_sided *one_sided = calloc(1, sizeof(*one_sided));
	int r;

	if (one_sided == NULL)
		return -ENOMEM;
	r = record_table_new(&one_sided->unheard, sizeof(bool), ONE_SIDED_RESOLVERS_MAX, seed);
	r = r
		    ?: record_table_new(&one_sided->edges, sizeof(struct one_sided_edge),
			       ONE_SIDED_EDGES_MAX, seed);
	if (r < 0) {
		one_sided_free(one_sided);
		return r;
	}

	*out_one_sided = one_sided;
	return 0;
}

uint64_t one_sided_bytes(void)
{
	return record_table_bytes(
		       sizeof(bool), sizeof(struct failure_resolver_key), ONE_SIDED_RESOLVERS_MAX) +
	       record_table_bytes(sizeof(struct one_sided_edge), sizeof(struct one_sided_edge_key),
		       ONE_SIDED_EDGES_MAX);
}

void one_sided_free(struct one_sided *one_sided)
{
	if (one_sided == NULL)
		return;
	record_table_free(one_sided->unheard);
	record_table_free(one_sided->edges);
	free(one_sided);
}

static struct one_sided_edge_key one_sided_edge_key(const struct failure_path *path)
{
	return (struct one_sided_edge_key){ failure_path_resolver(path), path->if_index };
}

static struct one_sided_edge *one_sided_edge(
	struct one_sided *one_sided, const struct failure_path *path)
{
	const struct one_sided_edge_key key = one_sided_edge_key(path);

	return record_table_get(one_sided->edges, &key, sizeof(key));
}

void one_sided_responded(struct one_sided *one_sided, const struct failure_path *path)
{
	struct one_sided_edge *edge = one_sided_edge(one_sided, path);

	if (edge != NULL)
		*edge = (struct one_sided_edge){ .has_responded = true };
}

bool one_sided_unheard(struct one_sided *one_sided, const struct failure_path *path)
{
	const struct failure_resolver_key key = failure_path_resolver(path);
	bool *is_told = record_table_get(one_sided->unheard, &key, sizeof(key));

	if (is_told == NULL || *is_told)
		return false;
	*is_told = true;
	return true;
}

bool one_sided_unanswered(struct one_sided *one_sided, const struct failure_path *path,
	uint64_t name_hash, uint64_t sent_ns)
{
	struct one_sided_edge *edge = one_sided_edge(one_sided, path);

	if (edge == NULL || edge->has_responded)
		return false;
	if (edge->unanswered > 0 && name_hash == edge->last_name_hash &&
		sent_ns < edge->last_ns + ONE_SIDED_APART_NS)
		return false;
	edge->unanswered++;
	edge->last_ns = sent_ns;
	edge->last_name_hash = name_hash;
	return edge->unanswered == ONE_SIDED_UNANSWERED_MIN;
}

enum one_sided_view one_sided_look(struct one_sided *one_sided, const struct failure_path *path)
{
	const struct one_sided_edge_key key = one_sided_edge_key(path);
	const struct one_sided_edge *edge = record_table_find(one_sided->edges, &key, sizeof(key));

	if (edge == NULL)
		return ONE_SIDED_VIEW_UNHEARD;
	if (edge->has_responded)
		return ONE_SIDED_VIEW_HEARD;
	return edge->unanswered >= ONE_SIDED_UNANSWERED_MIN ? ONE_SIDED_VIEW_ONE_SIDED
							    : ONE_SIDED_VIEW_UNHEARD;
}
