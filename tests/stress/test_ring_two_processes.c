/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring between two processes -- order, no loss unseen, no repeat, whole contents.
 *
 * Random sizes, batches and pauses, so that the ring wraps at every offset, is empty
 * and full by turns, and the consumer sleeps on the doorbell. In the last scenario
 * both processes are killed and replaced all the time. About two seconds, or the
 * number of seconds per scenario given as argument.
 */
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/clock.h"
#include "shared/ring.h"
#include "tests/support/temp_shm.h"

#define STRESS_DEFAULT_NS       (600 * NS_PER_MS) /* per scenario */
#define STRESS_BATCH_MAX        64
#define STRESS_PRODUCERS_MAX    65536
#define STRESS_LOST_WAKE_NS     (5 * NS_PER_S) /* a wait this long missed its bell */
#define STRESS_KILLED_WAIT_NS   (20 * NS_PER_MS)
#define STRESS_POLL_US          500
#define STRESS_KILL_PAUSE_US    3000
#define STRESS_ENOUGH_S         30 /* after the scenario's time: its processes hang */
#define STRESS_TYPE_DATA        1
#define STRESS_TYPE_LAST        2
#define STRESS_ABANDON_ONE_IN   100
#define STRESS_OVERSIZED_ONE_IN 500
#define STRESS_SPINS_MAX        3000 /* about as long as the consumer takes to fall asleep */

struct stress_scenario {
	const char *title;
	uint64_t ring_bytes;
	unsigned int pause_one_in; /* batches; 0 = never */
	bool is_patient;           /* on a full ring: let the consumer run before going on */
	bool is_one_by_one;        /* the next record only once the last one was read */
	bool is_killed;
};

/* In front of each body; the bytes behind it follow from it. */
struct stress_head {
	uint64_t producer;
	uint64_t number; /* of the records this producer offered, refused ones included */
};

/* What the processes of one scenario tell each other, besides the ring. */
struct stress_board {
	_Atomic bool is_stopping;
	_Atomic uint64_t reached;  /* the consumer's expected sequence */
	_Atomic uint64_t received; /* by all consumers, repeats included */
	_Atomic uint64_t lost;
	_Atomic uint64_t wait_count;
	_Atomic uint64_t bases[STRESS_PRODUCERS_MAX]; /* 1 + sequence of a producer's number 0 */
};

static struct stress_board *stress_board;
static uint64_t stress_random_state;

__attribute__((format(printf, 1, 2))) static void stress_fail(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("# ", stderr);
	(void)vfprintf(stderr, format, list);
	fputs("\n", stderr);
	va_end(list);
	_exit(EXIT_FAILURE);
}

static uint64_t stress_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t stress_random(uint64_t limit)
{
	return stress_mix(stress_random_state += 0x9e3779b97f4a7c15ull) % limit;
}

/* Mostly small, now and then up to the largest the ring takes. */
static uint32_t stress_size(const struct stress_head *head, uint64_t ring_bytes)
{
	const uint64_t mixed = stress_mix(head->number ^ head->producer << 40);
	const uint64_t largest = ring_bytes / 8 - 16 - sizeof(*head);

	return (uint32_t)(sizeof(*head) + (mixed >> 32) % (mixed % 8 ? 200 : largest + 1));
}

static void stress_fill(uint8_t *body, const struct stress_head *head, uint32_t body_bytes)
{
	uint64_t seed = head->number * 31 + head->producer;

	memcpy(body, head, sizeof(*head));
	for (uint32_t i = sizeof(*head); i < body_bytes; i++)
		body[i] = (uint8_t)(seed += 17);
}

