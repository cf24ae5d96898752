/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Packet cursor -- one bounds check for every header of a packet.
 *
 * Bytes in the linear part are read where they are. A driver may leave headers in
 * page fragments: those are copied to the caller's buffer. A tap never linearises a
 * packet, because it must leave it as it found it.
 */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct packet_cursor {
	struct __sk_buff *skb;
	void *data; /* the Ethernet header */
	void *data_end;
};

static __always_inline void packet_cursor_init(struct packet_cursor *cursor, struct __sk_buff *skb)
{
	cursor->skb = skb;
	cursor->data = (void *)(long)skb->data;
	cursor->data_end = (void *)(long)skb->data_end;
}

/**
 * packet_cursor_at() - @bytes bytes at offset @at
 * @bytes:  a constant
 * @buffer: room for them, on the stack
 *
 * Return: where they can be read, or NULL where the packet is shorter.
 */
static __always_inline const void *packet_cursor_at(
	const struct packet_cursor *cursor, __u32 at, __u32 bytes, void *buffer)
{
	void *start = cursor->data + at;

	if (start + bytes <= cursor->data_end)
		return start;
	if (bpf_skb_load_bytes(cursor->skb, at, buffer, bytes) < 0)
		return 0;
	return buffer;
}
