/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/frame_sender.h"

#include <assert.h>
#include <errno.h>
#include <net/ethernet.h>
#include <string.h>

#include "shared/compiler.h"
#include "shared/fault.h"
#include "shared/layout/mark_layout.h"

#define FRAME_SENDER_NO_PROTOCOL 0 /* receive nothing */

void frame_sender_init(struct frame_sender *sender)
{
	sender->fd = -1;
	sender->frame_count = 0;
}

/* What never changes from batch to batch. */
static void frame_sender_prepare(struct frame_sender *sender)
{
	for (unsigned int i = 0; i < FRAME_SENDER_BATCH_MAX; i++) {
		struct frame_sender_frame *frame = &sender->frames[i];

		frame->to = (struct sockaddr_ll){ .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
		frame->bytes_used.iov_base = frame->bytes;
		sender->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &frame->to,
			.msg_namelen = sizeof(frame->to),
			.msg_iov = &frame->bytes_used,
			.msg_iovlen = 1,
		};
	}
}

int frame_sender_open(struct frame_sender *sender)
{
	const uint32_t mark = MARK_OWN_REPLY;
	cleanup_close int fd = -1;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, FRAME_SENDER_NO_PROTOCOL);
	if (fd < 0)
		return FAULT(errno, "cannot open a packet socket (it takes CAP_NET_RAW)");
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return FAULT(errno, "cannot mark the packets of a socket (it takes CAP_NET_RAW; "
				    "before Linux 5.17 CAP_NET_ADMIN)");

	frame_sender_prepare(sender);
	sender->frame_count = 0;
	sender->fd = TAKE_FD(fd);
	return 0;
}

void frame_sender_close(struct frame_sender *sender)
{
	if (sender->fd >= 0)
		(void)close(sender->fd);
	frame_sender_init(sender);
}

uint8_t *frame_sender_reserve(struct frame_sender *sender)
{
	if (sender->frame_count == FRAME_SENDER_BATCH_MAX)
		return NULL;
	return sender->frames[sender->frame_count].bytes;
}

void frame_sender_commit(struct frame_sender *sender, uint32_t if_index, size_t frame_bytes)
{
	struct frame_sender_frame *frame = &sender->frames[sender->frame_count];
	const struct ether_header *ethernet = (const struct ether_header *)frame->bytes;

	assert(sender->frame_count < FRAME_SENDER_BATCH_MAX);
	assert(frame_bytes >= sizeof(*ethernet) && frame_bytes <= sizeof(frame->bytes));

	frame->to.sll_ifindex = (int)if_index;
	frame->to.sll_protocol = ethernet->ether_type;
	memcpy(frame->to.sll_addr, ethernet->ether_dhost, ETH_ALEN);
	frame->bytes_used.iov_len = frame_bytes;
	frame->result = 0;
	sender->frame_count++;
}

unsigned int frame_sender_flush(struct frame_sender *sender)
{
	const unsigned int count = sender->frame_count;
	unsigned int done = 0;

	while (done < count) {
		int sent = sendmmsg(sender->fd, &sender->messages[done], count - done, 0);

		if (sent > 0) {
			done += (unsigned int)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		sender->frames[done++].result =
			errno; /* sendmmsg(2) stops at what it cannot send */
	}
	sender->frame_count = 0;
	return count;
}
