/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Layout rules -- how bytes that another process sees are declared.
 *
 * Every struct in layout/ and in bpf/dns_event.h stands between LAYOUT_BEGIN and
 * LAYOUT_END and is followed by LAYOUT_SIZE and LAYOUT_FIELD asserts: a hole or a
 * moved field breaks the build with gcc, clang and clang -target bpf (clang looks
 * only at structs that an assert uses, so the asserts are not optional).
 *
 * Fixed-width integers only; host byte order unless the name ends in _be; time is
 * CLOCK_BOOTTIME in _ns; type 0 is never valid; numbers are never reused; a body
 * grows only into `reserved`, and only where 0 means "older sender".
 */

#define LAYOUT_BEGIN _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wpadded\"")
#define LAYOUT_END   _Pragma("GCC diagnostic pop")

#define LAYOUT_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), "size of " #type " is part of the layout")
#define LAYOUT_FIELD(type, field, at)                           \
	_Static_assert(__builtin_offsetof(type, field) == (at), \
		#type "." #field " is part of the layout")

/* Each writer's fields stand on their own pair of cache lines (adjacent-line prefetch). */
#define LAYOUT_LINES_BYTES 128
#define ON_OWN_CACHE_LINES __attribute__((aligned(LAYOUT_LINES_BYTES)))
