/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/seeded_hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "shared/fault.h"

/*
 * Words are taken 16 bytes at a time, two by two: each pair is multiplied to 128 bits
 * and folded to 64. Both factors of every product hold something only the seed tells.
 * Otherwise a client could make a factor zero and choose the other freely, or swap the
 * two. The secrets are therefore products themselves: their difference is unknown too.
 */

/* Fractional bits of the square roots of 2, 3, 5 and 7; the last bit set. */
#define SEEDED_HASH_ROOT_2 0x6a09e667f3bcc909ull
#define SEEDED_HASH_ROOT_3 0xbb67ae8584caa73bull
#define SEEDED_HASH_ROOT_5 0x3c6ef372fe94f82bull
#define SEEDED_HASH_ROOT_7 0xa54ff53a5f1d36f1ull

#define SEEDED_HASH_LANE_BYTES 16u
#define SEEDED_HASH_STEP_BYTES (2 * SEEDED_HASH_LANE_BYTES)

struct seeded_hash_state {
	uint64_t secret_a;
	uint64_t secret_b;
	uint64_t lane_a;
	uint64_t lane_b;
};

static inline uint64_t seeded_hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t seeded_hash_load_8(const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline uint64_t seeded_hash_load_4(const uint8_t *from)
{
	uint32_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline struct seeded_hash_state seeded_hash_begin(uint64_t seed)
{
	struct seeded_hash_state state;

	state.secret_a = seeded_hash_fold(seed ^ SEEDED_HASH_ROOT_2, SEEDED_HASH_ROOT_3);
	state.secret_b = seeded_hash_fold(seed ^ SEEDED_HASH_ROOT_5, SEEDED_HASH_ROOT_7);
	state.lane_a = seed;
	state.lane_b = ~seed;
	return state;
}

static inline void seeded_hash_step_a(struct seeded_hash_state *state, uint64_t x, uint64_t y)
{
	state->lane_a = seeded_hash_fold(x ^ state->lane_a, y ^ state->secret_a);
}

static inline void seeded_hash_step_b(struct seeded_hash_state *state, uint64_t x, uint64_t y)
{
	state->lane_b = seeded_hash_fold(x ^ state->lane_b, y ^ state->secret_b);
}

/* The two halves may overlap: the size, which goes in last, tells where they meet. */
static inline void seeded_hash_short(
	struct seeded_hash_state *state, const uint8_t *at, size_t size_bytes)
{
	if (size_bytes >= 8)
		seeded_hash_step_a(
			state, seeded_hash_load_8(at), seeded_hash_load_8(at + size_bytes - 8));
	else if (size_bytes >= 4)
		seeded_hash_step_a(
			state, seeded_hash_load_4(at), seeded_hash_load_4(at + size_bytes - 4));
	else if (size_bytes > 0)
		seeded_hash_step_a(
			state, (uint64_t)at[0] << 8 | at[size_bytes / 2], at[size_bytes - 1]);
}

static inline void seeded_hash_lane_a(struct seeded_hash_state *state, const uint8_t *at)
{
	seeded_hash_step_a(state, seeded_hash_load_8(at), seeded_hash_load_8(at + 8));
}

static inline void seeded_hash_lane_b(struct seeded_hash_state *state, const uint8_t *at)
{
	seeded_hash_step_b(state, seeded_hash_load_8(at), seeded_hash_load_8(at + 8));
}

uint64_t seeded_hash(const void *bytes, size_t size_bytes, uint64_t seed)
{
	struct seeded_hash_state state = seeded_hash_begin(seed);
	const uint8_t *at = bytes;
	const uint8_t *end = at + size_bytes;

	while ((size_t)(end - at) > SEEDED_HASH_STEP_BYTES) {
		seeded_hash_lane_a(&state, at);
		seeded_hash_lane_b(&state, at + SEEDED_HASH_LANE_BYTES);
		at += SEEDED_HASH_STEP_BYTES;
	}

	/* 0 to 32 bytes are left. Where there are 16, the last 16 of all end it. */
	if ((size_t)(end - at) > SEEDED_HASH_LANE_BYTES)
		seeded_hash_lane_a(&state, at);
	if (size_bytes >= SEEDED_HASH_LANE_BYTES)
		seeded_hash_lane_b(&state, end - SEEDED_HASH_LANE_BYTES);
	else
		seeded_hash_short(&state, at, size_bytes);

	return seeded_hash_fold(
		seeded_hash_fold(state.lane_a ^ size_bytes, state.lane_b ^ state.secret_a),
		state.secret_b);
}

int seeded_hash_new_seed(uint64_t *out_seed)
{
	uint64_t seed;
	ssize_t got_bytes;

	do {
		got_bytes = getrandom(&seed, sizeof(seed), 0);
	} while (got_bytes < 0 && errno == EINTR);
	if (got_bytes < 0)
		return FAULT(errno, "no random seed for the hash tables");

	*out_seed = seed;
	return 0;
}