static void stress_check_body(const struct ring_record *record, uint64_t ring_bytes)
{
	const uint8_t *body = record->body;
	struct stress_head head;
	uint64_t base, seed;

	if (record->body_bytes < sizeof(head))
		stress_fail("record %llu is too short", (unsigned long long)record->sequence);
	memcpy(&head, body, sizeof(head));
	if (record->type == STRESS_TYPE_DATA &&
		record->body_bytes != stress_size(&head, ring_bytes))
		stress_fail("record %llu has a wrong size", (unsigned long long)record->sequence);
	seed = head.number * 31 + head.producer;
	for (uint32_t i = sizeof(head); i < record->body_bytes; i++)
		if (body[i] != (uint8_t)(seed += 17))
			stress_fail("record %llu is damaged", (unsigned long long)record->sequence);

	/* Numbers and sequences of one producer run in parallel, whoever reads them. */
	base = 1 + record->sequence - head.number;
	if (head.producer >= STRESS_PRODUCERS_MAX)
		stress_fail("record %llu is damaged", (unsigned long long)record->sequence);
	if (atomic_load(&stress_board->bases[head.producer]) == 0)
		atomic_store(&stress_board->bases[head.producer], base);
	if (atomic_load(&stress_board->bases[head.producer]) != base)
		stress_fail("record %llu is the producer's %llu: not in step",
			(unsigned long long)record->sequence, (unsigned long long)head.number);
}

/* Offer the record with this head; it takes one sequence number whatever becomes of it. */
static int stress_offer(struct ring *ring, const struct stress_head *head, uint64_t ring_bytes)
{
	const uint32_t body_bytes = stress_size(head, ring_bytes);
	void *body;
	int r;

	if (stress_random(STRESS_OVERSIZED_ONE_IN) == 0)
		return ring_reserve(ring, (uint32_t)ring_bytes, &body);

	r = ring_reserve(ring, body_bytes, &body);
	if (r != RING_OK)
		return r;
	if (stress_random(STRESS_ABANDON_ONE_IN) == 0 &&
		ring_reserve(ring, body_bytes, &body) != RING_OK)
		stress_fail("there was room for %u bytes, and then there was not", body_bytes);
	stress_fill(body, head, body_bytes);
	ring_commit(ring, STRESS_TYPE_DATA, body_bytes);
	return RING_OK;
}

/* The one record that must get through. */
static void stress_offer_last(struct ring *ring, struct stress_head *head)
{
	void *body;

	while (ring_reserve(ring, sizeof(*head), &body) != RING_OK) {
		head->number++;
		(void)usleep(STRESS_POLL_US);
	}
	memcpy(body, head, sizeof(*head));
	ring_commit(ring, STRESS_TYPE_LAST, sizeof(*head));
}

/*
 * Until the consumer has read all, and then a moment that differs each time: now it
 * may be anywhere on its way to sleep, and no later record makes up for a missed bell.
 */
static void stress_let_read(struct ring *ring)
{
	struct ring_usage usage;

	ring_usage(ring, &usage);
	while (atomic_load(&stress_board->reached) < usage.records)
		(void)sched_yield();
	for (uint64_t spins = stress_random(STRESS_SPINS_MAX); spins > 0; spins--)
		atomic_signal_fence(memory_order_seq_cst);
}

static void stress_produce(const struct stress_scenario *scenario, const char *name, uint64_t id)
{
	struct stress_head head = { .producer = id };
	struct ring *ring;
	int r = RING_OK;

	stress_random_state = id;
	if (ring_attach_producer(&ring, name, scenario->ring_bytes) != RING_OK)
		stress_fail("producer %llu cannot attach", (unsigned long long)id);
	while (!atomic_load(&stress_board->is_stopping)) {
		uint64_t batch = scenario->is_one_by_one ? 1 : 1 + stress_random(STRESS_BATCH_MAX);

		for (; batch > 0; batch--) {
			r = stress_offer(ring, &head, scenario->ring_bytes);
			head.number++;
			if (r != RING_FULL || !scenario->is_patient)
				continue;
			ring_publish(ring);
			(void)sched_yield();
		}
		ring_publish(ring);
		ring_beat(ring, clock_ns());
		if (scenario->is_one_by_one && r == RING_OK) /* a refusal rings no bell */
			stress_let_read(ring);
		if (scenario->pause_one_in && stress_random(scenario->pause_one_in) == 0)
			(void)usleep((useconds_t)stress_random(1000));
	}
	stress_offer_last(ring, &head);
	ring_state_complete(ring, 1, 0);
	_exit(EXIT_SUCCESS);
}

