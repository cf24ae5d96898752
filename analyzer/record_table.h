/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Record table -- small facts by key, bounded.
 *
 * What failure_state and answering_clients remember: zeroed bodies of one size, found
 * by a string of bytes. A full table forgets what was not looked up for longest.
 *
 * Threads: one at a time, look-ups too, by its owner's lock; registered with RCU, since
 * cds_lfht asks for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_table;

/* Return: 0 or -ENOMEM. */
int record_table_new(
	struct record_table **out_table, size_t body_bytes, uint64_t records_max, uint64_t seed);

/* Accepts NULL. */
void record_table_free(struct record_table *table);

/* @forgetting is called with each body before it is forgotten, for whatever reason. */
void record_table_set_forgetter(
	struct record_table *table, void (*forgetting)(void *body, void *argument), void *argument);

/* The body of this key, or NULL. */
void *record_table_find(struct record_table *table, const void *key, size_t key_bytes);

/* The same, without counting as a look-up. */
void *record_table_peek(struct record_table *table, const void *key, size_t key_bytes);

/* The body of this key, zeroed if it is new; NULL when there is no memory. */
void *record_table_get(struct record_table *table, const void *key, size_t key_bytes);

/* Forget a body that find or get returned. */
void record_table_forget(struct record_table *table, void *body);

/**
 * record_table_sweep() - show every record, and forget those that are not to be kept
 * @is_kept: must not use the table
 */
void record_table_sweep(struct record_table *table,
	bool (*is_kept)(void *body, const void *key, void *argument), void *argument);

/* What so many records with such bodies and keys of at most @key_bytes take, table included. */
uint64_t record_table_bytes(size_t body_bytes, size_t key_bytes, uint64_t records_max);

uint64_t record_table_used(const struct record_table *table);
