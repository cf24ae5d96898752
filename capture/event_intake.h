/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Event intake -- read the taps' events out of the BPF ring buffer.
 *
 * Instead of libbpf's reader, because this one takes bounded batches, tells how far
 * the taps have got, and gives room back once per batch:
 *
 * A. A tap reserves its record before it reads the clock. So whatever carries a time
 *    before that of a call of event_intake_produced() lies before the position it
 *    returned, and has been read once event_intake_position() is there.
 * B. event_intake_release() lets the taps see where the reader is, with a full fence:
 *    a record that event_intake_next() did not find after it makes the map's file
 *    descriptor readable.
 *
 * The bytes are the kernel's and read-only; a record stays valid until the release.
 */

#include <stddef.h>
#include <stdint.h>

struct event_intake {
	int ring_fd; /* the program's */
	uint64_t *consumer_page;
	const uint8_t *producer_pages; /* one page of position, then the data twice */
	size_t page_bytes;
	uint64_t ring_bytes;
	uint64_t position; /* read up to here */
};

enum event_intake_outcome {
	EVENT_INTAKE_OK = 0,
	EVENT_INTAKE_EMPTY = 1, /* or the next record is still being written */
};

void event_intake_init(struct event_intake *intake);

/* Map the ring buffer behind @ring_fd, of @ring_bytes bytes. Returns 0 or -errno. */
int event_intake_open(struct event_intake *intake, int ring_fd, uint64_t ring_bytes);
void event_intake_close(struct event_intake *intake);

/* The end of what taps have reserved so far (A). */
uint64_t event_intake_produced(const struct event_intake *intake);

static inline uint64_t event_intake_position(const struct event_intake *intake)
{
	return intake->position;
}

/**
 * event_intake_next() - the next record
 * @out_record: 8-byte aligned, valid until event_intake_release()
 *
 * Return: EVENT_INTAKE_OK or EVENT_INTAKE_EMPTY.
 */
int event_intake_next(
	struct event_intake *intake, const void **out_record, uint32_t *out_record_bytes);

/* All records read may be overwritten (B). */
void event_intake_release(struct event_intake *intake);
