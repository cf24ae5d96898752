/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Ring -- a one-way queue of records between two processes.
 *
 * One producer, one consumer, no locks on the data path: a full ring refuses and
 * counts, an empty one says so. The bytes live in POSIX shared memory
 * (layout/ring_layout.h) and outlive both ends, so either process can die at any
 * instruction and its successor carries on.
 *
 * A. Commit: the producer's head is the only commit point. Records reserved since
 *    the last ring_publish() become visible together, or not at all.
 * B. Ordering: all the producer wrote before ring_publish() is visible to the
 *    consumer once ring_read() returns it (release/acquire on head; the same on
 *    tail for ring_release() and ring_reserve()).
 * C. Restart: unpublished records die with their producer; read but unreleased
 *    records are delivered again, so consumers tolerate repeats.
 * D. Loss: each record offered takes a sequence number, a refused one too, and the
 *    next number lives in the segment, so it survives the producer; records committed
 *    but not published when it died count as lost. Once ring_read() says RING_EMPTY,
 *    received + lost = a next_sequence loaded before; ring_take_lost() says what no
 *    later record shows yet. What the last consumer expected survives it likewise.
 * E. Trust: the reader believes nothing it finds. Its own index is private, the
 *    peer's is loaded once per batch, bounds and alignment are checked, and what it
 *    hands out is a private copy. What does not fit is counted and everything up
 *    to the producer's head is skipped: it shows as loss. The producer accepts a
 *    tail only if it moves forward, and not past what was published.
 * F. Waking: publish, full fence, look at the sleeping flag; the consumer sets the
 *    flag, fences, looks again, and never sleeps longer than it is told.
 *
 * Ownership of an end is a file lock that the kernel drops at death; taking an end
 * raises its epoch.
 *
 * Threads: each end belongs to one thread.
 * Limits: RING_DATA_BYTES_MIN..MAX, a power of two; a record and its header at most 1/8 of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

enum ring_outcome {
	RING_OK = 0,
	RING_FULL = 1,      /* the consumer is behind: drop; already counted */
	RING_EMPTY = 2,     /* nothing to do */
	RING_NOT_READY = 3, /* the peer has not created it yet: try at the next housekeep */
	RING_BUSY = 4,      /* a living process owns this end: try at the next housekeep */
	RING_OVERSIZED = 5, /* no such record fits this ring: drop; already counted */
};

/* One record as the consumer gets it: a private copy, valid until the next ring_read(). */
struct ring_record {
	uint64_t sequence;
	uint64_t lost_before; /* records lost between the one read before and this one */
	uint16_t type;
	uint32_t body_bytes;
	const void *body; /* 8-byte aligned */
};

/**
 * ring_name() - the segment's name, from stage names and numbers
 *
 * E.g. "/dnscache.ring.capture.0-analyzer.0", or with instance "x"
 * "/dnscache-x.ring.capture.0-analyzer.0". Cut to out_bytes.
 */
void ring_name(char *out_name, size_t out_bytes, const char *instance, const char *from,
	unsigned int from_number, const char *to, unsigned int to_number);

/**
 * ring_attach_producer() - take the writing end, creating the ring where there is none
 * @data_bytes: rounded up to a power of two. An existing ring of another size and
 *              one that was truncated or left by another boot is replaced.
 *
 * Return: RING_OK, RING_BUSY, -EPROTO (another layout version: refused, both
 * numbers logged), -EPERM (owned or writable by somebody else), or another -errno.
 */
int ring_attach_producer(struct ring **out_ring, const char *name, uint64_t data_bytes);

/**
 * ring_attach_consumer() - take the reading end of an existing ring
 *
 * Reading continues at the last released record.
 *
 * Return: RING_OK, RING_NOT_READY, RING_BUSY, -EPROTO, -EPERM, or another -errno.
 * Faults are logged once per name and cause, so retrying is cheap and quiet.
 */
int ring_attach_consumer(struct ring **out_ring, const char *name);

/* Give the end back; the segment stays. Accepts NULL. */
void ring_detach(struct ring *ring);

/* True once the segment's name no longer leads to this ring: detach and attach again. */
bool ring_is_replaced(const struct ring *ring);

/**
 * ring_reserve() - room for one record of up to @body_bytes_max bytes
 * @out_body: writable, 8-byte aligned, contents undefined, valid until
 *            ring_commit() or the next ring_reserve()
 *
 * Context: producer; never blocks. At most one open reservation.
 * Return: RING_OK, or RING_FULL / RING_OVERSIZED: the record is lost, its sequence
 * number used, the loss counted.
 */
int ring_reserve(struct ring *ring, uint32_t body_bytes_max, void **out_body);

/* Close the open reservation with its final size; invisible until ring_publish(). */
void ring_commit(struct ring *ring, uint16_t type, uint32_t body_bytes);

/* Make all committed records visible (A) and wake a sleeping consumer (F). Cheap when there are none. */
void ring_publish(struct ring *ring);

/**
 * ring_read() - the next record
 *
 * Context: consumer; never blocks.
 * Return: RING_OK or RING_EMPTY (nothing published, or all of it was refused).
 */
int ring_read(struct ring *ring, struct ring_record *out_record);

/* Everything ring_read() returned may be overwritten; call once per batch. */
void ring_release(struct ring *ring);

/**
 * ring_wait() - sleep until the producer publishes, or @timeout_ns passes
 *
 * Returns at once when there is something to read. Signals end it early.
 */
void ring_wait(struct ring *ring, uint64_t timeout_ns);

/* What the producer tells about itself; its own words, unverified. */
struct ring_producer_state {
	uint64_t complete_until_ns; /* loaded before everything below (acquire) */
	uint64_t epoch;
	uint64_t next_sequence; /* everything below it is published or lost */
	uint64_t lost_upstream;
	uint64_t heartbeat_ns;
};

/* Consumer: what the producer says now, and the number ring_read() expects next. */
void ring_producer_state(const struct ring *ring, struct ring_producer_state *out_state);
uint64_t ring_expected_sequence(const struct ring *ring);

/**
 * ring_take_lost() - count as lost what was refused since the last record
 * @next_sequence: of a ring_producer_state() taken before ring_read() said RING_EMPTY
 *
 * Context: consumer, between RING_EMPTY and the next ring_read() or ring_wait().
 * Return: how many. The next record's lost_before does not count them again.
 */
uint64_t ring_take_lost(struct ring *ring, uint64_t next_sequence);

/**
 * ring_state_complete() - producer: all that happened before @complete_until_ns is
 * in this ring or in @lost_upstream
 *
 * Publishes what is committed, then stores lost_upstream, then complete_until_ns
 * (release).
 */
void ring_state_complete(struct ring *ring, uint64_t complete_until_ns, uint64_t lost_upstream);

/* Either end: I am alive at @now_ns. At least every 20 ms. */
void ring_beat(struct ring *ring, uint64_t now_ns);

/*
 * Producer: when the consumer last said that it is alive, 0 = never; its own word, unverified.
 * A consumer that is of no use without another says no later than that one does.
 */
uint64_t ring_consumer_heartbeat_ns(const struct ring *ring);

struct ring_usage {
	uint64_t capacity_bytes;
	uint64_t used_bytes;
	uint64_t high_watermark_bytes; /* most at one of this end's ring_publish(); consumer: 0 */
	uint64_t records;              /* next sequence: offered so far, all producers */
	uint64_t dropped_full;
	uint64_t dropped_oversized;
	uint64_t corrupt;
};

/* Either end: figures for the status segment, from the shared words, clamped. */
void ring_usage(const struct ring *ring, struct ring_usage *out_usage);
