/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/seeded_hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check_main.h"

#define BYTES_MAX    130 /* four steps of the loop and all lengths of the rest */
#define SEED         0x0123456789abcdefull
#define SEED_COUNT   256
#define BUCKET_COUNT 4096
#define KEY_COUNT    (64 * BUCKET_COUNT)

static unsigned int bits_apart(uint64_t a, uint64_t b)
{
	return (unsigned int)__builtin_popcountll(a ^ b);
}

/* A name as clients make them up, in a key that is otherwise always the same. */
static void key_fill(uint8_t *out_key, size_t key_bytes, uint32_t number)
{
	memset(out_key, 0, key_bytes);
	memcpy(out_key, "bridge:docker0", 14);
	for (int digit = 0; digit < 8; digit++)
		out_key[key_bytes - 14 + (size_t)digit] =
			(uint8_t) "0123456789abcdef"[number >> (4 * (7 - digit)) & 15];
	memcpy(out_key + key_bytes - 6, ".test", 6);
}

START_TEST(equal_bytes_have_equal_hashes_wherever_they_lie)
{
	uint8_t room[BYTES_MAX + 8];
	uint8_t bytes[BYTES_MAX];

	for (size_t i = 0; i < BYTES_MAX; i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t size = 0; size <= BYTES_MAX; size++) {
		uint64_t hash = seeded_hash(bytes, size, SEED);

		for (size_t shift = 0; shift < 8; shift++) {
			memset(room, (int)shift, sizeof(room));
			memcpy(room + shift, bytes, size);
			ck_assert_uint_eq(seeded_hash(room + shift, size, SEED), hash);
		}
	}
}
END_TEST

/* The address sanitizer sees what is read outside. */
START_TEST(nothing_outside_is_read)
{
	for (size_t size = 1; size <= BYTES_MAX; size++) {
		uint8_t *exact = calloc(1, size);

		ck_assert_ptr_nonnull(exact);
		ck_assert_uint_ne(seeded_hash(exact, size, SEED), 0);
		free(exact);
	}
}
END_TEST

START_TEST(length_counts)
{
	static const uint8_t zeros[BYTES_MAX];
	uint64_t hashes[BYTES_MAX + 1];

	for (size_t size = 0; size <= BYTES_MAX; size++) {
		hashes[size] = seeded_hash(zeros, size, SEED);
		for (size_t shorter = 0; shorter < size; shorter++)
			ck_assert_uint_gt(bits_apart(hashes[size], hashes[shorter]), 8);
	}
}
END_TEST

START_TEST(every_bit_of_the_seed_counts)
{
	static const uint8_t bytes[BYTES_MAX] = "example";

	for (size_t size = 0; size <= BYTES_MAX; size++) {
		unsigned int apart = 0;

		for (unsigned int bit = 0; bit < 64; bit++)
			apart += bits_apart(seeded_hash(bytes, size, SEED),
				seeded_hash(bytes, size, SEED ^ 1ull << bit));
		ck_assert_uint_gt(apart / 64, 28);
		ck_assert_uint_lt(apart / 64, 36);
	}
}
END_TEST

START_TEST(every_bit_of_the_bytes_flips_half_of_the_hash)
{
	uint8_t bytes[BYTES_MAX] = "bridge:docker0";

	for (size_t size = 1; size <= BYTES_MAX; size += size < 40 ? 1 : 13) {
		for (size_t bit = 0; bit < 8 * size; bit++) {
			unsigned int apart = 0;

			for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
				uint64_t hash = seeded_hash(bytes, size, seed);

				bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
				apart += bits_apart(hash, seeded_hash(bytes, size, seed));
				bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			}
			/* The mean of 256 is 32 with a deviation of 0.25. */
			ck_assert_uint_gt(apart, 30 * SEED_COUNT);
			ck_assert_uint_lt(apart, 34 * SEED_COUNT);
		}
	}
}
END_TEST

