/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Message stream -- the messages that feed_messages.py writes to standard input.
 *
 * All are read at the start, before library check forks, and never freed.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_STREAM_PART_BYTES_MAX (1u << 20)

struct message_sample {
	const char *origin; /* file, or capture and frame */
	uint8_t *bytes;     /* exactly as long as the message, so that a sanitizer sees its end */
	size_t size_bytes;
};

static struct {
	struct message_sample *samples;
	size_t count;
} message_stream;

/* One part and a NUL behind it. Return: NULL at the end of the stream. */
static inline void *message_stream_part(size_t *out_bytes, size_t extra_bytes)
{
	uint32_t part_bytes;
	uint8_t *part;

	if (fread(&part_bytes, sizeof(part_bytes), 1, stdin) != 1)
		return NULL;
	assert(part_bytes <= MESSAGE_STREAM_PART_BYTES_MAX);
	part = calloc(1, part_bytes + extra_bytes);
	assert(part || part_bytes + extra_bytes == 0);
	assert(fread(part, 1, part_bytes, stdin) == part_bytes);
	*out_bytes = part_bytes;
	return part;
}

static inline void message_stream_read(void)
{
	struct message_sample sample;
	size_t origin_bytes;

	while ((sample.origin = message_stream_part(&origin_bytes, 1))) {
		sample.bytes = message_stream_part(&sample.size_bytes, 0);
		assert(sample.bytes || sample.size_bytes == 0);
		message_stream.samples = realloc(
			message_stream.samples, (message_stream.count + 1) * sizeof(sample));
		assert(message_stream.samples);
		message_stream.samples[message_stream.count++] = sample;
	}
}
