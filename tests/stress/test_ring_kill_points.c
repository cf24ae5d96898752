/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring kill points -- a process dies after every single instruction of a push, a pop
 * or an attach, and fresh ends find everything as ring.h promises.
 *
 * What is compared with what was put in: sequences, lengths, contents, losses, epochs
 * and counters; then the ring goes round once more. With DNSCACHE_TEST_LONG set it takes
 * each instruction. The short form takes those that change a byte of the ring, each with either end first to
 * attach: in between, what a dead process leaves is the same. An attach is mostly the C
 * library's code: it also dies at every entry and exit of a system call, and of its
 * instructions only those after the last one count, where the shared words are written.
 *
 * A push is also stopped at each of these points while a living consumer looks, and
 * then goes on: no record may come that was counted as lost, none be promised too early.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/layout/ring_layout.h"
#include "shared/log.h"
#include "shared/ring.h"
#include "shared/segment.h"
#include "tests/support/change_watch.h"
#include "tests/support/kill_stepper.h"
#include "tests/support/temp_shm.h"

#define KILL_RING_BYTES    4096
#define KILL_BODY_MAX      (KILL_RING_BYTES / 8 - 16)
#define KILL_TYPE          9
#define KILL_STEP_BYTES    24 /* of the records that move the ring on */
#define KILL_SEQUENCES_MAX 512
#define KILL_COMPLETE_NS   777
#define KILL_POP_BATCHES   2
#define KILL_POP_RECORDS   2 /* per batch */
#define KILL_LAP_RECORDS   24
#define KILL_LAP_BYTES     400

/* Body sizes, ended by KILL_END; REFUSE fits no ring. */
#define KILL_END    UINT32_MAX
#define KILL_REFUSE (KILL_BODY_MAX + 1)

struct kill_case {
	const char *title;
	void (*prepare)(const void *kill_case);
	void (*act)(const void *kill_case);
	uint64_t start_index;   /* where the prefill begins; a multiple of KILL_STEP_BYTES */
	uint32_t prefill[12];   /* what is there before */
	uint32_t batch[6];      /* push: what the child offers and publishes at once */
	uint64_t ring_bytes;    /* attach_producer: another size makes a new ring */
	bool is_attach;         /* the act includes the attach */
	bool is_ringless;       /* there is no ring before */
	bool is_sleeping;       /* the consumer waits for the bell */
	bool is_completed_only; /* push: ring_state_complete() publishes */
};

/* All sequence numbers of one kill point. */
struct kill_history {
	uint64_t next;       /* offered before the act */
	uint64_t released;   /* what the next consumer expects */
	uint64_t batch_next; /* next, once the whole batch is offered */
	uint32_t body_bytes[KILL_SEQUENCES_MAX];
	bool is_there[KILL_SEQUENCES_MAX]; /* was not refused */
};

static struct kill_stepper *kill_stepper;
static struct kill_history kill_history;
static const char *kill_name;
static struct ring *kill_producer, *kill_consumer;
static struct kill_stepper_point kill_point; /* for messages */
static bool kill_is_learning;                /* this run is not killed */

#define KILL_CHECK(condition)                                                                  \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			printf("# line %d, after %llu stops and %llu instructions: %s\n",      \
				__LINE__, (unsigned long long)kill_point.stop_count,           \
				(unsigned long long)kill_point.instruction_count, #condition); \
			return false;                                                          \
		}                                                                              \
	} while (0)

/* Offer the record with this sequence; its bytes follow from it. Return: of ring_reserve(). */
static int kill_offer(struct ring *ring, uint64_t sequence, uint32_t body_bytes)
{
	void *body;
	int r = ring_reserve(ring, body_bytes, &body);

	if (r != RING_OK)
		return r;
	for (uint32_t i = 0; i < body_bytes; i++)
		((uint8_t *)body)[i] = (uint8_t)(sequence * 7 + i);
	ring_commit(ring, KILL_TYPE, body_bytes);
	return r;
}