/* Sleep until the bell. Only in a scenario without kills must it always ring. */
static void stress_wait(struct ring *ring, const struct stress_scenario *scenario)
{
	const uint64_t timeout_ns =
		scenario->is_killed ? STRESS_KILLED_WAIT_NS : STRESS_LOST_WAKE_NS;
	const uint64_t started_ns = clock_ns();

	ring_wait(ring, timeout_ns);
	if (!scenario->is_killed && clock_ns() - started_ns >= STRESS_LOST_WAKE_NS)
		stress_fail("a wake-up was lost");
	atomic_fetch_add(&stress_board->wait_count, 1);
}

/* What one consumer knows, and what ring.h promises about it at every record. */
struct stress_tally {
	uint64_t started_at;
	uint64_t received;
	uint64_t lost;
};

static void stress_lose(struct stress_tally *tally, uint64_t lost)
{
	tally->lost += lost;
	atomic_fetch_add(&stress_board->lost, lost);
}

static void stress_take(struct stress_tally *tally, const struct ring_record *record)
{
	tally->received++;
	stress_lose(tally, record->lost_before);
	if (tally->started_at + tally->received + tally->lost != record->sequence + 1)
		stress_fail("received + lost is not sequence + 1 at record %llu",
			(unsigned long long)record->sequence);
	atomic_store(&stress_board->reached, record->sequence + 1);
	atomic_fetch_add(&stress_board->received, 1);
}

/* After the last record: the producer is done, so all that is known is final. */
static void stress_finish(struct ring *ring, struct stress_tally *tally)
{
	struct ring_producer_state state;
	struct ring_record record;

	do {
		ring_producer_state(ring, &state);
		(void)sched_yield();
	} while (state.complete_until_ns == 0);
	if (ring_read(ring, &record) != RING_EMPTY)
		stress_fail("there is a record after the last");
	stress_lose(tally, ring_take_lost(ring, state.next_sequence));
	if (tally->started_at + tally->received + tally->lost != state.next_sequence)
		stress_fail("received + lost is not the next sequence");
	_exit(EXIT_SUCCESS);
}

static void stress_consume(const struct stress_scenario *scenario, const char *name, uint64_t id)
{
	struct stress_tally tally = { 0 };
	struct ring_producer_state state;
	struct ring_record record;
	struct ring *ring;

	stress_random_state = ~id;
	while (ring_attach_consumer(&ring, name) != RING_OK)
		(void)sched_yield();
	tally.started_at = ring_expected_sequence(ring);
	if (tally.started_at > atomic_load(&stress_board->reached))
		stress_fail("consumer %llu begins after what was read", (unsigned long long)id);
	for (;;) {
		uint64_t batch = 1 + stress_random(STRESS_BATCH_MAX);

		ring_producer_state(ring, &state);
		for (; batch > 0 && ring_read(ring, &record) == RING_OK; batch--) {
			stress_check_body(&record, scenario->ring_bytes);
			stress_take(&tally, &record);
			if (record.type == STRESS_TYPE_LAST)
				stress_finish(ring, &tally);
		}
		ring_release(ring);
		if (batch == 0)
			continue;
		stress_lose(&tally, ring_take_lost(ring, state.next_sequence));
		atomic_store(&stress_board->reached, ring_expected_sequence(ring));
		stress_wait(ring, scenario);
	}
}

struct stress_pair {
	const struct stress_scenario *scenario;
	char name[TEMP_SHM_NAME_BYTES_MAX];
	pid_t producer, consumer;
	uint64_t spawn_count;
	unsigned int duration_s;
};

static pid_t stress_spawn(struct stress_pair *stress, bool is_producer)
{
	const uint64_t id = ++stress->spawn_count;
	pid_t pid = fork();

	if (pid < 0)
		stress_fail("cannot fork"); /* and never kill(-1) */
	if (pid == 0) /* a peer that failed must not leave us waiting for ever */
		(void)alarm(stress->duration_s + STRESS_ENOUGH_S);
	if (pid == 0 && is_producer)
		stress_produce(stress->scenario, stress->name, id);
	if (pid == 0)
		stress_consume(stress->scenario, stress->name, id);
	return pid;
}

