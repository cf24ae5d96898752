/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Search siblings -- names that a client tries one after the other, by its search list.
 *
 * A container that looks up "db" asks for db.staging.example, and for db.prod.example once
 * the first does not exist. If the first fails instead, its resolver library goes on all
 * the same: a remembered answer for the second would then be an answer to a question the
 * client would not have asked. So after a name of a client failed, and nothing could be
 * answered, another name with the same first label is not answered either: not one that
 * was asked from when the client can have given the first one up, until
 * SEARCH_SIBLINGS_NS after it last tried any of them, and SEARCH_SIBLINGS_NS_MAX in all.
 *
 * Names that happen to share a first label (www) look the same. They are then left to their
 * resolver for that long; a wrong answer would be worse.
 *
 * Pure but for memory: time is an argument. One thread's: the worker of its clients.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/dns_name.h"

/* After less than the shortest time a stub waits for (resolv.conf(5): timeout:1) it has not gone on. */
#define SEARCH_SIBLINGS_GIVE_UP_NS (900 * 1000000ull)
#define SEARCH_SIBLINGS_NS         (6 * 1000000000ull)
#define SEARCH_SIBLINGS_NS_MAX     (30 * 1000000000ull)
#define SEARCH_SIBLINGS_MAX        4096u

struct search_siblings;

/* Return: 0 or -ENOMEM. */
int search_siblings_new(struct search_siblings **out_siblings, uint64_t seed);

/* What it may take. */
uint64_t search_siblings_bytes(void);

/* Accepts NULL. */
void search_siblings_free(struct search_siblings *siblings);

/* Who asks for what. */
struct search_query {
	uint32_t if_index;
	const uint8_t *client_ip;    /* 16 bytes */
	const struct dns_name *name; /* any case */
};

/**
 * search_siblings_failed() - it failed, and there was nothing to answer it with
 * @next_ns: when the client can have gone on to the next name, at the earliest
 */
void search_siblings_failed(
	struct search_siblings *siblings, const struct search_query *query, uint64_t next_ns);

/* It was answered after all. */
void search_siblings_answered(struct search_siblings *siblings, const struct search_query *query);

/**
 * search_siblings_has() - whether a sibling of it failed just before it was asked
 * @sent_ns: when it was first asked
 *
 * If so, the ones after it will find that, too.
 */
bool search_siblings_has(struct search_siblings *siblings, const struct search_query *query,
	uint64_t sent_ns, uint64_t now_ns);
