/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Seeded hash -- 64 bits of a byte string, for this process's tables only.
 *
 * Clients choose the names, so the seed is random per process: nobody outside can
 * make keys that collide. Not for storing, not for other processes.
 */

#include <stddef.h>
#include <stdint.h>

/* Any size, any alignment; reads nothing outside. All 64 bits are equally good. */
uint64_t seeded_hash(const void *bytes, size_t size_bytes, uint64_t seed);

/* A new seed from the kernel. Return: 0 or -errno from getrandom(). */
int seeded_hash_new_seed(uint64_t *out_seed);
