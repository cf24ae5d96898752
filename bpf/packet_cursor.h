/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
#pragma once
/*
 * Packet cursor -- one bounds check for every header of a packet.
 *
 * A direct cursor reads bytes where they are, in the linear part of the packet, and is for
 * sched_cls programs. A copying one asks the kernel for each piece, wherever it is: for
 * what a driver left in page fragments, and for socket filters, which the kernel shows no
 * packet pointers. A tap never linearises a packet, because it must leave it as it found it.
 */

#include <linux/bpf.h>

#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#define PACKET_CURSOR_COPY_BYTES 40     /* the longest header read in one piece: IPv6's */
#define PACKET_CURSOR_AT_MAX     0x3fff /* a mask: no header is looked for behind it */

/* clang shall not reason about @x: it drops or moves checks that the verifier must see. */
#define PACKET_CURSOR_HIDE(x) asm volatile("" : "+r"(x))

struct packet_cursor {
	struct __sk_buff *skb;
	bool is_direct;
	bool is_short;  /* something was not there to be read */
	void *data;     /* direct: the Ethernet header */
	void *data_end; /* direct */
	void *copy;     /* copying: PACKET_CURSOR_COPY_BYTES on the stack */
};

static __always_inline void packet_cursor_init_direct(
	struct packet_cursor *cursor, struct __sk_buff *skb)
{
	*cursor = (struct packet_cursor){ .skb = skb,
		.is_direct = true,
		.data = (void *)(long)skb->data,
		.data_end = (void *)(long)skb->data_end };
}

static __always_inline void packet_cursor_init_copying(
	struct packet_cursor *cursor, struct __sk_buff *skb, void *copy)
{
	*cursor = (struct packet_cursor){ .skb = skb, .copy = copy };
}

/**
 * packet_cursor_at() - @bytes bytes at offset @at
 * @at:    at most PACKET_CURSOR_AT_MAX
 * @bytes: a constant, at most PACKET_CURSOR_COPY_BYTES
 *
 * Return: where they can be read until the next call, or NULL, and is_short is set.
 */
static __always_inline const void *packet_cursor_at(
	struct packet_cursor *cursor, __u32 at, const __u32 bytes)
{
	if (cursor->is_direct) {
		void *start = cursor->data + at;

		PACKET_CURSOR_HIDE(start);
		if (start + bytes <= cursor->data_end)
			return start;
	} else if (bpf_skb_load_bytes(cursor->skb, at, cursor->copy, bytes) == 0) {
		return cursor->copy;
	}
	cursor->is_short = true;
	return 0;
}

/**
 * packet_cursor_forget() - the same offset, as one of which the verifier knows nothing
 * @at: at most PACKET_CURSOR_AT_MAX, which the caller has made sure of
 *
 * Where headers of different lengths lead to the same code, the verifier looks at that
 * code once instead of once per length. Adding and taking away a number that it does not
 * know changes nothing but that.
 */
static __always_inline __u32 packet_cursor_forget(const struct packet_cursor *cursor, __u32 at)
{
	__u64 forgotten = at;
	__u64 unknown = cursor->skb->len;

	asm volatile("%0 += %1\n\t"
		     "%0 -= %1\n\t"
		     "%0 &= %2"
		     : "+r"(forgotten)
		     : "r"(unknown), "i"(PACKET_CURSOR_AT_MAX));
	return forgotten;
}
