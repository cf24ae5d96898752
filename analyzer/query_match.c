/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/query_match.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/query_shares.h"
#include "analyzer/seeded_hash.h"
#include "analyzer/transaction_list.h"
#include "shared/compiler.h"
#include "shared/heap_bytes.h"

struct query_match {
	struct cds_lfht *table;
	struct transaction_pool pool;
	uint64_t count; /* in the table */
	uint64_t count_max;
	uint64_t waiting;
	struct query_shares shares; /* of those that wait */
	struct cds_list_head late;  /* kept for late responses; oldest first, as below */
	struct cds_list_head settling;
	struct transaction_list matched;
	struct transaction_list unmatched;
	uint64_t seed;
	void (*forgetting)(struct transaction *transaction, void *argument);
	void *forgetting_argument;
};

/* What is hashed: all of the key that every look-up knows. In words: they are read as such. */
struct query_match_hashed {
	uint64_t client_ip[2];
	uint64_t numbers; /* port, id, type, class */
	uint64_t name;    /* its hash */
};

struct query_match_sought {
	const struct transaction_path *path;
	const struct dns_head *head;
	bool is_any_server;
};

uint64_t query_match_bytes(const struct query_match_limits *limits)
{
	return heap_bytes(sizeof(struct query_match)) +
	       rcu_table_bytes(rcu_table_buckets(limits->matching_max)) +
	       (limits->matching_max + limits->matched_max + limits->unmatched_max +
		       TRANSACTION_POOL_SPARE_MAX) *
		       transaction_bytes_max();
}

int query_match_new(
	struct query_match **out_match, const struct query_match_limits *limits, uint64_t seed)
{
	cleanup_free struct query_match *match = calloc(1, sizeof(*match));
	const uint64_t buckets = rcu_table_buckets(limits->matching_max);

	if (match == NULL)
		return -ENOMEM;
	match->count_max = limits->matching_max;
	match->seed = seed;
	query_shares_init(&match->shares);
	transaction_pool_init(&match->pool);
	CDS_INIT_LIST_HEAD(&match->late);
	CDS_INIT_LIST_HEAD(&match->settling);
	transaction_list_init(
		&match->matched, &match->pool, limits->matched_max, limits->matched_ttl_ns);
	transaction_list_init(
		&match->unmatched, &match->pool, limits->unmatched_max, limits->unmatched_ttl_ns);
	match->table = cds_lfht_new(buckets, buckets, buckets, 0, NULL);
	if (match->table == NULL)
		return -ENOMEM;

	*out_match = TAKE_PTR(match);
	return 0;
}

void query_match_set_forgetter(struct query_match *match,
	void (*forgetting)(struct transaction *transaction, void *argument), void *argument)
{
	match->forgetting = forgetting;
	match->forgetting_argument = argument;
}

static uint64_t query_match_hash(const struct query_match *match,
	const struct transaction_path *path, const struct dns_head *head)
{
	const struct dns_question *question = &head->question;
	struct query_match_hashed hashed = {
		.numbers = (uint64_t)path->client_port_be << 48 | (uint64_t)head->id << 32 |
			   (uint64_t)question->type << 16 | question->class,
		.name = seeded_hash(question->name.bytes, question->name.length_bytes, match->seed),
	};

	memcpy(hashed.client_ip, path->client_ip, sizeof(hashed.client_ip));
	return seeded_hash(&hashed, sizeof(hashed), match->seed);
}

static bool query_match_is_server(
	const struct transaction_path *path, const struct transaction_path *sought)
{
	return path->server_port_be == sought->server_port_be &&
	       memcmp(path->server_ip, sought->server_ip, sizeof(path->server_ip)) == 0;
}

/* Addresses and ids may repeat from VLAN to VLAN; at another edge a bridge may have changed tags. */
static bool query_match_is_edge(
	const struct transaction_path *path, const struct transaction_path *sought)
{
	if (sought->if_index == TRANSACTION_ANY_EDGE)
		return true;
	return path->if_index == sought->if_index &&
	       memcmp(path->vlan_ids, sought->vlan_ids, sizeof(path->vlan_ids)) == 0;
}

static bool query_match_is_client(
	const struct transaction_path *path, const struct transaction_path *sought)
{
	return query_match_is_edge(path, sought) &&
	       path->client_port_be == sought->client_port_be &&
	       memcmp(path->client_ip, sought->client_ip, sizeof(path->client_ip)) == 0;
}

