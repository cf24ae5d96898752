/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench rescue decision -- from a query that was read to its order, while the resolver is silent.
 *
 * One worker, no process, no ring: worker_packet() is called for queries of learned names,
 * each with an id of its own, and all are answered at once. Between batches time passes, so
 * that as many are given up as come. Printed: the median of batches; and the same of the hit
 * alone, which is the answer looked up and the reply made of it, all of it in the CPU's caches.
 *
 *	bench_rescue_decision [BATCHES]
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/answer_share.h"
#include "analyzer/reply_message.h"
#include "tests/support/worker_lab.h"

#define BENCH_NAMES       1000
#define BENCH_BATCH       1000
#define BENCH_BATCHES_MAX 100000
#define BENCH_PAUSE_MS    2500
#define BENCH_HITS        100
#define BENCH_HIT_ROUNDS  10000

static struct lab_query bench_queries[BENCH_NAMES];
static char bench_names[BENCH_NAMES][32];
static uint64_t bench_took_ns[BENCH_BATCHES_MAX];

static void bench_teach(void)
{
	for (int i = 0; i < BENCH_NAMES; i++) {
		(void)snprintf(
			bench_names[i], sizeof(bench_names[i]), "name%d.service.example.com", i);
		bench_queries[i] = lab_from((uint8_t)(1 + i % 200), bench_names[i]);
		lab_resolve(&bench_queries[i]);
	}
	lab_settle();
	lab_fall_silent();
}

/* The packets are made before the clock is read. */
static uint64_t bench_batch(unsigned int number)
{
	static union {
		struct message_packet packet;
		uint8_t bytes[sizeof(struct message_packet) + MESSAGE_DNS_BYTES_MAX];
	} packets[BENCH_BATCH];
	uint64_t began_ns;

	for (int i = 0; i < BENCH_BATCH; i++) {
		struct lab_query *query = &bench_queries[(number * BENCH_BATCH + i) % BENCH_NAMES];
		const struct message_packet *packet;

		query->id++;
		packet = lab_query_packet(query);
		memcpy(packets[i].bytes, packet, sizeof(*packet) + packet->dns_bytes);
	}
	began_ns = clock_ns();
	for (int i = 0; i < BENCH_BATCH; i++)
		worker_packet(&lab.worker, &packets[i].packet, lab.now_ns);
	return (clock_ns() - began_ns) / BENCH_BATCH;
}

static int bench_compare(const void *one, const void *other)
{
	const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

/* Sorts bench_took_ns[]. */
static void bench_print(const char *what, unsigned int count)
{
	qsort(bench_took_ns, count, sizeof(bench_took_ns[0]), bench_compare);
	printf("%s: p50 %llu ns, p99 %llu ns\n", what, (unsigned long long)bench_took_ns[count / 2],
		(unsigned long long)bench_took_ns[count * 99ull / 100]);
}

/* A hit's query, read. */
struct bench_hit {
	struct answer_share share;
	struct transaction_query query;
	struct dns_name name;
};

static void bench_hit_make(struct bench_hit *hit, const struct lab_query *query)
{
	const struct message_packet *packet = lab_query_packet(query);
	static uint8_t client[ANSWER_KEY_CLIENT_BYTES];
	struct dns_message view;

	ck_assert_int_eq(dns_read_message(packet->dns, packet->dns_bytes, &view), DNS_READ_OK);
	*hit = (struct bench_hit){
		.share = { lab.worker.cache, CONFIG_SHARE_NETWORK, client },
		.query = { .id = view.head.id,
			.flags = view.head.flags,
			.type = view.head.question.type,
			.class = view.head.question.class,
			.udp_payload_bytes = DNS_UDP_BYTES_MIN },
		.name = view.head.question.name,
	};
	ck_assert(answer_key_make(&hit->share.key, packet->scope, packet->destination_ip,
		packet->destination_port_be, packet->dns, &view));
}

static bool bench_hit_reply(const struct bench_hit *hit)
{
	static uint8_t reply[MESSAGE_DNS_BYTES_MAX];
	const struct answer_entry *entry;
	struct answer_facts facts;
	enum reply_outcome outcome = REPLY_UNUSABLE;
	uint16_t bytes;

	rcu_read_lock();
	entry = answer_share_find(&hit->share, lab.now_ns);
	if (entry != NULL) {
		const struct reply_source source = {
			.message = answer_entry_message(entry),
			.message_bytes = entry->message_bytes,
			.facts = &facts,
			.query = &hit->query,
			.name = hit->name.bytes,
			.name_bytes = hit->name.length_bytes,
			.stale_ttl_s = 30,
			.now_ns = lab.now_ns,
		};

		facts = answer_entry_facts(entry);
		outcome = reply_message_make(&source, reply, sizeof(reply), &bytes);
	}
	rcu_read_unlock();
	return outcome == REPLY_OK;
}

static void bench_hits(void)
{
	static struct bench_hit hits[BENCH_HITS];
	unsigned int replies = 0;
	uint64_t began_ns;

	for (unsigned int i = 0; i < BENCH_HITS; i++)
		bench_hit_make(&hits[i], &bench_queries[i]);
	for (unsigned int round = 0; round < BENCH_HIT_ROUNDS; round++) {
		began_ns = clock_ns();
		for (unsigned int i = 0; i < BENCH_HITS; i++)
			replies += bench_hit_reply(&hits[i]);
		bench_took_ns[round] = (clock_ns() - began_ns) / BENCH_HITS;
	}
	bench_print("hit to reply", BENCH_HIT_ROUNDS);
	ck_assert_uint_eq(replies, BENCH_HITS * BENCH_HIT_ROUNDS);
}

static unsigned int bench_batches = 2000;

/* The worker lab's assertions need a test to be in. */
START_TEST(bench)
{
	unsigned int before;

	lab_configure();
	lab.config.client_rate = lab.config.total_rate = 1000000;
	lab_open();
	bench_teach();
	before = lab.order_count;
	for (unsigned int i = 0; i < bench_batches; i++) {
		bench_took_ns[i] = bench_batch(i);
		lab_pass(BENCH_PAUSE_MS); /* as many are given up as come */
	}
	ck_assert_uint_eq(lab.order_count - before, bench_batches * BENCH_BATCH);
	bench_print("query to order", bench_batches);
	bench_hits();
	lab_end();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("bench");
	TCase *tcase = tcase_create("bench");
	SRunner *runner;
	int failed;

	if (argc > 1)
		bench_batches = (unsigned int)atoi(argv[1]);
	if (bench_batches < 1 || bench_batches > BENCH_BATCHES_MAX)
		bench_batches = BENCH_BATCHES_MAX;
	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, bench);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