static bool kill_is_whole(const struct ring_record *record)
{
	const uint8_t *body = record->body;

	if (record->sequence >= KILL_SEQUENCES_MAX || record->type != KILL_TYPE ||
		record->body_bytes != kill_history.body_bytes[record->sequence])
		return false;
	for (uint32_t i = 0; i < record->body_bytes; i++)
		if (body[i] != (uint8_t)(record->sequence * 7 + i))
			return false;
	return true;
}

/* The parent's own offers, which always come to their end. */
static void kill_put(uint32_t body_bytes)
{
	const uint64_t sequence = kill_history.next++;

	kill_history.body_bytes[sequence] = body_bytes;
	kill_history.is_there[sequence] =
		kill_offer(kill_producer, sequence, body_bytes) == RING_OK;
	ring_publish(kill_producer);
}

/* The child's acts. */

static void kill_prepare_push(const void *unused)
{
	(void)unused;
	if (ring_attach_producer(&kill_producer, kill_name, KILL_RING_BYTES) != RING_OK)
		_exit(EXIT_FAILURE);
}

static void kill_push(const void *context)
{
	const struct kill_case *kill_case = context;

	for (int i = 0; kill_case->batch[i] != KILL_END; i++)
		(void)kill_offer(
			kill_producer, kill_history.next + (uint64_t)i, kill_case->batch[i]);
	if (!kill_case->is_completed_only)
		ring_publish(kill_producer);
	ring_state_complete(kill_producer, KILL_COMPLETE_NS, 3);
}

static void kill_prepare_pop(const void *unused)
{
	(void)unused;
	if (ring_attach_consumer(&kill_consumer, kill_name) != RING_OK)
		_exit(EXIT_FAILURE);
}

/* Batches, and sleep. */
static void kill_pop(const void *unused)
{
	struct ring_record record;

	(void)unused;
	for (int batch = 0; batch < KILL_POP_BATCHES; batch++) {
		for (int i = 0; i < KILL_POP_RECORDS; i++)
			(void)ring_read(kill_consumer, &record);
		ring_release(kill_consumer);
		atomic_fetch_add(&kill_stepper->milestone, 1);
	}
	(void)ring_read(kill_consumer, &record);
	ring_wait(kill_consumer, 1);
}

static void kill_attach_producer(const void *context)
{
	const struct kill_case *kill_case = context;

	(void)ring_attach_producer(&kill_producer, kill_name, kill_case->ring_bytes);
}

static void kill_attach_consumer(const void *unused)
{
	(void)unused;
	(void)ring_attach_consumer(&kill_consumer, kill_name);
}

/* The ring as the case wants it, with nobody attached. */
static bool kill_set_up(const struct kill_case *kill_case)
{
	struct ring_record record;
	struct segment raw;

	memset(&kill_history, 0, sizeof(kill_history));
	segment_destroy(kill_name);
	if (kill_case->is_ringless)
		return true;

	KILL_CHECK(ring_attach_producer(&kill_producer, kill_name, KILL_RING_BYTES) == RING_OK);
	KILL_CHECK(ring_attach_consumer(&kill_consumer, kill_name) == RING_OK);
	for (uint64_t at = 0; at < kill_case->start_index; at += KILL_STEP_BYTES) {
		kill_put(8);
		KILL_CHECK(ring_read(kill_consumer, &record) == RING_OK);
		ring_release(kill_consumer);
	}
	kill_history.released = kill_history.next;
	for (int i = 0; kill_case->prefill[i] != KILL_END; i++)
		kill_put(kill_case->prefill[i]);
	ring_detach(kill_producer);
	ring_detach(kill_consumer);

	if (kill_case->is_sleeping) {
		KILL_CHECK(segment_attach(&raw, kill_name, true, RING_CONTROL_BYTES) == SEGMENT_OK);
		atomic_store(&((struct ring_layout_control *)raw.bytes)->doorbell.sleeping, 1);
		segment_detach(&raw);
	}
	kill_history.batch_next = kill_history.next;
	for (int i = 0; kill_case->batch[i] != KILL_END; i++)
		kill_history.body_bytes[kill_history.batch_next++] = kill_case->batch[i];
	return true;
}

/* Which records the child's batch leaves when nobody kills it; learnt from the ring itself. */
static uint64_t kill_batch_there;

