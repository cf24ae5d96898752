/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Frame sender -- puts finished frames on the wire, a batch in as few system calls as it can.
 *
 * One packet socket for all edges, and a raw IP socket of each version for the host
 * itself: a frame from 127.0.0.53 would never be delivered on lo, while what a raw
 * socket sends to an address of this host is, whatever its source. None of them ever
 * has anything queued for it (protocol 0, IPPROTO_RAW), and none blocks: what a device
 * does not take at once is lost, a late reply being worth nothing. What is sent passes
 * the device's queueing discipline and is visible to tcpdump; it carries
 * MARK_OWN_REPLY, by which the taps tell it from a resolver's responses.
 *
 * Rights: CAP_NET_RAW; for the mark before Linux 5.17 CAP_NET_ADMIN too.
 * Limits: FRAME_SENDER_BATCH_MAX frames of REPLY_FRAME_BYTES_MAX bytes.
 */

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "injector/reply_frame.h"

#define FRAME_SENDER_BATCH_MAX 64u

enum frame_sender_socket {
	FRAME_SENDER_EDGES = 0,
	FRAME_SENDER_HOST_IP4 = 1,
	FRAME_SENDER_HOST_IP6 = 2, /* not there on a host without IPv6 */
	FRAME_SENDER_SOCKET_COUNT = 3,
};

struct frame_sender_frame {
	enum frame_sender_socket socket;
	union {
		struct sockaddr_ll edge;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} to;
	struct iovec bytes_used;
	int result; /* after frame_sender_flush(): 0, or the errno that kept it here */
	uint8_t bytes[REPLY_FRAME_BYTES_MAX];
};

struct frame_sender {
	int fds[FRAME_SENDER_SOCKET_COUNT]; /* -1 when closed */
	unsigned int frame_count;
	struct frame_sender_frame frames[FRAME_SENDER_BATCH_MAX];
	struct mmsghdr messages[FRAME_SENDER_BATCH_MAX];
};

void frame_sender_init(struct frame_sender *sender);
int frame_sender_open(struct frame_sender *sender);
void frame_sender_close(struct frame_sender *sender);

/* Where the next frame is to be written, REPLY_FRAME_BYTES_MAX bytes; NULL when the batch is full. */
uint8_t *frame_sender_reserve(struct frame_sender *sender);

/* Add the reserved frame, @frame_bytes that reply_frame_build() made of @order, to the batch. */
void frame_sender_commit(
	struct frame_sender *sender, const struct message_order *order, size_t frame_bytes);

/* The same for a whole Ethernet frame that goes out of an edge as it is. */
void frame_sender_commit_edge(struct frame_sender *sender, uint32_t if_index, size_t frame_bytes);

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