static int query_match_compare(struct cds_lfht_node *node, const void *argument)
{
	const struct transaction *transaction = caa_container_of(node, struct transaction, node);
	const struct query_match_sought *sought = argument;
	const struct dns_question *question = &sought->head->question;

	return transaction->query.id == sought->head->id &&
	       transaction->query.type == question->type &&
	       transaction->query.class == question->class &&
	       transaction->name_bytes == question->name.length_bytes &&
	       memcmp(transaction_name(transaction), question->name.bytes,
		       question->name.length_bytes) == 0 &&
	       query_match_is_client(&transaction->path, sought->path) &&
	       (sought->is_any_server || query_match_is_server(&transaction->path, sought->path));
}

static struct transaction *query_match_look_up(
	struct query_match *match, const struct query_match_sought *sought, uint64_t hash)
{
	struct cds_lfht_iter position;
	struct cds_lfht_node *node;

	rcu_read_lock();
	cds_lfht_lookup(match->table, hash, query_match_compare, sought, &position);
	node = cds_lfht_iter_get_node(&position);
	rcu_read_unlock();
	/* Only this thread removes transactions, so it needs no lock to keep one. */
	return node == NULL ? NULL : caa_container_of(node, struct transaction, node);
}

struct transaction *query_match_find(
	struct query_match *match, const struct transaction_path *path, const struct dns_head *head)
{
	const struct query_match_sought sought = { .path = path, .head = head };

	return query_match_look_up(match, &sought, query_match_hash(match, path, head));
}

struct transaction *query_match_find_passing(
	struct query_match *match, const struct transaction_path *path, const struct dns_head *head)
{
	struct query_match_sought sought = { .path = path, .head = head };
	const uint64_t hash = query_match_hash(match, path, head);
	struct transaction *transaction = query_match_look_up(match, &sought, hash);

	if (transaction != NULL)
		return transaction;
	sought.is_any_server = true;
	return query_match_look_up(match, &sought, hash);
}

static void query_match_waits_no_more(struct query_match *match, struct transaction *transaction)
{
	query_shares_leave(&match->shares, transaction);
	match->waiting--;
}

static void query_match_unfollow(struct query_match *match, struct transaction *transaction)
{
	if (!transaction->is_followed)
		return;
	if (transaction->is_retained)
		cds_list_del(&transaction->queued);
	else
		query_match_waits_no_more(match, transaction);
	rcu_read_lock();
	(void)cds_lfht_del(match->table, &transaction->node);
	rcu_read_unlock();
	transaction->is_retained = false;
	transaction->is_followed = false;
	match->count--;
}

void query_match_forget(struct query_match *match, struct transaction *transaction)
{
	assert(!timer_is_set(&transaction->timer));
	query_match_unfollow(match, transaction);
	transaction_release(&match->pool, transaction);
}

/*
 * Who makes room for a query of this edge: the one that is missed least. Queries that nobody
 * answers cost those that settle no more than half of the table.
 */
static struct transaction *query_match_victim(struct query_match *match, uint32_t if_index)
{
	if (!cds_list_empty(&match->late))
		return cds_list_entry(match->late.next, struct transaction, queued);
	if (match->count - match->waiting > match->waiting)
		return cds_list_entry(match->settling.next, struct transaction, queued);
	return query_shares_victim(&match->shares, if_index);
}

/* For one more query of this edge. */
static bool query_match_make_room(struct query_match *match, uint32_t if_index)
{
	struct transaction *victim;

	if (match->count < match->count_max)
		return true;
	victim = query_match_victim(match, if_index);
	if (victim == NULL)
		return false;
	if (match->forgetting)
		match->forgetting(victim, match->forgetting_argument);
	query_match_forget(match, victim);
	return true;
}

struct transaction *query_match_make(struct query_match *match, const struct transaction_path *path,
	const struct dns_head *head, const struct answer_key *key)
{
	return transaction_pool_make(&match->pool, path, head, key);
}