/* All there is to read now. *out_mask: records of the batch seen, as bits. */
static bool kill_drain(uint64_t *received, uint64_t *lost, uint64_t *out_mask)
{
	uint64_t expected = ring_expected_sequence(kill_consumer);
	struct ring_producer_state state;
	struct ring_record record;

	ring_producer_state(kill_consumer, &state);
	while (ring_read(kill_consumer, &record) == RING_OK) {
		KILL_CHECK(record.sequence == expected + record.lost_before);
		KILL_CHECK(kill_is_whole(&record));
		for (; expected < record.sequence; expected++)
			KILL_CHECK(!kill_history.is_there[expected]);
		expected++;
		(*received)++;
		*lost += record.lost_before;
		if (record.sequence >= kill_history.next &&
			record.sequence < kill_history.batch_next)
			*out_mask |= 1ull << (record.sequence - kill_history.next);
	}
	for (; expected < kill_history.next; expected++)
		KILL_CHECK(!kill_history.is_there[expected]);
	*lost += ring_take_lost(kill_consumer, state.next_sequence);
	if (kill_is_learning)
		kill_batch_there = *out_mask;
	KILL_CHECK(ring_expected_sequence(kill_consumer) >= state.next_sequence);
	if (state.complete_until_ns == KILL_COMPLETE_NS) {
		KILL_CHECK(state.lost_upstream == 3);
		KILL_CHECK(state.next_sequence >= kill_history.batch_next);
		KILL_CHECK(*out_mask == kill_batch_there);
	}
	return true;
}

/* The sequence after so many records of those that were there before the act. */
static uint64_t kill_sequence_after(int record_count)
{
	uint64_t sequence = kill_history.released, after = sequence;

	for (; sequence < kill_history.next && record_count > 0; sequence++) {
		if (!kill_history.is_there[sequence])
			continue;
		after = sequence + 1;
		record_count--;
	}
	return after;
}

/* The next consumer begins after the last release that returned, or the one under way. */
static bool kill_is_start_right(const struct kill_case *kill_case, uint64_t started_at)
{
	const int release_count = atomic_load(&kill_stepper->milestone);
	const int under_way = kill_case->act == kill_pop && release_count < KILL_POP_BATCHES;

	return started_at == kill_sequence_after(release_count * KILL_POP_RECORDS) ||
	       (under_way &&
		       started_at == kill_sequence_after((release_count + 1) * KILL_POP_RECORDS));
}

/* One more round of the ring, by both new ends. */
static bool kill_lap(void)
{
	struct ring_record record;

	for (int i = 0; i < KILL_LAP_RECORDS; i++) {
		const uint64_t sequence = ring_expected_sequence(kill_consumer);

		kill_history.body_bytes[sequence] = KILL_LAP_BYTES;
		KILL_CHECK(kill_offer(kill_producer, sequence, KILL_LAP_BYTES) == RING_OK);
		ring_publish(kill_producer);
		KILL_CHECK(ring_read(kill_consumer, &record) == RING_OK);
		KILL_CHECK(record.sequence == sequence && record.lost_before == 0);
		KILL_CHECK(kill_is_whole(&record));
		ring_release(kill_consumer);
	}
	return true;
}

static bool kill_attach_both(const struct kill_case *kill_case, bool is_producer_first)
{
	if (is_producer_first)
		KILL_CHECK(ring_attach_producer(&kill_producer, kill_name, kill_case->ring_bytes) ==
			   RING_OK);
	KILL_CHECK(ring_attach_consumer(&kill_consumer, kill_name) == RING_OK);
	return true;
}

