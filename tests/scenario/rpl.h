/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * RPL -- a scenario of testbound and deckard: what resolvers say when, and what happens step by step.
 *
 * tests/scenario/README.md has the format and what dnscache adds to it. Messages are
 * ldns packets, so that neither the scenarios nor the judging of answers use the
 * product's reader and writer.
 */

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RPL_TEXT_BYTES    256 /* of a title, a word, an address */
#define RPL_ADDRESS_BYTES 48
#define RPL_ADDRESSES_MAX 4u

/* What of a message is compared. */
enum rpl_match {
	RPL_MATCH_OPCODE = 1 << 0,
	RPL_MATCH_QTYPE = 1 << 1,
	RPL_MATCH_QNAME = 1 << 2, /* without case */
	RPL_MATCH_QCASE = 1 << 3, /* byte for byte */
	RPL_MATCH_SUBDOMAIN = 1 << 4,
	RPL_MATCH_FLAGS = 1 << 5, /* QR AA TC RD RA AD CD */
	RPL_MATCH_RCODE = 1 << 6,
	RPL_MATCH_ANSWER = 1 << 7,
	RPL_MATCH_AUTHORITY = 1 << 8,
	RPL_MATCH_ADDITIONAL = 1 << 9,
	RPL_MATCH_DO = 1 << 10, /* as the entry has it */
	RPL_MATCH_TTL = 1 << 11,
	RPL_MATCH_NOEDNS = 1 << 12,
	RPL_MATCH_EDNS = 1 << 13, /* version and payload size */
	RPL_MATCH_EDE = 1 << 14,
	RPL_MATCH_EDNSDATA = 1 << 15, /* every option, in its order */
	RPL_MATCH_NOTHING = 1 << 16,  /* of TCP, which no query here comes by */
	RPL_MATCH_QUESTION = RPL_MATCH_QTYPE | RPL_MATCH_QNAME,
	RPL_MATCH_ALL = RPL_MATCH_OPCODE | RPL_MATCH_QUESTION | RPL_MATCH_FLAGS | RPL_MATCH_RCODE |
			RPL_MATCH_ANSWER | RPL_MATCH_AUTHORITY | RPL_MATCH_ADDITIONAL |
			RPL_MATCH_DO,
};

#define RPL_EDE_NONE (-1) /* must not be there */
#define RPL_EDE_ANY  (-2)

/* One message, with what it is compared by and changed in. */
struct rpl_entry {
	struct rpl_entry *next; /* of its range */
	unsigned int line;
	uint32_t match; /* enum rpl_match; 0: every message fits */
	int ede;        /* info code, or RPL_EDE_*; with RPL_MATCH_EDE */
	int has_ede;    /* info code that a response carries; 0: none */
	uint8_t hops;   /* IP TTL of a query; 0: as systems begin with */
	bool is_silent; /* ADJUST do_not_answer */
	bool is_second; /* to a query that has had its response; of a STEP REPLY only */
	uint64_t sleep_ns;
	ldns_pkt *message;
};

/* What resolvers say to queries of steps @first to @last. */
struct rpl_range {
	struct rpl_range *next;
	unsigned int first;
	unsigned int last;
	unsigned int address_count; /* 0: every resolver */
	char addresses[RPL_ADDRESSES_MAX][RPL_ADDRESS_BYTES];
	struct rpl_entry *entries;
};

enum rpl_step_kind {
	RPL_STEP_QUERY,
	RPL_STEP_REPLY,
	RPL_STEP_CHECK_ANSWER,
	RPL_STEP_CHECK_OUT_QUERY,
	RPL_STEP_TIME_PASSES,
	RPL_STEP_TIMEOUT, /* the query under way is lost */
	RPL_STEP_ERROR,   /* it draws an ICMP error */
	RPL_STEP_NOTHING,
	RPL_STEP_TRAFFIC,
	/* Ours, in lines "; dnscache: ...". */
	RPL_STEP_AGAIN,      /* the last query is sent once more */
	RPL_STEP_MISSED,     /* capture lost a record */
	RPL_STEP_SERVES,     /* text: the client that is seen answering others */
	RPL_STEP_RESOLVER,   /* text: whom queries go to from now on */
	RPL_STEP_SCOPE,      /* text: the scope their clients are in */
	RPL_STEP_HOLDING,    /* whether failures are held from now on */
	RPL_STEP_RELOAD,     /* text: lines of dnscache.conf that come into force */
	RPL_STEP_ANSWERED,   /* by whom, and when, what was checked last */
	RPL_STEP_UNCHECKED,  /* value responses and more_value replies were not checked */
	RPL_STEP_UNANSWERED, /* nothing that was not checked comes within a client's patience */
	RPL_STEP_COUNTER,    /* text: name; value */
};

struct rpl_step {
	struct rpl_step *next;
	unsigned int line;
	unsigned int number;
	enum rpl_step_kind kind;
	struct rpl_entry *entry; /* NULL where the kind has none */
	uint64_t elapse_ns;      /* TIME_PASSES; HOLDING: for; ANSWERED: after, if has_time */
	uint64_t value;
	uint64_t more_value;
	bool is_holding; /* HOLDING */
	bool is_reply;   /* ANSWERED */
	bool has_time;
	char address[RPL_ADDRESS_BYTES]; /* the client's; "" for the usual one */
	char text[RPL_TEXT_BYTES];
};

struct rpl {
	char title[RPL_TEXT_BYTES];
	char resolver[RPL_ADDRESS_BYTES]; /* whom clients ask unless a step says otherwise */
	bool is_minimal;                  /* it leaves out what was not asked for */
	char *config;                     /* dnscache.conf, "" for none */
	size_t config_bytes;
	struct rpl_range *ranges;
	struct rpl_step *steps;
};

/* Accepts NULL. */
void rpl_entry_free(struct rpl_entry *entry);
void rpl_free(struct rpl *rpl);
