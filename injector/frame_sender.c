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
	for (unsigned int i = 0; i < FRAME_SENDER_SOCKET_COUNT; i++)
		sender->fds[i] = -1;
	sender->frame_count = 0;
}

/* What never changes from batch to batch. */
static void frame_sender_prepare(struct frame_sender *sender)
{
	for (unsigned int i = 0; i < FRAME_SENDER_BATCH_MAX; i++) {
		struct frame_sender_frame *frame = &sender->frames[i];

		frame->bytes_used.iov_base = frame->bytes;
		sender->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &frame->to,
			.msg_iov = &frame->bytes_used,
			.msg_iovlen = 1,
		};
	}
}

/* Return: a socket, or -errno. IPPROTO_RAW means that the IP header comes with the bytes. */
static int frame_sender_open_socket(int family, int protocol)
{
	const uint32_t mark = MARK_OWN_REPLY;
	cleanup_close int fd = -1;

	fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0 && family == AF_INET6 && errno == EAFNOSUPPORT)
		return -EAFNOSUPPORT;
	if (fd < 0)
		return FAULT(errno, "cannot open a raw socket (it takes CAP_NET_RAW)");
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return FAULT(errno, "cannot mark the packets of a socket (it takes CAP_NET_RAW; "
				    "before Linux 5.17 CAP_NET_ADMIN)");
	return TAKE_FD(fd);
}

int frame_sender_open(struct frame_sender *sender)
{
	static const struct {
		int family;
		int protocol;
	} sockets[FRAME_SENDER_SOCKET_COUNT] = {
		[FRAME_SENDER_EDGES] = { AF_PACKET, FRAME_SENDER_NO_PROTOCOL },
		[FRAME_SENDER_HOST_IP4] = { AF_INET, IPPROTO_RAW },
		[FRAME_SENDER_HOST_IP6] = { AF_INET6, IPPROTO_RAW },
	};

	for (unsigned int i = 0; i < FRAME_SENDER_SOCKET_COUNT; i++) {
		int fd = frame_sender_open_socket(sockets[i].family, sockets[i].protocol);

		if (fd < 0 && fd != -EAFNOSUPPORT)
			return fd;
		sender->fds[i] = fd < 0 ? -1 : fd;
	}
	frame_sender_prepare(sender);
	sender->frame_count = 0;
	return 0;
}

void frame_sender_close(struct frame_sender *sender)
{
	for (unsigned int i = 0; i < FRAME_SENDER_SOCKET_COUNT; i++) {
		if (sender->fds[i] >= 0)
			(void)close(sender->fds[i]);
	}
	frame_sender_init(sender);
}

uint8_t *frame_sender_reserve(struct frame_sender *sender)
{
	if (sender->frame_count == FRAME_SENDER_BATCH_MAX)
		return NULL;
	return sender->frames[sender->frame_count].bytes;
}

/* Returns the size of the address. */
static socklen_t frame_sender_address_edge(struct frame_sender_frame *frame, uint32_t if_index)
{
	uint16_t type_be;

	memcpy(&type_be, frame->bytes + 2 * ETH_ALEN, sizeof(type_be));
	frame->socket = FRAME_SENDER_EDGES;
	frame->to.edge = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_index,
		.sll_protocol = type_be,
		.sll_halen = ETH_ALEN,
	};
	memcpy(frame->to.edge.sll_addr, frame->bytes, ETH_ALEN);
	return sizeof(frame->to.edge);
}

static socklen_t frame_sender_address_host(
	struct frame_sender_frame *frame, const struct message_order *order)
{
	if (order->ip_version == 4) {
		frame->socket = FRAME_SENDER_HOST_IP4;
		frame->to.ip4 = (struct sockaddr_in){ .sin_family = AF_INET };
		memcpy(&frame->to.ip4.sin_addr, order->client_ip + REPLY_FRAME_IPV4_IN_IPV6,
			sizeof(frame->to.ip4.sin_addr));
		return sizeof(frame->to.ip4);
	}
	frame->socket = FRAME_SENDER_HOST_IP6;
	frame->to.ip6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	memcpy(&frame->to.ip6.sin6_addr, order->client_ip, sizeof(frame->to.ip6.sin6_addr));
	return sizeof(frame->to.ip6);
}

/* The frame that was reserved last is whole and has its address. */
static void frame_sender_add(
	struct frame_sender *sender, socklen_t address_bytes, size_t frame_bytes)
{
	struct frame_sender_frame *frame = &sender->frames[sender->frame_count];

	assert(frame_bytes > 0 && frame_bytes <= sizeof(frame->bytes));
	sender->messages[sender->frame_count].msg_hdr.msg_namelen = address_bytes;
	frame->bytes_used.iov_len = frame_bytes;
	frame->result = 0;
	sender->frame_count++;
}

void frame_sender_commit(
	struct frame_sender *sender, const struct message_order *order, size_t frame_bytes)
{
	struct frame_sender_frame *frame = &sender->frames[sender->frame_count];

	assert(sender->frame_count < FRAME_SENDER_BATCH_MAX);
	frame_sender_add(sender,
		reply_frame_is_to_host(order) ? frame_sender_address_host(frame, order)
					      : frame_sender_address_edge(frame, order->if_index),
		frame_bytes);
}

void frame_sender_commit_edge(struct frame_sender *sender, uint32_t if_index, size_t frame_bytes)
{
	assert(sender->frame_count < FRAME_SENDER_BATCH_MAX);
	frame_sender_add(sender,
		frame_sender_address_edge(&sender->frames[sender->frame_count], if_index),
		frame_bytes);
}

/* How many frames from @first on go through the same socket. */
static unsigned int frame_sender_run(const struct frame_sender *sender, unsigned int first)
{
	unsigned int end = first + 1;

	while (end < sender->frame_count &&
		sender->frames[end].socket == sender->frames[first].socket)
		end++;
	return end - first;
}

unsigned int frame_sender_flush(struct frame_sender *sender)
{
	const unsigned int count = sender->frame_count;
	unsigned int done = 0;

	while (done < count) {
		int sent = sendmmsg(sender->fds[sender->frames[done].socket],
			&sender->messages[done], frame_sender_run(sender, done), 0);

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
