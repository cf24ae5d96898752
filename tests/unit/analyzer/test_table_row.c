/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/table_row.h"

#include <stdlib.h>

#include "tests/support/answer_samples.h"
#include "tests/support/check_main.h"
#include "tests/support/transaction_samples.h"

#define NOW_NS (1000 * NS_PER_S)

static struct message_table_row row;

static void start(void)
{
	memset(&row, 0xff, sizeof(row));
}

static void row_of_answer(uint8_t flags, uint64_t age_s)
{
	const struct answer_facts facts = answer_sample_facts(NOW_NS, flags);
	uint8_t message[ANSWER_SAMPLE_MESSAGE_BYTES];
	struct answer_entry *entry;
	struct answer_key key;

	answer_sample_key(&key, 1);
	answer_sample_message(message, 1);
	entry = answer_entry_new(&key, &facts, message, sizeof(message));
	ck_assert_ptr_nonnull(entry);
	table_row_of_answer(entry, NOW_NS + age_s * NS_PER_S, &row);
	free(entry);
}

START_TEST(row_of_an_answer_says_what_is_known)
{
	row_of_answer(0, 100);
	ck_assert_uint_eq(row.table, MESSAGE_TABLE_CACHE);
	ck_assert_uint_eq(row.at_ns, NOW_NS);
	ck_assert_uint_eq(row.ttl_s, ANSWER_SAMPLE_TTL_S - 100);
	ck_assert_uint_eq(row.type, DNS_TYPE_A);
	ck_assert_uint_eq(row.class, DNS_CLASS_IN);
	ck_assert_uint_eq(row.rcode, DNS_RCODE_NOERROR);
	ck_assert_uint_eq(row.flags, 0);
	ck_assert_str_eq(row.scope, "bridge:docker0");
	ck_assert_mem_eq(row.server_ip, "\0\0\0\0\0\0\0\0\0\0\377\377\12\0\0\65", 16);
	ck_assert_uint_eq(row.server_port_be, htons(5300));
	ck_assert_uint_eq(row.name_bytes, ANSWER_SAMPLE_NAME_BYTES);
	ck_assert_mem_eq(row.name,
		"\10"
		"00000001\7example\3com",
		ANSWER_SAMPLE_NAME_BYTES);
	ck_assert_uint_eq(row.address_count, 1);
	ck_assert_mem_eq(row.addresses[0], "\0\0\0\0\0\0\0\0\0\0\377\377\12\0\0\1", 16);
}
END_TEST

START_TEST(stale_answer_has_no_ttl_left)
{
	row_of_answer(0, ANSWER_SAMPLE_TTL_S);
	ck_assert_uint_eq(row.ttl_s, 0);
	ck_assert_uint_eq(row.flags, MESSAGE_ROW_STALE);
}
END_TEST

START_TEST(negative_answer_says_so)
{
	row_of_answer(ANSWER_NEGATIVE, 0);
	ck_assert_uint_eq(row.flags, MESSAGE_ROW_NEGATIVE);
	ck_assert_uint_eq(row.rcode, DNS_RCODE_NXDOMAIN);
}
END_TEST

/* A transaction that ended, rescued, after 5 s. */
static void row_of_transaction(enum message_table table)
{
	struct transaction_pool pool;
	struct transaction *transaction;

	transaction_pool_init(&pool);
	transaction = transaction_sample(&pool, 0x1234);
	ck_assert_ptr_nonnull(transaction);
	memcpy(transaction->scope, "bridge:br0", sizeof("bridge:br0"));
	transaction->seen_ns = NOW_NS;
	transaction->finished_ns = NOW_NS + 5 * NS_PER_S;
	transaction->is_rescued = true;
	transaction->rcode = DNS_RCODE_REFUSED;
	transaction->address_count = 1;
	memcpy(transaction->addresses[0], "0123456789abcdef", 16);
	table_row_of_transaction(transaction, table, &row);
	transaction_pool_give(&pool, transaction);
	transaction_pool_close(&pool);
}

START_TEST(row_of_a_transaction_says_who_asked_whom_what)
{
	static const enum message_table tables[] = { MESSAGE_TABLE_MATCHING, MESSAGE_TABLE_MATCHED,
		MESSAGE_TABLE_UNMATCHED };

	for (int i = 0; i < 3; i++) {
		start();
		row_of_transaction(tables[i]);
		ck_assert_uint_eq(row.table, tables[i]);
		ck_assert_uint_eq(row.at_ns, NOW_NS);
		ck_assert_uint_eq(row.dns_id, 0x1234);
		ck_assert_uint_eq(row.type, DNS_TYPE_A);
		ck_assert_uint_eq(row.client_port_be, htons(5000));
		ck_assert_uint_eq(row.server_port_be, htons(53));
		ck_assert_uint_eq(row.client_ip[15], 2);
		ck_assert_uint_eq(row.server_ip[15], 53);
		ck_assert_str_eq(row.scope, "bridge:br0");
		ck_assert_uint_eq(row.name_bytes, 17);
		ck_assert_mem_eq(row.name, "\3www\7example\3com", 17);
		ck_assert_uint_eq(row.ttl_s, 0);
	}
}
END_TEST

START_TEST(waiting_transaction_has_no_end_yet)
{
	row_of_transaction(MESSAGE_TABLE_MATCHING);
	ck_assert_uint_eq(row.took_ns, 0);
	ck_assert_uint_eq(row.rcode, 0);
	ck_assert_uint_eq(row.address_count, 0);
	ck_assert_uint_eq(row.flags, 0);
}
END_TEST

START_TEST(matched_transaction_tells_how_it_ended)
{
	row_of_transaction(MESSAGE_TABLE_MATCHED);
	ck_assert_uint_eq(row.took_ns, 5 * NS_PER_S);
	ck_assert_uint_eq(row.rcode, DNS_RCODE_REFUSED);
	ck_assert_uint_eq(row.address_count, 1);
	ck_assert_mem_eq(row.addresses[0], "0123456789abcdef", 16);
	ck_assert_uint_eq(row.flags, MESSAGE_ROW_RESCUED);
}
END_TEST

START_TEST(unmatched_transaction_took_no_time_to_its_response)
{
	row_of_transaction(MESSAGE_TABLE_UNMATCHED);
	ck_assert_uint_eq(row.flags, MESSAGE_ROW_RESCUED);
	ck_assert_uint_eq(row.took_ns, 0); /* message_layout.h: matched only */
}
END_TEST

static Suite *test_table_row_suite(void)
{
	Suite *suite = suite_create("table_row");
	TCase *all = tcase_create("table_row");

	tcase_add_checked_fixture(all, start, NULL);
	tcase_add_test(all, row_of_an_answer_says_what_is_known);
	tcase_add_test(all, stale_answer_has_no_ttl_left);
	tcase_add_test(all, negative_answer_says_so);
	tcase_add_test(all, row_of_a_transaction_says_who_asked_whom_what);
	tcase_add_test(all, waiting_transaction_has_no_end_yet);
	tcase_add_test(all, matched_transaction_tells_how_it_ended);
	tcase_add_test(all, unmatched_transaction_took_no_time_to_its_response);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_table_row_suite());
}
