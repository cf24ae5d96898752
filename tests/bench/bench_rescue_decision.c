/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench rescue decision -- from a query that was read to its order, while the resolver is silent.
 *
 * One worker, no process, no ring: worker_packet() is called for queries of learned names,
 * each with an id of its own, and all are answered at once. Between batches time passes, so
 * that as many are given up as come. Printed: the median of batches.
 *
 *	bench_rescue_decision [BATCHES]
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/worker_lab.h"

#define BENCH_NAMES       1000
#define BENCH_BATCH       1000
#define BENCH_BATCHES_MAX 100000
#define BENCH_PAUSE_MS    2500

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
	qsort(bench_took_ns, bench_batches, sizeof(bench_took_ns[0]), bench_compare);
	printf("query to order: p50 %llu ns, p99 %llu ns; %u of %u answered\n",
		(unsigned long long)bench_took_ns[bench_batches / 2],
		(unsigned long long)bench_took_ns[bench_batches * 99ull / 100],
		lab.order_count - before, bench_batches * BENCH_BATCH);
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
