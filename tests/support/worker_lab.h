/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Worker lab -- a struct worker with capture, clock and injector played by the test.
 *
 * Queries are values: make one with lab_a(), change what matters, lab_ask() it, and
 * answer it with lab_answer() and its kind, or not at all. lab_pass() lets time go by
 * as it does in a healthy stage: every 5 ms capture says that everything so far is in
 * the ring, and the worker judges. What the injector would get is in lab.orders,
 * lab.cancelled_ids and lab.release.
 *
 * Edge, client and container n are the same: client n is 10.0.0.n at edge n.
 */

#include <arpa/inet.h>
#include <string.h>

#include "analyzer/rcu.h"
#include "analyzer/worker.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

#define LAB_START_NS   (1000 * NS_PER_S)
#define LAB_STEP_MS    5
#define LAB_ORDERS_MAX 64
#define LAB_RESOLVER   53 /* 10.0.0.53, behind the uplink */

union lab_release {
	struct message_release head; /* frame[] included */
	uint8_t bytes[sizeof(struct message_release) + MESSAGE_FRAME_BYTES_MAX];
};

union lab_order {
	struct message_order head; /* dns[] included */
	uint8_t bytes[sizeof(struct message_order) + MESSAGE_DNS_BYTES_MAX];
};

static struct {
	struct worker_shared shared;
	struct worker worker;
	struct config config;
	uint64_t now_ns;
	bool is_injector_full;
	uint16_t last_id;

	/* The ring from capture. */
	struct ring_producer_state producer;
	uint64_t expected_sequence;

	unsigned int order_count;
	union lab_order orders[LAB_ORDERS_MAX]; /* the first ones */
	unsigned int cancel_count;
	uint64_t cancelled_ids[LAB_ORDERS_MAX];
	unsigned int release_count;
	union lab_release release; /* the last one */
} lab;

static inline bool lab_take_order(
	void *argument, const struct message_order *order, const uint8_t *dns)
{
	ck_assert_ptr_eq(argument, &lab);
	if (lab.is_injector_full)
		return false;
	if (lab.order_count < LAB_ORDERS_MAX) {
		lab.orders[lab.order_count].head = *order;
		memcpy(lab.orders[lab.order_count].head.dns, dns, order->dns_bytes);
	}
	lab.order_count++;
	return true;
}

static inline void lab_take_cancel(void *argument, uint64_t order_id)
{
	ck_assert_ptr_eq(argument, &lab);
	ck_assert_uint_lt(lab.cancel_count, LAB_ORDERS_MAX);
	lab.cancelled_ids[lab.cancel_count++] = order_id;
}

static inline bool lab_take_release(
	void *argument, const struct message_release *release, const uint8_t *frame)
{
	ck_assert_ptr_eq(argument, &lab);
	if (lab.is_injector_full)
		return false;
	lab.release.head = *release;
	memcpy(lab.release.head.frame, frame, release->frame_bytes);
	lab.release_count++;
	return true;
}

/* analyzer_read(): one batch, of one record or none. */
static inline void lab_read(const struct message_packet *packet, uint64_t lost_before)
{
	struct worker *worker = &lab.worker;
	struct blindness *blindness = &worker->blindness;

	worker_missed(worker, blindness_begin(blindness, &lab.producer), lab.now_ns);
	if (packet != NULL) {
		worker_missed(worker, blindness_record(blindness, lost_before), lab.now_ns);
		worker_packet(worker, packet, lab.now_ns);
	}
	worker_missed(worker,
		blindness_record(blindness, lab.producer.next_sequence - lab.expected_sequence),
		lab.now_ns);
	lab.expected_sequence = lab.producer.next_sequence;
	worker_missed(worker, blindness_end(blindness, lab.expected_sequence), lab.now_ns);
	worker_advance(worker, lab.now_ns);
}

static inline void lab_open(void)
{
	const struct worker_output output = { lab_take_order, lab_take_cancel, lab_take_release,
		&lab };

	lab.now_ns = LAB_START_NS;
	lab.producer.epoch = 1;
	lab.producer.complete_until_ns = lab.now_ns;
	worker_init(&lab.worker);
	worker_shared_init(&lab.shared);
	ck_assert_int_eq(worker_shared_open(&lab.shared, 1, &lab.config, 1, lab.now_ns), 0);
	ck_assert_int_eq(
		worker_open(&lab.worker, &lab.shared, 0, &lab.config, &output, 1, lab.now_ns), 0);
	lab_read(NULL, 0);
}

/* The fixture: default configuration but for what a test changes before lab_open(). */
static inline void lab_configure(void)
{
	rcu_register_thread();
	memset(&lab, 0, sizeof(lab));
	config_defaults(&lab.config);
}

static inline void lab_start(void)
{
	lab_configure();
	lab_open();
}

static inline void lab_end(void)
{
	worker_close(&lab.worker);
	worker_shared_close(&lab.shared);
	rcu_unregister_thread();
}

/* Capture says that all up to now is in the ring; the analyzer reads and judges. */
static inline void lab_beat(void)
{
	lab.producer.complete_until_ns = lab.now_ns;
	lab_read(NULL, 0);
}

static inline void lab_pass(uint64_t ms)
{
	const uint64_t until_ns = lab.now_ns + ms * NS_PER_MS;

	while (lab.now_ns < until_ns) {
		lab.now_ns += LAB_STEP_MS * NS_PER_MS;
		if (lab.now_ns > until_ns)
			lab.now_ns = until_ns;
		lab_beat();
	}
}

/* The clock goes on and capture says nothing. */
static inline void lab_pass_blind(uint64_t ms)
{
	for (uint64_t passed_ms = 0; passed_ms < ms; passed_ms += LAB_STEP_MS) {
		lab.now_ns += LAB_STEP_MS * NS_PER_MS;
		lab_read(NULL, 0);
	}
}

/* One record through the ring. */
static inline void lab_feed(const struct message_packet *packet)
{
	const uint64_t lost_before = lab.producer.next_sequence - lab.expected_sequence;

	lab.producer.next_sequence++;
	lab.expected_sequence = lab.producer.next_sequence;
	lab_read(packet, lost_before);
}

/* Records that found the ring full; told by the next beat or record. */
static inline void lab_lose(uint64_t count)
{
	lab.producer.next_sequence += count;
}

#include "tests/support/worker_lab_packets.h"

#include "tests/support/worker_lab_lookups.h"