bool query_match_follow(
	struct query_match *match, struct transaction *transaction, const struct dns_head *head)
{
	if (!query_match_make_room(match, transaction->path.if_index)) {
		transaction_pool_give(&match->pool, transaction);
		return false;
	}
	transaction->is_followed = true;
	match->count++;
	match->waiting++;
	query_shares_join(&match->shares, transaction);
	rcu_read_lock();
	cds_lfht_add(match->table, query_match_hash(match, &transaction->path, head),
		&transaction->node);
	rcu_read_unlock();
	return true;
}

static void query_match_set_outcome(
	struct transaction *transaction, enum transaction_outcome outcome)
{
	atomic_store_explicit(&transaction->outcome, outcome, memory_order_relaxed);
}

void query_match_matched(struct query_match *match, struct transaction *transaction)
{
	query_match_set_outcome(transaction, TRANSACTION_MATCHED);
	transaction_list_add(&match->matched, transaction);
	query_match_forget(match, transaction);
}

static void query_match_retain(
	struct query_match *match, struct transaction *transaction, struct cds_list_head *list)
{
	query_match_waits_no_more(match, transaction);
	transaction->is_retained = true;
	cds_list_add_tail(&transaction->queued, list);
}

void query_match_settling(struct query_match *match, struct transaction *transaction)
{
	query_match_set_outcome(transaction, TRANSACTION_MATCHED);
	query_match_retain(match, transaction, &match->settling);
	transaction_list_add(&match->matched, transaction);
}

void query_match_settling_late(struct query_match *match, struct transaction *transaction)
{
	assert(transaction->is_retained);
	cds_list_del(&transaction->queued);
	cds_list_add_tail(&transaction->queued, &match->settling);
}

void query_match_unmatched(struct query_match *match, struct transaction *transaction)
{
	query_match_set_outcome(transaction, TRANSACTION_UNMATCHED);
	query_match_retain(match, transaction, &match->late);
	transaction_list_add(&match->unmatched, transaction);
}

void query_match_voided(struct query_match *match, struct transaction *transaction)
{
	query_match_set_outcome(transaction, TRANSACTION_VOIDED);
	query_match_retain(match, transaction, &match->late);
}

void query_match_set_ttls(
	struct query_match *match, uint64_t matched_ttl_ns, uint64_t unmatched_ttl_ns)
{
	transaction_list_set_ttl(&match->matched, matched_ttl_ns);
	transaction_list_set_ttl(&match->unmatched, unmatched_ttl_ns);
}

void query_match_expire(struct query_match *match, uint64_t now_ns)
{
	transaction_list_expire(&match->matched, now_ns);
	transaction_list_expire(&match->unmatched, now_ns);
}

uint64_t query_match_waiting(const struct query_match *match)
{
	return match->waiting;
}

void query_match_walk(struct query_match *match, enum query_match_table table,
	void (*visit)(const struct transaction *transaction, void *argument), void *argument)
{
	struct cds_lfht_iter position;
	struct cds_lfht_node *node;

	if (table == QUERY_MATCH_MATCHED)
		transaction_list_walk(&match->matched, visit, argument);
	if (table == QUERY_MATCH_UNMATCHED)
		transaction_list_walk(&match->unmatched, visit, argument);
	if (table != QUERY_MATCH_WAITING)
		return;
	cds_lfht_for_each (match->table, &position, node) {
		const struct transaction *transaction =
			caa_container_of(node, struct transaction, node);

		if (atomic_load_explicit(&transaction->outcome, memory_order_relaxed) ==
			TRANSACTION_WAITING)
			visit(transaction, argument);
	}
}

static void query_match_free_all(struct query_match *match)
{
	struct cds_lfht_iter position;
	struct cds_lfht_node *node;

	transaction_list_clear(&match->matched);
	transaction_list_clear(&match->unmatched);
	/* Only this thread removes: the next node, which the iteration has, is still there. */
	cds_lfht_for_each (match->table, &position, node) {
		struct transaction *transaction = caa_container_of(node, struct transaction, node);

		rcu_read_lock();
		(void)cds_lfht_del(match->table, &transaction->node);
		rcu_read_unlock();
		transaction->is_followed = false;
		transaction_release(&match->pool, transaction);
	}
}

void query_match_free(struct query_match *match)
{
	if (match == NULL)
		return;
	query_match_free_all(match);
	transaction_pool_close(&match->pool);
	(void)cds_lfht_destroy(match->table, NULL);
	free(match);
}
