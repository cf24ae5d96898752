/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Ring layout -- the bytes of a ring segment: one page of control words, then data.
 *
 * Behaviour is ring.h; this file is what another process, or another version of
 * this one, finds in the segment. A change of anything here needs a new
 * RING_LAYOUT_VERSION.
 */

#include <stdatomic.h>
#include <stdint.h>

#include "shared/layout/layout_rules.h"

#define RING_LAYOUT_MAGIC   0x676e69726e64ull /* "dnring" */
#define RING_LAYOUT_VERSION 3u                /* 3: failures held */
#define RING_CONTROL_BYTES  4096u
#define RING_DATA_BYTES_MIN 4096u /* a power of two */
#define RING_DATA_BYTES_MAX (1u << 30)
#define RING_RECORD_ALIGN   8u

/* Bytes of the segment file locked by an end's owner (F_OFD_SETLK). */
#define RING_LOCK_PRODUCER 0
#define RING_LOCK_CONSUMER 1

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "rings need lock-free 64-bit atomics");

LAYOUT_BEGIN
/* Written once by the creator; magic last, with release. */
struct ring_layout_header {
	_Atomic uint64_t magic;
	uint32_t version;
	uint32_t control_bytes;
	uint64_t data_bytes;
	uint8_t boot_id[16];
	uint64_t created_ns;
	uint64_t creator_pid;
	uint8_t reserved[72];
};

/*
 * Written by the producer only. `head` is the only commit point: everything past
 * it is garbage nobody reads. `next_sequence` is stored after it, so it never
 * promises a record that cannot be read yet.
 */
struct ring_layout_producer {
	_Atomic uint64_t head; /* bytes published since creation */
	_Atomic uint64_t
		next_sequence;  /* every record below it is in the ring or lost; after head */
	_Atomic uint64_t epoch; /* +1 per producer that takes the ring */
	_Atomic uint64_t heartbeat_ns;
	/* Everything the producer's source showed before this time is in the ring or in lost_upstream. */
	_Atomic uint64_t complete_until_ns;
	_Atomic uint64_t lost_upstream; /* records lost before they reached the producer */
	_Atomic uint64_t dropped_full;  /* records the full ring refused */
	_Atomic uint64_t dropped_oversized;
	uint8_t reserved[64];
};

/* Which sequence the consumer expected where. */
struct ring_layout_place {
	_Atomic uint64_t tail;
	_Atomic uint64_t sequence;
};

/*
 * Written by the consumer only. Before `tail` moves, the place that does not name
 * its present value is overwritten: at any instruction one of the two holds for
 * `tail`, so the next consumer knows what it missed.
 */
struct ring_layout_consumer {
	_Atomic uint64_t tail; /* bytes released since creation */
	_Atomic uint64_t epoch;
	_Atomic uint64_t heartbeat_ns;
	_Atomic uint64_t corrupt; /* times the reader refused what it found */
	struct ring_layout_place places[2];
	uint8_t reserved[64];
};

struct ring_layout_doorbell {
	_Atomic uint32_t sleeping; /* futex word, process-shared: 1 = the consumer sleeps, else 0 */
	uint8_t reserved[124];
};

/* What a producer leaves to the next one, on lines that nobody reads while it lives. */
struct ring_layout_successor {
	/* Of the next record offered; stored before head, so no number is ever used twice. */
	_Atomic uint64_t next_sequence;
	uint8_t reserved[120];
};

struct ring_layout_control {
	struct ring_layout_header header;
	struct ring_layout_producer producer;
	struct ring_layout_consumer consumer;
	struct ring_layout_doorbell doorbell;
	struct ring_layout_successor successor;
	uint8_t reserved[RING_CONTROL_BYTES - 5 * 128];
};

/* In front of every record body; the body is padded to RING_RECORD_ALIGN. */
struct ring_layout_record {
	uint32_t size_bytes; /* this header and the body, without the padding */
	uint16_t type;       /* RING_RECORD_PADDING or enum message_type */
	uint16_t flags;      /* zero */
	uint64_t sequence;   /* per ring, from 0; a gap is loss */
};
LAYOUT_END

/*
 * Fills the space up to the end of the data so that no record wraps; size_bytes is
 * all of that space. Has no sequence: it may be as short as 8 bytes.
 */
#define RING_RECORD_PADDING 0xffffu

LAYOUT_SIZE(struct ring_layout_header, 128);
LAYOUT_SIZE(struct ring_layout_producer, 128);
LAYOUT_SIZE(struct ring_layout_place, 16);
LAYOUT_SIZE(struct ring_layout_consumer, 128);
LAYOUT_FIELD(struct ring_layout_consumer, places, 32);
LAYOUT_SIZE(struct ring_layout_doorbell, 128);
LAYOUT_SIZE(struct ring_layout_successor, 128);
LAYOUT_SIZE(struct ring_layout_control, RING_CONTROL_BYTES);
LAYOUT_FIELD(struct ring_layout_control, producer, 128);
LAYOUT_FIELD(struct ring_layout_control, consumer, 256);
LAYOUT_FIELD(struct ring_layout_control, doorbell, 384);
LAYOUT_FIELD(struct ring_layout_control, successor, 512);
LAYOUT_SIZE(struct ring_layout_record, 16);
LAYOUT_FIELD(struct ring_layout_record, sequence, 8);