/* What the two new ends find. */
static bool kill_compare(const struct kill_case *kill_case, bool is_producer_first)
{
	const uint64_t started_at = ring_expected_sequence(kill_consumer);
	struct ring_producer_state state;
	uint64_t received = 0, lost = 0, mask = 0;
	struct ring_usage usage;

	KILL_CHECK(kill_is_start_right(kill_case, started_at));
	if (!kill_drain(&received, &lost, &mask))
		return false;
	KILL_CHECK(mask == 0 || mask == kill_batch_there); /* ring.h, Commit */
	if (!is_producer_first)
		KILL_CHECK(ring_attach_producer(&kill_producer, kill_name, kill_case->ring_bytes) ==
			   RING_OK);

	ring_producer_state(kill_consumer, &state);
	KILL_CHECK(state.next_sequence >= kill_history.next);
	KILL_CHECK(state.next_sequence <= kill_history.batch_next);
	KILL_CHECK(mask == 0 || state.next_sequence == kill_history.batch_next);
	lost += ring_take_lost(kill_consumer, state.next_sequence);
	KILL_CHECK(started_at + received + lost == state.next_sequence); /* ring.h, Loss */
	ring_release(kill_consumer);

	ring_usage(kill_consumer, &usage);
	KILL_CHECK(usage.corrupt == 0);
	KILL_CHECK(usage.records == state.next_sequence);
	KILL_CHECK(usage.dropped_full + usage.dropped_oversized <= state.next_sequence);
	return kill_lap();
}

struct kill_epochs {
	uint64_t producer, consumer;
};

static struct kill_epochs kill_read_epochs(void)
{
	struct kill_epochs epochs = { 0 };
	const struct ring_layout_control *control;
	struct segment raw;

	if (segment_attach(&raw, kill_name, false, RING_CONTROL_BYTES) != SEGMENT_OK)
		return epochs;
	control = raw.bytes;
	epochs.producer = atomic_load(&control->producer.epoch);
	epochs.consumer = atomic_load(&control->consumer.epoch);
	segment_detach(&raw);
	return epochs;
}

static bool kill_verify(const struct kill_case *kill_case, bool is_producer_first)
{
	const bool is_new = kill_case->is_ringless || kill_case->ring_bytes != KILL_RING_BYTES;
	const struct kill_epochs before = kill_read_epochs();
	struct kill_epochs after;

	if (is_new) {
		memset(&kill_history, 0, sizeof(kill_history));
		is_producer_first = true;
	}
	if (!kill_attach_both(kill_case, is_producer_first) ||
		!kill_compare(kill_case, is_producer_first))
		return false;

	after = kill_read_epochs();
	if (!is_new) {
		KILL_CHECK(after.producer == before.producer + 1);
		KILL_CHECK(after.consumer == before.consumer + 1);
		KILL_CHECK(before.producer >= 1 + (kill_case->act == kill_push));
		KILL_CHECK(before.consumer >= 1 + (kill_case->act == kill_pop));
	}
	ring_detach(kill_producer);
	ring_detach(kill_consumer);
	return true;
}

/* Dies at this point. *out_done is less where the act was over before. */
static bool kill_once(const struct kill_case *kill_case, struct kill_stepper_point at,
	bool is_producer_first, struct kill_stepper_point *out_done)
{
	enum kill_stepper_end end;

	kill_point = at;
	if (!kill_set_up(kill_case))
		return false;
	end = kill_stepper_start(kill_stepper, at, out_done);
	kill_stepper_kill(kill_stepper);
	KILL_CHECK(end != KILL_STEPPER_FAILED);
	return kill_verify(kill_case, is_producer_first);
}

/* Stops at this point, under a consumer's eyes, and goes on. */
static bool kill_pause_once(const struct kill_case *kill_case, struct kill_stepper_point at)
{
	uint64_t received = 0, lost = 0, mask = 0, started_at;
	struct kill_stepper_point done;
	enum kill_stepper_end end;
	struct ring_usage usage;

	kill_point = at;
	if (!kill_set_up(kill_case))
		return false;
	end = kill_stepper_start(kill_stepper, at, &done);
	KILL_CHECK(end != KILL_STEPPER_FAILED);
	KILL_CHECK(ring_attach_consumer(&kill_consumer, kill_name) == RING_OK);
	started_at = ring_expected_sequence(kill_consumer);
	if (!kill_drain(&received, &lost, &mask))
		return false;
	kill_stepper_finish(kill_stepper);
	kill_stepper_kill(kill_stepper);
	if (!kill_drain(&received, &lost, &mask))
		return false;

	ring_usage(kill_consumer, &usage);
	KILL_CHECK(usage.corrupt == 0);
	KILL_CHECK(mask == kill_batch_there);
	KILL_CHECK(usage.records == kill_history.batch_next);
	KILL_CHECK(started_at + received + lost == kill_history.batch_next);
	ring_detach(kill_consumer);
	return true;
}

