/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Frame sender -- puts finished frames on the wire, a batch per system call.
 *
 * One packet socket for all interfaces. It is of protocol 0, so the kernel never
 * queues anything for it, and non-blocking: what a device does not take at once is
 * lost, a late reply being worth nothing. Frames pass the device's queueing
 * discipline and are visible to tcpdump; they carry MARK_OWN_REPLY, by which the taps
 * tell them from a resolver's responses.
 *
 * Rights: CAP_NET_RAW; for the mark before Linux 5.17 CAP_NET_ADMIN too.
 * Limits: FRAME_SENDER_BATCH_MAX frames of REPLY_FRAME_BYTES_MAX bytes.
 */

#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "injector/reply_frame.h"

#define FRAME_SENDER_BATCH_MAX 64u

struct frame_sender_frame {
	struct sockaddr_ll to;
	struct iovec bytes_used;
	int result; /* after frame_sender_flush(): 0, or the errno that kept it here */
	uint8_t bytes[REPLY_FRAME_BYTES_MAX];
};

struct frame_sender {
	int fd; /* -1 when closed */
	unsigned int frame_count;
	struct frame_sender_frame frames[FRAME_SENDER_BATCH_MAX];
	struct mmsghdr messages[FRAME_SENDER_BATCH_MAX];
};

void frame_sender_init(struct frame_sender *sender);
int frame_sender_open(struct frame_sender *sender);
void frame_sender_close(struct frame_sender *sender);

/* Where the next frame is to be written, REPLY_FRAME_BYTES_MAX bytes; NULL when the batch is full. */
uint8_t *frame_sender_reserve(struct frame_sender *sender);

/* Add the reserved frame, an Ethernet frame of @frame_bytes, to the batch. */
void frame_sender_commit(struct frame_sender *sender, uint32_t if_index, size_t frame_bytes);

/**
 * frame_sender_flush() - send the batch
 *
 * Sets the result of frames[0] to frames[n - 1], n being what it returns; they stay
 * readable until the next frame_sender_reserve(), which begins a new batch.
 *
 * Context: never blocks.
 * Return: how many frames the batch had.
 */
unsigned int frame_sender_flush(struct frame_sender *sender);