START_TEST(every_bit_of_the_hash_flips_half_of_the_time)
{
	static unsigned int flipped[64];
	uint8_t key[66], other[66];

	for (uint32_t number = 0; number < KEY_COUNT; number++) {
		uint64_t apart;

		key_fill(key, sizeof(key), number);
		key_fill(other, sizeof(other), number + 1);
		apart = seeded_hash(key, sizeof(key), SEED) ^
			seeded_hash(other, sizeof(other), SEED);
		for (int bit = 0; bit < 64; bit++)
			flipped[bit] += apart >> bit & 1;
	}
	for (int bit = 0; bit < 64; bit++) {
		ck_assert_uint_gt(flipped[bit], KEY_COUNT / 100 * 49);
		ck_assert_uint_lt(flipped[bit], KEY_COUNT / 100 * 51);
	}
}
END_TEST

/* Chi square of 4,096 buckets: 4,095 with a deviation of 90. */
static double spread(size_t key_bytes, unsigned int shift, uint64_t seed)
{
	static unsigned int counts[BUCKET_COUNT];
	const double expected = (double)KEY_COUNT / BUCKET_COUNT;
	uint8_t key[BYTES_MAX];
	double chi_square = 0;

	memset(counts, 0, sizeof(counts));
	for (uint32_t number = 0; number < KEY_COUNT; number++) {
		key_fill(key, key_bytes, number);
		counts[seeded_hash(key, key_bytes, seed) >> shift & (BUCKET_COUNT - 1)]++;
	}
	for (unsigned int i = 0; i < BUCKET_COUNT; i++)
		chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
	return chi_square;
}

START_TEST(names_that_count_up_spread_evenly)
{
	static const size_t sizes[] = { 28, 32, 33, 48, 66, 100 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned int shift = 0; shift <= 52; shift += 13) {
			double chi_square = spread(sizes[i], shift, SEED + i);

			ck_assert_double_gt(chi_square, 4095 - 6 * 90.5);
			ck_assert_double_lt(chi_square, 4095 + 6 * 90.5);
		}
	}
}
END_TEST

static int hash_compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

START_TEST(quarter_of_a_million_names_do_not_collide)
{
	static uint64_t hashes[KEY_COUNT];
	uint8_t key[66];

	for (uint32_t number = 0; number < KEY_COUNT; number++) {
		key_fill(key, sizeof(key), number);
		hashes[number] = seeded_hash(key, sizeof(key), SEED);
	}
	qsort(hashes, KEY_COUNT, sizeof(hashes[0]), hash_compare);
	for (unsigned int i = 1; i < KEY_COUNT; i++)
		ck_assert_uint_ne(hashes[i], hashes[i - 1]);
}
END_TEST

/* What breaks multiplying hashes whose factors do not both depend on the seed. */
START_TEST(exchanged_words_do_not_collide)
{
	uint64_t words[8];

	for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
		for (unsigned int i = 0; i < 8; i++)
			words[i] = 0x6a09e667f3bcc909ull * (i + 1);
		for (unsigned int i = 0; i < 7; i++) {
			uint64_t hash = seeded_hash(words, sizeof(words), seed);
			uint64_t word = words[i];

			words[i] = words[i + 1];
			words[i + 1] = word;
			ck_assert_uint_ne(seeded_hash(words, sizeof(words), seed), hash);
		}
	}
}
END_TEST

START_TEST(new_seeds_differ)
{
	uint64_t one = 0, two = 0;

	ck_assert_int_eq(seeded_hash_new_seed(&one), 0);
	ck_assert_int_eq(seeded_hash_new_seed(&two), 0);
	ck_assert_uint_ne(one, two);
}
END_TEST

static Suite *test_seeded_hash_suite(void)
{
	Suite *suite = suite_create("seeded_hash");
	TCase *all = tcase_create("seeded_hash");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, equal_bytes_have_equal_hashes_wherever_they_lie);
	tcase_add_test(all, nothing_outside_is_read);
	tcase_add_test(all, length_counts);
	tcase_add_test(all, every_bit_of_the_seed_counts);
	tcase_add_test(all, every_bit_of_the_bytes_flips_half_of_the_hash);
	tcase_add_test(all, every_bit_of_the_hash_flips_half_of_the_time);
	tcase_add_test(all, names_that_count_up_spread_evenly);
	tcase_add_test(all, quarter_of_a_million_names_do_not_collide);
	tcase_add_test(all, exchanged_words_do_not_collide);
	tcase_add_test(all, new_seeds_differ);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_seeded_hash_suite());
}
