/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Transaction samples -- queries by number, as query_match takes them.
 *
 * Sample n differs from all others in its DNS id alone: A of www.example.com, from
 * 10.0.0.2:5000 at edge 7 to 10.0.0.53:53.
 */

#include <arpa/inet.h>
#include <string.h>

#include "analyzer/transaction_pool.h"

static inline struct transaction_path transaction_sample_path(void)
{
	return (struct transaction_path){ .if_index = 7,
		.client_port_be = htons(5000),
		.server_port_be = htons(53),
		.client_ip = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
		.server_ip = { [10] = 0xff, 0xff, 10, 0, 0, 53 } };
}

static inline struct dns_head transaction_sample_head(uint16_t number)
{
	static const char name[] = "\3www\7example\3com";
	struct dns_head head = { .id = number,
		.flags = DNS_FLAG_RD,
		.question = { .type = DNS_TYPE_A, .class = DNS_CLASS_IN } };

	head.question.name.length_bytes = sizeof(name);
	memcpy(head.question.name.bytes, name, sizeof(name));
	return head;
}

static inline struct answer_key transaction_sample_key(void)
{
	return (struct answer_key){ .size_bytes = 3, .bytes = { 'k', 'e', 'y' } };
}

static inline struct transaction *transaction_sample(struct transaction_pool *pool, uint16_t number)
{
	const struct transaction_path path = transaction_sample_path();
	const struct dns_head head = transaction_sample_head(number);
	const struct answer_key key = transaction_sample_key();

	return transaction_pool_make(pool, &path, &head, &key);
}