/* An act that is not killed tells how many stops, instructions and changes it has. */
static bool kill_learn(const struct kill_case *kill_case, struct kill_stepper_point *at)
{
	bool is_well;

	kill_is_learning = true;
	kill_batch_there = 0;
	change_watch_begin(kill_name);
	is_well =
		!kill_case->is_attach ||
		kill_once(kill_case,
			(struct kill_stepper_point){ .stop_count = KILL_STEPPER_NEVER }, true, at);
	kill_stepper->watch = change_watch_look;
	is_well = is_well &&
		  kill_once(kill_case,
			  (struct kill_stepper_point){ at->stop_count, KILL_STEPPER_NEVER }, true,
			  at);
	kill_stepper->watch = NULL;
	kill_is_learning = false;
	return is_well;
}

/* All that is done with one point. Return: how many times it died there, 0 = a check failed. */
static uint64_t kill_everyhow(const struct kill_case *kill_case, struct kill_stepper_point at)
{
	struct kill_stepper_point done;

	return kill_once(kill_case, at, false, &done) && kill_once(kill_case, at, true, &done) &&
			       (kill_case->act != kill_push || kill_pause_once(kill_case, at))
		       ? 2
		       : 0;
}

/* Return: how often the act was killed, 0 = a check failed. */
static uint64_t kill_run(const struct kill_case *kill_case, bool is_long)
{
	struct kill_stepper_point last = { 0 }, at = { 0 };
	uint64_t points, deaths = 0, here = 1;

	kill_stepper->prepare = kill_case->prepare;
	kill_stepper->act = kill_case->act;
	kill_stepper->context = kill_case;
	if (!kill_learn(kill_case, &last))
		return 0;

	for (; here && at.stop_count < last.stop_count; at.stop_count++)
		deaths += here = kill_everyhow(kill_case, at);
	points = is_long ? last.instruction_count : change_watch.count;
	for (uint64_t i = 0; here && i < points; i++) {
		at.instruction_count = is_long ? i : change_watch.at[i];
		deaths += here = kill_everyhow(kill_case, at);
	}
	printf("# %llu stops, %llu instructions, %zu of them change the ring: killed %llu times\n",
		(unsigned long long)last.stop_count, (unsigned long long)last.instruction_count,
		change_watch.count, (unsigned long long)deaths);
	return here ? deaths : 0;
}

#define PUSH .prepare = kill_prepare_push, .act = kill_push, .ring_bytes = KILL_RING_BYTES
#define POP  .prepare = kill_prepare_pop, .act = kill_pop, .ring_bytes = KILL_RING_BYTES

