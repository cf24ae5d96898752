/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_thread.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "analyzer/message_intake.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/segment.h"

#define WORKER_THREAD_BATCH       64
#define WORKER_THREAD_WAIT_NS_MAX (20 * NS_PER_MS)

static bool worker_thread_order(
	void *argument, const struct message_order *order, const uint8_t *dns)
{
	const struct worker_thread *thread = argument;

	return order_out_order(thread->orders, order, dns);
}

static void worker_thread_cancel(void *argument, uint64_t order_id)
{
	const struct worker_thread *thread = argument;

	order_out_cancel(thread->orders, order_id);
}

static bool worker_thread_release(
	void *argument, const struct message_release *release, const uint8_t *frame)
{
	const struct worker_thread *thread = argument;

	return order_out_release(thread->orders, release, frame);
}

/* Capture is told of the worst of us: without an injector, a worker is of no use to who waits. */
static void worker_thread_beat(struct worker_thread *thread, uint64_t now_ns)
{
	const uint64_t injector_ns = order_out_alive_ns(thread->orders);

	/* Passed on as it is if it lies in times to come: capture refuses it. */
	ring_beat(thread->packets,
		injector_ns < now_ns || injector_ns > now_ns + WORKER_THREAD_WAIT_NS_MAX
			? injector_ns
			: now_ns);
}

void worker_thread_init(struct worker_thread *thread)
{
	memset(thread, 0, sizeof(*thread));
	worker_init(&thread->worker);
	(void)pthread_mutex_init(&thread->lock, NULL);
}

static void worker_thread_detach(struct worker_thread *thread)
{
	ring_detach(thread->packets);
	thread->packets = NULL;
	blindness_detached(&thread->worker.blindness);
	worker_detached(&thread->worker);
}

static void worker_thread_attach(struct worker_thread *thread)
{
	char name[SEGMENT_NAME_BYTES_MAX];

	if (thread->packets != NULL && ring_is_replaced(thread->packets))
		worker_thread_detach(thread);
	if (thread->packets != NULL)
		return;
	ring_name(name, sizeof(name), thread->instance, "capture", 0, "analyzer", thread->number);
	if (ring_attach_consumer(&thread->packets, name) == RING_OK) /* or at the next housekeep */
		worker_attached(&thread->worker);
}

int worker_thread_open(struct worker_thread *thread, unsigned int number, const char *instance,
	struct worker_shared *shared, struct order_out *orders, const struct config *config,
	uint64_t seed)
{
	const struct worker_output output = { worker_thread_order, worker_thread_cancel,
		worker_thread_release, thread };
	int r;

	thread->number = number;
	thread->instance = instance;
	thread->orders = orders;
	thread->config = *config;
	r = worker_open(
		&thread->worker, shared, number, &thread->config, &output, seed, clock_ns());
	if (r < 0)
		return r;
	worker_thread_attach(thread);
	return 0;
}

/* The time is read anew: what was missed may be younger than the batch. */
static void worker_thread_missed(struct worker_thread *thread, enum blindness_cause cause)
{
	if (cause != BLINDNESS_NONE)
		worker_missed(&thread->worker, cause, clock_ns());
}

static void worker_thread_take(
	struct worker_thread *thread, const struct ring_record *record, uint64_t now_ns)
{
	const struct message_packet *packet = message_intake_packet(record);
	struct worker *worker = &thread->worker;

	worker_thread_missed(thread, blindness_record(&worker->blindness, record->lost_before));
	if (packet == NULL)
		worker->counters.messages_malformed++;
	else
		worker_packet(worker, packet, now_ns);
}

/* Return: packets taken, at most WORKER_THREAD_BATCH. */
static int worker_thread_read(struct worker_thread *thread, uint64_t now_ns)
{
	struct blindness *blindness = &thread->worker.blindness;
	struct ring_producer_state producer;
	struct ring_record record;
	int count = 0;

	ring_producer_state(thread->packets, &producer);
	worker_thread_missed(thread, blindness_begin(blindness, &producer));
	while (count < WORKER_THREAD_BATCH && ring_read(thread->packets, &record) == RING_OK) {
		worker_thread_take(thread, &record, now_ns);
		count++;
	}
	if (count < WORKER_THREAD_BATCH) /* the ring is empty */
		worker_thread_missed(thread,
			blindness_record(blindness, ring_take_lost(thread->packets,
							    blindness->producer.next_sequence)));
	worker_thread_missed(
		thread, blindness_end(blindness, ring_expected_sequence(thread->packets)));
	return count;
}

