/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bench answer memory -- what 100,000 answers take, three quarters of them positive.
 *
 * First the samples of answer_samples.h: one address or none, a name of 22 bytes. Then responses
 * of the captures in the shared test data, as they would be learned, whatever they are: put
 * again and again in scopes of their own, so that each is as large as it was.
 *
 *	python3 tests/differential/feed_messages.py build/tests/bench/bench_answer_memory
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/answer_cache.h"
#include "analyzer/answer_learn.h"
#include "shared/clock.h"
#include "tests/differential/message_stream.h"
#include "tests/support/answer_samples.h"

#define BENCH_ANSWERS      100000u
#define BENCH_CAPACITY     131072u
#define BENCH_NOW_NS       (1000 * NS_PER_S)
#define BENCH_MEMORY_BYTES (UINT64_C(1) << 30)

struct bench_answer {
	struct answer_key key;
	struct answer_facts facts;
	uint8_t *message;
	uint16_t message_bytes;
};

/* Of one kind. */
struct bench_answers {
	struct bench_answer *answers;
	size_t count;
};

static struct answer_cache *bench_open(void)
{
	struct answer_cache *cache;

	if (answer_cache_new(&cache, BENCH_CAPACITY, BENCH_MEMORY_BYTES, 1, BENCH_NOW_NS) < 0)
		exit(EXIT_FAILURE);
	return cache;
}

static void bench_report(const char *what, const struct answer_cache *cache)
{
	struct answer_cache_usage usage;

	answer_cache_usage(cache, &usage);
	if (usage.entries + usage.entries_negative != BENCH_ANSWERS)
		abort();
	printf("%-40s %7.1f MB, %.0f bytes each\n", what, (double)usage.memory_bytes / 1e6,
		(double)usage.memory_bytes / BENCH_ANSWERS);
}

static void bench_samples(void)
{
	struct answer_cache *cache = bench_open();

	for (uint32_t i = 0; i < BENCH_ANSWERS; i++)
		if (answer_sample_put(cache, i, BENCH_NOW_NS, i % 4 ? 0 : ANSWER_NEGATIVE) !=
			ANSWER_CACHE_OK)
			abort();
	bench_report("100,000 samples", cache);
	answer_cache_free(cache);
}

static void bench_keep(
	struct bench_answers *answers, const struct bench_answer *answer, const uint8_t *message)
{
	struct bench_answer *kept;

	answers->answers =
		realloc(answers->answers, (answers->count + 1) * sizeof(*answers->answers));
	if (answers->answers == NULL)
		exit(EXIT_FAILURE);
	kept = &answers->answers[answers->count++];
	*kept = *answer;
	kept->message = malloc(answer->message_bytes);
	if (kept->message == NULL)
		exit(EXIT_FAILURE);
	memcpy(kept->message, message, answer->message_bytes);
}

/* As worker_learn() does, if it would. */
static void bench_learn(const struct message_sample *sample, struct bench_answers *kinds)
{
	static const char scope[MESSAGE_SCOPE_BYTES] = "bridge:docker0";
	static const uint8_t resolver[ANSWER_KEY_RESOLVER_BYTES];
	static uint8_t message[UINT16_MAX];
	const struct learn_limits limits = { 86400 * NS_PER_S, 86400 * NS_PER_S, 1, 0,
		30 * NS_PER_S };
	struct bench_answer answer;
	struct dns_message view;

	if (strncmp(sample->origin, "pcap/", 5) != 0 || sample->size_bytes > sizeof(message) ||
		dns_read_message(sample->bytes, sample->size_bytes, &view) != DNS_READ_OK ||
		answer_learn_facts(sample->bytes, &view, &limits, BENCH_NOW_NS, &answer.facts) !=
			LEARN_OK ||
		!answer_key_make(&answer.key, scope, resolver, htons(53), sample->bytes, &view))
		return;
	answer.message_bytes = answer_learn_copy(sample->bytes, &view,
		answer_learn_ttl_max_s(sample->bytes, &view, &limits), message);
	if (answer.message_bytes > 0)
		bench_keep(&kinds[answer.facts.flags & ANSWER_NEGATIVE ? 1 : 0], &answer, message);
}

static void bench_put(
	struct answer_cache *cache, const struct bench_answers *answers, uint32_t number)
{
	const struct bench_answer *answer = &answers->answers[number % answers->count];
	struct answer_key key = answer->key;

	memcpy(key.bytes, &number, sizeof(number)); /* of its scope */
	if (answer_cache_put(cache, &key, &answer->facts, answer->message, answer->message_bytes) !=
		ANSWER_CACHE_OK)
		abort();
}

static void bench_captured(void)
{
	struct bench_answers kinds[2] = { 0 };
	struct answer_cache *cache;

	message_stream_read();
	for (size_t i = 0; i < message_stream.count; i++)
		bench_learn(&message_stream.samples[i], kinds);
	printf("%zu positive and %zu negative responses of captures\n", kinds[0].count,
		kinds[1].count);
	if (kinds[0].count == 0 || kinds[1].count == 0)
		return;
	cache = bench_open();
	for (uint32_t i = 0; i < BENCH_ANSWERS; i++)
		bench_put(cache, &kinds[i % 4 ? 0 : 1], i);
	bench_report("100,000 of these", cache);
	answer_cache_free(cache);
}

int main(void)
{
	rcu_register_thread();
	bench_samples();
	bench_captured();
	rcu_unregister_thread();
	return 0;
}