/* 4096 = 170 x 24 + 16: start indexes near it let records wrap. */
/* clang-format off */
static const struct kill_case kill_cases[] = {
	{ .title = "push into an empty ring", PUSH,
		.prefill = { KILL_END }, .batch = { 40, 9, KILL_END } },
	{ .title = "push behind a gap into a half full ring", PUSH,
		.start_index = 240, .prefill = { 480, 480, KILL_REFUSE, 480, KILL_END },
		.batch = { 0, 24, KILL_END } },
	{ .title = "push with 16 bytes of padding first", PUSH,
		.start_index = 4080, .prefill = { KILL_END }, .batch = { 8, 16, KILL_END } },
	{ .title = "push with 8 bytes of padding in the middle", PUSH,
		.start_index = 4056, .prefill = { KILL_END }, .batch = { 16, 1, KILL_END } },
	{ .title = "push up to the last byte", PUSH,
		.start_index = 4056, .prefill = { KILL_END }, .batch = { 1, 0, 1, KILL_END } },
	{ .title = "push into a ring that is full after the first", PUSH,
		.prefill = { 496, 496, 496, 496, 496, 496, 496, 456, KILL_END },
		.batch = { 20, 8, 0, KILL_END } },
	{ .title = "push into a full ring", PUSH,
		.prefill = { 496, 496, 496, 496, 496, 496, 496, 496, KILL_END },
		.batch = { 8, 8, KILL_END } },
	{ .title = "push around an oversized record", PUSH,
		.start_index = 2400, .prefill = { 8, KILL_END },
		.batch = { 8, KILL_REFUSE, 8, KILL_REFUSE, KILL_END } },
	{ .title = "push to a sleeping consumer", PUSH,
		.start_index = 24, .prefill = { KILL_END }, .batch = { 8, KILL_END },
		.is_sleeping = true },
	{ .title = "push by saying that all is complete", PUSH,
		.prefill = { 8, KILL_END }, .batch = { 8, 8, KILL_END },
		.is_completed_only = true },
	{ .title = "pop from a ring that then is empty", POP,
		.start_index = 48, .prefill = { 8, 40, 0, 24, KILL_END }, .batch = { KILL_END } },
	{ .title = "pop over gaps", POP,
		.start_index = 48,
		.prefill = { KILL_REFUSE, 8, KILL_REFUSE, 8, KILL_REFUSE, KILL_REFUSE, 8, 8,
			KILL_REFUSE, 8, KILL_END },
		.batch = { KILL_END } },
	{ .title = "pop over the wrap", POP,
		.start_index = 4032, .prefill = { 8, 100, KILL_REFUSE, 8, 8, 8, KILL_END },
		.batch = { KILL_END } },
	{ .title = "pop from a full ring", POP,
		.start_index = 1200,
		.prefill = { 496, 496, 496, 496, 496, 496, 400, 400, 400, KILL_END },
		.batch = { KILL_END } },
	{ .title = "pop from an empty ring", POP,
		.start_index = 72, .prefill = { KILL_END }, .batch = { KILL_END } },
	{ .title = "attach as producer and create", .act = kill_attach_producer,
		.ring_bytes = KILL_RING_BYTES, .prefill = { KILL_END }, .batch = { KILL_END },
		.is_attach = true, .is_ringless = true },
	{ .title = "attach as producer and take over", .act = kill_attach_producer,
		.ring_bytes = KILL_RING_BYTES, .start_index = 4032,
		.prefill = { 8, KILL_REFUSE, 100, KILL_REFUSE, KILL_END }, .batch = { KILL_END },
		.is_attach = true },
	{ .title = "attach as producer and replace", .act = kill_attach_producer,
		.ring_bytes = 2 * KILL_RING_BYTES, .prefill = { 8, KILL_END },
		.batch = { KILL_END }, .is_attach = true },
	{ .title = "attach as consumer", .act = kill_attach_consumer,
		.ring_bytes = KILL_RING_BYTES, .start_index = 4032,
		.prefill = { KILL_REFUSE, 8, 100, KILL_END }, .batch = { KILL_END },
		.is_attach = true },
};
/* clang-format on */

#define KILL_CASE_COUNT (sizeof(kill_cases) / sizeof(kill_cases[0]))

/* Parent and child on one CPU: a step is a context switch, and cheaper there. */
static void kill_pin(void)
{
	cpu_set_t one;
	const int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

int main(void)
{
	const bool is_long = getenv("DNSCACHE_TEST_LONG") != NULL;
	uint64_t points = 0;
	int failed_count = 0;

	(void)setvbuf(stdout, NULL, _IONBF, 0); /* forks must not print it again */
	log_set_level(LOG_LEVEL_ERROR);
	kill_pin();
	kill_stepper = kill_stepper_new();
	kill_name = temp_shm_name("kill");
	printf("1..%zu\n", KILL_CASE_COUNT);
	for (size_t i = 0; i < KILL_CASE_COUNT; i++) {
		const struct kill_case *kill_case = &kill_cases[i];
		const uint64_t here = kill_run(kill_case, is_long);

		printf("%s %zu - %s\n", here ? "ok" : "not ok", i + 1, kill_case->title);
		points += here;
		failed_count += here == 0;
	}
	printf("# %llu kill points\n", (unsigned long long)points);
	return failed_count ? EXIT_FAILURE : EXIT_SUCCESS;
}