int worker_thread_work(struct worker_thread *thread, uint64_t now_ns)
{
	int count = 0;

	if (thread->packets != NULL) {
		count = worker_thread_read(thread, now_ns);
		worker_thread_beat(thread, now_ns);
	}
	count += worker_advance(&thread->worker, now_ns);
	order_out_publish(thread->orders);
	if (thread->packets != NULL)
		ring_release(thread->packets);
	return count;
}

void worker_thread_wait(struct worker_thread *thread, uint64_t timeout_ns)
{
	const struct timespec time = { .tv_nsec = (long)timeout_ns };

	if (thread->packets != NULL)
		ring_wait(thread->packets, timeout_ns);
	else
		(void)nanosleep(&time, NULL);
}

/* Leave the counters, take a new configuration. */
static void worker_thread_tell(struct worker_thread *thread)
{
	bool is_reloaded;

	(void)pthread_mutex_lock(&thread->lock);
	thread->told.counters = thread->worker.counters;
	is_reloaded = thread->told.is_reloaded;
	if (is_reloaded)
		thread->config = thread->told.config;
	thread->told.is_reloaded = false;
	(void)pthread_mutex_unlock(&thread->lock);
	if (is_reloaded)
		worker_reload(&thread->worker);
}

void worker_thread_housekeep(struct worker_thread *thread, uint64_t now_ns)
{
	struct ring_usage usage;

	worker_thread_attach(thread);
	thread->worker.wall_ahead_ns = clock_read_ns(CLOCK_REALTIME) - now_ns;
	worker_housekeep(&thread->worker, now_ns);
	if (thread->packets != NULL) {
		ring_usage(thread->packets, &usage);
		thread->worker.counters.ring_corrupt = usage.corrupt;
	}
	worker_thread_tell(thread);
}

static void *worker_thread_run(void *argument)
{
	struct worker_thread *thread = argument;
	uint64_t housekeep_at_ns = 0;

	rcu_register_thread();
	while (!atomic_load_explicit(&thread->is_stopping, memory_order_relaxed)) {
		const uint64_t now_ns = clock_ns();

		atomic_fetch_add_explicit(&thread->loops, 1, memory_order_relaxed);
		if (now_ns >= housekeep_at_ns) {
			worker_thread_housekeep(thread, now_ns);
			housekeep_at_ns = now_ns + WORKER_THREAD_HOUSEKEEP_NS;
		}
		if (worker_thread_work(thread, now_ns) == 0)
			worker_thread_wait(thread, WORKER_THREAD_WAIT_NS_MAX);
	}
	rcu_unregister_thread();
	return NULL;
}

int worker_thread_start(struct worker_thread *thread)
{
	sigset_t all;
	sigset_t before;
	int errnum;

	/* Signals are for the main thread: its waits must end by them. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	errnum = pthread_create(&thread->thread, NULL, worker_thread_run, thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (errnum != 0)
		return FAULT(errnum, "no thread for worker %u", thread->number);
	thread->has_thread = true;
	return 0;
}

void worker_thread_close(struct worker_thread *thread)
{
	if (thread->has_thread) {
		atomic_store_explicit(&thread->is_stopping, true, memory_order_relaxed);
		(void)pthread_join(thread->thread, NULL);
	}
	if (thread->packets != NULL)
		ring_beat(thread->packets, 0); /* nobody decides any more */
	ring_detach(thread->packets);
	worker_close(&thread->worker);
	worker_thread_init(thread);
}

void worker_thread_reload(struct worker_thread *thread, const struct config *config)
{
	HOLD(&thread->lock);

	thread->told.config = *config;
	thread->told.is_reloaded = true;
}

void worker_thread_add_counters(struct worker_thread *thread, struct analyzer_counters *sum)
{
	const uint64_t *values = (const uint64_t *)&thread->told.counters;
	uint64_t *sums = (uint64_t *)sum;
	HOLD(&thread->lock);

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*sums); i++)
		sums[i] += values[i];
}