/* Kill and replace either end at random times. Return: false once one ended by itself. */
static bool stress_kill_one(struct stress_pair *stress)
{
	const bool is_producer = stress_random(2) == 0;
	pid_t *victim = is_producer ? &stress->producer : &stress->consumer;
	int status;

	(void)usleep((useconds_t)stress_random(STRESS_KILL_PAUSE_US));
	(void)kill(*victim, SIGKILL);
	(void)waitpid(*victim, &status, 0);
	if (WIFEXITED(status))
		return false; /* it has said why */
	*victim = stress_spawn(stress, is_producer);
	return true;
}

static bool stress_end_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* The consumer has checked every record; here is what only both sides together show. */
static bool stress_sums_match(const struct stress_pair *stress)
{
	const uint64_t lost = atomic_load(&stress_board->lost);
	struct ring_usage usage;
	struct ring *ring;

	if (ring_attach_consumer(&ring, stress->name) != RING_OK)
		return false;
	ring_usage(ring, &usage);
	ring_detach(ring);
	printf("# %s: %llu offered, %llu received, %llu lost, %llu waits, %llu processes\n",
		stress->scenario->title, (unsigned long long)usage.records,
		(unsigned long long)atomic_load(&stress_board->received), (unsigned long long)lost,
		(unsigned long long)atomic_load(&stress_board->wait_count),
		(unsigned long long)stress->spawn_count);
	if (usage.corrupt != 0)
		return false;
	return stress->scenario->is_killed ||
	       (lost == usage.dropped_full + usage.dropped_oversized &&
		       atomic_load(&stress_board->received) + lost == usage.records);
}

static bool stress_run(const struct stress_scenario *scenario, uint64_t duration_ns)
{
	const uint64_t until_ns = clock_ns() + duration_ns;
	struct stress_pair stress = {
		.scenario = scenario,
		.duration_s = (unsigned int)(duration_ns / NS_PER_S),
	};
	bool is_well = true;

	(void)snprintf(stress.name, sizeof(stress.name), "%s", temp_shm_name("stress"));
	memset(stress_board, 0, sizeof(*stress_board));
	stress.producer = stress_spawn(&stress, true);
	stress.consumer = stress_spawn(&stress, false);
	while (is_well && clock_ns() < until_ns) {
		if (scenario->is_killed)
			is_well = stress_kill_one(&stress);
		else
			(void)usleep(STRESS_POLL_US);
	}
	atomic_store(&stress_board->is_stopping, true);
	is_well = stress_end_well(stress.producer) && is_well;
	is_well = stress_end_well(stress.consumer) && is_well;
	is_well = is_well && stress_sums_match(&stress);
	temp_shm_remove(stress.name + 1);
	return is_well;
}

static const struct stress_scenario stress_scenarios[] = {
	{ .title = "pauses: the consumer sleeps and is woken",
		.ring_bytes = 65536,
		.pause_one_in = 20,
		.is_patient = true },
	{ .title = "one by one: every bell is heard", .ring_bytes = 4096, .is_one_by_one = true },
	{ .title = "flat out: the ring is full all the time", .ring_bytes = 4096 },
	{ .title = "killed: both ends are replaced all the time",
		.ring_bytes = 16384,
		.pause_one_in = 50,
		.is_patient = true,
		.is_killed = true },
};

int main(int argc, char **argv)
{
	const int scenario_count = (int)(sizeof(stress_scenarios) / sizeof(stress_scenarios[0]));
	const uint64_t duration_ns =
		argc > 1 ? strtoull(argv[1], NULL, 10) * NS_PER_S : STRESS_DEFAULT_NS;
	int failed_count = 0;

	stress_board = mmap(NULL, sizeof(*stress_board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stress_board == MAP_FAILED)
		return EXIT_FAILURE;
	(void)setvbuf(stdout, NULL, _IONBF, 0); /* forks must not print it again */
	printf("1..%d\n", scenario_count);
	for (int i = 0; i < scenario_count; i++) {
		const bool is_well = stress_run(&stress_scenarios[i], duration_ns);

		printf("%s %d - %s\n", is_well ? "ok" : "not ok", i + 1, stress_scenarios[i].title);
		failed_count += !is_well;
	}
	return failed_count ? EXIT_FAILURE : EXIT_SUCCESS;
}
