/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Mark layout -- the socket mark by which the taps know what the injector sent.
 */

/*
 * The kernel clears marks where a packet crosses network namespaces, so no container
 * can set it for us to see.
 */
#define MARK_OWN_REPLY 0x646e7363u /* "dnsc" */
